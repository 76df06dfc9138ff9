"""Backtests of proposed versions: on the history that a run would begin with, beside the event loop, once a digest."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

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
WATCH = "a watch trades nothing"
NO_MARKET = "its market is unknown"
KNOWN = (BadBars, BadStrategy, FeedFailed, NoFeed)


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


class Backtests:
    """The backtests of versions, each computed once however many ask; what failed is tried again."""

    def __init__(self, gallery: Gallery, feeds: Registry, terms: PaperTerms) -> None:
        self._gallery = gallery
        self._feeds = feeds
        self._terms = terms
        self._known: dict[str, Backtest] = {}
        self._running: dict[str, asyncio.Task[Backtest]] = {}

    async def of(self, artifact: Artifact, patience: float | None = None) -> Backtest | None:
        """The backtest of a version; None where it takes longer than ``patience`` seconds, it goes on then."""
        if known := self._known.get(artifact.digest):
            return known
        task = self._running.get(artifact.digest)
        if task is None:
            task = self._running[artifact.digest] = asyncio.create_task(self._made(artifact))
            task.add_done_callback(lambda _: self._running.pop(artifact.digest, None))
        done, _ = await asyncio.wait({task}, timeout=patience)
        return task.result() if done else None

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
        made = await self._gallery.beside(backtest, write(artifact), bars, self._terms)
        if made.parts is not None:
            self._known[artifact.digest] = made
            if len(self._known) > MOST_KEPT:
                del self._known[next(iter(self._known))]
        return made

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
