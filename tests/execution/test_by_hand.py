"""What a person does at the exchange beside a run: said once, taken as it is at a resume, and never sold for them."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from execution import entries as say
from execution.bookkeeping import follow, sheet_of
from execution.lifecycle import State
from execution.live_runner import OPPOSED, RULES
from execution.loop import go_on
from execution.messages import Cancelled, Missing, PlaceOrder, Rejected, Standing, Traded, WithdrawOrder
from execution.position import WRITTEN_OFF
from execution.resuming import began_of, begin
from spec.managing import Managing
from tests.execution.ports import Commands, Journal
from tests.execution.test_late_reports import LONG, SHORT, TARGETS
from tests.execution.test_live_loop import Broker, Exchange, Slow
from tests.execution.test_live_runner import BARS, STEP, STRATEGY, Live, kinds
from tests.execution.test_runner_resuming import began

if TYPE_CHECKING:
    from execution.messages import Following, Report, Request
    from execution.ports import Word
    from spec.strategy import Strategy

SPOT = replace(STRATEGY, managing=Managing())
TWO_TARGETS = replace(SPOT, targets=TARGETS)
NO_POSITION = "current position is zero, cannot fix reduce-only order qty"


def holding(strategy: Strategy = SPOT, base: str = "0") -> Live:
    """A run that holds a position, beside what the account has of its own."""
    run = Live(strategy)
    run.stand(base)
    run.bar()
    entry = run.last.order
    run.report(Traded(entry.id, "1", Decimal(4), 101.0), Cancelled(entry.id))
    return run


def refuse(run: Live) -> None:
    """The exchange has nothing that could be closed, and drops whatever should."""
    for _ in range(20):
        for name in run.runner.live_desk.working:
            run.report(Rejected(name, NO_POSITION))


def check(run: Live) -> None:
    """The run stands the same after a restart, and its ledger's rows come of its lines."""
    again, _ = run.again()
    assert (again.live_desk.ledger, again.live_desk.life) == (run.runner.live_desk.ledger, run.runner.live_desk.life)
    assert (again.difference, again.following()) == (run.runner.difference, run.runner.following())
    written = list(map(say.read, (line.text for line in run.lines)))[1:]
    sheet, _ = follow(sheet_of(began_of(run.lines)), written)
    assert (sheet.ledger.held, sheet.ledger.cash) == (again.live_desk.ledger.held, again.live_desk.ledger.cash)


def closed(entries: list[say.Entry]) -> list[tuple[str, float, float]]:
    return [(one.trade.reason, one.trade.size, one.trade.exit_price) for one in entries if isinstance(one, say.Closed)]


@pytest.mark.parametrize("strategy", [SPOT, LONG, SHORT])
@pytest.mark.parametrize("dropped", [False, True])
def test_a_position_that_was_closed_by_hand_is_written_off_at_the_last_price_when_a_person_resumes(
    strategy: Strategy, dropped: bool
) -> None:
    run = holding(strategy)
    assert kinds(run.stand("0", "a trade that was not sent from here"))[:2] == ["Stood", "Differed"]
    assert run.runner.live_desk.ledger.held != 0
    if dropped:
        refuse(run)
    assert kinds(run.tell("resume")) == ["Told"]
    sent = len(run.asked)
    lines = run.stand("0")
    assert closed(lines) == [(WRITTEN_OFF, 4.0, float(BARS.close[run.row - 1]))]
    assert [line.role for line in lines if isinstance(line, say.Filled)] == [WRITTEN_OFF]
    assert all(isinstance(one.message, WithdrawOrder) for one in run.asked[sent:])
    desk = run.runner.live_desk
    assert (desk.ledger.held, desk.life.round, run.runner.difference) == (Decimal(0), None, None)
    assert run.stand("0") == []
    run.report(*(Cancelled(name) for name in desk.working))
    run.bar()
    assert (run.last.order.reduce_only, desk.life.state) == (False, State.ENTERED)
    check(run)


