"""Windows: mean, spread and extremes of the last so many bars, of every bar at once.

A window is put together from halves of 1, 2, 4, ... bars. So each value is the same few additions in the same order
wherever a block begins (numpy's own sums are not: they group by the array's shape), every window is summed afresh,
and 1000 bars take ten passes. A missing value (NaN) makes each window that holds it missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Join = Callable[[Floats, int, Floats, int], Floats]


def windows(column: Floats, length: int, join: Join) -> Floats:
    """One value for each run of ``length`` entries of the last axis, the first run first.

    ``join`` makes the value of a run from those of its two parts, the older one first, and their lengths.
    """
    count = column.shape[-1] - length + 1
    part, size, taken = column, 1, 0
    found = column[..., :0]
    while True:
        if length & size:
            newer = part[..., taken : taken + count]
            found = join(found, taken, newer, size) if taken else newer
            taken += size
        if taken == length:
            return found
        part = join(part[..., :-size], size, part[..., size:], size)
        size *= 2


def means(column: Floats, length: int) -> Floats:
    """The mean of each window; of equal numbers exactly that number."""
    return windows(column, length, _mean)


def spreads(column: Floats, length: int) -> tuple[Floats, Floats]:
    """Mean and population standard deviation of each window; of equal numbers exactly 0."""
    mean, squares = windows(np.stack([column, np.where(np.isnan(column), np.nan, 0.0)]), length, _moments)
    return mean, np.sqrt(squares / length)


def highest(column: Floats, length: int) -> Floats:
    """The largest number of each window."""
    return windows(column, length, lambda older, _, newer, __: np.maximum(older, newer))


def lowest(column: Floats, length: int) -> Floats:
    """The smallest number of each window."""
    return windows(column, length, lambda older, _, newer, __: np.minimum(older, newer))


def _mean(older: Floats, before: int, newer: Floats, bars: int) -> Floats:
    return older + (newer - older) * (bars / (before + bars))


def _moments(older: Floats, before: int, newer: Floats, bars: int) -> Floats:
    """Means and sums of squared distances from them, of two parts together (Chan, Golub, LeVeque 1979)."""
    apart = newer[0] - older[0]
    share = bars / (before + bars)
    return np.stack([older[0] + apart * share, older[1] + newer[1] + apart * apart * (before * share)])
