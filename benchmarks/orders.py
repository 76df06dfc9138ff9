"""Orders: from a trade on the market to the order in the pipe to the process that trades, with a hundred strategies."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from bisect import bisect_right
from collections import deque
from decimal import Decimal
from functools import partial
from itertools import pairwise
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.benchmark import Amount, Benchmark
from benchmarks.processes import ROOT
from benchmarks.timing import Candidate
from execution import entries as say
from execution.account import Account
from execution.brokers.exchange import wire
from execution.brokers.paper import PaperTerms
from execution.feeds.tick_feed import TickFeed
from execution.live_runner import RULES
from execution.loop import go_on
from execution.messages import Accepted, Cancelled, PlaceOrder, Request, Standing, Traded, WithdrawOrder
from execution.orders import Order
from execution.ports import Tick, Ticks
from execution.resuming import begin, pin
from server.journal import Journal
from server.journals import Journals
from server.runs import write_lines
from server.store.store import Store
from spec.bars import Bars
from spec.canonical import digest
from spec.geometry import Level
from spec.market import Market
from spec.signals import TrendlineCross
from spec.strategy import AtPrice, Entry, Risk, Strategy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from execution.journal import Line
    from execution.messages import Following, FromBroker
    from execution.ports import Correction, Health

STRATEGIES, BARS, PER_BAR = 100, 6, 60
AIM = 5.0  # milliseconds at p99
START = 1_700_000_100 - 1_700_000_100 % 86_400
MARKET = Market("binance", "ETH/USDT", "spot", 0.01, reports_every_interval=True)
TEXT = (
    "{count} strategies, each with its own level, follow the trades of one market: price sweeps over all levels, up "
    "and down by turns, {per} trades a bar, so that a trade sends some two orders ({orders} in a round). A trade is "
    "told once the one before it was dealt with. *p50* and *p99* are the milliseconds from the trade to a market "
    "order's bytes in the pipe; in between lie the wake-up of the run, its kernels, and the order's lines in SQLite "
    "on the disk, with those of the other strategies that fired in one transaction. The floor does no more than "
    "commit and send: for each level passed, four lines in a transaction of their own in the same store, and the "
    "order's frame. Two candidates write no line to a disk. "
    "Each round is a process; its time holds the start and, of ours, the waiting between trades. The aim is a p99 of "
    "at most {aim:g} ms."
)


def levels(count: int) -> list[float]:
    return [round(float(one), 4) for one in np.linspace(99.0, 101.0, count)]


def sweeps(bars: int, per_bar: int) -> list[list[float]]:
    """The prices of each bar: from below all levels to above, and back."""
    up = [round(float(one), 3) for one in np.linspace(98.9, 101.1, per_bar)]
    return [up if at % 2 == 0 else up[::-1] for at in range(bars)]


def strategy_at(level: float) -> Strategy:
    """In on the way up, out on the way down."""
    return Strategy(
        kind="strategy",
        market=MARKET,
        timeframe="1m",
        nodes={
            "in": TrendlineCross("1m", Level(level), "up", "intrabar"),
            "out": TrendlineCross("1m", Level(level), "down", "intrabar"),
        },
        entry=Entry("long", "in"),
        stop=AtPrice(50.0),
        exit="out",
        risk=Risk(percent=1.0, max_exposure=10.0),
    )


class Memory:
    """ports.Journal in memory."""

    def __init__(self, lines: tuple[Line, ...]) -> None:
        self.lines = lines

    async def read(self) -> tuple[Line, ...]:
        return self.lines

    async def history(self) -> None:
        """No bars are kept."""

    async def append(self, lines: tuple[Line, ...], heard: int | None = None) -> None:
        """Nothing is kept."""

    def rest(self, age: int) -> Account:  # noqa: ARG002 - the port's
        """Nothing else trades on the account."""
        return Account()


class Counted:
    """ports.Journal that says how many writes are under way."""

    def __init__(self, stage: Stage, journal: Memory | Journal) -> None:
        self.stage, self.journal = stage, journal

    async def read(self) -> tuple[Line, ...]:
        return await self.journal.read()

    async def history(self) -> Bars | None:
        return await self.journal.history()

    def rest(self, age: int) -> Account:
        return self.journal.rest(age)

    async def append(self, lines: tuple[Line, ...], heard: int | None = None) -> None:
        self.stage.busy += 1
        try:
            await self.journal.append(lines, heard)
        finally:
            self.stage.busy -= 1


class Silent:
    """ports.Commands of which none comes."""

    async def get(self) -> Any:
        await asyncio.Event().wait()


class Broker:
    """ports.Broker: the pipe, at whose other end every market order fills at once."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.told: asyncio.Queue[FromBroker] = asyncio.Queue()

    async def follow(self, _: Following) -> None:
        self.told.put_nowait(Standing(Decimal(0), Decimal(1), 0))

    async def send(self, requests: tuple[Request, ...]) -> None:
        self.stage.pipe(requests)
        for one in requests:
            name, size = one.order.id, one.order.size
            match one.message:
                case PlaceOrder(order) if order.type == "market":
                    self.told.put_nowait((Traded(name, f"{name}-1", size, self.stage.price),))
                case WithdrawOrder():
                    self.told.put_nowait((Cancelled(name),))
                case _:
                    self.told.put_nowait((Accepted(name),))

    async def get(self) -> FromBroker:
        return await self.told.get()


