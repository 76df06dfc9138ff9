"""A run on an exchange, whose reports come late: the same lines again, and nothing entered where something differs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from execution import entries as say
from execution.lifecycle import State
from execution.live_runner import RULES, STRANDED, LiveRunner
from execution.messages import (
    Accepted,
    Cancelled,
    Missing,
    PlaceOrder,
    QueryOrder,
    Rejected,
    ReplaceOrder,
    Report,
    Request,
    Standing,
    Traded,
    Unanswered,
    WithdrawOrder,
)
from execution.replaying import again as replayed
from execution.resuming import NotTheSame, begin, link, resume
from spec.geometry import Level
from spec.managing import EntryOrder, Managing, Trail
from spec.signals import TimeWindow, TrendlineCross
from spec.strategy import AtPercent, Strategy
from tests.execution.scenes import Scene, bars_of, strategy_of, time_of
from tests.execution.test_runner_resuming import began

if TYPE_CHECKING:
    from execution.journal import Chain
    from execution.ports import Word

ROWS = tuple((100.0 + at % 5, 101.0 + at % 5, 99.0 + at % 5, 100.5 + at % 5) for at in range(40))
BARS = bars_of(ROWS)
SCENE = Scene("", ROWS, (), stop=AtPercent(3.0), targets=(), managing=Managing(trail=Trail(AtPercent(2.0)), bars=5))
ALWAYS = TimeWindow("1h", time_of(0), time_of(1_000))
STRATEGY = replace(strategy_of(SCENE), nodes={"in": ALWAYS})
RESTING = replace(  # its entry is a limit, and waits
    strategy_of(replace(SCENE, managing=Managing(), order=EntryOrder("limit", AtPercent(0.5)))), nodes={"in": ALWAYS}
)
STEP = Decimal("0.0001")


class Live:
    """A run, its lines, and what it asked for."""

    def __init__(self, strategy: Strategy = STRATEGY) -> None:
        first = replace(began(strategy, BARS[:1]), account="main", live=RULES)
        runner, self.chain, lines = begin(first, strategy, BARS[:1])
        assert isinstance(runner, LiveRunner)
        self.strategy, self.runner, self.lines, self.row = strategy, runner, list(lines), 1
        self.asked: list[Request] = []

    def write(self, entries: list[say.Entry]) -> list[say.Entry]:
        self.lines += link(self.chain, entries)
        self.asked += self.runner.requests()
        return entries

    def bar(self) -> list[say.Entry]:
        self.row += 1
        return self.write(self.runner.take(BARS[self.row - 1 : self.row]))

    def tell(self, word: Word) -> list[say.Entry]:
        return self.write(self.runner.tell(word))

    def report(self, *reports: Report) -> list[say.Entry]:
        return [entry for one in reports for entry in self.write(self.runner.report(one))]

    def stand(self, holds: str, *strangers: str, mark: int = 7) -> list[say.Entry]:
        return self.write(self.runner.stand(Standing(Decimal(holds), STEP, mark, strangers)))

    def again(self) -> tuple[LiveRunner, Chain]:
        runner, chain = resume(self.lines, self.strategy, BARS[:1])
        assert isinstance(runner, LiveRunner)
        return runner, chain

    def reason(self) -> str | None:
        return self.runner.ended

    @property
    def last(self) -> Request:
        return self.asked[-1]


def entered() -> Live:
    """A run that holds a position, with its stop in the book."""
    run = Live()
    run.bar()
    one = run.last.order
    run.report(Traded(one.id, "1", one.size, 101.0))
    run.report(Accepted(run.last.order.id))
    return run


def kinds(entries: list[say.Entry]) -> list[str]:
    return [type(entry).__name__ for entry in entries]


def test_an_entry_decided_on_a_close_is_asked_for_at_that_close_and_sent_after_its_line() -> None:
    run = Live()
    lines = run.bar()
    assert kinds(lines) == ["Heard", "Placed", "Moved"]
    assert run.last.message == PlaceOrder(run.last.order)
    placed = next(entry for entry in lines if isinstance(entry, say.Placed))
    assert placed.time == time_of(2)
    assert run.runner.live_desk.working == (run.last.order.id,)


def test_a_fill_puts_the_stop_into_the_book_and_a_new_bar_moves_it() -> None:
    run = entered()
    assert (run.last.order.type, run.last.order.reduce_only, run.last.turn) == ("stop", True, 0)
    run.bar()
    assert isinstance(run.last.message, ReplaceOrder)
    assert run.last.turn == 1


def test_what_was_under_way_is_asked_for_and_nothing_is_sent_again() -> None:
    run = Live()
    run.bar()
    sent = run.last
    runner, _ = run.again()
    runner.requests()
    assert [entry.report for entry in runner.ask() if isinstance(entry, say.Reported)] == [Unanswered(sent.order.id)]
    assert [one.message for one in runner.requests()] == [QueryOrder(sent.order.id)]
    assert kinds(runner.report(Missing(sent.order.id)))[:2] == ["Reported", "Missing"]
    assert runner.live_desk.working == ()
    following = runner.following()
    assert [one.order for one in following.orders] == [sent.order]
    assert following.ended == {sent.order.id}


def test_a_stop_that_was_asked_back_and_filled_all_the_same_closes_the_position() -> None:
    run = entered()
    stop = run.last.order
    run.tell("stop")
    assert [type(one.message) for one in run.asked[-2:]] == [WithdrawOrder, PlaceOrder]
    leave = run.last.order
    lines = run.report(Traded(stop.id, "2", stop.size, 98.0))
    assert "Closed" in kinds(lines)
    assert run.reason() is None  # the exit is still on its way
    run.report(Rejected(leave.id, "nothing is held any more"))
    assert run.reason() == "stopped"
    assert run.runner.live_desk.ledger.held == 0


def test_what_is_told_twice_counts_once() -> None:
    run = entered()
    entry = run.asked[0].order
    before = run.runner.live_desk.ledger
    run.report(Traded(entry.id, "1", entry.size, 101.0))
    assert run.runner.live_desk.ledger == before


@pytest.mark.parametrize("report", [Accepted("nobody's"), Traded("nobody's", "1", Decimal(1), 1.0)])
def test_a_report_of_an_order_that_was_never_sent_is_said_once_and_ends_the_entries(report: Report) -> None:
    run = entered()
    lines = run.report(report)
    assert kinds(lines) == ["Reported", "Differed"]
    assert run.runner.difference == "the order nobody's was reported and never sent from here"
    assert kinds(run.report(report)) == ["Reported"]
    assert run.again()[0].difference == run.runner.difference


def test_the_first_comparison_is_the_measure_and_agreement_says_nothing() -> None:
    run = Live()
    assert kinds(run.stand("5")) == ["Stood"]
    run.bar()
    run.report(Traded(run.last.order.id, "1", run.last.order.size, 101.0))
    held = run.runner.live_desk.ledger.held
    assert run.stand(str(5 + held)) == []
    assert run.stand(str(5 + held - STEP)) == []


def test_where_trades_were_compared_up_to_is_written_once_a_day_so_that_no_more_is_read_again() -> None:
    run, day = Live(), 86_400_000
    run.stand("5")
    assert run.stand("5", mark=day) == []
    assert kinds(run.stand("5", mark=7 + day)) == ["Stood"]
    assert run.stand("5", mark=6 + 2 * day) == []
    assert run.runner.following().mark == 6 + 2 * day
    again, _ = run.again()
    assert again.following().mark == 7 + day


@pytest.mark.parametrize("strangers", [(), ("a trade that was not sent from here",)])
def test_a_difference_is_said_once_and_nothing_is_entered_until_a_person_resumes(strangers: tuple[str, ...]) -> None:
    run = Live()
    run.stand("5")
    assert kinds(run.stand("5.5", *strangers))[:2] == ["Stood", "Differed"]
    assert run.stand("5.5", *strangers) == []
    run.tell("clear")
    run.bar()
    assert run.asked == []
    again, _ = run.again()
    assert again.difference == run.runner.difference
    run.tell("resume")
    assert kinds(run.stand("5.5")) == ["Stood", "Moved"]
    run.bar()
    assert len(run.asked) == 1


def test_a_position_that_nothing_protects_is_said_once_and_tried_again_and_ends_the_entries() -> None:
    run = entered()
    lines: list[say.Entry] = []
    for _ in range(4):
        lines += run.report(Rejected(run.last.order.id, "down"))
    assert [entry.what for entry in lines if isinstance(entry, say.Differed)] == [STRANDED]
    sent = len(run.asked)
    run.bar()
    assert [one.order.type for one in run.asked[sent:]] == ["stop"]
    assert "Differed" not in kinds(run.report(Rejected(run.last.order.id, "down")))
    assert run.again()[0].difference == STRANDED
    run.bar()
    run.bar()
    assert run.last.order.type == "market"
    run.report(Traded(run.last.order.id, "2", run.last.order.size, 98.0))
    sent = len(run.asked)
    run.bar()
    assert len(run.asked) == sent
    run.tell("resume")
    run.stand("0")
    run.bar()
    assert len(run.asked) == sent + 1


def test_a_fee_in_a_third_currency_is_counted_apart_and_one_in_kind_is_missing_from_the_account() -> None:
    run = Live()
    run.stand("5")
    run.bar()
    one = run.last.order
    fees = {"BNB": Decimal("0.001"), "ETH": Decimal("0.25")}
    lines = run.report(Traded(one.id, "1", one.size, 101.0, other_fees=fees))
    assert [entry.other_fees for entry in lines if isinstance(entry, say.Filled)] == [fees]
    assert run.stand(str(5 + one.size - Decimal("0.25"))) == []
    run.report(Accepted(run.last.order.id))
    run.report(Traded(run.last.order.id, "2", one.size, 98.0, other_fees={"BNB": Decimal("0.002")}))
    assert run.runner.live_desk.ledger.other_fees == {"BNB": Decimal("0.003"), "ETH": Decimal("0.25")}
    assert run.runner.live_desk.ledger.cash == pytest.approx(10_000 - 3 * float(one.size))
    assert run.again()[0].live_desk.ledger == run.runner.live_desk.ledger


def test_a_contract_takes_no_fee_in_kind() -> None:
    market = replace(STRATEGY.market, symbol="ETH/USDT:USDT", type="swap")  # type: ignore[type-var]
    run = Live(replace(STRATEGY, market=market))
    run.stand("0")
    run.bar()
    one = run.last.order
    run.report(Traded(one.id, "1", one.size, 101.0, other_fees={"ETH": Decimal("0.25")}))
    assert run.stand(str(one.size)) == []


def test_bars_that_are_too_old_are_not_entered_on() -> None:
    run = Live()
    run.tell("late")
    run.bar()
    assert (run.asked, run.runner.late) == ([], True)
    run.tell("current")
    run.bar()
    assert len(run.asked) == 1


def test_while_an_entry_is_being_taken_back_no_other_is_asked_for() -> None:
    run = Live()
    run.bar()
    entry = run.last.order
    run.tell("pause")
    run.tell("resume")
    lines = run.bar()
    assert "an entry signal came while an earlier entry was being taken back" in [
        entry.text for entry in lines if isinstance(entry, say.Noted)
    ]
    run.report(Traded(entry.id, "1", entry.size, 101.0))
    assert run.runner.live_desk.ledger.held == entry.size
    assert run.last.order.type == "stop"


def filling() -> Live:
    """A run a quarter of whose resting entry has filled, with a stop for it."""
    run = Live(RESTING)
    run.stand("0")
    run.bar()
    entry = run.last.order
    run.report(Accepted(entry.id), Traded(entry.id, "1", entry.size / 4, 100.0), Accepted(run.last.order.id))
    return run


@pytest.mark.parametrize("word", ["kill", "pause", "late"])
def test_a_kill_or_pause_takes_back_what_has_not_filled_of_an_entry_and_keeps_what_has(word: Word) -> None:
    run = filling()
    entry, lines = run.asked[0].order, run.tell(word)
    assert kinds(lines) == ["Told", "Withdrawn"]
    assert run.last.message == WithdrawOrder(entry.id)
    run.report(Traded(entry.id, "2", entry.size / 4, 100.0))  # it was on its way
    assert (run.last.order.type, run.last.order.size) == ("stop", entry.size / 2)
    run.report(Cancelled(entry.id))
    assert run.runner.live_desk.life.state is State.MANAGING
    assert run.again()[0].live_desk.life == run.runner.live_desk.life


@pytest.mark.parametrize("what", ["a stranger", "a report"])
def test_a_difference_takes_back_what_has_not_filled_of_an_entry(what: str) -> None:
    run = filling()
    held = str(run.runner.live_desk.ledger.held)
    lines = run.stand(held, what) if what == "a stranger" else run.report(Accepted("nobody's"))
    assert kinds(lines)[1:] == ["Differed", "Withdrawn"]
    assert run.last.message == WithdrawOrder(run.asked[0].order.id)


def test_a_report_in_a_run_on_paper_is_not_its_log() -> None:
    strategy = STRATEGY
    runner, chain, lines = begin(began(strategy, BARS[:1]), strategy, BARS[:1])
    written = [*lines, *link(chain, [say.Reported(time_of(1), Accepted("x"))])]
    with pytest.raises(NotTheSame, match="a broker's word in a run on paper"):
        resume(written, strategy, BARS[:1])
    assert runner.ended is None


@pytest.mark.parametrize("rules", [UNSET, RULES - 1, RULES + 1])
def test_a_run_of_other_rules_does_not_go_on_and_says_what_a_person_has_to_do(rules: int | UnsetType) -> None:
    first = replace(began(STRATEGY, BARS[:1]), account="main", live=rules)
    lines = begin(first, STRATEGY, BARS[:1])[2]
    with pytest.raises(NotTheSame, match="its orders rest at the exchange as they were: take them back there"):
        resume(lines, STRATEGY, BARS[:1])
    with pytest.raises(NotTheSame, match="replay it with the version that wrote it"):
        replayed(lines, STRATEGY, BARS[:1], lambda *_: None)


def answers(request: Request, how: int, number: int) -> list[Report]:
    """What an exchange may say to a request."""
    name, size = request.order.id, request.order.size - request.filled
    said: list[list[Report]] = [[Unanswered(name)]]
    match request.message:
        case PlaceOrder() if request.order.type == "market":
            said.append([Traded(name, f"{number}a", size, 100.0)])
            said.append([Traded(name, f"{number}b", size / 2, 100.0), Cancelled(name)])
            said.append([Rejected(name, "no")])
        case PlaceOrder() | ReplaceOrder():
            said.append([Accepted(name)])
            said.append([Accepted(name), Traded(name, f"{number}c", size, 98.0)])
        case WithdrawOrder():
            said.append([Cancelled(name)])
        case _:
            said = [[Missing(name)], [Accepted(name)]]
    return said[how % len(said)]


@given(st.lists(st.integers(0, 11), min_size=1, max_size=60), st.integers(2, 12))
def test_the_recorded_reports_give_the_same_lines_again(dice: list[int], every: int) -> None:
    run, at = Live(), 0
    for step, how in enumerate(dice):
        if step % every == 0 and run.row < len(BARS) - 1:
            run.bar()
        if at < len(run.asked):
            at += 1
            run.report(*answers(run.asked[at - 1], how, at))
    runner, _ = run.again()
    desk, other = runner.live_desk, run.runner.live_desk
    assert (desk.ledger, desk.life, desk.working) == (other.ledger, other.life, other.working)
    assert runner.following() == run.runner.following()


def test_what_the_market_did_not_take_of_an_exit_at_once_is_sent_again() -> None:
    run = entered()
    run.tell("stop")
    leave, stop = run.last.order, next(one.order for one in run.asked if one.order.type == "stop")
    run.report(Cancelled(stop.id), Traded(leave.id, "2", leave.size / 4, 98.0), Cancelled(leave.id, "no more"))
    assert (run.last.order.type, run.last.order.size) == ("market", leave.size - leave.size / 4)
    assert run.last.order.id != leave.id
    run.report(Traded(run.last.order.id, "3", run.last.order.size, 98.0))
    assert run.reason() == "stopped"


def test_a_node_that_fires_within_a_bar_that_no_trade_told_is_acted_on_at_its_close() -> None:
    cross = TrendlineCross("1h", Level(102.5), "up", "intrabar")
    run = Live(replace(STRATEGY, nodes={"in": cross}))
    asked: list[int] = []
    for _ in range(6):
        run.bar()
        asked.append(len(run.asked))
    assert asked[-1] == 1
    placed = next(say.read(line.text) for line in run.lines if '"is":"placed"' in line.text)
    assert isinstance(placed, say.Placed)
    assert (placed.role, placed.order.type) == ("entry", "market")


def test_a_watch_has_no_orders() -> None:
    first = replace(began(STRATEGY, BARS[:1]))
    watch = Strategy(
        kind="watch",
        market=STRATEGY.market,
        timeframe="1h",
        nodes=STRATEGY.nodes,
        entry=None,
        stop=None,
        targets=(),
        exit=None,
        risk=STRATEGY.risk,
    )
    runner = LiveRunner(watch, first.digest, BARS[:1], first.terms)
    with pytest.raises(TypeError, match="a watch has no orders"):
        runner.live_desk  # noqa: B018 (asked for)
