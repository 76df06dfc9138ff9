"""Straight values of many nodes at once, and the margins of one price: spec.block's arithmetic, column by column."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from spec.block import ON_THE_LINE, SMALLEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from spec.placement import Straight

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

Quiet: TypeAlias = tuple[float, float]  # the lowest and the highest of prices that change nothing
EVERYTHING: Quiet = (-math.inf, math.inf)
NOT_QUIET: Quiet = (math.inf, -math.inf)
CLEAR = 4 * ON_THE_LINE  # of the price: safely beyond any margin


class Margins(NamedTuple):
    """A price less and plus its margin: at or above a value *under* means above it, *over* at or below it below."""

    under: float
    over: float


def margins(price: float, *, log: bool) -> Margins:
    """The margins of a price, or of its logarithm."""
    if log:
        height = float(np.log(np.array([price]))[0]) if price > 0 else -np.inf
        return Margins(height - ON_THE_LINE, height + ON_THE_LINE)
    margin = max(abs(price) * ON_THE_LINE, SMALLEST)
    return Margins(price - margin, price + margin)


def between(below: float | None, above: float | None, *, log: bool) -> Quiet:
    """The prices that are safely above one value and below another; None: there is none on that side."""
    low = -math.inf if below is None else _clear_of(below, 1, log=log)
    return low, math.inf if above is None else _clear_of(above, -1, log=log)


def _clear_of(value: float, sign: int, *, log: bool) -> float:
    edge = float(np.exp(value)) if log else value
    return edge + sign * max(abs(edge) * CLEAR, 4 * SMALLEST) if math.isfinite(edge) else edge


def common(one: Quiet, other: Quiet) -> Quiet:
    """The prices that are quiet for both."""
    return max(one[0], other[0]), min(one[1], other[1])


class Places:
    """Straight values of one scale (all logarithms, or none) as columns."""

    def __init__(self, straights: Sequence[Straight]) -> None:
        table = np.array([(one.origin, one.at, one.slope, one.first, one.last) for one in straights]).reshape(-1, 5)
        self._origin, self._at, self._slope, self._first, self._last = (np.ascontiguousarray(row) for row in table.T)
        self._by_time = np.array([one.by_time for one in straights], np.bool_)
        self._some_by_time = bool(self._by_time.any())
        self._level = self._slope == 0.0
        self._some_level = bool(self._level.any())
        self.flat = bool(self._level.all())
        self.endless = bool(np.isneginf(self._first).all() and np.isposinf(self._last).all())

    def __len__(self) -> int:
        return len(self._at)

    def values(self, x: float, time: float) -> Floats:
        """The value of each on the bar of this index and open."""
        if self.flat:
            return self._at
        with np.errstate(over="ignore", invalid="ignore"):  # a steep line leaves the floats; infinity compares right
            place = np.where(self._by_time, time, x) if self._some_by_time else x
            moved = (place - self._origin) * self._slope + self._at
        return np.where(self._level, self._at, moved) if self._some_level else moved

    def within(self, x: float, time: float) -> Bools:
        """Whether the bar lies in the extent of each."""
        place = np.where(self._by_time, time, x)
        return (self._first <= place) & (place <= self._last)
