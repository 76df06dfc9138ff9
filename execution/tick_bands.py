"""Levels and zones that a price comes into, tick by tick: their edges sorted, so that a tick costs what it touches.

What counts is the range of the bar so far. It only grows, so a band is come into once a bar, and only an edge between
the old end of the range and the new one can decide it. A tick within the range changes nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from execution.tick_places import NOT_QUIET, Margins, Places, between, margins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from execution.tick_places import Quiet
    from spec.placement import Band

    Floats = NDArray[np.float64]
    Rows = NDArray[np.int64]

Scale: TypeAlias = Literal["linear", "log", "exp"]
UNKNOWN, OUTSIDE, INSIDE = -1, 0, 1
NO_ROWS = np.empty(0, np.int64)


class TickBands:
    """Bands of one kind; ``states`` says of each whether the bar so far is inside, UNKNOWN before the first one.

    ``reach`` widens each band, in price units and as a share of the edge. ``scale``: bands of logarithms are compared
    as such (``log``) where they have no reach, else as the prices that they stand for (``exp``). ``pulses`` are those
    that fire on coming in from a bar outside; the others fire on every bar that is inside.
    """

    def __init__(
        self, bands: Sequence[Band], reach: tuple[Floats, Floats], pulses: Sequence[bool], scale: Scale
    ) -> None:
        self._one, self._two = Places([band.one for band in bands]), Places([band.two for band in bands])
        self._still = all(one.flat and one.endless for one in (self._one, self._two))
        self._absolute, self._share = reach
        self._pulses = np.array(pulses, np.bool_)
        self._scale = scale
        self.states = np.full(len(bands), UNKNOWN, np.int8)
        self._before = self.states.copy()
        self._range: tuple[float, float] | None = None
        self._first = 0.0
        self._place(0.0, 0.0)

    @property
    def here(self) -> list[int]:
        """The bands in whose extent the bar lies."""
        return np.flatnonzero(self._here).tolist()

    @property
    def quiet(self) -> Quiet:
        """The prices at which the bar comes into no band that it has not come into yet."""
        if self._range is None:
            return NOT_QUIET
        below = self._highs[self._left - 1] if self._left else None
        above = self._lows[self._reached] if self._reached < len(self._lows) else None
        return between(below, above, log=self._scale == "log")

    def open(self, x: float, time: float) -> None:
        """A bar begins."""
        if not self._still:
            self._place(x, time)
        self._before[self._here] = self.states[self._here]
        self.states[self._here] = OUTSIDE
        self._range = None

    def _place(self, x: float, time: float) -> None:
        """The edges on the bar, and their orders."""
        one, two = self._one.values(x, time), self._two.values(x, time)
        edges = np.minimum(one, two), np.maximum(one, two)
        with np.errstate(over="ignore", invalid="ignore"):
            self._low, self._high = edges if self._scale != "exp" else (np.exp(edges[0]), np.exp(edges[1]))
            self._from = self._low - np.where(self._share > 0, np.abs(self._low) * self._share, self._absolute)
            self._to = self._high + np.where(self._share > 0, np.abs(self._high) * self._share, self._absolute)
        self._here = self._one.within(x, time) & self._two.within(x, time) & ~np.isnan(self._from)
        rows = np.flatnonzero(self._here)
        self._by_low, self._by_high = rows[np.argsort(self._from[rows])], rows[np.argsort(self._to[rows])]
        self._lows, self._highs = self._from[self._by_low].tolist(), self._to[self._by_high].tolist()
        self._reached, self._left = 0, len(rows)

    def tick(self, price: float) -> Rows:
        """The bands that the bar came into with this price and that fire on it."""
        before = self._range
        if before is not None and before[0] <= price <= before[1]:
            return NO_ROWS
        if before is None:
            self._first, before = price, (price, price)
            self._range = before
            rows = self._opened(price)
        elif price > before[1]:
            self._range = (before[0], price)
            rows = self._risen(price, before[0])
        else:
            self._range = (price, before[1])
            rows = self._fallen(price, before[1])
        if not len(rows):
            return NO_ROWS
        rows = np.sort(rows)  # equal edges may lie in any order, their hits may not
        self.states[rows] = INSIDE
        fires: NDArray[np.bool_] = ~self._pulses[rows] | (self._before[rows] == OUTSIDE)
        return rows[fires]

    def _margins(self, price: float) -> Margins:
        return margins(price, log=self._scale == "log")

    def _opened(self, price: float) -> Rows:
        """What the first price of a bar lies in."""
        under, over = self._margins(price)
        self._reached, self._left = bisect_left(self._lows, over), bisect_right(self._highs, under)
        return np.flatnonzero(self._here & (self._from < over) & (self._to > under))

    def _risen(self, high: float, low: float) -> Rows:
        """What a new high came to: low edges that were above the range, of bands that do not end below it."""
        before, self._reached = self._reached, bisect_left(self._lows, self._margins(high).over)
        rows = self._by_low[before : self._reached]
        return rows[self._to[rows] > self._margins(low).under] if len(rows) else rows

    def _fallen(self, low: float, high: float) -> Rows:
        """What a new low came to."""
        before, self._left = self._left, bisect_right(self._highs, self._margins(low).under)
        rows = self._by_high[self._left : before]
        return rows[self._from[rows] < self._margins(high).over] if len(rows) else rows

    def prices(self, rows: Rows) -> tuple[Floats, Floats]:
        """What spec.proximity tells of a firing within the bar: the price, and the edge nearest to the open."""
        low, high, bottom, top = (column[rows] for column in (self._low, self._high, self._from, self._to))
        if self._scale == "log":
            low, high, bottom, top = np.exp(low), np.exp(high), np.exp(bottom), np.exp(top)
        first = self._first
        value = np.where(np.abs(first - low) <= np.abs(first - high), low, high)
        return np.where((first >= bottom) & (first <= top), first, value), value
