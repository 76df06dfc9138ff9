"""From sketch to shape: the geometry of a part on one timeframe and one scale, as plain data for a draft.

A scale or a timeframe that is still open leaves a hole (null) that no strategy can be frozen with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, assert_never

from interpreters.sketch import Box, Corridor, Flat, NotRead, Straight
from interpreters.timeline import Spot
from spec import timeframe as tf
from spec.geometry import Moment

if TYPE_CHECKING:
    from interpreters.sketch import Part, Place
    from interpreters.timeline import Timeline
    from spec.geometry import Scale

Data = dict[str, Any]
MOST_BARS = 10_000_000  # that a line may span, or lie ahead
FINEST = "1m"  # stands in for a timeframe that nobody knows, where bars of it are never counted


@dataclass(frozen=True, slots=True)
class Canvas:
    """Where shapes are put: the timeframe of evaluation, the scale, and the bars known.

    ``by_clock``: the market reports every interval, so that the clock counts exactly. ``extended`` overrides the drawn
    end: True carries it on forward, False leaves it ended, None takes it as drawn. ``by_time``: nobody knows the
    timeframe, and what is shown, and never evaluated, is straight in time.
    """

    timeframe: str | None
    scale: Scale | None
    timeline: Timeline
    by_clock: bool = False
    extended: bool | None = None
    by_time: bool = False

    def spot(self, place: Place) -> Spot:
        """Where a place stands; with the timeframe open, as TradingView wrote it. Raises NotRead far in the future."""
        if self.by_time:
            return Spot(Moment(self.timeline.absolute_time(place, FINEST)))
        if self.timeframe is None:
            return Spot(Moment(place.time, place.offset))
        spot = self.timeline.spot(place, self.timeframe)
        if abs(spot.moment.offset) > MOST_BARS:
            msg = f"one of its points lies more than {MOST_BARS:,} bars ahead"
            raise NotRead(msg)
        return spot

    def bars(self, one: Spot, two: Spot) -> tuple[int, bool]:
        """Bars from one to the other, and whether they were counted exactly; on a stand-in where none are counted."""
        bars, counted = self.timeline.count(one, two, self.timeframe or FINEST)
        if abs(bars) > MOST_BARS and self.timeframe and not self.by_time:
            msg = f"its points stand more than {MOST_BARS:,} bars apart"
            raise NotRead(msg)
        return bars, counted or self.by_clock or self.timeframe is None


def line(part: Straight, canvas: Canvas) -> Data:
    """A line from its earlier to its later point; the extend flags follow the points, not the clock.

    Raises NotRead where both stand on one bar, and where a price has no logarithm.
    """
    prices = part.log_prices if canvas.scale == "log" else part.prices
    if canvas.scale == "log" and min(prices) <= 0:
        msg = "it is drawn on a log scale and reaches prices at or below zero"
        raise NotRead(msg)
    one, two = canvas.spot(part.first), canvas.spot(part.second)
    bars, exact = canvas.bars(one, two)
    if bars == 0:
        msg = "both its points stand on one bar: a vertical line has no price"
        raise NotRead(msg)
    ends = [(one.moment, prices[0], part.extend_left), (two.moment, prices[1], part.extend_right)]
    if bars < 0:
        ends.reverse()
    (a, start, backward), (b, end, forward) = ends
    counted = canvas.timeframe is not None and not canvas.by_time
    return {
        "shape": "line",
        "axis": "time" if canvas.by_time else "bars",
        "scale": "linear" if start == end and canvas.scale is None else canvas.scale,
        "a": {"time": a.time, "price": start, "offset": a.offset},
        "b": {"time": b.time, "price": end, "offset": b.offset},
        "bars": abs(bars) if counted else None,
        "extend_backward": backward,
        "extend_forward": forward if canvas.extended is None else canvas.extended,
        "approximate": not exact or canvas.by_time,
    }


def _moment(place: Place | None, canvas: Canvas) -> Data | None:
    if place is None:
        return None
    moment = canvas.spot(place).moment
    return {"time": moment.time, "offset": moment.offset}


def _end(part: Flat | Box, canvas: Canvas) -> Data | None:
    extended = part.extended if canvas.extended is None else canvas.extended
    return None if extended else _moment(part.right, canvas)


def level(part: Flat, canvas: Canvas) -> Data:
    """A price with its extent."""
    price = part.log_price if canvas.scale == "log" else part.price
    return {"shape": "level", "price": price, "start": _moment(part.left, canvas), "end": _end(part, canvas)}


def zone(part: Box, canvas: Canvas) -> Data:
    """A band of prices with its extent."""
    start, end = _moment(part.left, canvas), _end(part, canvas)
    return {"shape": "zone", "low": part.low, "high": part.high, "start": start, "end": end}


def channel(part: Corridor, canvas: Canvas) -> Data:
    """The moving band between a channel's edges."""
    return {"shape": "channel", "first": line(part.lower, canvas), "second": line(part.upper, canvas)}


def shape_of(part: Part, canvas: Canvas) -> Data:
    """The shape of a line, level or zone; raises NotRead where it has none."""
    match part:
        case Straight():
            return line(part, canvas)
        case Flat():
            return level(part, canvas)
        case Box():
            return zone(part, canvas)
        case _:
            assert_never(part)


def ends_at(parts: tuple[Part, ...], canvas: Canvas) -> int | None:
    """When parts end (UNIX seconds of the last bar that holds them); None where one of them runs on."""
    ends = [_end_of(shape_of(part, canvas)) for part in parts]
    frame = canvas.timeframe or FINEST
    times = [tf.shift_by_clock(end["time"], end["offset"], frame) for end in ends if end is not None]
    return max(times) if times and len(times) == len(ends) else None


def _end_of(shape: Data) -> Data | None:
    if shape["shape"] == "line":
        return None if shape["extend_forward"] else shape["b"]
    end: Data | None = shape["end"]
    return end
