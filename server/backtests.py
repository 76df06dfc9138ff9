"""Backtests of proposed versions: on the history that a run would begin with, beside the event loop, once a digest."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from execution.backtest import run
from execution.exits import rules_of
from execution.metrics import Borders, Parts
from execution.ports import FeedFailed, NoFeed
from execution.risk import size_of
from execution.rounding import exact
from server.charts.overlay import NOTHING
from server.charts.tracing import Sheet
from server.charts.trade import exit_prices, opening_of
from server.logs import logger
from server.starting import seen_until
from spec.artifact import read, write
from spec.bars import BadBars, Bars, resample
from spec.graph import timeframes
from spec.strategy import BadStrategy, shapes_of

if TYPE_CHECKING:
    from execution.brokers.paper import PaperTerms
    from execution.feeds.registry import Registry
    from server.gallery import Gallery
    from spec.signals import Node
    from spec.strategy import Artifact, Strategy

MOST_KEPT = 256  # digests; the oldest go first
PATIENCE = 30.0  # seconds for a feed's history
FAILED_FOR = 60.0  # seconds for which a failure is not tried again
WATCH = "a watch trades nothing"
NO_MARKET = "its market is unknown"
KNOWN = (BadBars, BadStrategy, FeedFailed, NoFeed)
Kept = TypeVar("Kept")


class Expected(Struct, frozen=True):
    """The next entry as it stands now: prices in quote currency, the size in base currency."""

    entry: float
    stop: float
    size: float


class Backtest(Struct, frozen=True):
    """What a version would have done; ``parts`` is None where nobody can know, and ``reason`` says why.

    ``first`` and ``until`` bound the candles, UNIX seconds UTC; ``cash`` is what the account began with.
    """

    parts: Parts | None = None
    reason: str = ""
    first: int = 0
    until: int = 0
    bars: int = 0
    cash: float = 0.0
    notes: tuple[str, ...] = ()
    expected: Expected | None = None


def backtest(file: bytes, bars: Bars, terms: PaperTerms) -> Backtest:
    """The backtest of an artifact's bytes; runs in a process of its own."""
    artifact = read(file)
    borders = Borders(artifact.provenance.last_anchor, artifact.provenance.exported_at)
    try:
        result = run(artifact.strategy, bars, borders, terms)
        expected = expected_of(artifact.strategy, bars, terms.equity)
    except KNOWN as error:
        return Backtest(reason=str(error))
    first, end = int(bars.time[0]), bars.end
    return Backtest(result.metrics, "", first, end, len(bars), terms.equity, result.notes, expected)


def expected_of(strategy: Strategy, bars: Bars, equity: float) -> Expected | None:
    """The next entry at the line that it waits for, else at the last close; None where its stop has no price there."""
    series = resample(bars, strategy.timeframe)
    sheet = Sheet(series, by_clock=strategy.market is not None and strategy.market.reports_every_interval)
    frames = timeframes(strategy.nodes)
    spots = {
        name: tuple(sheet.spot(shape, frames[name]) for shape in shapes_of(node)) for name, node in _drawn(strategy)
    }
    opening = opening_of(strategy, NOTHING, [], spots, series)
    if opening is None or strategy.entry is None or not rules_of(strategy) or opening.price <= 0:
        return None
    sign = 1 if strategy.entry.side == "long" else -1
    stop = exit_prices(strategy, opening, series, sign)[0]
    if stop is None or (opening.price - stop) * sign <= 0:
        return None
    size = size_of(exact(opening.price), exact(stop), strategy.risk, exact(equity))
    return Expected(opening.price, stop, float(size))


def _drawn(strategy: Strategy) -> list[tuple[str, Node]]:
    return [(name, node) for name, node in strategy.nodes.items() if shapes_of(node)]


def _keep(kept: dict[str, Kept], digest: str, one: Kept) -> None:
    """Keep it, and forget the oldest where there are too many."""
    kept[digest] = one
    if len(kept) > MOST_KEPT:
        del kept[next(iter(kept))]


class Backtests:
    """The backtests of versions, each computed once however many ask; what failed is tried again after a minute."""

    def __init__(self, gallery: Gallery, feeds: Registry, terms: PaperTerms) -> None:
        self._gallery = gallery
        self._feeds = feeds
        self._terms = terms
        self._known: dict[str, Backtest] = {}
        self._failed: dict[str, tuple[float, Backtest]] = {}  # and until when, by the loop's clock
        self._running: dict[str, asyncio.Task[Backtest]] = {}

    async def of(self, artifact: Artifact, patience: float | None = None) -> Backtest | None:
        """The backtest of a version; None where it takes longer than ``patience`` seconds, it goes on then."""
        if known := self._known.get(artifact.digest):
            return known
        if failed := self._still_failed(artifact.digest):
            return failed
        task = self._running.get(artifact.digest)
        if task is None:
            task = self._running[artifact.digest] = asyncio.create_task(self._kept(artifact))
            task.add_done_callback(lambda _: self._running.pop(artifact.digest, None))
        done, _ = await asyncio.wait({task}, timeout=patience)
        return task.result() if done else None

    def _still_failed(self, digest: str) -> Backtest | None:
        until, failed = self._failed.get(digest, (0.0, None))
        if failed is not None and asyncio.get_running_loop().time() < until:
            return failed
        self._failed.pop(digest, None)
        return None

    async def _kept(self, artifact: Artifact) -> Backtest:
        try:
            made = await self._made(artifact)
        except Exception as error:  # noqa: BLE001 - what else is to be decided about the version is shown without it
            logger().error("backtest failed", digest=artifact.digest, exc_info=error)
            made = Backtest(reason=f"it failed ({type(error).__name__}); the server's log says why")
        if made.parts is not None:
            _keep(self._known, artifact.digest, made)
        elif artifact.strategy.kind != "watch":
            _keep(self._failed, artifact.digest, (asyncio.get_running_loop().time() + FAILED_FOR, made))
        return made

    async def _made(self, artifact: Artifact) -> Backtest:
        if artifact.strategy.kind == "watch":
            return Backtest(reason=WATCH)
        try:
            async with asyncio.timeout(PATIENCE):
                bars = await self._history(artifact)
        except KNOWN as error:
            return Backtest(reason=str(error))
        except TimeoutError:
            return Backtest(reason=f"the feed did not give its candles within {PATIENCE:.0f} s")
        return await self._gallery.beside(backtest, write(artifact), bars, self._terms)

    async def _history(self, artifact: Artifact) -> Bars:
        """The candles that a run of it would begin with."""
        market = artifact.strategy.market
        if market is None:
            raise BadStrategy(NO_MARKET)
        _, feed = self._feeds.of(market)
        after = max(feed.now(market), seen_until(artifact.provenance, artifact.strategy.timeframe))
        bars = await feed.history(market, artifact.strategy.timeframe, after)
        if not len(bars):
            msg = f"the feed has no candles of {market.name} up to now"
            raise BadBars(msg)
        return bars
