"""Entries in slices: what is bought when, and what ends it, by figures worked out by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from execution import entries as say
from execution.account import Account, Entering, Limits, check
from execution.backtest import Borders, run
from execution.bookkeeping import follow, sheet_of
from execution.brokers.terms import Book, PaperTerms
from execution.desk import Desk
from execution.entering import OVERTAKEN
from execution.managing import TOO_LATE
from execution.messages import NodeFired
from execution.plan import plan_of
from execution.resuming import begin, link, resume
from execution.risk import Bounds
from execution.slicing import NO_PROFILE, NO_VOLUME
from spec.bars import make_bars
from spec.managing import BreakEven, Managing, Slices
from spec.strategy import AtPrice, Target
from tests.execution.scenes import HOUR, Scene, bars_of, mirrored, outcomes, play, rounded, strategy_of, time_of
from tests.execution.test_runner_resuming import began, go, whole

if TYPE_CHECKING:
    from execution.journal import Line
    from execution.ports import Word

TWO, EVERY_OTHER, THREE = Slices("twap", 2), Slices("twap", 2, 2), Slices("twap", 3)
CALM = (100.0, 101.0, 99.5, 100.0)
UP = (101.0, 102.0, 100.5, 101.5)
WON = (101.5, 105.5, 101.0, 105.0)
HALVES = (Target(AtPrice(102.0), 0.5), Target(AtPrice(105.0), 0.5))

# The stop at 98 and 1 % of 10,000 allow 50: two slices of 25.
TOLD = (
    Scene("half is bought at each of two opens", (CALM, CALM, UP, WON), ((1, 100.5, 3, 105.0, 50.0, "target"),)),
    Scene(
        "a slice every second bar leaves out the one between",
        (CALM, CALM, (100.5, 101.0, 99.0, 100.5), UP, WON),
        ((1, 100.5, 4, 105.0, 50.0, "target"),),
        slices=EVERY_OTHER,
    ),
    Scene(
        "a stop that is met ends the entry",
        (CALM, (100.0, 100.5, 97.5, 98.0), (98.5, 99.0, 98.25, 98.5), WON),
        ((1, 100.0, 1, 98.0, 25.0, "stop"),),
    ),
    Scene(
        "nothing is bought at an open beyond the stop",
        (CALM, CALM, (97.0, 98.0, 96.0, 97.0), CALM),
        ((1, 100.0, 2, 97.0, 16.66666666, "stop"),),
        slices=THREE,
    ),
    Scene(
        "nothing is bought at an open beyond a target",
        (CALM, CALM, (106.0, 107.0, 105.5, 106.0), CALM),
        ((1, 100.0, 2, 106.0, 25.0, "target"),),
    ),
    Scene(
        "an exit ends the entry and leaves what was bought",
        (CALM, CALM, UP, CALM),
        ((1, 100.0, 2, 101.0, 25.0, "exit"),),
        leave=1,
    ),
    Scene(
        "a close beyond the invalidation ends the entry and leaves what was bought",
        (CALM, (100.0, 100.5, 98.25, 98.5), (98.75, 99.0, 98.25, 98.5), CALM),
        ((1, 100.0, 2, 98.75, 25.0, "invalidated"),),
        managing=Managing(invalidation=AtPrice(99.0)),
    ),
    Scene(
        "the end of its time ends the entry and leaves what was bought",
        (CALM, CALM, UP, CALM),
        ((1, 100.0, 2, 101.0, 25.0, "time"),),
        managing=Managing(until=time_of(2)),
    ),
    Scene(
        "after a target nothing is added to the position",
        (CALM, (100.0, 102.5, 99.5, 102.0), (102.0, 103.0, 101.5, 102.5), WON),
        ((1, 100.0, 1, 102.0, 12.5, "target 1"), (1, 100.0, 3, 105.0, 12.5, "target 2")),
        targets=HALVES,
    ),
    Scene(
        "the stop is for all that was bought, and the entry price their mean",
        (CALM, CALM, UP, (101.0, 101.5, 97.0, 97.5)),
        ((1, 100.5, 3, 98.0, 50.0, "stop"),),
    ),
    Scene(
        "a break-even stands at the mean of what was bought",
        (CALM, CALM, UP, (102.0, 103.5, 101.0, 103.0), (102.0, 102.5, 100.0, 100.25)),
        ((1, 100.5, 4, 100.5, 50.0, "stop"),),
        managing=Managing(break_even=BreakEven(after_r=1.0)),
    ),
    Scene("at the end of the data the rest is not bought", (CALM, CALM), ((1, 100.0, 1, 100.0, 25.0, "end of data"),)),
)
SCENES = [scene if scene.slices else replace(scene, slices=TWO) for scene in TOLD]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.promise)
def test_an_entry_in_slices(scene: Scene) -> None:
    assert rounded(outcomes(play(scene))) == list(scene.trades)
    assert rounded(outcomes(play(mirrored(scene)))) == rounded(mirrored(scene).trades)


def test_it_says_why_the_rest_was_not_bought() -> None:
    assert f"{OVERTAKEN} (2023-11-15 00:00 UTC)" in play(SCENES[3]).notes


def test_slices_by_volume_follow_the_day_before_at_that_time() -> None:
    """On the day before, the hours of the two slices had the volumes 4 and 2: two thirds at 100, one at 103."""
    bars = (*[CALM] * 25, CALM, (103.0, 103.5, 102.5, 103.0), (103.0, 105.5, 102.5, 105.0))
    scene = Scene("", bars, (), signal=24, slices=Slices("vwap", 2))
    assert (bars_of(bars).volume[1], bars_of(bars).volume[2]) == (4.0, 2.0)
    ((entered, price, left, sold, size, why),) = outcomes(play(scene))
    assert (entered, left, sold, size, why) == (25, 27, 105.0, 50.0, "target")
    assert price == pytest.approx(101.0, abs=1e-7)


def test_volumes_that_nobody_knows_refuse_the_entry() -> None:
    scene = Scene("", (CALM, CALM, CALM), (), slices=Slices("vwap", 2))
    silent = make_bars("1h", [(float(time_of(at)), *CALM, 0.0) for at in range(3)])
    played = run(strategy_of(scene), silent, Borders(), PaperTerms())
    assert (played.trades, played.notes[0].partition(" (")[0]) == ((), f"entry refused: {NO_VOLUME}")
    desk = Desk(plan_of(strategy_of(scene), "digest"), Bounds(strategy_of(scene).risk), PaperTerms())
    desk.tell(NodeFired("entry", time_of(0), 100.0, (None, None)))
    assert desk.notes == [(0, f"entry refused: {NO_PROFILE}")]


def test_a_slice_that_is_due_in_a_hole_goes_with_the_next_open() -> None:
    rows = [(0, CALM), (1, CALM), (4, UP), (5, WON)]
    bars = make_bars("1h", [(float(time_of(at)), *row, 1.0) for at, row in rows])
    played = run(strategy_of(Scene("", (), (), slices=THREE)), bars, Borders(), PaperTerms())
    ((_, price, _, _, size, _),) = outcomes(played)
    assert size == 50.0
    assert price == pytest.approx((100 + 2 * 101) / 3)


def test_what_a_slice_could_not_get_goes_with_the_next() -> None:
    """Of each bar's volume of 40 half may fill: 20 of 25, then 20 of 30, and what is left is not sent again."""
    bars = make_bars("1h", [(float(time_of(at)), *row, 40.0) for at, row in enumerate((CALM, CALM, UP, CALM, CALM))])
    terms = PaperTerms(book=Book(volume_share=0.5))
    played = run(strategy_of(Scene("", (), (), slices=TWO)), bars, Borders(), terms)
    assert [(one.size, one.entry_price, one.reason) for one in played.trades] == [(40.0, 100.5, "end of data")]


