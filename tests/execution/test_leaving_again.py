"""A position that was asked to be left is left, though its exit never arrived."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from msgspec.structs import replace

from execution import entries as say
from execution.live_runner import RULES
from execution.loop import go_on
from execution.messages import Accepted, Cancelled, Missing, NodeFired, PlaceOrder, Rejected, Traded, Unanswered
from execution.resuming import begin
from spec.managing import Managing
from tests.execution.ports import Commands, Journal
from tests.execution.test_live_loop import Broker, Exchange, Slow
from tests.execution.test_live_runner import BARS, STRATEGY, Live, entered
from tests.execution.test_runner_resuming import began

if TYPE_CHECKING:
    from execution.messages import Report, Request
    from execution.ports import Word


def lost(run: Live) -> None:
    """The exit that was asked for last was never sent."""
    run.report(Unanswered(run.last.order.id), Missing(run.last.order.id))


def fired(run: Live) -> None:
    """An exit node's pulse."""
    run.runner.live_desk.tell(NodeFired("exit", run.runner.live_desk.time, 101.0, ()))
    run.asked += run.runner.requests()


def test_a_stop_whose_exit_never_arrived_is_protected_and_then_left_again() -> None:
    run = entered()
    run.tell("stop")
    assert run.last.order.type == "market"
    lost(run)
    assert (run.last.order.type, run.runner.wish) == ("stop", "stopped")
    run.report(Accepted(run.last.order.id))
    assert run.again()[0].wish == "stopped"
    run.tell("leave")
    one = run.last.order
    assert (one.type, one.reduce_only, run.runner.wish) == ("market", True, None)
    lines = run.report(Traded(one.id, "2", one.size, 101.0))
    assert [entry.trade.reason for entry in lines if isinstance(entry, say.Closed)] == ["stopped"]
    run.report(*(Cancelled(name) for name in run.runner.live_desk.working))
    assert run.reason() == "stopped"
    assert run.again()[0].ended == "stopped"


def test_an_exit_nodes_pulse_is_not_forgotten_either_and_the_run_looks_for_entries_after_it() -> None:
    run = entered()
    fired(run)
    lost(run)
    assert run.runner.wish == "exit"
    run.tell("leave")
    one = run.last.order
    lines = run.report(Traded(one.id, "2", one.size, 101.0))
    assert [entry.trade.reason for entry in lines if isinstance(entry, say.Closed)] == ["exit"]
    assert run.runner.live_desk.life.again
    assert run.reason() is None


def test_a_stop_that_no_exit_was_asked_for_is_told_to_a_position_that_came_late() -> None:
    run = Live()
    run.bar()
    entry = run.last.order
    run.tell("pause")
    run.tell("stop")
    run.report(Traded(entry.id, "1", entry.size, 101.0))
    assert (run.last.order.type, run.runner.wish) == ("stop", "stopped")


def test_where_nothing_was_wished_nothing_is_left() -> None:
    run = entered()
    before = len(run.asked)
    assert run.runner.wish is None
    run.tell("leave")
    assert len(run.asked) == before


def test_after_so_many_dropped_exits_a_person_was_called_and_the_stop_is_not_given_up_for_another() -> None:
    run = entered()
    run.tell("stop")
    while isinstance(run.last.message, PlaceOrder) and not run.runner.live_desk.stranded:
        run.report(Rejected(run.last.order.id, "no"))
    assert run.runner.difference is not None
    while run.last.order.type != "stop" or run.runner.live_desk.stranded:
        run.bar()
    run.report(Accepted(run.last.order.id))
    assert (run.runner.live_desk.life.round is not None, run.runner.wish) == (True, None)


def test_on_paper_there_is_nothing_to_leave_again() -> None:
    runner = begin(began(STRATEGY, BARS[:1]), STRATEGY, BARS[:1])[0]
    assert [type(entry) for entry in runner.tell("leave")] == [say.Told]


class Losing(Broker):
    """An exchange at which the first exit at the market never arrives."""

    lost = 0

    def _done(self, request: Request) -> list[Report]:
        order = request.order
        if order.reduce_only and order.type == "market" and self.lost < 1 and isinstance(request.message, PlaceOrder):
            self.lost += 1
            return [Unanswered(order.id), Missing(order.id)]
        return super()._done(request)


class Stopped(Commands):
    """A person who says stop, once a position is open."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self.journal, self.said = journal, False

    async def get(self) -> tuple[int, Word]:
        while self.said or not any('"is":"filled"' in line.text for line in self.journal.lines):  # noqa: ASYNC110
            await asyncio.sleep(0)
        self.said = True
        return 1, "stop"


def test_the_run_itself_leaves_again_at_the_next_bar() -> None:
    strategy = replace(STRATEGY, managing=Managing())
    journal = Journal(begin(replace(began(strategy, BARS[:1]), account="main", live=RULES), strategy, BARS[:1])[2])
    broker = Losing(Exchange(), journal)

    async def scene() -> str:
        async with asyncio.timeout(20):
            return await go_on(strategy, Slow(BARS, 1), journal, Stopped(journal), broker)

    assert asyncio.run(scene()) == "stopped"
    told = [one.word for one in map(say.read, (line.text for line in journal.lines)) if isinstance(one, say.Told)]
    assert told.count("leave") == 1
