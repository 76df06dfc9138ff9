"""Shapes in words: every figure that says where they stand."""

from __future__ import annotations

from typing import assert_never

from spec.geometry import Anchor, Channel, Level, Line, Moment, Shape, Zone
from spec.timeframe import text_of

EXTENDED = {
    (False, False): "",
    (True, False): ", extended to the left",
    (False, True): ", extended to the right",
    (True, True): ", extended both ways",
}


def shape_in_words(shape: Shape) -> str:
    """A shape's figures; prices to ten digits."""
    match shape:
        case Line():
            return f"the {shape.scale} line {_course(shape)}"
        case Level(price, start, end):
            return f"the level {price:.10g}{_extent(start, end)}"
        case Zone(low, high, start, end):
            return f"the zone {low:.10g} to {high:.10g}{_extent(start, end)}"
        case Channel(first, second):
            return f"the {first.scale} channel between {_course(first)}; and {_course(second)}"
        case _:
            assert_never(shape)


def _course(line: Line) -> str:
    axis = f"{line.bars} bars" if line.axis == "bars" else "straight in time"
    clock = ", bars counted by the clock" if line.approximate else ""
    extended = EXTENDED[line.extend_backward, line.extend_forward]
    return f"{_point(line.a)} → {_point(line.b)}, {axis}{extended}{clock}"


def _point(anchor: Anchor) -> str:
    return f"{anchor.price:.10g} ({_moment(Moment(anchor.time, anchor.offset))})"


def _extent(start: Moment | None, end: Moment | None) -> str:
    since = f" from {_moment(start)}" if start else ""
    return since + (f" until {_moment(end)}" if end else "")


def _moment(moment: Moment) -> str:
    return text_of(moment.time) + (f" {moment.offset:+d} bars" if moment.offset else "")
