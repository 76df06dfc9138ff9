"""Reports that come late, twice or out of order: what filled is in the ledger, and what is held is never left alone."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from execution import entries as say
from execution.lifecycle import State as Life
from execution.live_desk import LATE, NOT_COMPARED, NOT_GONE, ONCE
from execution.live_runner import STRANDED
from execution.messages import (
    Accepted,
    BarOpened,
    Cancelled,
    Missing,
    NodeFired,
    PlaceOrder,
    Rejected,
    Report,
    Traded,
    Unanswered,
    WithdrawOrder,
)
from execution.order_table import WORKING, State
from spec.managing import Slices
from spec.strategy import AtPercent, Entry, Target
from tests.execution.scenes import time_of
from tests.execution.test_live_runner import BARS, STRATEGY, Live, entered, kinds

if TYPE_CHECKING:
    from execution.orders import Order
    from spec.strategy import Strategy

TARGETS = (Target(AtPercent(1.0), 0.5), Target(AtPercent(2.0), 0.5))
SPOT = replace(STRATEGY, targets=TARGETS)
MARKET = replace(STRATEGY.market, symbol="ETH/USDT:USDT", type="swap")  # type: ignore[type-var]
LONG = replace(SPOT, market=MARKET)
SHORT = replace(LONG, entry=Entry("short", "in"))
SLICED = [replace(one, entry=replace(one.entry, slices=Slices("twap", 3))) for one in (SPOT, LONG, SHORT) if one.entry]
HOW = ("accepted", "filled", "part", "more", "again", "cancelled", "rejected", "unanswered", "missing")


def begun(strategy: Strategy) -> Live:
    run = Live(strategy)
    run.stand("0")
    return run


class Told:
    """Every trade that was told of a run's orders, once."""

    def __init__(self, run: Live) -> None:
        self.run = run
        self.trades: dict[str, tuple[Traded, Order]] = {}
        self.taken = Decimal(0)  # beyond the round, by a person
        self.left = False  # stranded, and a person knows

    def of(self, order: Order, how: str) -> Report:
        filled = sum((one.size for one, whose in self.trades.values() if whose.id == order.id), Decimal(0))
        left = max(order.size - filled, Decimal("0.0001"))
        match how:
            case "filled" | "part" | "more":
                size = {"filled": left, "part": left / 2, "more": left * 2}[how]
                trade = Traded(order.id, f"t{len(self.trades)}", size, 101.0, 0.01)
                self.trades[trade.trade] = (trade, order)
                return trade
            case "again" if self.trades:
                return self.trades[min(self.trades)][0]
            case "cancelled":
                return Cancelled(order.id)
            case "rejected":
                return Rejected(order.id, "no")
            case "unanswered":
                return Unanswered(order.id)
            case "missing":
                return Missing(order.id)
            case _:
                return Accepted(order.id)

    def check(self) -> None:
        """The ledger is the sum of what was told; whatever is held is about to be left, or a person knows."""
        desk = self.run.runner.live_desk
        signed = [(one, 1 if order.side == "buy" else -1) for one, order in self.trades.values()]
        assert desk.ledger.held == sum((sign * one.size for one, sign in signed), Decimal(0))
        cash = 10_000 - sum(sign * float(one.size) * one.price + one.fee for one, sign in signed)
        assert desk.ledger.cash == pytest.approx(cash, abs=1e-6)
        told = self.run.runner.difference or ""
        turn = desk.life.round
        if turn is not None and turn.held > 0:
            works = {name for name in desk.working if name in {one.order.id for one in self.run.asked}}
            self.left = self.left and desk.stranded
            assert STRANDED in told or self.left or any(one.id in works for one in turn.working if one.role != "entry")
        assert desk.astray in {Decimal(0), self.taken} or told


def check_lines(run: Live) -> None:
    said = [say.read(line.text) for line in run.lines]
    trades = [entry.trade for entry in said if isinstance(entry, say.Filled)]
    assert len(trades) == len(set(trades))
    again, _ = run.again()
    desk, other = again.live_desk, run.runner.live_desk
    assert (desk.ledger, desk.life, desk.working) == (other.ledger, other.life, other.working)
    assert again.difference == run.runner.difference


MOVES = st.one_of(
    st.tuples(st.just("report"), st.integers(-6, -1), st.sampled_from(HOW)),
    st.tuples(st.just("report"), st.integers(0, 20), st.sampled_from(HOW)),
    st.tuples(st.sampled_from(("bar", "pause")), st.just(0), st.just("")),
)