class Stage:
    """ports.Feed and ports.Quotes of the market, the pipe, and the clock of both."""

    def __init__(self) -> None:
        self.trades: asyncio.Queue[Ticks] = asyncio.Queue()
        self.closed: list[asyncio.Queue[Bars]] = []
        self.busy, self.price, self.told = 0, 98.9, 0.0
        self.bar = START
        self.seconds: deque[float] = deque()
        self._out, self._in = os.pipe()

    def now(self, _: Market) -> int:
        return 0

    async def history(self, *_: object) -> Bars:
        return candle(START - 60, [98.9])

    def health(self) -> tuple[Health, ...]:
        return ()

    def corrections(self) -> tuple[Correction, ...]:
        return ()

    async def bars(self, *_: object) -> AsyncIterator[Bars]:
        mine: asyncio.Queue[Bars] = asyncio.Queue()
        self.closed.append(mine)
        while True:
            yield await mine.get()

    async def ticks(self, _: Market) -> AsyncIterator[Ticks]:
        while True:
            yield await self.trades.get()

    def pipe(self, requests: tuple[Request, ...]) -> None:
        """The frame, into the pipe and out of it again."""
        frame = wire.frame(wire.Ask("run", requests))
        os.write(self._in, frame)
        market = any(isinstance(one.message, PlaceOrder) and one.order.type == "market" for one in requests)
        if market:
            self.seconds.append(perf_counter() - self.told)
        os.read(self._out, len(frame))

    async def play(self, walk: list[list[float]], brokers: list[Broker]) -> None:
        for prices in walk:
            for at, self.price in enumerate(prices):
                self.told = perf_counter()
                self.trades.put_nowait(Ticks((Tick(1000 * self.bar + at, self.price, 1.0),), complete=True))
                await self.settled(brokers)
            for queue in self.closed:
                queue.put_nowait(candle(self.bar, prices))
            await self.settled(brokers)
            self.bar += 60

    async def settled(self, brokers: list[Broker]) -> None:
        """Wait until nothing is under way."""
        still = 0
        while still < 3:
            await asyncio.sleep(0.0005)
            busy = self.busy or any(one.told.qsize() for one in brokers) or any(one.qsize() for one in self.closed)
            still = 0 if busy or self.trades.qsize() else still + 1


def candle(time: int, prices: list[float]) -> Bars:
    columns = (prices[0], max(prices), min(prices), prices[-1], float(len(prices)))
    return Bars("1m", np.array([time]), *(np.array([value]) for value in columns))


class Ground:
    """The one event loop and the one store that a process has."""

    def __init__(self) -> None:
        folder = tempfile.mkdtemp()
        self.store = Store(f"sqlite://{folder}/store.db")
        self.journals = Journals(self.store)
        self.runner = asyncio.Runner()
        self.runner.run(self.store.open())
        self.tasks: list[asyncio.Task[str]] = []
        atexit.register(shutil.rmtree, folder, ignore_errors=True)

    def close(self) -> None:
        self.runner.run(self._close())
        self.runner.close()

    async def _close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.store.close()


