"""The runner tick by tick: nodes fire and orders fill on the trade itself, and the bar says none of it again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from execution import entries as say
from execution.account import Account
from execution.brokers.paper import PaperTerms
from execution.ports import Tick
from execution.replaying import again, differs, ends
from execution.resuming import begin, link, resume
from execution.runner import NEVER_REPORTED, NOT_ALL_HEARD, Runner
from execution.tick_places import NOT_QUIET
from execution.ticker import Ticker
from spec.canonical import digest
from spec.geometry import Level
from spec.signals import SrProximity, Tolerance, TrendlineCross
from spec.strategy import AtPrice, Strategy, Target
from tests.execution.scenes import MARKET, Scene, bars_of, strategy_of, time_of
from tests.execution.test_properties import TERMS, rows, strategies
from tests.execution.test_runner import graphs, mixed, on_real_candles, ran, real
from tests.execution.test_runner_resuming import began
from tests.execution.ticks import spelled

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import DrawFn

    from execution.journal import Chain, Line
    from spec.bars import Bars
    from spec.signals import Frequency, Node
    from spec.strategy import Side
    from tests.execution.scenes import Row

Prices = list[float]


@st.composite
def walks(draw: DrawFn, most: int = 24) -> list[Prices]:
    """The trades of some bars on quarters, near each other, so that lines are touched, passed and jumped over."""
    steps = st.integers(-6, 6).map(lambda step: step if abs(step) > 1 else step / 4)
    bars, last = [], 100.0
    for moves in draw(st.lists(st.lists(steps, min_size=1, max_size=8), min_size=4, max_size=most)):
        prices = []
        for move in moves:
            last = min(115.0, max(85.0, last + move))
            prices.append(last)
        bars.append(prices)
    return bars


def candle_of(prices: Prices) -> Row:
    return prices[0], max(prices), min(prices), prices[-1]


def candles_of(walk: list[Prices]) -> Bars:
    return bars_of([candle_of(prices) for prices in walk])


def ticks_of(row: int, prices: Prices) -> list[Tick]:
    return [Tick(1000 * time_of(row) + at, price, 1.0 + at % 3) for at, price in enumerate(prices)]


def runner_of(strategy: Strategy, history: Bars, terms: PaperTerms, kind: type[Runner] = Runner) -> Runner:
    return kind(strategy, digest(strategy), history, terms)


def walked(runner: Runner, walk: list[Prices], start: int, bars: Bars | None = None) -> list[say.Entry]:
    """Every trade and every bar from a row on."""
    bars = candles_of(walk) if bars is None else bars
    said: list[say.Entry] = []
    for row in range(start, len(walk)):
        for tick in ticks_of(row, walk[row]):
            said += runner.tick(time_of(row), tick)
        said += runner.take(bars[row : row + 1])
    return said


def without_ticks(said: list[say.Entry]) -> list[say.Entry]:
    return [entry for entry in said if not isinstance(entry, say.Ticked)]


class HearsAll(Runner):
    """One to which no price is quiet."""

    @property
    def quiet(self) -> tuple[float, float]:
        return NOT_QUIET


ANY = st.one_of(strategies(), mixed())


@given(walks(), ANY, TERMS, st.integers(0, 3))
def test_the_ticks_that_are_left_out_change_nothing(
    walk: list[Prices], strategy: Strategy, terms: PaperTerms, start: int
) -> None:
    history = candles_of(walk)[:start] if start else candles_of(walk)[:1]
    start = max(start, 1)
    some = walked(runner_of(strategy, history, terms), walk, start)
    every = walked(runner_of(strategy, history, terms, HearsAll), walk, start)
    assert without_ticks(some) == without_ticks(every)
    assert len(some) <= len(every)


@given(walks(), graphs(), st.integers(1, 3))
def test_the_ticks_that_are_left_out_change_no_firing_of_a_watch(
    walk: list[Prices], graph: dict[str, Node], start: int
) -> None:
    watch = Strategy(kind="watch", market=MARKET, timeframe="1h", nodes=graph)
    history = candles_of(walk)[:start]
    some, every = (walked(runner_of(watch, history, PaperTerms(), kind), walk, start) for kind in (Runner, HearsAll))
    assert without_ticks(some) == without_ticks(every)


def fired(said: list[say.Entry]) -> list[say.Fired]:
    return sorted((one for one in said if isinstance(one, say.Fired)), key=lambda one: (one.time, one.node))


@given(rows(most=24), ANY, st.integers(1, 4))
def test_ticks_along_the_assumed_path_fire_what_the_bars_fire(table: list[Row], strategy: Strategy, start: int) -> None:
    walk = [[float(price) for price in spelled(row)] for row in table]
    bars = bars_of(table)
    by_tick = walked(runner_of(strategy, bars[:start], PaperTerms()), walk, start, bars)
    by_bar = ran(strategy, bars, start, PaperTerms())
    assert fired(by_tick) == fired(by_bar)


def at_every_whole_price(table: list[Row]) -> list[Row]:
    """Bars that open where the last one closed, so that nothing is jumped over."""
    found, last = [], 100.0
    for opened, high, low, close in table:
        shift = last - opened
        found.append((last, high + shift, low + shift, close + shift))
        last = close + shift
    return found


@given(rows(most=24), st.integers(96, 104), st.booleans())
def test_where_every_price_is_traded_the_trades_are_those_of_the_assumed_path(
    table: list[Row], level: int, short: bool
) -> None:
    table = at_every_whole_price(table)
    side: Side = "short" if short else "long"
    sign = -1 if short else 1
    strategy = replace(
        strategy_of(Scene("", (), (), side=side, stop=AtPrice(100.0 - 8 * sign))),
        nodes={"in": SrProximity("1h", Level(float(level)), "touch", "intrabar")},
        targets=(Target(AtPrice(100.0 + 7 * sign), 0.5), Target(AtPrice(100.0 + 9 * sign), 0.5)),
    )
    walk, bars = [[float(price) for price in spelled(row)] for row in table], bars_of(table)
    by_tick, by_bar = (
        [one.trade for one in said if isinstance(one, say.Closed)]
        for said in (
            walked(runner_of(strategy, bars[:1], PaperTerms()), walk, 1, bars),
            [entry for row in range(1, len(bars)) for entry in whole_bars(strategy, bars)[row - 1]],
        )
    )
    assert by_tick == by_bar


def whole_bars(strategy: Strategy, bars: Bars) -> list[list[say.Entry]]:
    runner = runner_of(strategy, bars[:1], PaperTerms())
    return [runner.take(bars[row : row + 1]) for row in range(1, len(bars))]


def logged(runner: Runner, chain: Chain, walk: list[Prices], rest: range) -> list[Line]:
    lines: list[Line] = []
    bars = candles_of(walk)
    for row in rest:
        for tick in ticks_of(row, walk[row]):
            lines += link(chain, runner.tick(time_of(row), tick))
        lines += link(chain, runner.take(bars[row : row + 1]))
    return lines


@given(walks(), ANY, st.integers(0, 400))
def test_a_run_cut_after_any_line_goes_on_as_if_it_had_not_been_and_replays_to_the_same_hash(
    walk: list[Prices], strategy: Strategy, cut: int
) -> None:
    history = candles_of(walk)[:1]
    runner, chain, first = begin(began(strategy, history), strategy, history)
    undisturbed = [*first, *logged(runner, chain, walk, range(1, len(walk)))]
    replayed = again(undisturbed, strategy, history, lambda _, __: None)
    assert differs(undisturbed, replayed) is None
    assert ends(undisturbed) == ends(replayed)

    runner, chain, first = begin(began(strategy, history), strategy, history)
    lines, events = list(first), happenings(walk)
    for done, event in enumerate(events):
        if done == cut % len(events):
            runner, chain = resume(lines, strategy, history)
        lines += link(chain, event(runner))
    assert lines == undisturbed


def happenings(walk: list[Prices]) -> list[Callable[[Runner], list[say.Entry]]]:
    bars = candles_of(walk)
    found: list[Callable[[Runner], list[say.Entry]]] = []
    for row in range(1, len(walk)):
        found += [partial(hear, row, tick) for tick in ticks_of(row, walk[row])]
        found.append(partial(close, bars[row : row + 1]))
    return found


def hear(row: int, tick: Tick, runner: Runner) -> list[say.Entry]:
    return runner.tick(time_of(row), tick)


def close(bar: Bars, runner: Runner) -> list[say.Entry]:
    return runner.take(bar)


def quiet_strategy(**parts: object) -> Strategy:
    """Long when a trade passes 101 upwards, out at 98 or 104."""
    strategy = strategy_of(Scene("", (), (), stop=AtPrice(98.0), targets=(Target(AtPrice(104.0)),)))
    return replace(strategy, nodes={"in": TrendlineCross("1h", Level(101.0), "up", "intrabar")}, **parts)


CALM = [100.0, 100.5, 99.75]


def kinds(said: list[say.Entry]) -> list[str]:
    return [type(entry).__name__ for entry in said]


def test_an_entry_and_its_target_fill_on_the_trades_that_reach_them() -> None:
    walk = [CALM, [100.0, 100.75, 101.25, 103.0, 104.5, 103.0], CALM]
    said = walked(runner_of(quiet_strategy(), candles_of(walk)[:1], PaperTerms()), walk, 1)
    fills = [(one.time, one.role, one.price) for one in said if isinstance(one, say.Filled)]
    assert fills == [(time_of(1), "entry", 101.25), (time_of(1), "target", 104.0)]
    ticks = [one.price for one in said if isinstance(one, say.Ticked) and one.time == time_of(1)]
    assert ticks == [100.0, 101.25, 104.5]  # what lies between can change nothing
    assert [one.price for one in fired(said)] == [101.0]


def test_a_stop_that_is_jumped_over_fills_at_the_trade() -> None:
    walk = [CALM, [100.0, 101.25, 97.0], CALM]
    said = walked(runner_of(quiet_strategy(), candles_of(walk)[:1], PaperTerms()), walk, 1)
    assert [one.price for one in said if isinstance(one, say.Filled)] == [101.25, 97.0]


def test_a_command_to_stop_leaves_at_the_next_trade_whatever_its_price() -> None:
    runner = runner_of(quiet_strategy(), candles_of([CALM]), PaperTerms())
    for at, price in enumerate([100.0, 101.5]):
        runner.tick(time_of(1), Tick(at, price, 1.0))
    assert runner.quiet[0] < 101.6 < runner.quiet[1]
    runner.tell("stop")
    said = runner.tick(time_of(1), Tick(3, 101.6, 1.0))
    assert kinds(said) == ["Ticked", "Filled", "Closed", "Moved", "Ended"]
    assert runner.tick(time_of(1), Tick(4, 120.0, 1.0)) == []


def test_a_trade_of_a_bar_that_was_taken_or_of_a_later_one_is_not_heard() -> None:
    runner = runner_of(quiet_strategy(), candles_of([CALM]), PaperTerms())
    assert runner.tick(time_of(0), Tick(0, 100.0, 1.0)) == []
    assert kinds(runner.tick(time_of(1), Tick(1, 100.0, 1.0))) == ["Ticked"]
    assert runner.tick(time_of(2), Tick(2, 150.0, 1.0)) == []


def heard_in_part(heard: Prices, row: Row, gap: tuple[float | None, ...]) -> list[say.Entry]:
    runner = runner_of(quiet_strategy(), candles_of([CALM]), PaperTerms())
    said = [line for tick in ticks_of(1, heard) for line in runner.tick(time_of(1), tick)]
    said += runner.miss(say.Missed(time_of(1), *gap))
    return said + runner.take(bars_of([candle_of(CALM), row])[1:])


def test_what_trades_that_were_missed_did_not_tell_comes_of_the_candle_and_is_marked() -> None:
    said = heard_in_part([100.0, 100.5], (100.0, 102.0, 99.0, 101.5), (100.0, 100.5, 100.5))
    assert [one.price for one in fired(said)] == [101.0]
    assert [(one.role, one.price) for one in said if isinstance(one, say.Filled)] == [("entry", 101.0)]
    assert [one.text for one in said if isinstance(one, say.Noted)] == [NOT_ALL_HEARD]


def test_a_candle_says_nothing_again_that_a_trade_has_told() -> None:
    said = heard_in_part([100.0, 101.25], (100.0, 103.0, 97.5, 100.0), (100.0, 101.25, 101.25))
    assert [one.price for one in fired(said)] == [101.0]
    assert [(one.role, one.price) for one in said if isinstance(one, say.Filled)] == [("entry", 101.25), ("stop", 98.0)]


def test_extremes_that_were_heard_are_not_walked_again() -> None:
    said = heard_in_part([100.0, 97.0, 100.0, 101.25], (100.0, 101.5, 97.0, 101.25), (97.0, 101.25, 101.25))
    assert [one.role for one in said if isinstance(one, say.Filled)] == ["entry"]


def test_where_nobody_heard_more_than_the_run_itself_its_own_trades_count() -> None:
    said = heard_in_part([100.0, 101.25], (100.0, 102.0, 99.0, 101.5), (None, None, None))
    assert [one.role for one in said if isinstance(one, say.Filled)] == ["entry"]


def test_a_bar_of_which_nothing_was_heard_is_its_candle_alone() -> None:
    runner = runner_of(quiet_strategy(), candles_of([CALM]), PaperTerms())
    bars = bars_of([candle_of(CALM), (100.0, 102.0, 99.0, 101.5)])
    said = runner.miss(say.Missed(time_of(1))) + runner.take(bars[1:])
    assert kinds(said)[:4] == ["Missed", "Noted", "Heard", "Fired"]


def test_a_bar_that_is_never_reported_is_noted_and_the_next_one_is_taken() -> None:
    runner = runner_of(quiet_strategy(), candles_of([CALM]), PaperTerms())
    runner.tick(time_of(1), Tick(0, 100.0, 1.0))
    said = runner.take(bars_of([candle_of(CALM)] * 3)[2:])
    assert [one.text for one in said if isinstance(one, say.Noted)] == [NEVER_REPORTED]
    assert runner.bar is None


def test_several_bars_at_once_after_a_forming_one_are_taken_as_they_are() -> None:
    walk = [CALM, [100.0, 101.25, 103.0], [103.0, 104.5], CALM]
    one, many = (runner_of(quiet_strategy(), candles_of(walk)[:1], PaperTerms()) for _ in range(2))
    for runner in (one, many):
        for tick in ticks_of(1, walk[1]):
            runner.tick(time_of(1), tick)
    bars = candles_of(walk)
    assert many.take(bars[1:]) == [line for row in range(1, 4) for line in one.take(bars[row : row + 1])]


def test_a_node_that_only_the_close_can_tell_fires_at_the_close() -> None:
    near = SrProximity("1h", Level(101.0), "leave", "intrabar")
    walk = [[101.0], [101.0, 102.0], [102.0, 103.0, 102.5], CALM]
    strategy = quiet_strategy()
    nodes = {"in": near, "line": TrendlineCross("1h", Level(150.0), "up", "intrabar")}
    strategy = replace(strategy, nodes=nodes, exit="line")
    said = walked(runner_of(strategy, candles_of(walk)[:1], PaperTerms()), walk, 1)
    assert [(one.node, one.time) for one in fired(said)] == [("in", time_of(2))]
    assert next((one.role, one.time) for one in said if isinstance(one, say.Filled)) == ("entry", time_of(3))


def test_a_watch_says_a_state_when_it_begins_and_not_again_on_the_next_bar() -> None:
    near = SrProximity("1h", Level(100.0), "near", "intrabar", Tolerance("absolute", 0.5))
    watch = Strategy(kind="watch", market=MARKET, timeframe="1h", nodes={"near": near})
    walk = [[105.0], [105.0, 100.25], [100.25, 100.0], [105.0, 104.0], [104.0, 100.0]]
    said = walked(runner_of(watch, candles_of(walk)[:1], PaperTerms()), walk, 1)
    assert [one.time for one in fired(said)] == [time_of(1), time_of(4)]


@pytest.mark.parametrize(("frequency", "count"), [("only_once", 1), ("once_per_bar", 2)])
def test_lives_and_frequencies_hold_within_the_bar(frequency: Frequency, count: int) -> None:
    walk = [CALM, [100.0, 101.25], [100.0, 101.25], [100.0, 101.25]]
    node = TrendlineCross("1h", Level(101.0), "up", "intrabar", frequency, valid_until=time_of(3))
    watch = Strategy(kind="watch", market=MARKET, timeframe="1h", nodes={"cross": node})
    said = walked(runner_of(watch, candles_of(walk)[:1], PaperTerms()), walk, 1)
    assert len(fired(said)) == count


def test_the_marks_of_a_bar_that_forms_are_those_that_it_has_once_it_closed() -> None:
    bars = real()[:1_300]
    ticker = Ticker(on_real_candles(bars), bars[:-1])
    marks = ticker.marks_now(int(bars.time[-1]))
    tape, _ = ticker.take(bars[-1:])
    assert marks == tape.marks(0)
    assert None not in marks


@pytest.mark.parametrize("missed", [False, True])
def test_under_the_kill_switch_an_entry_within_the_bar_is_refused_in_the_log(*, missed: bool) -> None:
    walk = [CALM, [100.0, 101.5, 101.0]]
    runner = runner_of(quiet_strategy(), candles_of(walk)[:1], PaperTerms())
    runner.know(Account(killed=True))
    runner.tell("kill")
    heard = ticks_of(1, walk[1])[: 1 if missed else 3]
    said = [line for tick in heard for line in runner.tick(time_of(1), tick)]
    said += runner.miss(say.Missed(time_of(1), 100.0, 100.0, 100.0)) if missed else []
    said += runner.take(candles_of(walk)[1:])
    assert [one.rule for one in said if isinstance(one, say.Refused)] == ["kill switch"]