@given(st.sampled_from((SPOT, LONG, SHORT, *SLICED)), st.lists(MOVES, max_size=60))
def test_whatever_is_told_in_whatever_order_is_counted_once_and_nothing_is_left_alone(
    strategy: Strategy, moves: list[tuple[str, int, str]]
) -> None:
    run = begun(strategy)
    run.bar()
    told = Told(run)
    for what, at, how in moves:
        if what == "report":
            orders = [one.order for one in run.asked if isinstance(one.message, PlaceOrder)]
            run.report(told.of(orders[at % len(orders)], how))
        elif what == "bar" and run.row < len(BARS) - 1:
            run.bar()
        elif what == "pause":
            run.tell("pause")
            told.taken, told.left = run.runner.live_desk.astray, run.runner.live_desk.stranded
            run.tell("resume")
        told.check()
    check_lines(run)


def differed(entries: list[say.Entry]) -> list[str]:
    return [entry.what for entry in entries if isinstance(entry, say.Differed)]


def noted(entries: list[say.Entry]) -> list[str]:
    return [entry.text for entry in entries if isinstance(entry, say.Noted)]


def closed(strategy: Strategy = STRATEGY) -> Live:
    """A run whose stop has closed a part of its entry, while the rest of the entry is still on its way."""
    run = begun(strategy)
    run.bar()
    entry = run.last.order
    run.report(Traded(entry.id, "1", Decimal(2), 101.0))
    run.report(Traded(run.last.order.id, "2", Decimal(2), 98.0))
    assert run.runner.live_desk.life.round is None
    return run


def test_what_fills_of_an_entry_after_its_round_is_left_at_the_market_and_a_person_is_told() -> None:
    run = closed()
    entry = run.asked[0].order
    assert run.last.message == WithdrawOrder(entry.id)
    sent = len(run.asked)
    lines = run.report(Traded(entry.id, "3", Decimal(1), 102.0))
    (told,) = differed(lines)
    assert told.startswith("1 filled at 102.0 after the position that it was for was closed")
    turn = run.runner.live_desk.life.round
    assert turn is not None
    assert (turn.held, turn.closing, run.runner.live_desk.life.state) == (Decimal(1), LATE, Life.MANAGING)
    orders = [(one.order.type, one.order.side, one.order.size) for one in run.asked[sent:]]
    assert orders == [("market", "sell", Decimal(1))]
    run.report(Traded(run.last.order.id, "4", Decimal(1), 99.0), Cancelled(entry.id))
    desk = run.runner.live_desk
    assert desk.ledger.held == 0
    assert (desk.working, desk.life.state) == ((), Life.IDLE)
    check_lines(run)


def test_what_fills_of_an_exit_after_its_round_and_closes_nothing_is_counted_and_a_person_is_told() -> None:
    run = closed()
    stop = next(one.order for one in run.asked if one.order.type == "stop")
    lines = run.report(Traded(stop.id, "3", Decimal(1), 97.0, 0.5))
    assert [said.partition(" ")[0] for said in differed(lines)] == ["1", "more"]
    assert differed(lines)[1] == "more was closed than was open: by this run's trades it holds -1"
    ledger = run.runner.live_desk.ledger
    assert ledger.held == -1
    assert ledger.cash == pytest.approx(10_000 - 2 * 3 + 97.0 - 0.5)
    assert differed(run.report(Accepted(stop.id))) == []
    check_lines(run)


@pytest.mark.parametrize("strategy", [LONG, SHORT])
def test_what_fills_of_an_exit_of_before_closes_so_much_of_the_position_of_now(strategy: Strategy) -> None:
    run = begun(strategy)
    run.bar()
    run.report(Traded(run.last.order.id, "1", Decimal(2), 101.0), Cancelled(run.last.order.id))
    before = [one.order for one in run.asked[1:]]
    stop, target, _ = before
    run.report(Traded(stop.id, "2", Decimal(2), 101.0), *(Missing(one.order.id) for one in run.asked))
    run.report(*(Cancelled(one.id) for one in before))
    run.bar()
    entry = run.last.order
    run.report(Traded(entry.id, "3", Decimal(3), 101.0), Cancelled(entry.id))
    lines = run.report(Traded(target.id, "4", Decimal(1), 100.0))
    assert len(differed(lines)) == 1
    assert [entry.trade.reason for entry in lines if isinstance(entry, say.Closed)] == [LATE]
    turn = run.runner.live_desk.life.round
    assert turn is not None
    assert turn.held == 2
    new = next(one for one in turn.working if one.role == "stop")
    assert new.size == 2
    run.report(Traded(target.id, "5", Decimal(2), 100.0))
    assert run.runner.live_desk.life.round is None
    assert run.runner.live_desk.ledger.held == 0
    check_lines(run)


