"""The live feed of one exchange: the record behind a run, and its bars as they close."""

from __future__ import annotations

from collections import deque
from contextlib import aclosing
from typing import TYPE_CHECKING, NamedTuple

from msgspec import structs

from execution.feeds.exchange.assembly import Assembly, Difference
from execution.feeds.exchange.line import Line
from execution.feeds.exchange.quotes import LiveQuotes
from execution.feeds.exchange.rest import Rest
from execution.feeds.exchange.rows import Row, to_bars
from execution.feeds.registry import BESIDE, Declaration
from execution.ports import Correction, Health
from spec import timeframe as tf
from spec.bars import Bars, resample

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from execution.feeds.exchange.access import Access, Kind
    from execution.feeds.exchange.terms import Terms
    from execution.ports import Clock
    from spec.market import Market

REMEMBERED = 200  # corrections


class _Kept(NamedTuple):
    """Rows of the exchange's record from a moment to another, both UNIX seconds."""

    since: int
    end: int
    rows: tuple[Row, ...]


class _Followed:
    """A line, once the exchange was reached at all, and what is told about it."""

    def __init__(self, market: Market, timeframe: str, kind: Kind) -> None:
        self.market = market
        self.line: Line | None = None
        self.unreached = Health(market.name, timeframe, kind)
        self.last_bar = 0
        self.lag = 0.0
        self.corrections = 0

    def cannot(self, why: str) -> None:
        """The exchange could not be reached."""
        self.unreached = structs.replace(self.unreached, trouble=why)

    @property
    def health(self) -> Health:
        line = self.line
        if line is None:
            return self.unreached
        assembly = line.assembly
        return Health(
            market=self.market.name,
            timeframe=assembly.timeframe,
            source=line.kind,
            last_bar=self.last_bar,
            lag=self.lag,
            healed=assembly.healed,
            unaudited=assembly.unaudited,
            reconnects=line.reconnects,
            corrections=self.corrections,
            trouble=line.trouble,
        )


class Live:
    """Closed bars of all markets of one exchange; ``now`` is UNIX seconds UTC. ``close`` it in the end.

    A timeframe that the exchange lacks is made of the coarsest of its own that fills it; then health and corrections
    are told for that one.
    """

    def __init__(self, exchange: str, access: Access, terms: Terms, clock: Clock, now: Callable[[], float]) -> None:
        self.exchange = exchange
        self._rest = Rest(exchange, access, now)
        self._terms = terms
        self._clock = clock
        self._now = now
        self._followed: list[_Followed] = []
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._corrections: deque[Correction] = deque(maxlen=REMEMBERED)

    @property
    def declaration(self) -> Declaration:
        """For the registry: any market of the exchange, told within seconds."""
        return Declaration(self.exchange, "bars", "seconds", frozenset({self.exchange}))

    @property
    def beside(self) -> tuple[Declaration, ...]:
        """For the registry: what ``quotes`` tells; of a market that has none of it, FeedFailed says so when asked."""
        return tuple(Declaration(self.exchange, one, "seconds", frozenset({self.exchange})) for one in BESIDE)

    @property
    def quotes(self) -> LiveQuotes:
        """What the exchange tells beside bars, asked through the same client."""
        return LiveQuotes(self._rest, self._terms, self._clock)

    def now(self, market: Market) -> int:  # noqa: ARG002 (all markets of an exchange share the hour)
        """The present, less the time after which the exchange's record of a bar is taken as settled."""
        return int(self._now()) - self._terms.settled

    async def history(self, market: Market, timeframe: str, until: int) -> Bars:
        """The last bars that ended at or before ``until``, from REST; the same ones whenever it is asked.

        What was asked once is kept, so that a later moment costs only the bars since.
        """
        base = await self._rest.patient(lambda: self._rest.base(market.symbol, timeframe), self._terms, self._clock)
        present = min(until, int(self._now()))  # what has not closed yet must not be kept
        end = tf.start_of(tf.bucket_of(present, timeframe), timeframe)
        since = max(0, tf.shift_by_clock(end, -self._terms.depth, timeframe))
        kept = self._kept.get((market.symbol, timeframe), _Kept(since, since, ()))
        known = kept if kept.since <= since <= kept.end else _Kept(since, since, ())
        if known.end < end:
            fresh = await self._rest.patient(
                lambda: self._rest.between(market.symbol, base, known.end, end), self._terms, self._clock
            )
            rows = tuple(row for row in (*known.rows, *fresh) if row[0] >= since)
            known = self._kept[market.symbol, timeframe] = _Kept(since, end, rows)
        rows = tuple(row for row in known.rows if since <= row[0] < end)
        return resample(to_bars(rows, base), timeframe, end)

    async def bars(self, market: Market, timeframe: str, after: int) -> AsyncGenerator[Bars, None]:
        """Bars as they close, audited by REST; after a gap nothing later comes before the gap is filled."""
        followed = _Followed(market, timeframe, (*self._rest.access.sources, "rest")[0])
        self._followed.append(followed)
        try:
            line = followed.line = await self._line(followed, timeframe, after)
            async with aclosing(_closed(line, timeframe)) as closed:
                async for bars in closed:
                    followed.last_bar, followed.lag = int(bars.time[-1]), self._now() - bars.end
                    yield bars
        finally:
            self._followed.remove(followed)

    async def _line(self, followed: _Followed, timeframe: str, after: int) -> Line:
        """The line to a market, however long the exchange cannot be reached: it may hold a position."""
        symbol, clock = followed.market.symbol, self._clock
        base = await self._rest.enduring(
            lambda: self._rest.base(symbol, timeframe), self._terms, clock, followed.cannot
        )
        start = tf.start_of(tf.bucket_of(after, timeframe), timeframe)
        line = Line(self._rest, symbol, Assembly(base, start), self._terms, clock)
        line.differ = lambda found: self._differ(followed, line, found)
        return line

    def health(self) -> tuple[Health, ...]:
        """How each line that is followed now stands."""
        return tuple(one.health for one in self._followed)

    def corrections(self) -> tuple[Correction, ...]:
        """The latest corrections, oldest first."""
        return tuple(self._corrections)

    async def close(self) -> None:
        """Let go of the exchange."""
        await self._rest.close()

    def _differ(self, followed: _Followed, line: Line, found: tuple[Difference, ...]) -> None:
        followed.corrections += len(found)
        frame = line.assembly.timeframe
        for time, was, now in found:
            self._corrections.append(Correction(followed.market.name, frame, time, was and was[1:], now and now[1:]))


async def _closed(line: Line, timeframe: str) -> AsyncGenerator[Bars, None]:
    """Whole bars of a timeframe out of the rows of a line."""
    start, base, pending = line.assembly.first, line.assembly.timeframe, list[Row]()
    async with aclosing(line.rows()) as closed:
        async for rows in closed:
            bars = resample(to_bars([*pending, *rows], base), timeframe, line.assembly.next)
            pending = [row for row in (*pending, *rows) if row[0] >= max(start, bars.end)]
            if len(bars):
                yield bars
