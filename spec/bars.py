"""Bars: columns of closed candles, the index of a time in them, and resampling to a coarser timeframe.

A bar is what the exchange reported. An interval without a row is an absent bar: it is not invented, and it does
not count in the bar index.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from spec import timeframe as tf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Times = NDArray[np.int64]


class BadBars(ValueError):
    """The candles cannot serve: one sentence says why and what to do."""


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Columns of equal length; ``time`` is each bar's open in UNIX seconds UTC, strictly rising."""

    timeframe: str
    time: Times
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats

    def __len__(self) -> int:
        return len(self.time)

    def __getitem__(self, rows: slice | NDArray[np.bool_] | NDArray[np.int64]) -> Bars:
        time, *prices = self.columns()
        return Bars(self.timeframe, time[rows], *(column[rows] for column in prices))

    def columns(self) -> tuple[Times, Floats, Floats, Floats, Floats, Floats]:
        """time, open, high, low, close, volume."""
        return self.time, self.open, self.high, self.low, self.close, self.volume

    @property
    def end(self) -> int:
        """When the last bar closed, UNIX seconds UTC; 0 without bars."""
        return tf.close_time(int(self.time[-1]), self.timeframe) if len(self) else 0


def make_bars(timeframe: str, rows: Sequence[tuple[float, ...]] | NDArray[np.float64]) -> Bars:
    """Bars from rows of (time, open, high, low, close, volume); raises BadBars as ``check`` does."""
    table = np.asarray(rows, dtype=np.float64).reshape(-1, 6)
    columns = [np.ascontiguousarray(table[:, at]) for at in range(1, 6)]
    bars = Bars(timeframe, table[:, 0].astype(np.int64), *columns)
    check(bars)
    return bars


def check(bars: Bars) -> None:
    """Raise BadBars where rows are missing, unsorted, twice, not finite, or high and low do not hold the rest."""
    if len(bars) == 0:
        msg = "there are no candles; give a file with at least one row"
        raise BadBars(msg)
    _check_order(bars.time)
    for name, column in zip(("open", "high", "low", "close", "volume"), bars.columns()[1:], strict=True):
        if not np.isfinite(column).all():
            at = int(bars.time[~np.isfinite(column)][0])
            msg = f"the {name} of the candle at {tf.text_of(at)} is no finite number; fix or remove that row"
            raise BadBars(msg)
    bad = (bars.high < np.maximum(bars.open, bars.close)) | (bars.low > np.minimum(bars.open, bars.close))
    if bad.any():
        at = int(bars.time[bad][0])
        msg = f"the candle at {tf.text_of(at)} has a high or low that does not hold its open and close; fix that row"
        raise BadBars(msg)


def _check_order(time: Times) -> None:
    steps = np.diff(time)
    if (steps > 0).all():
        return
    at = tf.text_of(int(time[1:][steps <= 0][0]))
    if len(np.unique(time)) < len(time):
        repeated = np.sort(time)
        at = tf.text_of(int(repeated[1:][np.diff(repeated) == 0][0]))
        msg = f"two candles have the same time {at}; remove one of them"
    else:
        msg = f"the candles are not in time order at {at}; sort the file by time"
    raise BadBars(msg)


def index_of(bars: Bars, time: int) -> int:
    """Index of the bar that holds ``time``: the last one opened at or before it; -1 before the first.

    Where bars go by sessions the trading day counts, not the instant: one opens at 14:30, and read-backs name it
    by midnight.
    """
    times, at = bars.time, time
    if by_session(bars):
        times = (times + tf.TRADING_DAY_SHIFT) // tf.DAY
        at = (time + tf.TRADING_DAY_SHIFT) // tf.DAY
    return int(np.searchsorted(times, at, side="right")) - 1


def by_session(bars: Bars) -> bool:
    """Whether bars of a day or more open with a session instead of at midnight UTC, as round-the-clock markets do."""
    return len(bars) > 0 and tf.spans_days(bars.timeframe) and int(bars.time[0]) % tf.DAY != 0


def resample(bars: Bars, timeframe: str, until: int | None = None) -> Bars:
    """Bars of a coarser timeframe on the UTC grid; a last one that has not closed yet is left out.

    ``until``: how far the bars are known to reach (UNIX seconds UTC), where the last intervals may have had no trade.
    Raises BadBars when ``timeframe`` is finer than the bars, or their grid does not divide it.
    """
    if timeframe == bars.timeframe or len(bars) == 0:
        return bars if len(bars) else Bars(timeframe, *bars.columns())
    if not tf.divides(bars.timeframe, timeframe):
        msg = f"candles of {bars.timeframe} cannot be made into {timeframe}; give candles of {timeframe} or finer"
        raise BadBars(msg)
    grid = tf.bucket(bars.time, timeframe)
    first = np.flatnonzero(np.diff(grid, prepend=grid[0] - 1))
    last = np.append(first[1:], len(bars)) - 1
    coarse = Bars(
        timeframe,
        tf.bucket_start(grid[first], timeframe),
        bars.open[first],
        np.maximum.reduceat(bars.high, first),
        np.minimum.reduceat(bars.low, first),
        bars.close[last],
        np.add.reduceat(bars.volume, first),
    )
    return coarse if coarse.end <= (bars.end if until is None else until) else coarse[:-1]
