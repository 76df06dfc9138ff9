"""A server's executor in a process of its own, and what the tests of it need: strategies, databases, comparisons.

As a program: ``python -m tests.server.executor.executing URL SPEED [bounded]`` runs what is approved until nothing runs
any more; bounded, with one position at a time and a part of the recording.
"""

from __future__ import annotations

import asyncio
import csv
import sys
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from execution.account import Limits as Bounds
from execution.brokers.paper import PaperTerms
from execution.clock import Clock
from execution.feeds.registry import Registry
from execution.feeds.replay import Replay
from server.access.who import Who
from server.accounts import Accounts
from server.approvals import Rules, decide
from server.executor import Executor, Limits
from server.store.store import Store, StoreUnavailable
from server.store.tables import Strategy as Row
from server.strategies import propose
from spec.bars import Bars, make_bars
from spec.canonical import freeze
from spec.geometry import Level
from spec.market import Market
from spec.signals import AnyOf, Node, SrProximity, Tolerance, TrendlineCross
from spec.strategy import AtAtr, AtPercent, Entry, Provenance, Risk, Strategy, Target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from spec.strategy import Artifact

CANDLES = Path(__file__).parents[3] / "examples" / "ETHBTC-5m.csv"
MARKET = Market("binance", "ETH/BTC", "spot", 1e-6)
OTHER = Market("binance", "ETH/USDT", "spot", 1e-6)  # with the same bars
HISTORY = 1_000  # bars before the replay begins
TERMS = PaperTerms(fee_rate=0.001, slippage_ticks=1.0)
LIMITS = Limits(TERMS)
ONE = Limits(TERMS, accounts=Accounts(Bounds(positions=1)))
FEW = 1_200  # bars, as those of an account with limits are written one by one


def candles() -> Bars:
    with CANDLES.open() as file:
        return make_bars("5m", [tuple(float(cell) for cell in row) for row in list(csv.reader(file))[1:]])


def frozen(strategy: Strategy, name: str = "level", proposer: str | None = None) -> Artifact:
    provenance = Provenance("0" * 64, "test", "BINANCE:ETHBTC", (), {}, proposer=proposer)
    return freeze(name, name, strategy, provenance)


def trading(level: float = 0.095) -> Strategy:
    """A strategy that trades some dozens of times over the candles."""
    nodes: dict[str, Node] = {
        "break": TrendlineCross("5m", Level(level), "up"),
        "hold": SrProximity("15m", Level(level), "near", "bar_close", Tolerance("atr", 1.0)),
        "in": AnyOf(("break", "hold")),
        "out": TrendlineCross("5m", Level(level * 1.05), "up", "intrabar"),
    }
    return Strategy(
        kind="strategy",
        market=MARKET,
        timeframe="5m",
        nodes=nodes,
        entry=Entry("long", "in"),
        stop=AtPercent(1.0),
        targets=(Target(AtAtr(3.0), 0.5),),
        exit="out",
        risk=Risk(percent=1.0, max_exposure=2.0),
    )


def watching(level: float = 0.09) -> Strategy:
    return Strategy(
        kind="watch", market=MARKET, timeframe="5m", nodes={"level": TrendlineCross("5m", Level(level), "either")}
    )


def registry(speed: float | None, most: int | None = None) -> Registry:
    """The recording as a feed; at most so many of the bars after the history."""
    bars = candles() if most is None else candles()[: HISTORY + most]
    replay = Replay({MARKET.name: bars, OTHER.name: bars}, bars[:HISTORY].end, speed, Clock())
    return Registry(((replay.declaration, replay),))


async def proposed(store: Store, artifact: Artifact, person: str = "ann") -> str:
    async with store.write() as work:
        row = await propose(work, "exp_1", artifact, person, 7.0)
    return row.id


async def approved(store: Store, artifact: Artifact, person: str = "ann") -> str:
    identity = await proposed(store, artifact, person)
    who = Who(person, frozenset({"approve"}))
    await decide(store, Rules(1), who, (identity, artifact.digest, "approve", "paper"))
    return identity


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    store = Store(url)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def executing(
    store: Store, speed: float | None = None, limits: Limits = LIMITS, feeds: Registry | None = None
) -> AsyncIterator[Executor]:
    executor = Executor(store, feeds or registry(speed), limits)
    task = asyncio.create_task(executor.run())
    try:
        yield executor
    finally:
        task.cancel()
        await asyncio.wait([task])


async def until(question: Callable[[], Awaitable[bool]]) -> None:
    """Wait until the store answers yes; no answer is none."""
    async with asyncio.timeout(120):
        while True:
            with suppress(StoreUnavailable):
                if await question():
                    return
            await asyncio.sleep(0.02)


async def settled(*states: str) -> None:
    """Wait until every strategy and watch is in one of these states."""
    await until(lambda: _none(states))


async def _none(states: tuple[str, ...]) -> bool:
    return not await Row.exclude(state__in=states).exists()


async def main(url: str, speed: float | None, *, bounded: bool) -> None:
    limits, feeds = (ONE, registry(speed, FEW)) if bounded else (LIMITS, registry(speed))
    async with opened(url) as store, executing(store, speed, limits, feeds):
        sys.stdout.write("running\n")
        sys.stdout.flush()
        await settled("stopped")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2]), bounded="bounded" in sys.argv))