class House:
    """The runs of all strategies over one feed; ``durable``: their lines go to the store."""

    def __init__(self, ground: Ground, count: int, walk: list[list[float]], *, durable: bool) -> None:
        self.ground, self.walk, self.stage = ground, walk, Stage()
        self.feed = TickFeed(self.stage, self.stage, print)  # type: ignore[arg-type] # only trades are asked for
        self.brokers: list[Broker] = []
        ground.runner.run(self._open(count, durable=durable))

    async def _open(self, count: int, *, durable: bool) -> None:
        for at, level in enumerate(levels(count)):
            await self._start(at, strategy_at(level), durable=durable)
        await self.stage.play([[98.9, 98.9]], self.brokers)  # the bar within which they sit down

    async def _start(self, at: int, strategy: Strategy, *, durable: bool) -> None:
        history = await self.stage.history()
        began = say.Began(
            strategy=f"str_{at}",
            digest=digest(strategy),
            feed="loopback",
            market=MARKET.name,
            timeframe="1m",
            after=history.end,
            history=pin(history),
            terms=PaperTerms(),
            account="main",
            live=RULES,
        )
        lines = begin(began, strategy, history)[2]
        journal: Memory | Journal = Memory(lines)
        if durable:
            journal = Journal(self.ground.journals, f"run_{at:020d}", began)
            await journal.append(lines)
        broker = Broker(self.stage)
        self.brokers.append(broker)
        run = go_on(strategy, self.feed, Counted(self.stage, journal), Silent(), broker)
        self.ground.tasks.append(asyncio.create_task(run))

    def run(self) -> None:
        self.stage.seconds.clear()
        self.ground.runner.run(self.stage.play(self.walk, self.brokers))


class Bare:
    """A loop that looks up the levels passed, writes four lines for each where it is durable, and sends the order."""

    def __init__(self, ground: Ground, count: int, walk: list[list[float]], *, durable: bool) -> None:
        self.ground, self.walk, self.levels = ground, walk, levels(count)
        self.stage, self.durable, self.number, self.lines = Stage(), durable, 0, line_maker()
        order = Order("0" * 32, MARKET.symbol, "buy", "market", Decimal("1.5"), time_in_force="ioc", venue="binance")
        self.request = Request(PlaceOrder(order), order)

    def run(self) -> None:
        self.stage.seconds.clear()
        self.ground.runner.run(self._play())

    async def _play(self) -> None:
        for prices in self.walk:
            for before, price in pairwise(prices):
                self.stage.told = perf_counter()
                for _ in range(abs(bisect_right(self.levels, price) - bisect_right(self.levels, before))):
                    await self._send()

    async def _send(self) -> None:
        if self.durable:
            self.number += 1
            async with self.ground.store.write() as work:
                write_lines(work, (("run_bare", line) for line in self.lines(self.number)))
                work.record("order.submitted", "str_0", {"side": "buy"})
        self.stage.pipe((self.request,))


def line_maker() -> Callable[[int], tuple[Line, ...]]:
    from execution.journal import Chain  # noqa: PLC0415

    chain = Chain()
    return lambda number: tuple(chain.add("strategy", number, '{"is":"heard"' + "x" * 150) for _ in range(4))


WAYS: dict[str, Callable[[Ground, int, list[list[float]]], House | Bare]] = {
    "Drawbridge": partial(House, durable=True),
    "Drawbridge, lines in memory": partial(House, durable=False),
    "bare loop": partial(Bare, durable=True),
    "bare loop, nothing written": partial(Bare, durable=False),
}


class Session:
    """A way in processes of its own, one a round, and the seconds from trade to order of all of them."""

    def __init__(self, name: str, count: int, bars: int) -> None:
        self.line = [sys.executable, "-m", "benchmarks.orders", name, str(count), str(bars)]
        self.seconds: list[float] = []

    def run(self) -> None:
        answer = subprocess.run(self.line, cwd=ROOT, capture_output=True, text=True, check=True)
        self.seconds += json.loads(answer.stdout)

    def percentile(self, share: float) -> str:
        """In milliseconds."""
        return f"{float(np.percentile(np.array(self.seconds), share)) * 1000:.2f}"


def benchmarks(count: int = STRATEGIES, bars: int = BARS, rounds: int = 5) -> list[Benchmark]:
    """The one benchmark."""
    sessions = {name: Session(name, count, bars) for name in WAYS}
    return [
        Benchmark(
            title="Trade to order",
            text=TEXT.format(count=count, per=PER_BAR, orders=count * bars, aim=AIM),
            candidates=tuple(Candidate(name, one.run) for name, one in sessions.items()),
            peer="bare loop, nothing written",
            floor="bare loop",
            rounds=rounds,
            warm=0,
            amount=Amount(count * bars, "orders"),
            more={
                "p50 ms": lambda name: sessions[name].percentile(50),
                "p99 ms": lambda name: sessions[name].percentile(99),
            },
        )
    ]


def main(name: str, count: int, bars: int) -> None:
    """One round of a way; prints the seconds from each trade to its order."""
    ground = Ground()
    try:
        session = WAYS[name](ground, count, sweeps(bars, PER_BAR))
        session.run()
        print(json.dumps(list(session.stage.seconds)))
    finally:
        ground.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
