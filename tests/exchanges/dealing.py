"""A run on a loopback exchange in a process of its own, which may be killed at any moment.

``python -m … URL FOLDER NAME``, of a strategy below. The log is a file of transactions, each written and synced before
anything follows from it. A file ``stop`` or ``resume`` in the folder is that command.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import msgspec
from msgspec.structs import replace

from execution import entries as say
from execution.account import Account
from execution.brokers.exchange.terms import Terms
from execution.brokers.paper import PaperTerms
from execution.feeds.exchange.access import Access
from execution.journal import Line
from execution.live_runner import RULES
from execution.loop import go_on
from execution.resuming import begin, pin
from server.brokers import Brokers
from server.sealing import Secret, seal
from spec import timeframe as tf
from spec.bars import Bars, make_bars
from spec.canonical import digest
from spec.managing import Managing, Slices, Trail
from spec.market import Market
from spec.signals import TimeWindow
from spec.strategy import AtPercent, Entry, Risk, Strategy, Target
from tests.exchanges.entrance import KEY, OPTIONS, SECRET
from tests.exchanges.script import START

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from execution import ports
    from server.credentials import SealedCredential

SEALING_KEY = bytes(range(32))
MARKET = Market("binance", "ETH/USDT", "spot", 0.01, reports_every_interval=True)
PERPETUAL = Market("bybit", "ETH/USDT:USDT", "swap", 0.01, reports_every_interval=True)
TERMS = Terms(settle=0.6, compare=1.0, pauses=(0.05, 0.3))
STORM = Terms(settle=2.0, compare=1.0, pauses=(0.05, 0.3))  # longer than a busy machine is late by
EQUITY = 1_000.0
STRATEGY = Strategy(
    kind="strategy",
    market=MARKET,
    timeframe="1m",
    nodes={"in": TimeWindow("1m", START, START + 10_000_000)},
    entry=Entry("long", "in"),
    stop=AtPercent(0.08),
    targets=(),
    exit=None,
    risk=Risk(percent=1.0, max_exposure=1.0),
    managing=Managing(trail=Trail(AtPercent(0.08)), bars=6),
)


TARGETS = (Target(AtPercent(0.05), 0.5), Target(AtPercent(0.12), 0.5))
STRATEGIES = {
    "trailing": STRATEGY,
    "targets": replace(STRATEGY, targets=TARGETS, risk=Risk(percent=1.0, max_exposure=5.0)),
    "slices": replace(STRATEGY, entry=Entry("long", "in", slices=Slices("vwap", 3)), stop=AtPercent(0.3)),
    "short": replace(STRATEGY, market=PERPETUAL, entry=Entry("short", "in"), targets=TARGETS),
}


class Sealed(NamedTuple):
    """A credential as the store gives it, without the store: this process begins hundreds of times."""

    name: str
    exchange: str
    sealed: bytes


class File:
    """ports.Journal over a file; a transaction that was cut off by the end of the process is none."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def read(self) -> tuple[Line, ...]:
        return read(self.path)

    async def history(self) -> Bars | None:
        return None

    async def append(self, lines: tuple[Line, ...], heard: int | None = None) -> None:
        if lines:
            with self.path.open("ab") as file:
                file.write(msgspec.json.encode(lines) + b"\n")
                file.flush()
                os.fsync(file.fileno())

    def rest(self, age: int) -> Account:
        return Account()


def read(path: Path) -> tuple[Line, ...]:
    """The lines of what was written whole; the rest is cut off."""
    if path.exists():
        kept = path.read_bytes().rpartition(b"\n")[0]
        os.truncate(path, len(kept) + 1 if kept else 0)
    return whole(path)


def whole(path: Path) -> tuple[Line, ...]:
    """The lines of what was written whole."""
    kept = path.read_bytes().rpartition(b"\n")[0] if path.exists() else b""
    return tuple(line for row in kept.splitlines() for line in msgspec.json.decode(row, type=tuple[Line, ...]))


