"""A live run with the real broker over ccxt on a loopback exchange, in one process, bar by bar as a test says."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from msgspec.structs import replace

from execution.brokers.exchange.account import Account
from execution.brokers.exchange.comparing import Comparing
from execution.brokers.exchange.market import Market
from execution.brokers.paper import PaperTerms
from execution.clock import Clock
from execution.live_runner import RULES, LiveRunner
from execution.loop import Live
from execution.resuming import begin
from spec import market as spec
from spec.strategy import AtPercent, Entry, Risk, Strategy
from tests.exchanges.broking import TERMS, access
from tests.exchanges.faulty import KEY, SECRET
from tests.exchanges.matching import STEP
from tests.exchanges.perpetual import STEP as CONTRACTS
from tests.exchanges.perpetual import Perpetual
from tests.exchanges.resting import differences, resting
from tests.execution.ports import Journal
from tests.execution.scenes import Scene, bars_of, strategy_of
from tests.execution.test_runner_resuming import began

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from decimal import Decimal

    from execution.messages import Following, FromBroker, Report, Request
    from spec.managing import Managing
    from tests.exchanges.faulty import Faulty
    from tests.execution.scenes import Row

ROWS: tuple[Row, ...] = tuple((2000.0, 2001.0, 1999.0, 2000.0) for _ in range(10))
SPOT = spec.Market("binance", "ETH/USDT", "spot", 0.01, reports_every_interval=True)
PERPETUAL = spec.Market("bybit", "ETH/USDT:USDT", "swap", 0.01, reports_every_interval=True)


def strategy(market: spec.Market, managing: Managing | None = None) -> Strategy:
    """It enters on bar 1 at the market, long on spot and short on the perpetual, with a stop 3 % away."""
    scene = Scene("", ROWS, (), stop=AtPercent(3.0), targets=(), signal=1)
    entry = Entry("long" if market is SPOT else "short", "in")
    made = replace(strategy_of(scene, market=market), entry=entry, risk=Risk(percent=1.0, max_exposure=1.0))
    return made if managing is None else replace(made, managing=managing)


class Within:
    """ports.Broker in this process; requests are kept in ``asked`` too."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.asked: list[Request] = []
        self.told: asyncio.Queue[FromBroker] = asyncio.Queue()
        market.tell = self.told.put_nowait

    async def follow(self, following: Following) -> None:
        self.market.follow(following)

    async def send(self, requests: tuple[Request, ...]) -> None:
        self.asked += requests
        for request in requests:
            self.market.put(request)

    async def get(self) -> FromBroker:
        return await self.told.get()


class Steered:
    """The run, and what it hears while a test waits."""

    def __init__(self, exchange: Faulty, runner: LiveRunner, live: Live, broker: Within, rows: tuple[Row, ...]) -> None:
        self.exchange, self.runner, self.live, self.broker = exchange, runner, live, broker
        self.bars, self.row = bars_of(rows), 1
        self.heard: list[Report] = []
        self.step = CONTRACTS if isinstance(exchange, Perpetual) else STEP

    async def bar(self) -> None:
        await self.live.take(self.bars[self.row : self.row + 1])
        self.row += 1

    async def hear(self) -> None:
        while True:
            told = await self.broker.get()
            self.heard += told if isinstance(told, tuple) else ()
            await self.live.take(told)

    @property
    def protected(self) -> bool:
        """Whether all that is held has a stop at the exchange, and nothing rests where nothing is held."""
        return abs(sum(one.size for one in resting(self.exchange.engine).values()) - abs(self.held)) < self.step

    async def until(self, true: Callable[[], object], seconds: float = 10.0) -> None:
        async with asyncio.timeout(seconds):
            while not true():  # noqa: ASYNC110 (the broker tells by calling)
                await asyncio.sleep(0.01)

    @property
    def held(self) -> Decimal:
        return self.runner.live_desk.ledger.held

    @property
    def differences(self) -> list[str]:
        return differences(self.runner.live_desk, self.exchange.engine, self.step)

    async def entered(self) -> None:
        """The bar of the signal closes, the entry fills, and what is to rest does."""
        await self.until(lambda: self.runner.live_desk.life.plan.step is not None)
        await self.bar()
        await self.until(lambda: self.held and self.runner.live_desk.working)
        await self.agrees()

    async def agrees(self) -> None:
        """What the run takes to rest comes to rest, and nothing else."""
        try:
            await self.until(lambda: not self.differences)
        except TimeoutError:
            raise AssertionError(self.differences) from None


@asynccontextmanager
async def steering(
    exchange: Faulty, managing: Managing | None = None, rows: tuple[Row, ...] = ROWS
) -> AsyncIterator[Steered]:
    """A run that has seen bar 0, its account compared."""
    market = PERPETUAL if isinstance(exchange, Perpetual) else SPOT
    plan, bars = strategy(market, managing), bars_of(rows)
    first = replace(began(plan, bars[:1]), account="main", live=RULES, terms=PaperTerms(equity=1000.0))
    runner, chain, lines = begin(first, plan, bars[:1])
    assert isinstance(runner, LiveRunner)
    account = Account(market.exchange, access(exchange), {"apiKey": KEY, "secret": SECRET})
    broker = Within(Market(account, await account.facts(market.symbol), TERMS, Clock(), print))
    live = Live(runner, chain, Journal(lines), broker)
    live.now = lambda: runner.time + 3600
    live.hear(None, "1h")
    steered = Steered(exchange, runner, live, broker, rows)
    await live.begin()
    comparing = Comparing(broker.market, None, broker.told.put_nowait)
    tasks = [asyncio.create_task(comparing.keep()), asyncio.create_task(steered.hear())]
    try:
        yield steered
        assert not any(task.done() for task in tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await account.close()
