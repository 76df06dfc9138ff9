"""What a person says to a run, and what comes of it: pause, resume, stop, the kill switch, the end of the bars."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from execution import entries as say
from execution.brokers.paper import PaperTerms
from execution.brokers.terms import Book
from execution.messages import Missing, PlaceOrder, QueryOrder, Rejected, Unanswered
from execution.order_log import OrderLog
from execution.orders import Order
from execution.plan import plan_of
from execution.risk import Bounds
from execution.rounds import Round, Working
from execution.runner import Runner
from spec.geometry import Level
from spec.managing import EntryOrder
from spec.signals import TrendlineCross
from spec.strategy import AtPercent, AtPrice, Entry, Risk, Strategy, Target
from tests.execution.scenes import MARKET, bars_of, time_of

if TYPE_CHECKING:
    from execution.ports import Word

# Price crosses 100 upwards on the close of bars 2, 5 and 8; nothing meets stop or target unless a test adds it.
LOW, UP, HIGH = (99.0, 99.5, 98.5, 99.0), (99.0, 101.0, 99.0, 101.0), (101.0, 101.5, 100.5, 101.0)
BARS = (LOW, LOW, UP, HIGH, LOW, UP, HIGH, LOW, UP, HIGH, HIGH)
DROP = (101.0, 101.0, 94.0, 95.0)


def strategy(side_kind: str = "strategy", order: EntryOrder | UnsetType = UNSET) -> Strategy:
    nodes = {"in": TrendlineCross("1h", Level(100.0), "up")}
    if side_kind == "watch":
        return Strategy(kind="watch", market=MARKET, timeframe="1h", nodes=dict(nodes))
    return Strategy(
        kind="strategy",
        market=MARKET,
        timeframe="1h",
        nodes=dict(nodes),
        entry=Entry("long", "in", order),
        stop=AtPrice(95.0),
        targets=(Target(AtPrice(110.0)),),
        risk=Risk(percent=1.0, max_exposure=100.0),
    )


def told(
    said: dict[int, Word],
    bars: tuple[tuple[float, ...], ...] = BARS,
    kind: str | Strategy = "strategy",
    terms: PaperTerms = PaperTerms(),  # noqa: B008 (frozen)
) -> list[say.Entry]:
    """What a run says that begins after bar 0 and hears a word after some bars."""
    table = bars_of(bars)  # type: ignore[arg-type]
    runner = Runner(strategy(kind) if isinstance(kind, str) else kind, "digest", table[:1], terms)
    entries: list[say.Entry] = []
    for row in range(1, len(table)):
        if runner.ended is None:
            entries += runner.take(table[row : row + 1])
        if runner.ended is None and row in said:
            entries += runner.tell(said[row])
    return entries


def fills(entries: list[say.Entry]) -> list[tuple[int, str, float]]:
    """(bar, role, price) of each fill."""
    return [
        ((entry.time - time_of(0)) // 3600, entry.role, entry.price)
        for entry in entries
        if isinstance(entry, say.Filled)
    ]


def ended(entries: list[say.Entry]) -> list[tuple[int, str]]:
    return [((entry.time - time_of(0)) // 3600, entry.reason) for entry in entries if isinstance(entry, say.Ended)]


def test_left_alone_it_enters_at_the_open_after_the_signal() -> None:
    assert fills(told({})) == [(3, "entry", 101.0)]


def test_a_pause_before_the_signal_keeps_it_out_and_a_resume_lets_it_in_again() -> None:
    assert fills(told({1: "pause", 4: "resume"})) == [(6, "entry", 101.0)]


def test_a_pause_between_signal_and_open_takes_the_entry_back() -> None:
    entries = told({2: "pause"})
    assert fills(entries) == []
    assert [entry.text for entry in entries if isinstance(entry, say.Noted)] == [
        "stopped between the decision for an entry and the next open: it was not asked for"
    ]


@pytest.mark.parametrize("word", ["pause", "kill"])
def test_a_pause_or_kill_leaves_a_position_to_its_stop_and_starts_no_other(word: Word) -> None:
    bars = (*BARS[:4], DROP, LOW, UP, HIGH)
    assert fills(told({3: word}, bars)) == [(3, "entry", 101.0), (4, "stop", 95.0)]


@pytest.mark.parametrize("word", ["pause", "kill"])
def test_a_pause_or_kill_takes_back_what_has_not_filled_of_an_entry(word: Word) -> None:
    """Of each bar a tenth of the volume fills, so an entry that rests takes many of them."""
    resting, thin = strategy(order=EntryOrder("limit", AtPercent(0.5))), PaperTerms(book=Book(volume_share=0.1))
    entries = told({4: word, 9: "resume"}, kind=resting, terms=thin)
    assert [bar for bar, role, _ in fills(entries) if role == "entry"] == [3, 4]
    assert [bar for bar, role, _ in fills(told({}, kind=resting, terms=thin)) if role == "entry"] == [*range(3, 11)]
    assert [entry.role for entry in entries if isinstance(entry, say.Cancelled)] == ["entry"]
    held = sum(entry.size for entry in entries if isinstance(entry, say.Filled))
    stops = [entry.order for entry in entries if isinstance(entry, say.Placed | say.Replaced) and entry.role == "stop"]
    assert stops[-1].size == held


def test_a_paused_run_evaluates_on_and_says_that_it_rests() -> None:
    fired = [(entry.time, entry.resting) for entry in told({3: "pause", 6: "resume"}) if isinstance(entry, say.Fired)]
    assert fired == [(time_of(2), False), (time_of(5), True), (time_of(8), False)]


def test_a_stop_leaves_the_position_at_the_next_open_and_then_it_ends() -> None:
    entries = told({3: "stop"})
    assert fills(entries) == [(3, "entry", 101.0), (4, "exit", 99.0)]
    assert [entry.trade.reason for entry in entries if isinstance(entry, say.Closed)] == ["stopped"]
    assert ended(entries) == [(4, "stopped")]


def test_a_stop_without_a_position_ends_it_at_once() -> None:
    assert ended(told({1: "stop"})) == [(1, "stopped")]


def test_no_bar_is_heard_after_the_end_though_more_came_with_it() -> None:
    table = bars_of(BARS)
    runner = Runner(strategy(), "digest", table[:1], PaperTerms())
    runner.take(table[1:4])
    runner.tell("stop")
    heard = [entry.time for entry in runner.take(table[4:]) if isinstance(entry, say.Heard)]
    assert heard == [time_of(4)]
    assert runner.ended == "stopped"


def test_after_the_kill_switch_is_cleared_it_looks_again_unless_it_is_paused() -> None:
    assert fills(told({1: "kill", 4: "clear"})) == [(6, "entry", 101.0)]
    assert fills(told({1: "kill", 3: "pause", 4: "clear", 7: "resume"})) == [(9, "entry", 101.0)]


def test_a_resume_while_the_kill_switch_is_set_starts_nothing() -> None:
    assert fills(told({1: "kill", 2: "pause", 3: "resume"})) == []


def test_a_stopping_run_is_not_woken_by_a_cleared_switch() -> None:
    assert fills(told({2: "kill", 3: "clear"})) == [(6, "entry", 101.0)]
    table = bars_of(BARS)
    runner = Runner(strategy(), "digest", table[:1], PaperTerms())
    entries = [*runner.take(table[1:4]), *runner.tell("stop"), *runner.tell("clear"), *runner.take(table[4:])]
    assert fills(entries) == [(3, "entry", 101.0), (4, "exit", 99.0)]


def test_a_watch_goes_on_under_the_kill_switch_and_ends_at_a_stop() -> None:
    entries = told({1: "kill", 6: "stop"}, kind="watch")
    assert [(entry.time, entry.role, entry.resting) for entry in entries if isinstance(entry, say.Fired)] == [
        (time_of(2), "watch", False),
        (time_of(5), "watch", False),
    ]
    assert ended(entries) == [(6, "stopped")]


def test_at_the_end_of_the_bars_what_is_open_is_closed_at_the_last_close() -> None:
    table = bars_of(BARS)
    runner = Runner(strategy(), "digest", table[:1], PaperTerms())
    entries = [*runner.take(table[1:]), *runner.tell("finish")]
    assert [
        (one.trade.exit_time, one.trade.exit_price, one.trade.reason) for one in entries if isinstance(one, say.Closed)
    ] == [(time_of(10), 101.0, "end of data")]
    assert ended(entries) == [(10, "end of data")]


def test_without_any_bar_it_ends_as_well() -> None:
    runner = Runner(strategy(), "digest", bars_of(BARS)[:1], PaperTerms())
    assert runner.tell("finish") == [say.Told(time_of(0), "finish"), say.Ended(time_of(0), "end of data")]


def test_orders_and_their_fate_are_told_one_after_the_other() -> None:
    bars = (*BARS[:4], DROP)
    said = [entry for entry in told({}, bars) if not isinstance(entry, say.Heard | say.Fired | say.Moved)]
    kinds = [(type(entry).__name__, getattr(entry, "role", "")) for entry in said]
    assert kinds == [
        ("Placed", "entry"),
        ("Accepted", "entry"),
        ("Filled", "entry"),
        ("Placed", "stop"),
        ("Accepted", "stop"),
        ("Placed", "target"),
        ("Accepted", "target"),
        ("Filled", "stop"),
        ("Closed", ""),
        ("Withdrawn", "target"),
        ("Cancelled", "target"),
    ]


def test_of_the_life_of_a_strategy_it_is_told_where_each_bar_left_it() -> None:
    moved = [(entry.before, entry.after) for entry in told({}, (*BARS[:4], DROP, LOW)) if isinstance(entry, say.Moved)]
    assert moved == [("LOOKING", "ENTERED"), ("ENTERED", "MANAGING"), ("MANAGING", "LOOKING")]


def test_what_is_said_before_the_first_bar_stands_at_the_end_of_the_history() -> None:
    runner = Runner(strategy(), "digest", bars_of(BARS)[:4], PaperTerms())
    assert runner.tell("pause") == [say.Told(time_of(3), "pause"), say.Moved(time_of(3), "LOOKING", "IDLE")]


def test_an_entry_that_risk_refuses_is_told_with_the_reason() -> None:
    gap = (*BARS[:3], (94.0, 94.5, 93.0, 94.0))
    refused = [entry.reason for entry in told({}, gap) if isinstance(entry, say.Refused)]
    assert refused == ["the stop stands on the wrong side of the entry price, or on it"]


def test_silence_a_question_and_a_rejection_are_told_with_the_role_of_their_order() -> None:
    log = OrderLog(plan_of(strategy(), "digest"), Bounds(), PaperTerms())
    order = Order("id", "ETH/USDT", "buy", "market", Decimal(1))
    turn = Round(0, working=(Working("entry", "id", None, Decimal(1)),))
    log.desk.life = replace(log.desk.life, round=turn)
    log.desk.tell_order(PlaceOrder(order))
    for message in (Unanswered("id"), QueryOrder("id"), Missing("id"), Rejected("id", "insufficient balance")):
        log.desk.tell_order(message)
    said = log.gather()
    assert said == [
        say.Placed(0, "entry", order),
        say.Unanswered(0, "entry", "id"),
        say.Queried(0, "entry", "id"),
        say.Missing(0, "entry", "id"),
        say.Rejected(0, "entry", "id", "insufficient balance"),
    ]
    assert [say.read(say.text_of(entry)) for entry in said] == said
    assert {say.log_of(entry) for entry in said} == {"order"}
