"""One market of a loopback account, kept by the real broker over ccxt."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from execution.brokers.exchange.account import Account
from execution.brokers.exchange.comparing import Comparing
from execution.brokers.exchange.market import Market
from execution.brokers.exchange.terms import Terms
from execution.clock import Clock
from execution.feeds.exchange.access import Access
from execution.messages import (
    Following,
    PlaceOrder,
    QueryOrder,
    ReplaceOrder,
    Report,
    Request,
    Standing,
    Traded,
    WithdrawOrder,
)
from execution.orders import Order
from tests.exchanges.faulty import KEY, SECRET, Faulty

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

TERMS = Terms(settle=0.4, compare=0.5, poll=0.2, gone=0.6, pauses=(0.02, 0.2))
SYMBOL = "ETH/USDT"


def access(exchange: Faulty) -> Access:
    return Access(urls=exchange.url, options=exchange.options, rate_limit=1, timeout=0.3)


def order(name: str, **more: Any) -> Order:
    given: dict[str, Any] = {"side": "buy", "type": "market", "size": Decimal("0.5"), **more}
    for key in ("size", "price", "stop_price"):
        if key in given:
            given[key] = Decimal(given[key])
    return Order(id=name * 32, symbol=SYMBOL, **given)


# A run that has bought: exits are sent for what is held, never for more.
BOUGHT = order("0", size="5")
NEW = Following((Request(PlaceOrder(BOUGHT), BOUGHT, filled=Decimal(5)),), frozenset({BOUGHT.id}))


class Broking:
    """What a run would do and hear."""

    def __init__(self, market: Market, reports: list[Report]) -> None:
        self.market = market
        self.reports = reports
        self.standings: list[Standing] = []
        self.requests: dict[str, Request] = {}

    def place(self, one: Order) -> None:
        self._ask(Request(PlaceOrder(one), one))

    def replace(self, one: Order) -> None:
        before = self.requests[one.id]
        self._ask(self._known(Request(ReplaceOrder(one), one, before.turn + 1)))

    def withdraw(self, one: Order) -> None:
        self._ask(self._known(replace(self.requests[one.id], message=WithdrawOrder(one.id))))

    def query(self, one: Order) -> None:
        before = self.requests.get(one.id) or Request(PlaceOrder(one), one)
        self._ask(self._known(replace(before, message=QueryOrder(one.id))))

    def _known(self, request: Request) -> Request:
        mine = [one for one in self.reports if isinstance(one, Traded) and one.id == request.order.id]
        return replace(
            request, filled=sum((one.size for one in mine), Decimal(0)), trades=tuple(one.trade for one in mine)
        )

    def _ask(self, request: Request) -> None:
        self.requests[request.order.id] = request
        self.market.put(request)

    async def until(self, true: Callable[[], object]) -> None:
        async with asyncio.timeout(15):
            while not true():  # noqa: ASYNC110 (the broker tells by calling)
                await asyncio.sleep(0.01)

    def heard(self, one: Order) -> list[Report]:
        return [report for report in self.reports if report.id == one.id]


@asynccontextmanager
async def broking(
    exchange: Faulty, following: Following = NEW, key: str = KEY, symbol: str = SYMBOL
) -> AsyncIterator[Broking]:
    name = "binance" if symbol == SYMBOL else "bybit"
    account = Account(name, access(exchange), {"apiKey": key, "secret": SECRET})
    facts, reports = await account.facts(symbol), list[Report]()
    market = Market(account, facts, TERMS, Clock(), reports.extend)
    heard = Broking(market, reports)
    market.follow(following)
    comparing = Comparing(market, following.mark, heard.standings.append)
    task = asyncio.create_task(comparing.keep())
    try:
        yield heard
        if task.done():
            await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await account.close()
