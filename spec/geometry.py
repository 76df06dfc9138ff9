"""Geometry: lines, levels and zones as they were drawn, and where they stand in a series of bars.

A line on the ``bars`` axis is straight in bar index, as on TradingView's chart: weekends, outages and intervals
without a trade do not count. Its node freezes the number of bars between the anchors; evaluation stands on the
bar of the later anchor and that count, so one line has one value on one bar, wherever the candles begin.
On the ``time`` axis it is straight in seconds. A ``log`` line is straight in ln(price).
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

from msgspec import Meta, Struct

Axis = Literal["bars", "time"]
Scale = Literal["linear", "log"]
Price = Annotated[float, Meta(description="never rounded; only order prices are, at the broker's edge")]
UnixTime = Annotated[int, Meta(ge=-62_135_596_800, le=253_402_300_799, description="UNIX seconds, UTC")]
BarCount = Annotated[int, Meta(ge=-10_000_000, le=10_000_000)]


class BadGeometry(ValueError):
    """A drawing that has no value anywhere: one sentence says why."""


class Moment(Struct, frozen=True, forbid_unknown_fields=True):
    """A place on the bar axis: ``offset`` bars after the bar that holds ``time`` (negative: before it)."""

    time: UnixTime
    offset: BarCount = 0


class Anchor(Struct, frozen=True, forbid_unknown_fields=True):
    """One point of a drawing: a moment and a price."""

    time: UnixTime
    price: Price
    offset: BarCount = 0


class Line(Struct, frozen=True, tag="line", tag_field="shape", forbid_unknown_fields=True):
    """Straight from ``a`` (earlier) to ``b`` (later); ``bars`` is the number of bars from a to b.

    Both ends are included. ``extend_backward`` and ``extend_forward`` carry it on beyond a and beyond b.
    ``approximate`` says that ``bars`` was counted by the clock on a market that leaves intervals out.
    On the ``time`` axis ``bars`` is None and both offsets are 0.
    """

    axis: Axis
    scale: Scale | None
    a: Anchor
    b: Anchor
    bars: BarCount | None = None
    extend_backward: bool = False
    extend_forward: bool = False
    approximate: bool = False

    def __post_init__(self) -> None:
        for anchor in (self.a, self.b):
            _check_price(anchor.price, log=self.scale == "log")
        if self.axis == "bars" and (self.bars is None or self.bars < 1):
            msg = "a line on the bars axis needs the number of bars between its anchors, at least 1"
            raise BadGeometry(msg)
        if self.axis == "time" and (self.bars is not None or self.a.offset or self.b.offset):
            msg = "a line on the time axis has no bar count and no offsets"
            raise BadGeometry(msg)
        if self.axis == "time" and self.b.time <= self.a.time:
            msg = "the second anchor of a line must be later than the first"
            raise BadGeometry(msg)

    @property
    def flat(self) -> bool:
        """Whether both anchors have one price, so that the scale does not matter."""
        return self.a.price == self.b.price


class Level(Struct, frozen=True, tag="level", tag_field="shape", forbid_unknown_fields=True):
    """One price, from ``start`` to ``end`` (None: without end on that side), both included."""

    price: Price
    start: Moment | None = None
    end: Moment | None = None

    def __post_init__(self) -> None:
        _check_price(self.price, log=False)


class Zone(Struct, frozen=True, tag="zone", tag_field="shape", forbid_unknown_fields=True):
    """A band of prices, ``low`` to ``high``, from ``start`` to ``end``, all included."""

    low: Price
    high: Price
    start: Moment | None = None
    end: Moment | None = None

    def __post_init__(self) -> None:
        for price in (self.low, self.high):
            _check_price(price, log=False)
        if self.low > self.high:
            msg = f"the low {self.low!r} of a zone stands above its high {self.high!r}; swap them"
            raise BadGeometry(msg)


class Channel(Struct, frozen=True, tag="channel", tag_field="shape", forbid_unknown_fields=True):
    """A zone that moves: between two lines that share axis, scale and extent. Either may be the upper one."""

    first: Line
    second: Line

    def __post_init__(self) -> None:
        one, two = self.first, self.second
        if (one.axis, one.scale, one.bars) != (two.axis, two.scale, two.bars):
            msg = "both lines of a channel need the same axis, scale and bar count"
            raise BadGeometry(msg)


Shape = Line | Level | Zone | Channel


def _check_price(price: float, *, log: bool) -> None:
    if not math.isfinite(price):
        msg = f"a price must be a finite number, not {price!r}"
        raise BadGeometry(msg)
    if log and price <= 0:
        msg = f"a line on a log scale needs prices above 0, not {price!r}"
        raise BadGeometry(msg)
