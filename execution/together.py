"""Together: several backtests as if their accounts lay side by side.

Each strategy trades its own account, as it would alone, and knows nothing of the others: the sum is that of the
accounts, at the end of every bar of any of them, an account between two of its bars standing as at the last one. The
parts of hindsight are the strictest of all: out of sample is what came after the last of the exports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from execution.backtest import BacktestResult
from execution.metrics import Borders, Course, split
from spec import timeframe as tf
from spec.bars import Bars

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def together(results: Sequence[BacktestResult]) -> BacktestResult:
    """The sum of the accounts, and the trades of all in the order of their ends; they share one quote currency.

    ``time`` counts in bars of the finest timeframe: the open of such a bar that ends with a bar of any of them.
    """
    courses = [result.course for result in results]
    finest = min((course.bars.timeframe for course in courses), key=tf.seconds)
    ends = [_ends(course.bars, finest) for course in courses]
    time = np.unique(np.concatenate(ends))
    equity = np.sum([_held(course, own, time) for course, own in zip(courses, ends, strict=True)], axis=0)
    pairs = sorted(
        ((trade, stake) for course in courses for trade, stake in zip(course.trades, course.stakes, strict=True)),
        key=lambda pair: (pair[0].exit_time, pair[0].entry_time),
    )
    trades, stakes = tuple(trade for trade, _ in pairs), [stake for _, stake in pairs]
    bars = Bars(finest, time, equity, equity, equity, equity, np.zeros(len(time)))
    course = Course(trades, bars, equity, sum(one.initial for one in courses), stakes)
    joint = strictest([result.borders for result in results])
    return BacktestResult(trades, time, equity, split(course, joint), (), course, joint)


def strictest(borders: Sequence[Borders]) -> Borders:
    """The last of the anchors and of the exports; unknown where one export is."""
    anchors = [one.last_anchor for one in borders if one.last_anchor is not None]
    exports = [one.exported_at for one in borders if one.exported_at is not None]
    known = len(exports) == len(borders)
    return Borders(max(anchors, default=None), max(exports) if known else None)


def _ends(bars: Bars, finest: str) -> NDArray[np.int64]:
    """The open of the bar of the finest timeframe with which each bar ends."""
    return bars.time if bars.timeframe == finest else tf.close_times(bars.time, bars.timeframe) - tf.seconds(finest)


def _held(course: Course, own: NDArray[np.int64], time: NDArray[np.int64]) -> NDArray[np.float64]:
    """What an account stood at, at each time: before its first bar what it began with."""
    rows = np.searchsorted(own, time, side="right")
    return np.concatenate([[course.initial], course.equity])[rows]