def test_an_entry_of_which_nothing_has_filled_ends_with_its_time_too() -> None:
    """The first bar has no volume to buy from."""
    volumes = (40.0, 0.0, 40.0, 40.0)
    bars = make_bars("1h", [(float(time_of(at)), *CALM, volume) for at, volume in enumerate(volumes)])
    strategy = strategy_of(Scene("", (), (), slices=TWO, managing=Managing(until=time_of(2))))
    played = run(strategy, bars, Borders(), PaperTerms(book=Book(volume_share=0.5)))
    assert played.trades == ()
    assert f"{TOO_LATE} (2023-11-15 00:00 UTC)" in played.notes


def lines_of(scene: Scene, said: dict[int, Word]) -> tuple[list[Line], list[say.Entry]]:
    _, lines = whole(strategy_of(scene), bars_of(scene.bars), said)
    return lines, [say.read(line.text) for line in lines]


def bought(entries: list[say.Entry]) -> list[tuple[int, str]]:
    """The slices that were sent: bar and size."""
    sent = [one for one in entries if isinstance(one, say.Placed) and one.role == "entry"]
    parent = next(one.order.id for one in entries if isinstance(one, say.Sliced))
    assert {one.of for one in sent} <= {parent}
    return [((one.time - time_of(0)) // HOUR, str(one.order.size.normalize())) for one in sent]


LONG = Scene("", (CALM, CALM, CALM, UP, UP, UP, UP), (), signal=1, slices=Slices("twap", 4))


def test_the_log_says_how_the_entry_is_sliced_and_whose_slice_an_order_is() -> None:
    _, entries = lines_of(LONG, {})
    sliced = next(one for one in entries if isinstance(one, say.Sliced))
    assert (sliced.role, sliced.order.size) == ("entry", Decimal(50))
    assert [(one.time, one.size) for one in sliced.slices] == [(time_of(at), Decimal("12.5")) for at in (2, 3, 4, 5)]
    assert bought(entries) == [(2, "12.5"), (3, "12.5"), (4, "12.5"), (5, "12.5")]
    assert len({one.order.id for one in entries if isinstance(one, say.Placed)}) == 6  # a stop and a target besides


@pytest.mark.parametrize("word", ["pause", "kill"])
def test_after_a_pause_or_the_kill_switch_no_slice_is_sent_and_what_was_bought_is_looked_after(word: Word) -> None:
    back: Word = "resume" if word == "pause" else "clear"
    _, entries = lines_of(LONG, {3: word, 4: back})
    assert bought(entries) == [(2, "12.5"), (3, "12.5")]
    ended = next(one for one in entries if isinstance(one, say.Cancelled) and one.role == "entry")
    assert ended.id == next(one.order.id for one in entries if isinstance(one, say.Sliced))
    assert not any(isinstance(one, say.Closed) for one in entries)


def test_a_run_that_knows_of_the_kill_switch_before_it_is_told_sends_no_slice_either() -> None:
    strategy, bars = strategy_of(LONG), bars_of(LONG.bars)
    runner, chain, lines = begin(began(strategy, bars[:1]), strategy, bars[:1])
    said = [*runner.take(bars[1:3]), *runner.know(Account(killed=True)), *runner.take(bars[3:])]
    assert bought(said) == [(2, "12.5")]
    assert [one.role for one in said if isinstance(one, say.Cancelled)] == ["entry"]
    again, _ = resume([*lines, *link(chain, said)], strategy, bars[:1])
    assert again.traded.ledger == runner.traded.ledger


def test_a_stop_in_the_middle_sends_no_slice_and_leaves_what_was_bought() -> None:
    _, entries = lines_of(LONG, {3: "stop"})
    assert bought(entries) == [(2, "12.5"), (3, "12.5")]
    assert [one.trade.size for one in entries if isinstance(one, say.Closed)] == [25.0]
    assert isinstance(entries[-1], say.Ended | say.Moved)


@pytest.mark.parametrize("by", ["twap", "vwap"])
@pytest.mark.parametrize("word", [None, "pause", "stop"])
def test_a_run_that_is_cut_off_at_any_bar_goes_on_with_the_same_slices(by: str, word: Word | None) -> None:
    scene = replace(LONG, slices=Slices(by, 4))  # type: ignore[arg-type]
    strategy, bars = strategy_of(scene), bars_of(scene.bars)
    said: dict[int, Word] = {} if word is None else {4: word}
    _, undisturbed = whole(strategy, bars, said)
    for cut in range(1, len(bars)):
        _, before = whole(strategy, bars[:cut], said)
        runner, chain = resume(before, strategy, bars[:1])
        assert [*before, *go(runner, chain, bars, said, range(cut, len(bars)))] == undisturbed


def test_what_is_still_to_come_counts_against_the_accounts_limits() -> None:
    """A slice of 12.5 is held, and the other run is told of all 50."""
    strategy, bars = strategy_of(LONG), bars_of(LONG.bars)
    first = began(strategy, bars[:1])
    runner, _, _ = begin(first, strategy, bars[:1])
    sheet, _ = follow(sheet_of(first), runner.take(bars[1:3]))
    assert (sheet.ledger.held, sum(one.notional for one in sheet.holdings)) == (Decimal("12.5"), 5_000.0)
    account, limits = Account(equity=10_000.0, held=sheet.holdings), Limits(exposure=0.6)
    refusal = check(limits, account, Entering("binance BTC/USDT", 2_000.0, time_of(3)))
    assert refusal is not None
    assert refusal.reason.startswith("exposure: all that is open would come to 7000")
    sheet, _ = follow(sheet, [*runner.tell("kill")])
    assert sum(one.notional for one in sheet.holdings) == 1_250.0
    assert check(limits, replace(account, held=sheet.holdings), Entering("binance BTC/USDT", 2_000.0, 0)) is None


def test_two_runs_of_one_strategy_make_the_same_ids() -> None:
    one, other = (lines_of(LONG, {})[0] for _ in range(2))
    assert [line.hash for line in one] == [line.hash for line in other]
