"""From sketch to shape: the geometry of a part on one timeframe and one scale, as plain data for a draft.

A scale or a timeframe that is still open leaves a hole (null) that no strategy can be frozen with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interpreters.sketch import Box, Corridor, Flat, NotRead, Straight
from spec.geometry import Moment

if TYPE_CHECKING:
    from interpreters.drawing import Point
    from interpreters.timeline import Timeline
    from spec.geometry import Scale

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Canvas:
    """Where shapes are put: the timeframe of evaluation, the drawing's own, the scale, and the bars known.

    ``extended`` overrides the drawn end: True carries it on forward, False leaves it ended, None takes it as drawn.
    """

    timeframe: str | None
    drawn: str | None
    scale: Scale | None
    timeline: Timeline
    extended: bool | None = None

    def moment(self, point: Point) -> Moment:
        """Where a point stands; with the timeframe open, as TradingView wrote it."""
        if self.timeframe is None:
            return Moment(point.time or 0, point.offset)
        return self.timeline.moment(point, self.drawn, self.timeframe)

    def bars(self, first: Moment, second: Moment) -> tuple[int, bool]:
        """Bars from first to second and whether they were counted exactly; by position alone with no timeframe."""
        if self.timeframe is None:
            return (1 if (first.time, first.offset) <= (second.time, second.offset) else -1), True
        count = self.timeline.count(first, second, self.timeframe)
        return count.bars, count.exact


def line(part: Straight, canvas: Canvas) -> Data:
    """A line from its earlier to its later point; the extend flags follow the points, not the clock."""
    prices = part.log_prices if canvas.scale == "log" else part.prices
    one, two = canvas.moment(part.first), canvas.moment(part.second)
    bars, exact = canvas.bars(one, two)
    if bars == 0:
        msg = "both its points stand on one bar: a vertical line has no price"
        raise NotRead(msg)
    ends = [(one, prices[0], part.extend_left), (two, prices[1], part.extend_right)]
    if bars < 0:
        ends.reverse()
    (a, low, backward), (b, high, forward) = ends
    return {
        "shape": "line",
        "axis": "bars",
        "scale": "linear" if low == high and canvas.scale is None else canvas.scale,
        "a": {"time": a.time, "price": low, "offset": a.offset},
        "b": {"time": b.time, "price": high, "offset": b.offset},
        "bars": None if canvas.timeframe is None else abs(bars),
        "extend_backward": backward,
        "extend_forward": forward if canvas.extended is None else canvas.extended,
        "approximate": not exact,
    }


def _moment(point: Point | None, canvas: Canvas) -> Data | None:
    if point is None:
        return None
    moment = canvas.moment(point)
    return {"time": moment.time, "offset": moment.offset}


def _end(point: Point | None, canvas: Canvas) -> Data | None:
    return None if canvas.extended else _moment(point, canvas)


def level(part: Flat, canvas: Canvas) -> Data:
    """A price with its extent."""
    return {
        "shape": "level",
        "price": part.log_price if canvas.scale == "log" else part.price,
        "start": _moment(part.left, canvas),
        "end": _end(part.right, canvas),
    }


def zone(part: Box, canvas: Canvas) -> Data:
    """A band of prices with its extent."""
    return {
        "shape": "zone",
        "low": part.low,
        "high": part.high,
        "start": _moment(part.left, canvas),
        "end": _end(part.right, canvas),
    }


def channel(part: Corridor, canvas: Canvas) -> Data:
    """The moving band between a channel's edges."""
    return {"shape": "channel", "first": line(part.lower, canvas), "second": line(part.upper, canvas)}


def ended_at(parts: tuple[Straight | Flat | Box, ...], canvas: Canvas) -> Moment | None:
    """The last moment of parts that end; None where one of them runs on."""
    ends: list[Moment] = []
    for part in parts:
        end = _end_of(part, canvas)
        if end is None:
            return None
        ends.append(end)
    return max(ends, key=lambda end: (end.time, end.offset)) if ends else None


def _end_of(part: Straight | Flat | Box, canvas: Canvas) -> Moment | None:
    match part:
        case Straight():
            drawn = line(part, canvas)
            return None if drawn["extend_forward"] else Moment(drawn["b"]["time"], drawn["b"]["offset"])
        case Flat(right=right) | Box(right=right):
            return None if right is None else canvas.moment(right)
