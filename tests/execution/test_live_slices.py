"""Entries in slices at an exchange: one at a time, whatever is told of them late, and none that is late itself."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from execution import entries as say
from execution.live_desk import LATE
from execution.live_runner import RULES
from execution.loop import go_on
from execution.messages import Cancelled, Missing, PlaceOrder, Rejected, Traded, Unanswered, WithdrawOrder
from execution.resuming import begin
from spec.managing import Slices
from spec.strategy import AtPercent
from tests.execution.ports import Commands, Journal
from tests.execution.scenes import time_of
from tests.execution.test_late_reports import begun, check_lines
from tests.execution.test_live_loop import Broker, Exchange, Slow
from tests.execution.test_live_runner import BARS, STRATEGY, Live
from tests.execution.test_runner_resuming import began

if TYPE_CHECKING:
    from execution.orders import Order
    from execution.ports import Word

assert STRATEGY.entry is not None
SLICED = replace(
    STRATEGY,
    entry=replace(STRATEGY.entry, slices=Slices("twap", 4)),
    stop=AtPercent(9.0),
    managing=replace(STRATEGY.managed, trail=None),
)


def slices(run: Live) -> list[Order]:
    """What was sent of entries."""
    return [one.order for one in run.asked if isinstance(one.message, PlaceOrder) and not one.order.reduce_only]


def filled(run: Live, order: Order, share: str = "1", name: str = "") -> Traded:
    return Traded(order.id, f"t{order.id[:6]}{name}", order.size * Decimal(share), 101.0)


def entered() -> Live:
    """A run whose first slice of four has filled."""
    run = begun(SLICED)
    run.bar()
    run.report(filled(run, slices(run)[0]))
    return run


def test_each_slice_goes_out_when_the_bar_before_it_has_closed() -> None:
    run = entered()
    assert [type(one.message) for one in run.asked] == [PlaceOrder, PlaceOrder]  # the slice and the stop
    run.bar()
    first, second = slices(run)
    assert (first.type, first.time_in_force, first.size) == ("market", "ioc", second.size)
    assert first.id != second.id
    run.report(filled(run, second))
    assert run.last.order.type == "stop"
    assert run.last.order.size == first.size + second.size
    for _ in range(3):
        run.bar()
        run.report(filled(run, slices(run)[-1]))
    assert len(slices(run)) == 4
    check_lines(run)


def test_a_slice_that_still_works_is_asked_back_and_its_rest_goes_with_the_next() -> None:
    run = entered()
    run.bar()
    first = slices(run)[1]
    run.report(filled(run, first, "0.5"))
    run.bar()
    assert isinstance(run.asked[-1].message, WithdrawOrder)
    assert len(slices(run)) == 2  # never two at once
    run.report(Cancelled(first.id))
    assert slices(run)[2].size == first.size * Decimal("1.5")
    check_lines(run)


def test_a_slice_of_which_nobody_knows_is_asked_for_and_not_sent_again() -> None:
    run = entered()
    run.bar()
    lost = slices(run)[1]
    run.report(Unanswered(lost.id))
    run.bar()
    assert len(slices(run)) == 2
    run.report(filled(run, lost))
    assert [one.size for one in slices(run)] == [lost.size] * 3


def test_after_a_stop_of_the_process_a_slice_is_asked_for_before_the_stop_that_was_sent_earlier() -> None:
    """So a position of which both have filled is told as it grew, and then as it ended."""
    run = entered()
    run.bar()
    runner, _ = run.again()
    runner.requests()
    asked = [one.report.id for one in runner.ask() if isinstance(one, say.Reported)]
    slice_, stop = slices(run)[1], next(one.order for one in run.asked if one.order.type == "stop")
    assert asked == [slice_.id, stop.id]
    runner.report(filled(run, slice_))
    runner.report(Traded(stop.id, "s", stop.size, 92.0))
    assert (runner.difference, runner.live_desk.ledger.held) == (None, slice_.size)


@pytest.mark.parametrize("last", [Rejected("", "the value 3.8 is below the least"), Missing("")])
def test_a_slice_that_the_exchange_refuses_ends_the_entry_and_what_was_bought_is_looked_after(
    last: Rejected | Missing,
) -> None:
    run = entered()
    run.bar()
    refused = slices(run)[1]
    lines = run.report(Unanswered(refused.id)) + run.report(replace(last, id=refused.id))
    parent = next(one.id for one in lines if isinstance(one, say.Cancelled))
    assert any(parent in line.text and '"sliced"' in line.text for line in run.lines)
    run.bar()
    assert len(slices(run)) == 2
    assert run.runner.live_desk.life.round is not None
    assert run.runner.live_desk.life.round.held == refused.size


@pytest.mark.parametrize("word", ["late", "pause", "kill", "stop"])
def test_nothing_is_sent_of_an_entry_after_this(word: Word) -> None:
    """A bar that is too late to be entered on is told like a pause: a slice is an entry too."""
    run = entered()
    run.tell(word)
    run.bar()
    run.bar()
    assert len(slices(run)) == 1
    assert run.runner.live_desk.ledger.held == slices(run)[0].size
    check_lines(run)


def test_a_slice_under_way_at_a_pause_is_asked_back_and_what_it_fills_all_the_same_is_looked_after() -> None:
    run = entered()
    run.bar()
    working = slices(run)[1]
    run.tell("pause")
    assert isinstance(run.last.message, WithdrawOrder)
    run.report(filled(run, working))
    desk = run.runner.live_desk
    assert (desk.ledger.held, desk.life.round is not None) == (2 * working.size, True)
    assert run.runner.difference is None
    run.bar()
    assert len(slices(run)) == 2
    check_lines(run)


def test_a_slice_that_fills_after_its_position_was_closed_is_left_at_the_market_and_said() -> None:
    run = entered()
    run.bar()
    late, stop = slices(run)[1], next(one.order for one in run.asked if one.order.type == "stop")
    run.report(Traded(stop.id, "s", stop.size, 92.0))
    assert isinstance(run.last.message, WithdrawOrder)
    run.report(Cancelled(late.id))
    lines = run.report(filled(run, late))
    assert any(isinstance(one, say.Differed) for one in lines)
    leaving = run.last.order
    assert (leaving.type, leaving.reduce_only, leaving.size) == ("market", True, late.size)
    run.report(Traded(leaving.id, "l", leaving.size, 92.0))
    assert run.runner.live_desk.ledger.held == 0
    closed = [say.read(line.text) for line in run.lines if '"closed"' in line.text]
    assert [one.trade.reason for one in closed if isinstance(one, say.Closed)] == ["stop", LATE]
    check_lines(run)


def test_a_fill_that_is_told_after_the_slices_end_is_not_bought_twice() -> None:
    run = entered()
    run.bar()
    told = slices(run)[1]
    run.report(Cancelled(told.id))
    run.report(filled(run, told))
    run.bar()
    assert [one.size for one in slices(run)] == [told.size] * 3


class Behind(Slow):
    """A feed that is an hour late from a bar on."""

    since = 3

    async def bars(self, *given):  # type: ignore[no-untyped-def]
        self.time = 0
        async for bars in super().bars(*given):  # type: ignore[no-untyped-call]
            self.time = bars.end + (3_600 if bars.end >= time_of(self.since) else 0)
            yield bars

    def now(self, market: object) -> int:
        return self.time


def test_bars_that_are_too_late_end_the_entry() -> None:
    journal, exchange = (
        Journal(begin(replace(began(SLICED, BARS[:1]), account="main", live=RULES), SLICED, BARS[:1])[2]),
        Exchange(),
    )
    asyncio.run(go_on(SLICED, Behind(BARS, 1), journal, Commands(), Broker(exchange, journal)))
    said = [say.read(line.text) for line in journal.lines]
    bought = [one for one in said if isinstance(one, say.Placed) and one.role == "entry"]
    assert [one.time for one in bought] == [time_of(2)]
    assert any(isinstance(one, say.Told) and one.word == "late" for one in said)
    assert [one for one in said if isinstance(one, say.Differed)] == []


@given(st.integers(1, 40))
def test_where_the_process_is_lost_no_slice_is_sent_again(loses: int) -> None:
    first = begin(replace(began(SLICED, BARS[:1]), account="main", live=RULES), SLICED, BARS[:1])[2]
    journal, exchange = Journal(first), Exchange()
    assert (
        asyncio.run(go_on(SLICED, Slow(BARS, 1), journal, Commands(), Broker(exchange, journal, loses)))
        == "end of data"
    )
    assert len(exchange.placed) == len(set(exchange.placed))
    said = [say.read(line.text) for line in journal.lines]
    whole = {one.order.id: one.order.size for one in said if isinstance(one, say.Sliced)}
    of = {one.order.id: one.of for one in said if isinstance(one, say.Placed) and isinstance(one.of, str)}
    got = dict.fromkeys(whole, Decimal(0))
    for one in said:
        if isinstance(one, say.Filled) and one.role == "entry":
            got[of[one.id]] += one.size
    assert all(got[name] <= size for name, size in whole.items())
