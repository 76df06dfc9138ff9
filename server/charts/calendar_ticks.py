"""Ticks of the time axis: bars where a year, month, day or hour begins, the greatest kept first.

The axis counts bars, not time, so ticks are bars. A bar weighs what changed since the bar before it; heavier bars get
their label first, and lighter ones where there is still room.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from spec import timeframe as tf

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Times = NDArray[np.int64]

YEAR, MONTH, DAY = 12, 11, 10
# Steps within the day that a label may stand for, with their weights: seconds, heaviest first.
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # not strftime's, which follow the locale
CLOCK = ((43_200, 9), (21_600, 8), (10_800, 7), (3_600, 6), (1_800, 5), (900, 4), (300, 3), (60, 2), (1, 1))


class TimeTick(Struct, frozen=True):
    """A label under a bar; ``major`` where a day, month or year begins."""

    index: int
    text: str
    major: bool


def time_ticks(opens: Times, gap: float, *, daily: bool) -> list[TimeTick]:
    """Labels at least ``gap`` bars apart, from left to right, of bars that open at UNIX seconds UTC.

    ``daily`` says that bars span days, so that their trading day counts.
    """
    times = _calendar(opens, daily=daily)
    weights = _weights(times)
    chosen: list[int] = []
    for weight in sorted(set(weights.tolist()) - {0}, reverse=True):
        wanted = np.flatnonzero(weights == weight).tolist()
        more = _with(chosen, wanted, gap)
        if len(more) < len(chosen) + len(wanted) and _dense(chosen, len(times), gap):
            break  # lighter ticks that do not all fit would stand unevenly, and there are enough without them
        chosen = more
    return [_tick(int(times[index]), index, int(weights[index])) for index in chosen]


def _with(chosen: list[int], wanted: list[int], gap: float) -> list[int]:
    """The chosen bars and, from left to right, those wanted that stand free of all others."""
    more = list(chosen)
    for index in wanted:
        place = bisect_left(more, index)
        if all(abs(index - other) >= gap for other in more[max(0, place - 1) : place + 1]):
            more.insert(place, index)
    return more


def _dense(chosen: list[int], count: int, gap: float) -> bool:
    """Whether no stretch of the axis is without a label for more than three gaps."""
    return max(np.diff([0, *chosen, count - 1]).tolist(), default=0) <= 3 * gap


def _calendar(times: Times, *, daily: bool) -> Times:
    """Times by which the calendar is read: a session that opens in the evening belongs to the next day."""
    return times + (tf.TRADING_DAY_SHIFT if daily else 0)


def _weights(times: Times) -> Times:
    """How much changed at each bar; 0 for the first, of which nobody knows what came before."""
    weights = np.zeros(len(times), dtype=np.int64)
    for step, weight in (*reversed(CLOCK), (tf.DAY, DAY)):
        weights[_changes(times // step)] = weight
    moments = times.astype("datetime64[s]")
    for unit, weight in (("M", MONTH), ("Y", YEAR)):
        weights[_changes(moments.astype(f"datetime64[{unit}]").astype(np.int64))] = weight
    return weights


def _changes(numbers: Times) -> Times:
    return np.flatnonzero(np.diff(numbers)) + 1


def _tick(time: int, index: int, weight: int) -> TimeTick:
    moment = datetime.fromtimestamp(time, tz=UTC)
    if weight >= YEAR:
        text = f"{moment.year}"
    elif weight >= MONTH:
        text = MONTHS[moment.month - 1]
    elif weight >= DAY:
        text = f"{moment.day}"
    else:
        text = f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"
    return TimeTick(index, text, major=weight >= DAY)


def date_of(time: int, *, daily: bool) -> str:
    """A bar's time as a legend shows it, UTC: ``17 Jan 2018``, with the clock unless ``daily``."""
    shown = int(_calendar(np.array([time]), daily=daily)[0])
    moment = datetime.fromtimestamp(shown, tz=UTC)
    day = f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"
    return day if daily else f"{day} {moment:%H:%M}"