def test_an_order_that_was_given_up_and_fills_in_part_is_taken_back_and_what_filled_is_left() -> None:
    run = begun(STRATEGY)
    run.bar()
    entry = run.last.order
    run.report(Unanswered(entry.id), Missing(entry.id))
    sent = len(run.asked)
    run.report(Traded(entry.id, "1", Decimal(1), 101.0))
    assert [(type(one.message), one.order.side) for one in run.asked[sent:]] == [
        (WithdrawOrder, "buy"),
        (PlaceOrder, "sell"),
    ]
    run.report(Traded(entry.id, "2", entry.size - 1, 101.0))
    run.report(Traded(entry.id, "2", entry.size - 1, 101.0), Rejected(entry.id, "no"))
    assert run.runner.live_desk.ledger.held == entry.size


def test_nothing_is_entered_while_an_order_of_the_position_before_may_fill() -> None:
    run = closed()
    run.report(Cancelled(run.asked[0].order.id))
    run.bar()
    assert run.last.order.side == "buy"
    run = closed()
    sent = len(run.asked)
    assert NOT_GONE in noted(run.bar())
    assert len(run.asked) == sent
    run.report(Cancelled(run.asked[0].order.id))
    run.bar()
    assert len(run.asked) == sent + 1


def test_of_a_contract_nothing_is_entered_before_the_account_was_compared_and_targets_are_whole_steps() -> None:
    run = Live(LONG)
    assert NOT_COMPARED in noted(run.bar())
    assert run.asked == []
    assert kinds(run.stand("0")) == ["Stood"]
    run.bar()
    run.report(Traded(run.last.order.id, "1", Decimal("2.0001"), 101.0))
    assert [one.order.size for one in run.asked[2:]] == [Decimal("1.0000"), Decimal("1.0001")]
    assert run.runner.live_desk.life.plan.step == Decimal("0.0001")
    check_lines(run)


def test_a_step_that_the_exchange_has_changed_is_a_line() -> None:
    run = begun(LONG)
    assert run.stand("0") == []
    standing = say.read(run.lines[-1].text)
    assert isinstance(standing, say.Stood)
    changed = replace(standing.standing, step=Decimal("0.01"))
    assert kinds(run.write(run.runner.stand(changed))) == ["Stood"]
    assert run.runner.live_desk.life.plan.step == Decimal("0.01")


def test_two_signals_of_one_bar_are_one_entry() -> None:
    run = closed()
    run.report(Cancelled(run.asked[0].order.id))
    desk, sent = run.runner.live_desk, len(run.asked)
    time = next(one for one in run.runner.following().orders).order
    signalled = time_of(1)
    assert time.id == run.asked[0].order.id
    desk.tick(None, [NodeFired("entry", signalled, 101.0, (None,))])  # type: ignore[arg-type]
    assert [text for _, text in desk.notes] == [ONCE]
    assert len(run.asked) == sent
    desk.tell(BarOpened(time_of(5), 100.0, (None,)))


REPORTS: tuple[Report, ...] = (
    Accepted("a"),
    Traded("a", "n", Decimal("0.1"), 1.0),
    Traded("a", "m", Decimal(9), 1.0),
    Cancelled("a"),
    Rejected("a", "no"),
    Unanswered("a"),
    Missing("a"),
)


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("report", REPORTS)
def test_no_report_is_unheard_of_in_any_state(state: State, report: Report) -> None:
    """A pair of a state and a report that the table does not list would end a run."""
    run = entered()
    desk = run.runner.live_desk
    name = run.last.order.id
    size = desk._records[name].order.size
    filled = {State.FILLED: size, State.PARTIALLY_FILLED: size / 2}.get(state, Decimal(0))
    desk._records[name] = replace(desk._records[name], state=state, filled=filled)
    run.report(replace(report, id=name))
    assert (desk._records[name].state in WORKING) == (name in desk.working)
