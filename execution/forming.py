"""The bar that has not closed yet: what its ticks make of the nodes, and what its candle still has to tell.

A bar is told whole by its ticks, or a part of it is missing. Then its candle says how far the price went beyond what
was heard, and the path goes on from the last tick: to the extreme not seen (the nearer one first), to the close.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from execution.brokers.path import assumed_path
from execution.tick_index import TickIndex
from spec.evaluation import Walked
from spec.firing import firings
from spec.hits import CODE, NOTHING, Hits

if TYPE_CHECKING:
    from execution.brokers.path import Path
    from execution.entries import Missed
    from execution.messages import Marks
    from execution.tape import Role
    from execution.tick_index import TickHit
    from execution.tick_places import Quiet
    from execution.ticker import Ticker
    from spec.bars import Bars


class Forming:
    """One bar after another; ``time`` is its open (UNIX seconds UTC), None before its first tick.

    ``told`` are the nodes whose firing was said, ``fired`` the roles that fire on the last tick, the exit first, and
    ``roles`` all that have fired on one.
    """

    def __init__(self, ticker: Ticker) -> None:
        self._ticker = ticker
        self._nodes = ticker.ticked()
        self._index = TickIndex(self._nodes, ticker.tick)
        self._hits: dict[str, TickHit] = {}
        self._low, self._high, self._last = math.inf, -math.inf, 0.0
        self.time: int | None = None
        self.marks: Marks = ()
        self.missed: Missed | None = None
        self.told: set[str] = set()
        self.fired: tuple[Role, ...] = ()
        self.roles: set[Role] = set()

    @property
    def ticked(self) -> bool:
        """Whether there is a node that a tick can decide."""
        return bool(self._nodes)

    @property
    def quiet(self) -> Quiet:
        """The prices that decide no node."""
        return self._index.quiet

    def open(self, time: int) -> None:
        """A bar begins."""
        ticker = self._ticker
        self.time, self.marks = time, ticker.marks_now(time)
        self.told, self.roles = set(), set()
        self._hits.clear()
        self._low, self._high = math.inf, -math.inf
        self._index.remember({name: ticker.remembered(name)[1] for name in self._nodes})
        self._index.open(ticker.seen, time)

    def tick(self, price: float) -> list[TickHit]:
        """The firings to be said: those that count, and of a state only that it began to hold."""
        self._low, self._high, self._last = min(self._low, price), max(self._high, price), price
        hits = [hit for hit in self._index.tick(price) if self._counts(hit)]
        names = {hit.node for hit in hits}
        self.told |= names
        self.fired = tuple(role for role, name in self._ticker.cues if name in names)
        self.roles.update(self.fired)
        return sorted((hit for hit in hits if self._ticker.is_news(hit.node)), key=lambda hit: hit.node)

    def _counts(self, hit: TickHit) -> bool:
        """Whether life and frequency of the node allow it; what the evaluation will say at the close."""
        self._hits[hit.node] = hit
        last, _ = self._ticker.remembered(hit.node)
        return len(firings(last, self._columns(hit), np.array([self.time]), self._nodes[hit.node][0])[1]) > 0

    def _columns(self, hit: TickHit) -> Hits:
        events = np.array([CODE[hit.event]], np.int8)
        return Hits(np.array([self._ticker.seen]), events, np.array([hit.price]), np.array([hit.value]))

    def rest(self, bar: Bars) -> Path | None:
        """What its ticks did not tell of the bar, walked; None where they told it whole."""
        missed = self.missed
        if missed is None:
            return None
        last, close = self._last if missed.last is None else missed.last, bar.close.item(0)
        seen_low = min(self._low, self._low if missed.low is None else missed.low)
        seen_high = max(self._high, self._high if missed.high is None else missed.high)
        if seen_low <= bar.low.item(0) and seen_high >= bar.high.item(0) and last == close:
            return None
        high = bar.high.item(0) if bar.high.item(0) > seen_high else max(last, close)
        low = bar.low.item(0) if bar.low.item(0) < seen_low else min(last, close)
        path = assumed_path((last, high, low, close), self._ticker.tick)
        for corner in path:
            self._hits.update((hit.node, hit) for hit in self._index.tick(corner))
        return path

    def walked(self) -> dict[str, Walked]:
        """What the bar made of each node in whose extent it lies."""
        return {
            name: Walked(memory, self._columns(self._hits[name]) if name in self._hits else NOTHING)
            for name, memory in self._index.memories().items()
        }
