"""Windows: the figures of consecutive stretches of one backtest, to see whether a result stands on a few lucky weeks.

Nothing is fitted to candles anywhere, so no window is the training of another: each is out of sample as far as the
program goes. The drawing is another matter: a person saw the bars before the export, so each window says in which
parts of hindsight its bars lie, and only ``after_export`` alone may be called out of sample.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from execution.metrics import Metrics, borders_of
from spec.bars import BadBars
from spec.geometry import UnixTime

if TYPE_CHECKING:
    from execution.metrics import Borders, Course

PARTS = ("before_last_anchor", "before_export", "after_export")


class Window(Struct, frozen=True):
    """A stretch of bars: the open of its first, the end of its last (UNIX seconds UTC), where they lie, and figures."""

    start: UnixTime
    end: UnixTime
    parts: tuple[str, ...]
    metrics: Metrics


def walk_forward(course: Course, borders: Borders, count: int) -> tuple[Window, ...]:
    """So many windows of as many bars each, one bar more or less; raises BadBars where there are fewer bars."""
    bars = course.bars
    if count > len(bars):
        msg = f"{len(bars)} bars cannot be split into {count} windows; ask for fewer, or give more candles"
        raise BadBars(msg)
    rows = np.linspace(0, len(bars), count + 1).round().astype(int).tolist()
    limits = (0, *borders_of(bars, borders), len(bars))
    return tuple(
        Window(
            start=int(bars.time[first]),
            end=bars[:stop].end,
            parts=tuple(PARTS[at] for at in range(3) if max(first, limits[at]) < min(stop, limits[at + 1])),
            metrics=course.part(first, stop),
        )
        for first, stop in pairwise(rows)
    )