def test_of_a_position_that_was_closed_in_part_by_hand_the_rest_stays_managed() -> None:
    run = holding(LONG)
    run.stand("1", "a trade that was not sent from here")
    run.tell("resume")
    lines = run.stand("1")
    assert [size for _, size, _ in closed(lines)] == [3.0]
    assert [one.order.size for one in run.asked if one.order.type == "stop"][-1] == 1
    turn = run.runner.live_desk.life.round
    assert turn is not None
    assert turn.held == 1
    assert run.stand("1") == []
    check(run)


def test_a_position_that_was_turned_by_hand_is_gone_and_what_came_in_its_place_is_not_the_runs() -> None:
    run = holding(LONG)
    run.stand("-2", "a trade that was not sent from here")
    run.tell("resume")
    assert [size for _, size, _ in closed(run.stand("-2"))] == [4.0]
    assert run.runner.live_desk.ledger.held == 0
    check(run)


def test_what_the_account_may_still_have_is_not_written_off() -> None:
    """Whose coins were sold cannot be told where others lie in the account: it holds as many as the run does."""
    run = holding(base="5")
    assert "Differed" in kinds(run.stand("5", "a trade that was not sent from here"))
    run.tell("resume")
    assert closed(run.stand("5")) == []
    assert run.runner.live_desk.ledger.held == 4
    assert "Differed" in kinds(run.stand("1"))
    run.tell("resume")
    assert [size for _, size, _ in closed(run.stand("1"))] == [3.0]
    check(run)


def test_nothing_is_entered_between_a_resume_and_the_comparison_that_takes_the_account_as_it_is() -> None:
    run = Live()
    run.stand("5")
    run.stand("6")
    run.tell("resume")
    run.bar()
    assert run.asked == []
    assert kinds(run.stand("6")) == ["Stood", "Moved"]
    run.bar()
    assert len(run.asked) == 1
    check(run)


@pytest.mark.parametrize("strategy", [SPOT, LONG, SHORT])
@pytest.mark.parametrize("words", [("stop",), ("resume", "stop"), ("pause", "stop")])
def test_a_stop_of_a_position_that_is_not_there_ends_the_run(strategy: Strategy, words: tuple[Word, ...]) -> None:
    run = holding(strategy)
    run.stand("0")
    for word in words:
        run.tell(word)
    refuse(run)
    lines = run.stand("0")
    assert [reason for reason, *_ in closed(lines)] == [WRITTEN_OFF]
    assert run.reason() == "stopped"
    assert run.runner.live_desk.ledger.held == 0
    check(run)


def test_a_stop_waits_for_the_comparison_after_the_one_that_said_so_as_a_trade_may_be_told_late() -> None:
    run = holding()
    run.tell("stop")
    exit_, stop = run.last.order, run.asked[1].order
    assert kinds(run.stand("0"))[:2] == ["Stood", "Differed"]
    assert run.runner.live_desk.ledger.held == 4
    run.report(Traded(exit_.id, "2", Decimal(4), 98.0), Cancelled(stop.id))
    assert run.reason() == "stopped"
    check(run)


def test_what_is_bought_by_hand_after_a_position_was_written_off_is_never_sold() -> None:
    run = holding()
    run.stand("0")
    refuse(run)
    run.tell("resume")
    run.stand("0")
    run.tell("pause")
    sent = len(run.asked)
    run.stand("4", "a trade that was not sent from here")
    for _ in range(8):
        run.bar()
    assert [one for one in run.asked[sent:] if isinstance(one.message, PlaceOrder)] == []


@pytest.mark.parametrize(("strategy", "own", "against"), [(LONG, "2", "-2"), (SHORT, "-2", "2")])
def test_a_contracts_position_that_is_there_at_the_beginning_is_a_difference_and_one_against_the_run_stays_one(
    strategy: Strategy, own: str, against: str
) -> None:
    """The exchange would net both: a stop of the run would be refused, as it reduces nothing."""
    run = Live(strategy)
    assert kinds(run.stand(against)) == ["Stood", "Differed", "Moved"]
    assert run.runner.difference == f"the account holds {against}, and by this run's trades it would be 0"
    run.bar()
    assert run.asked == []
    run.tell("resume")
    lines = run.stand(against)
    assert [line.what for line in lines if isinstance(line, say.Differed)] == [OPPOSED.format(against)]
    assert run.stand(against) == []
    run.tell("resume")
    assert kinds(run.stand(own)) == ["Stood", "Moved"]
    run.bar()
    assert len(run.asked) == 1
    check(run)


