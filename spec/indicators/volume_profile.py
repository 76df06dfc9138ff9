"""The volume profile of the last bars: in which rows of their range the volume lies.

The highest row holds its upper edge. Of rows that are equally full the lowest is the point of control. The value area
takes the fuller one of the rows above and below it, one at a time, the upper one of two that are alike, until it holds
its share of the volume.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, assert_never

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from spec.indicators.windows import highest, lowest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spec.operands import VolumeProfileOf

    Floats = NDArray[np.float64]
    Rows = NDArray[np.int64]

AT_ONCE = 1 << 18  # bars of windows that are counted together: what stays in a processor's cache


class Ranges(NamedTuple):
    """The lowest low and the highest high of each window."""

    bottom: Floats
    top: Floats


def volume_profile(columns: Floats, node: VolumeProfileOf) -> Floats:
    """One price for each window of the columns hlc3, high, low, volume; NaN where it is not full or nothing traded."""
    prices, high, low, volume = columns
    ranges = Ranges(lowest(low, node.length), highest(high, node.length))
    windows = [sliding_window_view(column, node.length) for column in (prices, volume)]
    values = np.full(len(ranges.top), np.nan)
    step = max(1, AT_ONCE // node.length)
    for at in range(int(np.isnan(ranges.top).sum()), len(values), step):  # windows that are not full come first
        rows = slice(at, at + step)
        part = Ranges(ranges.bottom[rows], ranges.top[rows])
        values[rows] = _prices(_rows(windows[0][rows], windows[1][rows], part, node.rows), part, node)
    return values


def _rows(prices: Floats, volume: Floats, ranges: Ranges, count: int) -> Floats:
    """The volume in each row of each window, the lowest row first."""
    height = (ranges.top - ranges.bottom)[:, None]
    place = np.zeros(prices.shape)
    np.divide((prices - ranges.bottom[:, None]) * count, height, out=place, where=height > 0)
    row = np.clip(place.astype(np.int64), 0, count - 1)
    row += np.arange(len(row))[:, None] * count
    sums = np.bincount(row.ravel(), weights=volume.ravel(), minlength=len(row) * count)
    return sums.reshape(-1, count).astype(np.float64, copy=False)


def _prices(filled: Floats, ranges: Ranges, node: VolumeProfileOf) -> Floats:
    fullest = filled.argmax(axis=1)
    total = np.add.accumulate(filled, axis=1)[:, -1]  # one after the other, however many windows there are
    match node.part:
        case "point_of_control":
            edge = fullest + 0.5
        case "value_area_high":
            edge = _area(filled, fullest, total, node.value_area)[1] + 1.0
        case "value_area_low":
            edge = _area(filled, fullest, total, node.value_area)[0] + 0.0
        case _:
            assert_never(node.part)
    price = ranges.bottom + (ranges.top - ranges.bottom) * (edge / node.rows)
    return np.where(total > 0, price, np.nan)


def _area(filled: Floats, fullest: Rows, total: Floats, share: float) -> tuple[Rows, Rows]:
    """The first and the last row of the value area."""
    total = np.where(total > 0, total, 1.0)  # what is not traded has no area anyway
    windows, count = np.arange(len(filled)), filled.shape[1]
    walled = np.pad(filled, ((0, 0), (1, 1)), constant_values=-1.0)  # no row beyond the range is ever the fuller one
    first, last, held = fullest.copy(), fullest.copy(), filled[windows, fullest]
    for _ in range(count - 1):
        grows = (held / total < share) & (last - first < count - 1)
        if not grows.any():
            break
        above, below = walled[windows, np.minimum(last + 2, count + 1)], walled[windows, first]
        up = above >= below
        last += grows & up
        first -= grows & ~up
        held = np.where(grows, held + np.where(up, above, below), held)
    return first, last
