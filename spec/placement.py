"""Where a shape stands in a series of bars: indexes, extents and straight values.

Indexes count from the first bar of the series. They are exact where the series holds the bar of the later
anchor; where it does not, a market that reports every interval is counted by the clock, any other is refused.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import assert_never

import numpy as np

from spec import timeframe as tf
from spec.bars import BadBars, Bars, by_session, index_of
from spec.geometry import Anchor, Channel, Level, Line, Moment, Shape, Zone


@dataclass(frozen=True, slots=True)
class Straight:
    """A straight value over x: ``at + (x - origin) * slope``; x is the bar index, or the time when ``by_time``.

    With ``log`` the value is ln(price). ``first`` and ``last`` bound x, both included.
    """

    origin: float
    at: float
    slope: float
    first: float = -math.inf
    last: float = math.inf
    by_time: bool = False
    log: bool = False


NOWHERE = Straight(0.0, math.nan, 0.0)


@dataclass(frozen=True, slots=True)
class Band:
    """Between two straight values (the same one twice for a line or level)."""

    one: Straight
    two: Straight


@dataclass(slots=True)
class Ground:
    """A series of bars on which shapes are placed; ``notes`` gathers what was placed by the clock."""

    bars: Bars
    by_clock: bool
    notes: list[str] = field(default_factory=list)


def place(shape: Shape, ground: Ground) -> Band:
    """The band of a shape; raises BadBars where the series cannot tell where it stands."""
    match shape:
        case Line():
            straight = _line(shape, ground)
            return Band(straight, straight)
        case Level(price, start, end):
            straight = _flat(price, start, end, ground)
            return Band(straight, straight)
        case Zone(low, high, start, end):
            return Band(_flat(low, start, end, ground), _flat(high, start, end, ground))
        case Channel(first, second):
            return Band(_line(first, ground), _line(second, ground))
        case _:
            assert_never(shape)


def _line(line: Line, ground: Ground) -> Straight:
    first = -math.inf if line.extend_backward else None
    last = math.inf if line.extend_forward else None
    by_time = line.bars is None  # Line holds the two together
    origin = line.b.time if by_time else locate(Moment(line.b.time, line.b.offset), ground)
    width = line.b.time - line.a.time if line.bars is None else line.bars
    start, end = (_height(line, anchor) for anchor in (line.a, line.b))
    return Straight(
        origin=origin,
        at=end,
        slope=(end - start) / width,
        first=origin - width if first is None else first,
        last=origin if last is None else last,
        by_time=by_time,
        log=line.scale == "log",
    )


def _height(line: Line, anchor: Anchor) -> float:
    return float(np.log(np.array([anchor.price]))[0]) if line.scale == "log" else float(anchor.price)


def _flat(price: float, start: Moment | None, end: Moment | None, ground: Ground) -> Straight:
    """A price with its extent: in time where no bars are to be counted, so that it needs no bar of the series."""
    by_time = not any(moment and moment.offset for moment in (start, end))
    first, last = -math.inf, math.inf
    if start is not None:
        first = _openings(start, ground)[0] if by_time else _bound(start, ground)
    if end is not None:
        last = _openings(end, ground)[1] if by_time else _bound(end, ground)
    return Straight(origin=0.0, at=float(price), slope=0.0, first=first, last=last, by_time=by_time)


def _openings(moment: Moment, ground: Ground) -> tuple[int, int]:
    return tf.openings(moment.time, ground.bars.timeframe, session=by_session(ground.bars))


def _bound(moment: Moment, ground: Ground) -> float:
    """Where an extent begins or ends: outside the series only the order matters, unless bars are to be counted."""
    bars = ground.bars
    if len(bars) and moment.offset <= 0 and index_of(bars, moment.time) < 0:
        return -math.inf
    if len(bars) and moment.offset >= 0 and moment.time >= tf.close_time(bars.end, bars.timeframe):
        return math.inf
    return locate(moment, ground)


def locate(moment: Moment, ground: Ground) -> int:
    """Index of a moment; may be negative or beyond the last bar. Raises BadBars where bars would be guessed."""
    bars = ground.bars
    if len(bars) == 0:
        msg = f"the candles hold no whole bar of {bars.timeframe}; give candles from {tf.text_of(moment.time)} on"
        raise BadBars(msg)
    at = index_of(bars, moment.time)
    if at >= 0 and moment.time < bars.end:
        return at + moment.offset
    if bars.end <= moment.time < tf.close_time(bars.end, bars.timeframe):
        return len(bars) + moment.offset  # an anchor stands on a bar that exists: the one now forming is the next
    if not ground.by_clock:
        raise BadBars(_outside(moment.time, bars, before=at < 0))
    edge, base = (int(bars.time[0]), 0) if at < 0 else (int(bars.time[-1]), len(bars) - 1)
    ground.notes.append(
        f"the candles do not hold the bar of {tf.text_of(moment.time)}; it was placed by the clock, "
        "as this market reports every interval"
    )
    return base + tf.count_by_clock(edge, moment.time, bars.timeframe) + moment.offset


def _outside(time: int, bars: Bars, *, before: bool) -> str:
    if before:
        return (
            f"the candles start at {tf.text_of(int(bars.time[0]))}, after the drawing's anchor at "
            f"{tf.text_of(time)}; give candles from {tf.text_of(time)} on"
        )
    return (
        f"the candles end at {tf.text_of(bars.end)}, before the drawing's anchor at {tf.text_of(time)}; "
        "give candles that reach it"
    )
