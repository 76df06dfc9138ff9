"""A run of consecutive bars on its way through the kernels, with the columns that nodes share.

Backtests pass blocks of thousands of bars, live evaluation passes blocks of one: the arithmetic is the same.
A difference under 1e-12 of the price counts as *on* the line, so each column is kept with its margin:
price is above a value where ``price - margin >= value`` and below it where ``price + margin <= value``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from spec.bars import Bars
    from spec.operands import Indicator
    from spec.placement import Straight

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

ON_THE_LINE = 1e-12
SMALLEST = np.nextafter(0.0, 1.0)  # a margin above 0, so that a price of 0 can lie on a line at 0
BLOCK = 32_768  # bars; with preallocated buffers the quickest size measured on the machines at hand


class Scratch:
    """Buffers of one block's length, reused by every node."""

    def __init__(self, length: int) -> None:
        self.length = length
        self._floats = [np.empty(length) for _ in range(3)]
        self._bools = [np.empty(length, dtype=np.bool_) for _ in range(4)]

    def floats(self, which: int, length: int) -> Floats:
        """A float buffer cut to ``length``; its content is whatever was left in it."""
        return self._floats[which][:length]

    def bools(self, which: int, length: int) -> Bools:
        """A boolean buffer cut to ``length``; its content is whatever was left in it."""
        return self._bools[which][:length]


class Block:
    """Bars ``start`` to ``start + len(bars) - 1`` of a series; derived columns are made once and shared."""

    def __init__(self, bars: Bars, start: int, scratch: Scratch, given: Callable[[Indicator], Floats]) -> None:
        self.bars = bars
        self.length = len(bars)
        self.start = start
        self.scratch = scratch
        self.given = given
        self._cache: dict[tuple[str, bool], tuple[Floats, Floats]] = {}
        self._bounds: dict[tuple[str, str, bool], tuple[float, float]] = {}
        self._axes: dict[bool, Floats] = {}

    def __len__(self) -> int:
        return self.length

    def x(self, straight: Straight) -> Floats:
        """The axis of a straight value: bar indexes of the series, or times, as floats."""
        if straight.by_time not in self._axes:
            stop = self.start + len(self)
            self._axes[straight.by_time] = (
                self.bars.time.astype(np.float64) if straight.by_time else np.arange(self.start, stop, dtype=np.float64)
            )
        return self._axes[straight.by_time]

    def under(self, field: str, *, log: bool) -> Floats:
        """A column of the bars (its logarithm) less the margin; at or above a value means above it."""
        return self._margins(field, log=log)[0]

    def over(self, field: str, *, log: bool) -> Floats:
        """A column of the bars (its logarithm) plus the margin; at or below a value means below it."""
        return self._margins(field, log=log)[1]

    def _margins(self, field: str, *, log: bool) -> tuple[Floats, Floats]:
        key = (field, log)
        if key not in self._cache:
            price: Floats = getattr(self.bars, field)
            if log:
                price = np.log(price, out=np.full(len(self), -np.inf), where=price > 0)  # no price: below every line
                self._cache[key] = (price - ON_THE_LINE, price + ON_THE_LINE)
            else:
                margin = np.abs(price)
                np.maximum(np.multiply(margin, ON_THE_LINE, out=margin), SMALLEST, out=margin)
                self._cache[key] = (price - margin, np.add(price, margin, out=margin))
        return self._cache[key]

    def bounds(self, bottom: str, top: str, *, log: bool) -> tuple[float, float]:
        """The least of ``under(bottom)`` and the most of ``over(top)`` in the block."""
        key = (bottom, top, log)
        if key not in self._bounds:
            self._bounds[key] = (float(self.under(bottom, log=log).min()), float(self.over(top, log=log).max()))
        return self._bounds[key]

    def side(self, straight: Straight, rows: slice, bottom: str, top: str) -> int:
        """1 where every bar's bottom lies above the value on these rows, -1 where every top lies below it, else 0.

        A straight value stays between its ends, so most lines are seen to be far from the block's prices at once.
        """
        least, most = self.bounds(bottom, top, log=straight.log)
        one, two = self._ends(straight, rows)
        return int(least >= one and least >= two) - int(most <= one and most <= two)

    def _ends(self, straight: Straight, rows: slice) -> tuple[float, float]:
        """What ``value`` gives on the first and the last of these rows, by the same operations."""
        if straight.slope == 0.0:
            return straight.at, straight.at
        x = self.x(straight)
        first, last = float(x[rows.start]) - straight.origin, float(x[rows.stop - 1]) - straight.origin
        return first * straight.slope + straight.at, last * straight.slope + straight.at

    def value(self, straight: Straight, buffer: int) -> Floats | float:
        """The straight value on each bar (a number where it is flat), in the space of its scale."""
        if straight.slope == 0.0:
            return straight.at
        out = self.scratch.floats(buffer, len(self))
        np.subtract(self.x(straight), straight.origin, out=out)
        np.multiply(out, straight.slope, out=out)
        np.add(out, straight.at, out=out)
        return out

    def within(self, straight: Straight) -> slice:
        """The rows of this block that lie in the extent; both ends of the extent belong to it."""
        x = self.x(straight)
        if straight.first <= x[0] and x[-1] <= straight.last:  # most blocks: spares both searches
            return slice(0, len(x))
        first = int(np.searchsorted(x, straight.first, side="left"))
        last = int(np.searchsorted(x, straight.last, side="right"))
        return slice(first, max(first, last))


def value_at(straight: Straight, x: Floats) -> Floats:
    """Prices of a straight value at places x (bar indexes or times), without regard to its extent."""
    value: Floats = np.full(len(x), straight.at)
    if straight.slope:
        value = (x - straight.origin) * straight.slope + straight.at
    return np.exp(value) if straight.log else value
