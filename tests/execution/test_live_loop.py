"""The loop of a live run over fakes: lines first, requests after them, and questions after whatever was lost."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from execution import entries as say
from execution.live_runner import RULES
from execution.loop import go_on
from execution.messages import (
    Accepted,
    Cancelled,
    Lost,
    Missing,
    PlaceOrder,
    QueryOrder,
    ReplaceOrder,
    Standing,
    Traded,
    WithdrawOrder,
)
from execution.resuming import begin
from spec.strategy import BadStrategy
from tests.execution.ports import Commands, Feed, Journal, JournalRefused
from tests.execution.test_live_runner import BARS, STRATEGY
from tests.execution.test_runner_resuming import began

if TYPE_CHECKING:
    from execution.journal import Line
    from execution.messages import Following, FromBroker, Report, Request


def begun() -> tuple[Line, ...]:
    return begin(replace(began(STRATEGY, BARS[:1]), account="main", live=RULES), STRATEGY, BARS[:1])[2]


class Exchange:
    """What outlives every run: the orders that arrived, by their id."""

    def __init__(self) -> None:
        self.orders: dict[str, Request] = {}
        self.placed: list[str] = []


class Broker:
    """ports.Broker: fills what is at the market at once, and rests the other; ``loses`` after so many requests."""

    def __init__(self, exchange: Exchange, journal: Journal, loses: int | None = None) -> None:
        self.exchange, self.journal, self.loses = exchange, journal, loses
        self.told: asyncio.Queue[FromBroker] = asyncio.Queue()
        self.followed = 0
        self.count = 0

    async def follow(self, following: Following) -> None:
        self.followed += 1
        self.told.put_nowait(Standing(Decimal(0), Decimal(1), 0))

    async def send(self, requests: tuple[Request, ...]) -> None:
        written = [say.read(line.text) for line in self.journal.lines]
        for request in requests:
            self.count += 1
            if self.count == self.loses:
                self.told.put_nowait(Lost())
                return
            if isinstance(request.message, PlaceOrder):
                assert any(isinstance(one, say.Placed) and one.order == request.order for one in written)
            self.told.put_nowait(tuple(self._done(request)))

    def _done(self, request: Request) -> list[Report]:
        name, left = request.order.id, request.order.size - request.filled
        match request.message:
            case PlaceOrder():
                self.exchange.orders[name] = request
                self.exchange.placed.append(name)
            case ReplaceOrder():
                self.exchange.orders[name] = request
            case WithdrawOrder():
                return [Cancelled(name)]
            case QueryOrder() if name not in self.exchange.orders:
                return [Missing(name)]
            case _:
                pass
        request = self.exchange.orders[name]
        return (
            [Traded(name, f"{name}-1", left, 100.0)]
            if request.order.type == "market"
            else [Accepted(name, request.turn)]
        )

    async def get(self) -> FromBroker:
        return await self.told.get()


class Slow(Feed):
    """A feed that leaves time for reports between its bars."""

    async def bars(self, *given):  # type: ignore[no-untyped-def]
        async for bars in super().bars(*given):
            for _ in range(30):
                await asyncio.sleep(0)
            yield bars

    def now(self, market: object) -> int:
        return 0


def run(journal: Journal, broker: Broker) -> str:
    return asyncio.run(go_on(STRATEGY, Slow(BARS, 1), journal, Commands(), broker))


def kinds(journal: Journal) -> list[str]:
    return [type(say.read(line.text)).__name__ for line in journal.lines]


def test_it_trades_and_ends_with_the_feed() -> None:
    journal, exchange = Journal(begun()), Exchange()
    broker = Broker(exchange, journal)
    assert run(journal, broker) == "end of data"
    assert len(exchange.placed) == len(set(exchange.placed)) > 5
    assert {"Reported", "Stood", "Filled", "Closed"} <= set(kinds(journal))
    assert broker.followed == 1


@given(st.integers(1, 30))
def test_where_the_process_is_lost_everything_is_asked_for_and_nothing_sent_again(loses: int) -> None:
    journal, exchange = Journal(begun()), Exchange()
    broker = Broker(exchange, journal, loses)
    assert run(journal, broker) == "end of data"
    assert len(exchange.placed) == len(set(exchange.placed))
    assert broker.followed == 1 + (broker.count >= loses)


@given(st.integers(2, 60))
def test_after_a_refused_write_nothing_is_sent_twice_and_nothing_forgotten(refuses: int) -> None:
    journal, exchange = Journal(begun(), refuses), Exchange()
    try:
        run(journal, Broker(exchange, journal))
    except JournalRefused:
        run(journal, Broker(exchange, journal))
    assert len(exchange.placed) == len(set(exchange.placed))
    filled = [one for one in map(say.read, (line.text for line in journal.lines)) if isinstance(one, say.Filled)]
    entries = [name for name, one in exchange.orders.items() if one.order.type == "market"]
    assert {one.id for one in filled} >= set(entries[:-1])


def test_bars_that_are_too_old_are_told_to_be_late() -> None:
    class Behind(Slow):
        def now(self, market: object) -> int:
            return BARS.end + 10**6

    journal, exchange = Journal(begun()), Exchange()
    asyncio.run(go_on(STRATEGY, Behind(BARS, 1), journal, Commands(), Broker(exchange, journal)))
    assert exchange.placed == []


def test_a_live_run_without_a_broker_is_not_run() -> None:
    with pytest.raises(BadStrategy, match="there is no broker for it"):
        asyncio.run(go_on(STRATEGY, Feed(BARS, 1), Journal(begun()), Commands()))
