"""From a drawing to its sketch, tool by tool, after TradingView's own geometry.

Source of every rule: the shipped library's behaviour as written down in its saved files; point order and extend flags
are kept as drawn.
"""

from __future__ import annotations

import decimal
import math
from typing import TYPE_CHECKING, assert_never

from msgspec import structs

from interpreters.naming import level_name
from interpreters.properties import amount, finite, flag, visible_levels
from interpreters.sizing import implied_tick, own_risk
from interpreters.sketch import (
    Box,
    Corridor,
    Flat,
    NotRead,
    Place,
    Position,
    Sketch,
    Straight,
    between,
    log_between,
    parts_of,
    scaled,
    shifted,
)
from interpreters.symbols import timeframe_of
from interpreters.unread import reason_for
from spec import timeframe as tf

if TYPE_CHECKING:
    from collections.abc import Callable

    from interpreters.drawing import Drawing, Point
    from interpreters.sketch import Part

    Reader = Callable[[Drawing, bool], Sketch]

CALENDAR = range(-62_135_596_800, 253_402_300_800)  # UNIX seconds of the years 1 to 9999
UNFINISHED = "it was not finished"
TOO_LARGE = "its prices are too large to be computed"


def sketch(drawing: Drawing, *, saved: bool) -> Sketch:
    """The drawing's sketch; ``saved`` tells a saved source from a read-back. Raises NotRead with the reason."""
    read = READERS.get(drawing.tool)
    if read is None:
        raise NotRead(reason_for(drawing.tool))
    try:
        drawn = read(drawing, saved)
    except decimal.DecimalException:
        raise NotRead(TOO_LARGE) from None
    if not all(finite(*_prices(part)) for part in parts_of(drawn)):
        raise NotRead(TOO_LARGE)
    return drawn


def _prices(part: Part) -> tuple[float, ...]:
    match part:
        case Straight(prices=prices, log_prices=log_prices):
            return (*prices, *log_prices)
        case Flat(price=price, log_price=log_price):
            return price, log_price
        case Box(low=low, high=high):
            return low, high
        case _:
            assert_never(part)


def _points(drawing: Drawing, least: int) -> list[tuple[Place, float]]:
    if len(drawing.points) < least:
        msg = f"it has {len(drawing.points)} of the {least} points it needs; {UNFINISHED}"
        raise NotRead(msg)
    return [(_place(point, drawing), _price(point)) for point in drawing.points[:least]]


def _price(point: Point) -> float:
    if point.price is None or not math.isfinite(point.price):
        msg = f"one of its points has no price; {UNFINISHED}"
        raise NotRead(msg)
    return point.price


def _place(point: Point, drawing: Drawing) -> Place:
    if point.time is None:
        msg = f"one of its points has no time; {UNFINISHED}"
        raise NotRead(msg)
    own = timeframe_of(point.interval or drawing.interval)
    if point.time not in CALENDAR or tf.shift_by_clock(point.time, point.offset, own or "1m") not in CALENDAR:
        msg = "one of its points lies outside the years 1 to 9999"
        raise NotRead(msg)
    return Place(point.time, point.offset, own)


def _straight(left: bool, right: bool) -> Callable[[Drawing, bool], Straight]:  # noqa: FBT001 - a table row below
    def read(drawing: Drawing, _saved: bool) -> Straight:  # noqa: FBT001
        (first, p0), (second, p1) = _points(drawing, 2)
        extend_left = flag(drawing.properties, "extendLeft", default=left)
        extend_right = flag(drawing.properties, "extendRight", default=right)
        return Straight("", first, second, (p0, p1), (p0, p1), extend_left, extend_right)

    return read


def _horizontal_line(drawing: Drawing, _saved: bool) -> Flat:  # noqa: FBT001
    if not drawing.points:
        msg = f"it has 0 of the 1 points it needs; {UNFINISHED}"
        raise NotRead(msg)
    price = _price(drawing.points[0])
    return Flat("", price, price)


def _horizontal_ray(drawing: Drawing, _saved: bool) -> Flat:  # noqa: FBT001
    [(place, price)] = _points(drawing, 1)
    return Flat("", price, price, left=place)


def _ends(first: Place, second: Place) -> tuple[Place, Place]:
    """Left and right: by time, and by offset where both hang on one bar."""
    return (first, second) if (first.time, first.offset) <= (second.time, second.offset) else (second, first)