class Feed:
    """ports.Feed over the exchange's candles, asked again and again."""

    def __init__(self, url: str, exchange: str = "binance") -> None:
        self.url = url
        self.exchange = exchange
        self.time = START

    async def _get(self, path: str) -> Any:
        def ask() -> bytes:
            with urllib.request.urlopen(self.url + path, timeout=30) as answer:  # noqa: S310 (the loopback)
                return bytes(answer.read())

        return json.loads(await asyncio.to_thread(ask))

    def now(self, market: Market) -> int:
        return self.time

    async def history(self, market: Market, timeframe: str, until: int) -> Bars:
        rows = await self._rows(START)
        return make_bars("1m", [row for row in rows if tf.close_time(int(row[0]), "1m") <= until])

    async def _rows(self, since: int) -> list[tuple[float, ...]]:
        """The closed candles from a time on."""
        if self.exchange == "bybit":
            words = f"category=linear&symbol=ETHUSDT&interval=1&start={since * 1000}&limit=1000"
            raw = (await self._get(f"/v5/market/kline?{words}"))["result"]["list"][::-1]
            self.time = int((await self._get("/v5/market/time"))["result"]["timeSecond"])
        else:
            raw = await self._get(f"/api/v3/klines?symbol=ETHUSDT&interval=1m&startTime={since * 1000}&limit=1000")
            self.time = (await self._get("/api/v3/time"))["serverTime"] // 1000
        return [(int(row[0]) / 1000, *map(float, row[1:6])) for row in raw[:-1]]

    async def bars(self, market: Market, timeframe: str, after: int) -> AsyncIterator[Bars]:
        while True:
            if rows := await self._rows(after):
                bars = make_bars("1m", rows)
                after = bars.end
                yield bars
            await asyncio.sleep(0.1)

    def health(self) -> tuple[ports.Health, ...]:
        return ()

    def corrections(self) -> tuple[ports.Correction, ...]:
        return ()


class Commands:
    """ports.Commands: a word, once there is a file of that name."""

    def __init__(self, folder: Path) -> None:
        self.files: dict[ports.Word, Path] = {"stop": folder / "stop", "resume": folder / "resume"}

    async def get(self) -> tuple[int, ports.Word]:
        while True:
            await asyncio.sleep(0.05)
            for word, file in self.files.items():
                if file.exists():
                    file.unlink()
                    return 1, word


async def deal(url: str, folder: Path, strategy: Strategy) -> None:
    market = strategy.market or MARKET
    journal, feed = File(folder / "journal"), Feed(url, market.exchange)
    if not read(journal.path):
        await feed._rows(START)
        history = await feed.history(market, "1m", feed.time)
        began = say.Began(
            strategy="str_1",
            digest=digest(strategy),
            feed=market.exchange,
            market=market.name,
            timeframe="1m",
            after=history.end,
            history=pin(history),
            terms=PaperTerms(equity=EQUITY),
            account="main",
            live=RULES,
        )
        await journal.append(begin(began, strategy, history)[2])

    sealed = Sealed("main", market.exchange, seal(SEALING_KEY, "main", market.exchange, Secret(KEY, SECRET)))

    async def credentials() -> list[SealedCredential]:
        return [cast("SealedCredential", sealed)]  # the same each time: another one would begin everything anew

    access = Access(urls=url, options=OPTIONS[market.exchange], rate_limit=1, timeout=1.0)
    brokers = Brokers(credentials, {market.exchange: access}, STORM)
    keeping = asyncio.create_task(brokers.run())
    line = brokers.line("run", "main", market.symbol)
    print("ready", flush=True)  # noqa: T201 (whoever started it waits for this)
    reason = await go_on(strategy, feed, journal, Commands(folder), line)
    print(reason, flush=True)  # noqa: T201
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(deal(sys.argv[1], Path(sys.argv[2]), STRATEGIES[sys.argv[3]]))