def test_an_order_of_a_persons_own_that_goes_on_resting_is_said_once_and_pauses_no_run_that_was_resumed() -> None:
    """Open orders are told at every comparison."""
    mine, other = (f"an order that was not sent from here rests: sell 1 at {at} (number {at})" for at in (200, 210))
    run = holding()
    assert "Differed" in kinds(run.stand("4", mine))
    run.tell("resume")
    assert "Differed" not in kinds(run.stand("4", mine))
    assert run.stand("4", mine) == []
    assert run.runner.difference is None
    assert [line.what for line in run.stand("4", mine, other) if isinstance(line, say.Differed)] == [other]
    check(run)


@pytest.mark.parametrize("strategy", [SPOT, LONG])
def test_what_never_filled_leaves_nothing_so_it_hides_no_difference(strategy: Strategy) -> None:
    run = Live(strategy)
    run.stand("0")
    for _ in range(30):
        run.bar()
        run.report(*(Rejected(name, "insufficient balance") for name in run.runner.live_desk.working))
    assert len(run.asked) == 30
    assert run.stand(str(STEP)) == []
    assert "Differed" in kinds(run.stand(str(2 * STEP)))


@pytest.mark.parametrize(("strategy", "steps"), [(SPOT, 21), (TWO_TARGETS, 61), (LONG, 1), (SHORT, 1)])
def test_each_exit_of_coins_may_leave_less_than_a_step_and_one_of_a_contract_leaves_nothing(
    strategy: Strategy, steps: int
) -> None:
    run = Live(strategy)
    run.stand("0")
    for _ in range(20):
        run.bar()
        entry = run.last.order
        run.report(Traded(entry.id, entry.id, entry.size, 101.0))
        stop = next(one.order for one in reversed(run.asked) if one.order.type in {"stop", "bracket"})
        run.report(Traded(stop.id, stop.id, entry.size, 98.0))
        run.report(*(Cancelled(name) for name in run.runner.live_desk.working))
    assert run.runner.live_desk.ledger.held == 0
    assert run.stand(str(steps * STEP)) == []
    assert "Differed" in kinds(run.stand(str((steps + 1) * STEP)))
    check(run)


def test_a_spot_accounts_coins_of_a_persons_own_are_none() -> None:
    run = Live()
    assert kinds(run.stand("2")) == ["Stood"]
    run.bar()
    assert len(run.asked) == 1


def test_a_first_comparison_that_finds_less_than_was_bought_is_a_difference_and_gives_nothing_up() -> None:
    """The balance may be a moment behind the trades."""
    run = Live(SPOT)
    run.bar()
    run.report(Traded(run.last.order.id, "1", Decimal(4), 101.0), Cancelled(run.last.order.id))
    assert kinds(run.stand("0"))[:2] == ["Stood", "Differed"]
    assert run.runner.live_desk.ledger.held == 4
    check(run)


MOVES = st.one_of(
    st.tuples(st.sampled_from(("stand", "bar", "resume")), st.just(0)),
    st.tuples(st.just("hand"), st.integers(-6, 6)),
    st.tuples(st.just("report"), st.integers(0, 5)),
)


def answer(request: Request, how: int, number: int) -> list[Report]:
    """What the exchange says to an order that is not at an end."""
    name, left = request.order.id, request.order.size - request.filled
    match how:
        case 0 | 1:
            return [Traded(name, str(number), left, 101.0)]
        case 2:
            return [Traded(name, str(number), left / 2, 101.0)]
        case 3:
            return [Missing(name)]
        case _:
            return [Rejected(name, NO_POSITION)]


