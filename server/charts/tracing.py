"""Tracing: a placed shape as lines and areas over the bars of a picture.

A shape stands on the bars of its node's timeframe or in time, the picture on its own bars; a ruler leads from one to
the other. Where the two run evenly and the scales agree, a line needs its two ends only; anywhere else it is bent
on the picture, and gets a place a bar.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from server.charts.elements import Area, Place, Places, Stroke
from spec import timeframe as tf
from spec.bars import Bars, resample
from spec.block import value_at
from spec.geometry import Channel, Level, Line, Shape, Zone
from spec.placement import Band, Ground, Straight, place

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ruler:
    """Pairs of (bar index on the picture, index or time of the shape), both rising; ``step`` holds beyond them.

    ``even`` says that one step is as long everywhere.
    """

    shown: Floats
    native: Floats
    step: float
    even: bool

    def to_native(self, index: Floats) -> Floats:
        """From the picture's bar index to the shape's own axis."""
        return _along(index, self.shown, self.native, self.step)

    def to_shown(self, x: Floats) -> Floats:
        """From the shape's own axis to the picture's bar index; infinities stay."""
        return _along(x, self.native, self.shown, 1 / self.step)


def _along(x: Floats, knots: Floats, values: Floats, slope: float) -> Floats:
    inside = np.interp(x, knots, values)
    before, after = values[0] + (x - knots[0]) * slope, values[-1] + (x - knots[-1]) * slope
    result: Floats = np.where(x < knots[0], before, np.where(x > knots[-1], after, inside))
    return result


class Spot(Struct, frozen=True):
    """A shape that has found its place: its band, the ruler, and where its anchors stand on its own axis."""

    shape: Shape
    band: Band
    ruler: Ruler

    @property
    def anchors(self) -> tuple[float, ...]:
        """Bar indexes of the picture that the drawing was pinned to, in rising order; none for an endless level."""
        one = self.band.one
        line = self.shape.first if isinstance(self.shape, Channel) else self.shape
        if isinstance(line, Line):
            width = line.b.time - line.a.time if one.by_time else (line.bars or 0)
            pinned = [one.origin - width, one.origin]
        else:
            pinned = [end for end in (one.first, one.last) if math.isfinite(end)]
        return tuple(self.ruler.to_shown(np.array(pinned, dtype=np.float64)).tolist())

    def prices_at(self, index: float) -> tuple[float, ...]:
        """The shape's price on a bar of the picture, or two (low, high); its end's beyond its ends."""
        straights = (self.band.one, self.band.two) if isinstance(self.shape, Channel | Zone) else (self.band.one,)
        x = self.ruler.to_native(np.array([index], dtype=np.float64))
        return tuple(sorted(float(value_at(line, np.clip(x, line.first, line.last))[0]) for line in straights))


class Sheet:
    """The bars of a picture, on which shapes of any coarser timeframe are placed."""

    def __init__(self, bars: Bars, *, by_clock: bool) -> None:
        self.bars = bars
        self._by_clock = by_clock
        self._grounds: dict[str, Ground] = {}

    @property
    def notes(self) -> list[str]:
        """What was placed by the clock, each once."""
        return list(dict.fromkeys(note for ground in self._grounds.values() for note in ground.notes))

    def spot(self, shape: Shape, timeframe: str) -> Spot:
        """Where a shape of a timeframe stands; raises BadBars where the bars cannot tell."""
        if timeframe not in self._grounds:
            self._grounds[timeframe] = Ground(resample(self.bars, timeframe), self._by_clock)
        ground = self._grounds[timeframe]
        band = place(shape, ground)
        if isinstance(shape, Level | Zone) and band.one.by_time:
            band = Band(_snapped(band.one, ground.bars), _snapped(band.two, ground.bars))
        return Spot(shape, band, self._ruler(ground.bars, by_time=band.one.by_time))

    def _ruler(self, native: Bars, *, by_time: bool) -> Ruler:
        count = np.arange(len(self.bars), dtype=np.float64)
        length = tf.seconds(self.bars.timeframe)
        if by_time:
            return Ruler(count, self.bars.time.astype(np.float64), length, even=False)
        if native.timeframe == self.bars.timeframe or len(native) == 0:
            return Ruler(count, count, 1.0, even=True)
        shown = np.searchsorted(self.bars.time, native.time).astype(np.float64)
        step = length / tf.seconds(native.timeframe)
        return Ruler(shown, np.arange(len(native), dtype=np.float64), step, even=False)


def _snapped(flat: Straight, bars: Bars) -> Straight:
    """A flat extent that begins and ends on bars: its times only bound when a bar within it opens."""
    first, last, length = flat.first, flat.last, tf.seconds(bars.timeframe)
    if len(bars) and bars.time[0] - length < first <= bars.time[-1]:
        first = float(bars.time[np.searchsorted(bars.time, first, side="left")])
    if len(bars) and bars.time[0] <= last < bars.end:
        last = float(bars.time[np.searchsorted(bars.time, last, side="right") - 1])
    return replace(flat, first=first, last=last)


class View(Struct, frozen=True):
    """The bars shown, ``first`` to ``last``, and whether the price axis is logarithmic."""

    first: int
    last: int
    log: bool

    @property
    def reach(self) -> float:
        """Bars beyond the view to which endless lines are traced: more than any layout leaves free."""
        return max(400.0, (self.last - self.first) / 2)


def trace(spot: Spot, view: View, colour: str) -> tuple[list[Stroke], list[Area], Places]:
    """A shape's lines and area, and the line that its label stands on; places count from the view's first bar.

    Nothing where the shape lies beyond the reach of the view.
    """
    match spot.shape:
        case Line():
            strokes = _line(spot, spot.band.one, view, colour)
            return strokes, [], _joined(strokes)
        case Level():
            places = _places(spot, spot.band.one, view, (-math.inf, math.inf))
            return [Stroke(places, colour)] if places else [], [], places
        case Zone() | Channel():
            return _band(spot, view, colour)


def _band(spot: Spot, view: View, colour: str) -> tuple[list[Stroke], list[Area], Places]:
    ends = (-math.inf, math.inf)
    one, two = (_places(spot, straight, view, ends) for straight in (spot.band.one, spot.band.two))
    if not one or not two:
        return [], [], ()
    if isinstance(spot.shape, Zone):
        strokes = [Stroke(places, colour, width=1.0) for places in (one, two)]
    else:
        strokes = [*_line(spot, spot.band.one, view, colour), *_line(spot, spot.band.two, view, colour)]
    upper = one if one[-1][1] >= two[-1][1] else two
    return strokes, [Area(one, two, colour)], upper


def _line(spot: Spot, straight: Straight, view: View, colour: str) -> list[Stroke]:
    """Solid between the anchors, dashed where it is extended."""
    start, end = spot.anchors
    pieces = (((-math.inf, start), True), ((start, end), False), ((end, math.inf), True))
    traced = ((_places(spot, straight, view, ends), dashed) for ends, dashed in pieces)
    return [Stroke(places, colour, dashed=dashed) for places, dashed in traced if len(set(places)) > 1]


def _places(spot: Spot, straight: Straight, view: View, ends: tuple[float, float]) -> Places:
    """A straight value between two bar indexes, within its extent and the view's reach."""
    extent = spot.ruler.to_shown(np.array([straight.first, straight.last]))
    start = max(ends[0], float(extent[0]), view.first - view.reach)
    end = min(ends[1], float(extent[1]), view.last + view.reach)
    if start > end:
        return ()
    bent = straight.slope != 0 and (straight.log != view.log or not spot.ruler.even)
    between = np.arange(math.floor(start) + 1, math.ceil(end)) if bent else np.empty(0)
    index = np.concatenate([[start], between, [end]])
    with np.errstate(over="ignore"):
        prices = value_at(straight, spot.ruler.to_native(index))
    finite = np.isfinite(prices)
    return tuple(zip((index - view.first)[finite].tolist(), prices[finite].tolist(), strict=True))


def _joined(strokes: list[Stroke]) -> Places:
    places: list[Place] = [place for stroke in strokes for place in stroke.places]
    return tuple(dict.fromkeys(places))
