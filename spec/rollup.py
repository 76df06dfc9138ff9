"""Rolling bars up to coarser timeframes, and bringing what coarser nodes say down to finer ones.

A coarser bar is known once it has closed: on the first finer bar that ends at or after it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from spec import timeframe as tf
from spec.bars import Bars, resample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Times = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Rollup:
    """The finer bars of a coarser bar that has not closed yet (none at first)."""

    timeframe: str
    open: Bars | None = None


def roll(before: Rollup, bars: Bars) -> tuple[Rollup, Bars]:
    """The coarser bars that these finer ones close."""
    joined = bars if before.open is None else concat(before.open, bars)
    closed = resample(joined, before.timeframe)
    if len(closed) == 0:
        return Rollup(before.timeframe, joined), closed
    rest = joined[tf.bucket(joined.time, before.timeframe) > tf.bucket(closed.time[-1:], before.timeframe)[0]]
    return Rollup(before.timeframe, rest if len(rest) else None), closed


def concat(first: Bars, second: Bars) -> Bars:
    """Two runs of bars of one timeframe as one."""
    times = np.concatenate([first.time, second.time])
    pairs = zip(first.columns()[1:], second.columns()[1:], strict=True)
    return Bars(second.timeframe, times, *(np.concatenate(pair) for pair in pairs))


@dataclass(frozen=True, slots=True, eq=False)
class Descent:
    """What a coarser node said that no finer bar has heard yet, and the state that holds until the next word."""

    ends: Times
    truth: Bools
    state: bool = False


SILENT = Descent(np.empty(0, np.int64), np.empty(0, np.bool_))


def descend(before: Descent, said: tuple[Times, Bools], finer: Bars, *, state: bool) -> tuple[Descent, Bools]:
    """The truth of a coarser node on each finer bar.

    ``said`` holds the ends of the coarser bars that just closed and the node's truth on them. A state holds until
    the next coarser bar closes; a pulse is heard on one finer bar.
    """
    ends = np.concatenate([before.ends, said[0]])
    truth = np.concatenate([before.truth, said[1]])
    rows = np.searchsorted(tf.close_times(finer.time, finer.timeframe), ends, side="left")
    heard = rows < len(finer)
    rest = (ends[~heard], truth[~heard])
    rows, words = rows[heard], truth[heard]
    out = np.zeros(len(finer), np.bool_)
    if not state:
        out[rows[words]] = True
        return Descent(*rest), out
    latest = np.full(len(finer), -1)
    latest[rows] = np.arange(len(rows))  # of several on one row, the last word holds
    latest = np.maximum.accumulate(latest)
    held = np.concatenate([words, [before.state]])[latest]  # -1 reads the state held before this block
    return Descent(*rest, state=bool(held[-1]) if len(held) else before.state), held