class Shared:
    """A run and the account that it trades on, on which a person trades as well."""

    def __init__(self, strategy: Strategy) -> None:
        self.run, self.spot = Live(strategy), strategy is SPOT
        self.holds = Decimal(9 if self.spot else 0)
        self.run.stand(str(self.holds))
        self.run.bar()

    def do(self, what: str, how: int) -> None:
        match what:
            case "stand":
                self._stand()
            case "bar" if self.run.row < len(BARS) - 1:
                self.run.bar()
            case "resume":
                self.run.tell("resume")
            case "hand":
                self.holds = max(Decimal(0), self.holds + how) if self.spot else self.holds + how
            case "report" if self.run.runner.live_desk.working:
                self._report(how)
            case _:
                pass

    def _stand(self) -> None:
        taken, desk = self.run.runner._taking, self.run.runner.live_desk
        self.run.stand(str(self.holds))
        if taken:
            held = Decimal(0) if desk.life.round is None else desk.life.round.held
            assert held <= max(Decimal(0), self.holds * desk.life.plan.sign) + Decimal("0.01")

    def _report(self, how: int) -> None:
        newest = self.run.runner.live_desk.working[-1]
        request = next(one for one in reversed(self.run.asked) if one.order.id == newest)
        for report in answer(request, how, len(self.run.lines)):
            if isinstance(report, Traded):
                self.holds += report.size if request.order.side == "buy" else -report.size
            self.run.report(report)


@given(st.sampled_from((SPOT, LONG, SHORT)), st.lists(MOVES, max_size=50))
def test_after_a_resume_the_ledger_holds_no_more_than_the_account(
    strategy: Strategy, moves: list[tuple[str, int]]
) -> None:
    """Whatever a person buys and sells beside it; and the run goes on alike from its lines."""
    shared = Shared(strategy)
    for what, how in moves:
        shared.do(what, how)
    check(shared.run)


class Sold(Broker):
    """An exchange at whose account a person has sold what the run bought."""

    def __init__(self, exchange: Exchange, journal: Journal) -> None:
        super().__init__(exchange, journal)
        self.followings: list[Following] = []

    async def follow(self, following: Following) -> None:
        self.followings.append(following)
        await super().follow(following)

    async def send(self, requests: tuple[Request, ...]) -> None:
        await super().send(requests)
        if any(request.order.type == "stop" for request in requests) and len(self.followings) == 1:
            self.told.put_nowait(Standing(Decimal(0), Decimal(1), 0))


class Resumed(Commands):
    """A person who says resume, once something differed."""

    def __init__(self, broker: Sold) -> None:
        super().__init__()
        self.broker, self.said = broker, False

    async def get(self) -> tuple[int, Word]:
        while self.said or not any('"is":"differed"' in line.text for line in self.broker.journal.lines):  # noqa: ASYNC110
            await asyncio.sleep(0)
        self.said = True
        self.broker.told.put_nowait(Standing(Decimal(0), Decimal(1), 0))
        return 1, "resume"


def test_the_broker_is_told_anew_what_is_held_once_a_position_is_written_off() -> None:
    """It sends no exit for more than it knows to be held, so what is gone must not count."""
    lines = begin(replace(began(SPOT, BARS[:1]), account="main", live=RULES), SPOT, BARS[:1])[2]
    journal = Journal(lines)
    broker = Sold(Exchange(), journal)

    async def scene() -> str:
        async with asyncio.timeout(20):
            return await go_on(SPOT, Slow(BARS, 1), journal, Resumed(broker), broker)

    assert asyncio.run(scene()) == "end of data"
    assert len(broker.followings) == 2
    told = broker.followings[1]
    held = sum((-one.filled if one.order.reduce_only else one.filled for one in told.orders), Decimal(0))
    gone = [one for one in told.orders if one.trades and one.trades[0].endswith("-written-off")]
    assert (held, [one.order.id in told.ended for one in gone]) == (Decimal(0), [True])