def _rectangle(drawing: Drawing, _saved: bool) -> Box:  # noqa: FBT001
    (first, p0), (second, p1) = _points(drawing, 2)
    left, right = _ends(first, second)
    start = None if flag(drawing.properties, "extendLeft") else left
    return Box("", min(p0, p1), max(p0, p1), start, right, flag(drawing.properties, "extendRight"))


def _channel(drawing: Drawing, saved: bool) -> Corridor:  # noqa: FBT001
    base = _straight(left=False, right=False)(drawing, saved)
    first, third = base.prices[0], _third_price(drawing, base.prices[0])
    if third == first:
        msg = "its two edges lie on each other"
        raise NotRead(msg)
    other = _parallel(base, third)
    lower, upper = (base, other) if third > first else (other, base)
    return Corridor(
        structs.replace(lower, name="lower"),
        structs.replace(upper, name="upper"),
        _midline(base, other) if flag(drawing.properties, "showMidline", default=True) else None,
    )


def _third_price(drawing: Drawing, first: float) -> float:
    """Where the second edge stands at the first point: the third point's price, else by the stored offset."""
    if len(drawing.points) > 2 and drawing.points[2].price is not None:
        return _price(drawing.points[2])
    if drawing.price_offset is not None:
        return shifted(first, drawing.price_offset, 0.0)
    msg = f"the point that sets its width has no price; {UNFINISHED}"
    raise NotRead(msg)


def _parallel(base: Straight, third: float) -> Straight:
    """The second edge runs parallel on the screen: shifted on a linear axis, multiplied on a log axis."""
    first, second = base.prices
    logs = (third, scaled(second, third, first)) if _positive(first, second, third) else (0.0, 0.0)
    return structs.replace(base, prices=(third, shifted(second, third, first)), log_prices=logs)


def _midline(one: Straight, two: Straight) -> Straight:
    """Halfway between the edges in the axis' own coordinates."""
    (a, b), (c, d) = one.prices, two.prices
    (e, f), (g, h) = one.log_prices, two.log_prices
    logs = (log_between(e, g, 0.5), log_between(f, h, 0.5)) if _positive(e, f, g, h) else (0.0, 0.0)
    return structs.replace(one, name="middle", prices=(between(a, c, 0.5), between(b, d, 0.5)), log_prices=logs)


def _positive(*prices: float) -> bool:
    return all(price > 0 for price in prices)


def _fib(drawing: Drawing, saved: bool) -> tuple[Flat, ...]:  # noqa: FBT001
    (first, p0), (second, p1) = _points(drawing, 2)
    properties, shares = drawing.properties, visible_levels(drawing.properties)
    if not shares:
        msg = "none of its levels is visible"
        raise NotRead(msg)
    base, other = (p0, p1) if flag(properties, "reverse") else (p1, p0)
    by_log = flag(properties, "fibLevelsBasedOnLogScale") and _positive(p0, p1)
    left, right = _ends(first, second)
    start = None if flag(properties, "extendLinesLeft") else left
    # before their version 2, saved fibs always ran on to the right
    extended = flag(properties, "extendLines") or (saved and drawing.version != 2)
    levels = []
    for share in shares:
        linear = between(base, other, share)
        log = log_between(base, other, share) if by_log else linear
        levels.append(Flat(level_name(share), linear, log, start, right, extended))
    return tuple(levels)


def _position(side: str) -> Callable[[Drawing, bool], Position]:
    def read(drawing: Drawing, _saved: bool) -> Position:  # noqa: FBT001
        [(place, price)] = _points(drawing, 1)
        stop, target = (amount(drawing.properties, name) for name in ("stopLevel", "profitLevel"))
        return Position(
            side,
            Flat("entry", price, price, left=place),
            stop if stop is not None and stop > 0 else None,
            target if target is not None and target > 0 else None,
            own_risk(drawing.properties),
            implied_tick(drawing.properties),
        )

    return read


READERS: dict[str, Reader] = {
    "trend_line": _straight(left=False, right=False),
    "info_line": _straight(left=False, right=False),
    "arrow": _straight(left=False, right=False),
    "ray": _straight(left=False, right=True),
    "extended": _straight(left=True, right=True),
    "horizontal_line": _horizontal_line,
    "horizontal_ray": _horizontal_ray,
    "rectangle": _rectangle,
    "parallel_channel": _channel,
    "fib_retracement": _fib,
    "long_position": _position("long"),
    "short_position": _position("short"),
}
