"""Forty nodes by hand: NumPy in blocks, NumPy over whole columns, and a Python loop.

They know the two shapes and nothing else: no margin for a close on the line, no extents, lives, frequencies, log scales
or timeframes, and they give only which bars fired, without event, price and value. A line fires where price crosses it
upwards, a level where price is within its tolerance. Each function gives the bars for every line, then every level.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.year import TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from benchmarks.year import Trigger, Year

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Rows = NDArray[np.int64]
    Columns = dict[str, Floats]
    Buffers = tuple[Floats, Bools, Bools]
    Row = tuple[float, float, float, float]
    Pairs = list[tuple[float, float]]

BLOCK = 32_768


def in_blocks(year: Year, trigger: Trigger) -> list[Rows]:
    """NumPy over 32,768 bars at a time, every result written into a preallocated buffer."""
    value, truths = np.empty(BLOCK), np.empty((3, BLOCK), np.bool_)
    above = np.ones((len(year.lines), BLOCK + 1), np.bool_)  # the first column: on the last bar of the block before
    found: list[list[Rows]] = [[] for _ in range(len(year.lines) + len(year.levels))]
    for start in range(0, len(year), BLOCK):
        cut = {name: column[start : start + BLOCK] for name, column in year.columns.items()}
        size = len(cut["close"])
        buffers = (value[:size], above[:, : size + 1], truths[:, :size])
        x = np.arange(start, start + size, dtype=np.float64)
        asked = _closes(year, cut, x, buffers) if trigger == "bar_close" else _ranges(year, cut, x, buffers)
        for at, truth in enumerate(asked):
            found[at].append(np.flatnonzero(truth) + start)
        above[:, 0] = above[:, size]
    return [np.concatenate(parts) for parts in found]


def _closes(year: Year, columns: Columns, x: Floats, buffers: Buffers) -> Iterator[Bools]:
    """The truth of each node on the close, in a buffer that the next one overwrites."""
    value, above, (fires, other, _) = buffers
    for line, over in zip(year.lines, above, strict=True):
        np.add(np.multiply(x, line.slope, out=value), line.value(0), out=value)
        np.greater(columns["close"], value, out=over[1:])
        yield np.greater(over[1:], over[:-1], out=fires)
    for level in year.levels:
        np.greater(columns["close"], level * (1 - TOLERANCE), out=fires)
        np.less(columns["close"], level * (1 + TOLERANCE), out=other)
        yield np.logical_and(fires, other, out=fires)


def _ranges(year: Year, columns: Columns, x: Floats, buffers: Buffers) -> Iterator[Bools]:
    """The truth of each node within the bar, in a buffer that the next one overwrites.

    The path (close before, open, nearer extreme, other extreme, close) rises over a line from below at the close
    before or the open to the high; or from the low to what follows it: the high where the low comes first, else the
    close.
    """
    value, above, (fires, other, under) = buffers
    low_first = columns["open"] - columns["low"] <= columns["high"] - columns["open"]
    for line, over in zip(year.lines, above, strict=True):
        np.add(np.multiply(x, line.slope, out=value), line.value(0), out=value)
        np.greater(columns["close"], value, out=over[1:])
        np.less(columns["low"], value, out=under)
        np.logical_and(under, low_first, out=fires)
        np.logical_or(fires, np.less(columns["open"], value, out=other), out=fires)
        np.logical_or(fires, np.logical_not(over[:-1], out=other), out=fires)
        np.logical_and(fires, np.greater(columns["high"], value, out=other), out=fires)
        yield np.logical_or(fires, np.logical_and(under, over[1:], out=under), out=fires)
    for level in year.levels:
        np.greater(columns["high"], level * (1 - TOLERANCE), out=fires)
        np.less(columns["low"], level * (1 + TOLERANCE), out=other)
        yield np.logical_and(fires, other, out=fires)


def whole_columns(year: Year, trigger: Trigger) -> list[Rows]:
    """NumPy as one writes it: whole columns, a new array for every step."""
    opened, high, low, close = (year.columns[name] for name in ("open", "high", "low", "close"))
    x = np.arange(len(year), dtype=np.float64)
    closes = np.concatenate([[np.nan], close[:-1]])
    top, bottom = (close, close) if trigger == "bar_close" else (high, low)
    found = []
    for line in year.lines:
        value = line.end + (x - line.last) * line.slope
        below = closes <= value - line.slope
        if trigger == "bar_close":
            fires = (close > value) & below
        else:
            low_first = opened - low <= high - opened
            fires = (high > value) & (below | (opened < value) | ((low < value) & low_first))
            fires |= (low < value) & (close > value)
        found.append(np.flatnonzero(fires))
    bands = ((level * (1 - TOLERANCE), level * (1 + TOLERANCE)) for level in year.levels)
    return found + [np.flatnonzero((top > under) & (bottom < over)) for under, over in bands]


def bar_by_bar(year: Year, trigger: Trigger) -> list[list[int]]:
    """A Python loop over bars and nodes, as in a bar callback, over nothing but tuples and floats."""
    lines = [(line.value(0), line.slope) for line in year.lines]
    bands = [(level * (1 - TOLERANCE), level * (1 + TOLERANCE)) for level in year.levels]
    rows = list(zip(*(year.columns[name].tolist() for name in ("open", "high", "low", "close")), strict=True))
    return _loop_closes(rows, lines, bands) if trigger == "bar_close" else _loop_paths(rows, lines, bands)


def _loop_closes(rows: list[Row], lines: Pairs, bands: Pairs) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in range(len(lines) + len(bands))]
    last = float("nan")
    for bar, (_, _, _, close) in enumerate(rows):
        for at, (start, slope) in enumerate(lines):
            if close > start + bar * slope and last <= start + (bar - 1) * slope:
                found[at].append(bar)
        for at, (under, over) in enumerate(bands, len(lines)):
            if under < close < over:
                found[at].append(bar)
        last = close
    return found


def _loop_paths(rows: list[Row], lines: Pairs, bands: Pairs) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in range(len(lines) + len(bands))]
    last = float("nan")
    for bar, (opened, high, low, close) in enumerate(rows):
        low_first = opened - low <= high - opened
        for at, (start, slope) in enumerate(lines):
            value = start + bar * slope
            before = last <= value - slope or opened < value
            if high > value and (before or (low < value and (low_first or close > value))):
                found[at].append(bar)
        for at, (under, over) in enumerate(bands, len(lines)):
            if high > under and low < over:
                found[at].append(bar)
        last = close
    return found
