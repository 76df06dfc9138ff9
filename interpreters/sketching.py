"""From a drawing to its sketch, tool by tool, after TradingView's own geometry.

Source of every rule: the shipped library's behaviour as written down in its saved files; point order and extend flags
are kept as drawn.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from msgspec import structs

from interpreters.sketch import (
    Box,
    Corridor,
    Flat,
    NotRead,
    Position,
    Sketch,
    Straight,
    between,
    log_between,
    scaled,
    shifted,
)
from interpreters.unread import reason_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from interpreters.drawing import Drawing, Point

LEVELS = 32  # fib levels are numbered level0 or level1 upwards; TradingView has 24
TICK_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
DEFAULT_RISK, DEFAULT_ACCOUNT = 25.0, 1000.0  # the position tool's own, which nobody chose


def sketch(drawing: Drawing, *, saved: bool) -> Sketch:
    """The drawing's sketch; ``saved`` tells a saved source from a read-back. Raises NotRead with the reason."""
    read = READERS.get(drawing.tool)
    if read is None:
        raise NotRead(reason_for(drawing.tool))
    return read(drawing, saved)


def _points(drawing: Drawing, least: int) -> list[tuple[Point, float]]:
    if len(drawing.points) < least:
        msg = f"it has {len(drawing.points)} of the {least} points it needs; it was not finished"
        raise NotRead(msg)
    points = []
    for point in drawing.points[:least]:
        if point.price is None or point.time is None or not math.isfinite(point.price):
            msg = "one of its points has no price or time; it was not finished"
            raise NotRead(msg)
        points.append((point, point.price))
    return points


def _flag(properties: dict[str, Any], name: str, *, default: bool) -> bool:
    value = properties.get(name)
    return value if isinstance(value, bool) else default


def _number(properties: dict[str, Any], name: str) -> float | None:
    value = properties.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _straight(left: bool, right: bool) -> Callable[[Drawing, bool], Straight]:  # noqa: FBT001 - a table row below
    def read(drawing: Drawing, _saved: bool) -> Straight:  # noqa: FBT001
        (first, p0), (second, p1) = _points(drawing, 2)
        return Straight(
            "",
            first,
            second,
            (p0, p1),
            (p0, p1),
            _flag(drawing.properties, "extendLeft", default=left),
            _flag(drawing.properties, "extendRight", default=right),
        )

    return read


def _horizontal_line(drawing: Drawing, _saved: bool) -> Flat:  # noqa: FBT001
    price = next((point.price for point in drawing.points), None)
    if price is None or not math.isfinite(price):
        msg = "its point has no price; it was not finished"
        raise NotRead(msg)
    return Flat("", price, price)


def _horizontal_ray(drawing: Drawing, _saved: bool) -> Flat:  # noqa: FBT001
    [(point, price)] = _points(drawing, 1)
    return Flat("", price, price, left=point)


def _ends(first: Point, second: Point) -> tuple[Point, Point]:
    """Left and right point: by time, and by offset where both hang on one bar."""
    key = [((point.time or 0), point.offset) for point in (first, second)]
    return (first, second) if key[0] <= key[1] else (second, first)


def _rectangle(drawing: Drawing, _saved: bool) -> Box:  # noqa: FBT001
    (first, p0), (second, p1) = _points(drawing, 2)
    left, right = _ends(first, second)
    return Box(
        "",
        min(p0, p1),
        max(p0, p1),
        None if _flag(drawing.properties, "extendLeft", default=False) else left,
        None if _flag(drawing.properties, "extendRight", default=False) else right,
    )


def _channel(drawing: Drawing, saved: bool) -> Corridor:  # noqa: FBT001
    base = _straight(left=False, right=False)(drawing, saved)
    width = _width(drawing, base.prices[0])
    if width == 0:
        msg = "its two edges lie on each other"
        raise NotRead(msg)
    other = _parallel(base, width)
    lower, upper = (base, other) if width > 0 else (other, base)
    shown = _flag(drawing.properties, "showMidline", default=True)
    return Corridor(
        structs.replace(lower, name="lower"),
        structs.replace(upper, name="upper"),
        _midline(base, other) if shown else None,
    )


def _parallel(base: Straight, width: float) -> Straight:
    """The second edge runs parallel on the screen: shifted on a linear axis, multiplied on a log axis."""
    first, second = base.prices
    third = shifted(first, width)
    logs = (third, scaled(second, third, first)) if _positive(first, second, third) else (0.0, 0.0)
    return structs.replace(base, prices=(third, shifted(second, width)), log_prices=logs)


def _midline(one: Straight, two: Straight) -> Straight:
    """Halfway between the edges in the axis' own coordinates."""
    (a, b), (c, d) = one.prices, two.prices
    (e, f), (g, h) = one.log_prices, two.log_prices
    logs = (log_between(e, g, 0.5), log_between(f, h, 0.5)) if _positive(e, f, g, h) else (0.0, 0.0)
    return structs.replace(one, name="middle", prices=(between(a, c, 0.5), between(b, d, 0.5)), log_prices=logs)


def _positive(*prices: float) -> bool:
    return all(price > 0 for price in prices)


def _width(drawing: Drawing, first: float) -> float:
    """How far the second edge lies above the first: the third point's price, or the stored offset without one."""
    third = drawing.points[2].price if len(drawing.points) > 2 else None
    if third is not None and math.isfinite(third):
        return third - first
    if drawing.price_offset is not None and math.isfinite(drawing.price_offset):
        return drawing.price_offset
    msg = "the point that sets its width has no price; it was not finished"
    raise NotRead(msg)


def _fib(drawing: Drawing, saved: bool) -> tuple[Flat, ...]:  # noqa: FBT001
    (first, p0), (second, p1) = _points(drawing, 2)
    properties = drawing.properties
    base, other = (p0, p1) if _flag(properties, "reverse", default=False) else (p1, p0)
    by_log = _flag(properties, "fibLevelsBasedOnLogScale", default=False) and _positive(p0, p1)
    left, right = _ends(first, second)
    extend = _flag(properties, "extendLines", default=False) or (saved and drawing.version != 2)
    shares = _visible_levels(properties)
    if not shares:
        msg = "none of its levels is visible"
        raise NotRead(msg)
    return tuple(
        Flat(
            f"{share:g}",
            between(base, other, share),
            log_between(base, other, share) if by_log else between(base, other, share),
            None if _flag(properties, "extendLinesLeft", default=False) else left,
            None if extend else right,
        )
        for share in shares
    )


def _visible_levels(properties: dict[str, Any]) -> list[float]:
    """Coefficients of the levels that are visible, rising, each once; saved as arrays, read back as objects."""
    found: set[float] = set()
    for number in range(LEVELS):
        level = properties.get(f"level{number}")
        match level:
            case [coefficient, _, True, *_]:
                pass
            case {"coeff": coefficient, "visible": True}:
                pass
            case _:
                continue
        if isinstance(coefficient, int | float) and not isinstance(coefficient, bool) and math.isfinite(coefficient):
            found.add(float(coefficient) + 0.0)
    return sorted(found)


def _position(side: str) -> Callable[[Drawing, bool], Position]:
    def read(drawing: Drawing, _saved: bool) -> Position:  # noqa: FBT001
        [(point, price)] = _points(drawing, 1)
        properties = drawing.properties
        stop, target = (_number(properties, name) for name in ("stopLevel", "profitLevel"))
        return Position(
            side,
            Flat("entry", price, price, left=point),
            stop if stop is not None and stop > 0 else None,
            target if target is not None and target > 0 else None,
            _own_risk(properties),
            _tick(properties, stop, target),
        )

    return read


def _own_risk(properties: dict[str, Any]) -> float | None:
    """Percent of the account that the tool itself risks, if somebody set it: differing from 25 % of 1,000."""
    risk, account = _number(properties, "risk"), _number(properties, "accountSize")
    if risk is None or risk <= 0:
        return None
    money = properties.get("riskDisplayMode") == "money"
    if money and (account is None or account <= 0):
        return None
    percent = risk / (account or DEFAULT_ACCOUNT) * 100 if money else risk
    untouched = not money and risk == DEFAULT_RISK and account in {None, DEFAULT_ACCOUNT}
    return None if untouched or not 0 < percent <= 100 else percent


def _tick(properties: dict[str, Any], stop: float | None, target: float | None) -> float | None:
    """The tick that the stored amounts imply, where the tool had computed them (quantity above 0, point value 1)."""
    quantity, lot = _number(properties, "qty"), _number(properties, "lotSize") or 1.0
    if quantity is None or quantity <= 0 or not stop or not target:
        return None
    size = _number(properties, "riskSize")
    if size is not None and size > 0:
        return _nice(size / (quantity * lot * stop))
    high, low = _number(properties, "amountTarget"), _number(properties, "amountStop")
    if high is None or low is None or high <= low:
        return None
    return _nice((high - low) / (quantity * lot * (stop + target)))


def _nice(tick: float) -> float | None:
    """The tick of the usual ladder (1, 2, 2.5, 5 times a power of ten) within 0.2 %; None if there is none."""
    if not tick > 0 or not math.isfinite(tick):
        return None
    power = math.floor(math.log10(tick))
    for step in TICK_STEPS:
        candidate = float(f"{step:g}e{power}")
        if abs(tick - candidate) <= 0.002 * candidate:
            return candidate
    return None


READERS: dict[str, Callable[[Drawing, bool], Sketch]] = {
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
