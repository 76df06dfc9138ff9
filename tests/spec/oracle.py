"""What the design says of lines, zones and the average true range, read word by word into slow Python.

One candle after the other, exact fractions for linear prices, fifty digits for logarithms, and nothing imported from
the evaluation: the shapes are the vocabulary, everything that is done with them is written again here.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, getcontext
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from spec.geometry import Channel, Level, Line, Moment, Shape, Zone

if TYPE_CHECKING:
    from spec.signals import SrProximity, Tolerance, TrendlineCross

getcontext().prec = 50
ON_THE_LINE = Fraction(1, 10**12)


class Candle(NamedTuple):
    """One closed bar; ``time`` is its open."""

    time: int
    open: float
    high: float
    low: float
    close: float
    volume: float = 0.0


class Value(NamedTuple):
    """A line's value on one bar: a price, or the logarithm of one."""

    number: Fraction
    log: bool


class Fired(NamedTuple):
    """A firing: the bar's index, what happened, at which price, and the line's value."""

    bar: int
    event: str
    price: float
    value: float


Values = Callable[[int], Value | None]


@cache
def ln(price: float) -> Fraction:
    return Fraction(Decimal(price).ln())


def price_of(value: Value) -> Fraction:
    number = Decimal(value.number.numerator) / Decimal(value.number.denominator)
    return Fraction(number.exp()) if value.log else value.number


def side(price: float | Fraction, value: Value) -> int:
    """1 above, -1 below, 0 on the line: nearer than 1e-12 of the price."""
    if value.log:
        if price <= 0:
            return -1
        apart, margin = ln(float(price)) - value.number, ON_THE_LINE
    else:
        apart, margin = Fraction(price) - value.number, ON_THE_LINE * abs(Fraction(price))
    if apart == 0 or abs(apart) < margin:
        return 0
    return 1 if apart > 0 else -1


def bar_holding(candles: list[Candle], time: int) -> int:
    """The last bar that opened at or before the time; -1 before the first."""
    return max((i for i, candle in enumerate(candles) if candle.time <= time), default=-1)


def straight(candles: list[Candle], line: Line) -> Values:
    """A line's value by bar index (or time); None outside its extent."""
    log = line.scale == "log"
    height_a, height_b = (ln(p) if log else Fraction(p) for p in (line.a.price, line.b.price))
    if line.bars is not None:
        place = {i: i for i in range(len(candles))}
        end = bar_holding(candles, line.b.time) + line.b.offset
        start = end - line.bars
    else:
        place = {i: candle.time for i, candle in enumerate(candles)}
        start, end = line.a.time, line.b.time

    def value(index: int) -> Value | None:
        at = place[index]
        if (at < start and not line.extend_backward) or (at > end and not line.extend_forward):
            return None
        return Value(height_b + (height_a - height_b) * Fraction(end - at, end - start), log)

    return value


def level(candles: list[Candle], price: float, start: Moment | None, end: Moment | None) -> Values:
    def value(index: int) -> Value | None:
        if start is not None and index < bar_holding(candles, start.time) + start.offset:
            return None
        if end is not None and index > bar_holding(candles, end.time) + end.offset:
            return None
        return Value(Fraction(price), log=False)

    return value


def edges(candles: list[Candle], shape: Shape) -> tuple[Values, Values]:
    match shape:
        case Line():
            both = straight(candles, shape)
            return both, both
        case Level(price, start, end):
            both = level(candles, price, start, end)
            return both, both
        case Zone(low, high, start, end):
            return level(candles, low, start, end), level(candles, high, start, end)
        case Channel(first, second):
            return straight(candles, first), straight(candles, second)


def band(candles: list[Candle], shape: Shape) -> Callable[[int], tuple[Value, Value] | None]:
    """Lower and upper value on a bar; None outside the extent of either."""
    one, two = edges(candles, shape)

    def on(index: int) -> tuple[Value, Value] | None:
        low, high = one(index), two(index)
        if low is None or high is None:
            return None
        return (low, high) if low.number <= high.number else (high, low)

    return on


def close_crossings(candles: list[Candle], values: Values, direction: str) -> list[Fired]:
    """Up: close above the value and previous close at or below the previous bar's value; down mirrors it."""
    found = []
    for i in range(1, len(candles)):
        here, before = values(i), values(i - 1)
        if here is None or before is None:
            continue
        now, then = side(candles[i].close, here), side(candles[i - 1].close, before)
        if now > 0 and then <= 0 and direction != "down":
            found.append(Fired(i, "up", candles[i].close, float(price_of(here))))
        if now < 0 and then >= 0 and direction != "up":
            found.append(Fired(i, "down", candles[i].close, float(price_of(here))))
    return found


def path(candle: Candle, tick: float | None) -> tuple[float, float, float, float]:
    """Open, the extreme nearer to the open (tie: the low), the other, close."""
    up, down = Fraction(candle.high) - Fraction(candle.open), Fraction(candle.open) - Fraction(candle.low)
    tie = up == down or (tick is not None and abs(up - down) < Fraction(tick) / 1000)
    if tie or down < up:
        return candle.open, candle.low, candle.high, candle.close
    return candle.open, candle.high, candle.low, candle.close


def path_crossings(candles: list[Candle], values: Values, direction: str, tick: float | None) -> list[Fired]:
    """The first crossing in the direction on each bar; a point on the line keeps the side before it."""
    found = []
    kept = 0
    for i, candle in enumerate(candles):
        here = values(i)
        before = values(i - 1) if i else None
        if here is None:
            continue
        # on the first bar of the extent the open sets the side
        kept = 0 if before is None else side(candles[i - 1].close, before) or kept
        crossings = []
        for step, price in enumerate(path(candle, tick)):
            now = side(price, here) or kept
            if kept and now != kept:
                at = candle.open if step == 0 else float(price_of(here))
                crossings.append(Fired(i, "up" if now > 0 else "down", at, float(price_of(here))))
            kept = now
        found += [crossing for crossing in crossings if direction in {crossing.event, "either"}][:1]
    return found


def widened(lower: Value, upper: Value, tolerance: Tolerance, tick: float | None, atr: float | None) -> list[Fraction]:
    """The band's prices with the tolerance around them; empty where the tolerance is not known."""
    low, high, amount = price_of(lower), price_of(upper), Fraction(tolerance.amount)
    if tolerance.unit == "percent":
        return [low - abs(low) * amount / 100, high + abs(high) * amount / 100]
    unit = {"absolute": 1.0, "ticks": tick, "atr": atr}[tolerance.unit]
    return [] if unit is None else [low - amount * Fraction(unit), high + amount * Fraction(unit)]


def inside(candles: list[Candle], node: SrProximity, tick: float | None) -> list[bool | None]:
    """Whether x (the close, or the bar's range) is inside the band on each bar; None outside the extent."""
    on = band(candles, node.geometry)
    ranges = atr(candles, node.tolerance.length) if node.tolerance and node.tolerance.unit == "atr" else None
    result: list[bool | None] = []
    for i, candle in enumerate(candles):
        here = on(i)
        if here is None:
            result.append(None)
            continue
        if node.tolerance is not None:
            reach = widened(*here, node.tolerance, tick, ranges[i] if ranges else None)
            if not reach:
                result.append(False)
                continue
            here = (Value(reach[0], log=False), Value(reach[1], log=False))
        ranged = node.trigger == "intrabar" or node.event == "touch"
        low, high = (candle.low, candle.high) if ranged else (candle.close, candle.close)
        result.append(side(high, here[0]) >= 0 and side(low, here[1]) <= 0)
    return result


def proximities(candles: list[Candle], node: SrProximity, tick: float | None) -> list[int]:
    """The bars on which the node is true."""
    within = inside(candles, node, tick)
    if node.event in {"inside", "near"}:
        return [i for i, now in enumerate(within) if now]
    wanted = (True, False) if node.event == "leave" else (False, True)
    return [i for i in range(1, len(candles)) if (within[i - 1], within[i]) == wanted]


def atr(candles: list[Candle], length: int) -> list[float | None]:
    """Wilder's average of the true range, as Pine's ta.atr; None within the warm-up of max(500, 10 x length) bars."""
    ranges = [
        max(c.high, candles[i - 1].close if i else c.high) - min(c.low, candles[i - 1].close if i else c.low)
        for i, c in enumerate(candles)
    ]
    mean = sum(ranges[:length]) / length
    result: list[float | None] = [None] * min(length, len(ranges))
    for spread in ranges[length:]:
        mean = (mean * (length - 1) + spread) / length
        result.append(mean)
    warm = max(500, 10 * length)
    return [None if i < warm else value for i, value in enumerate(result)]


def crossings(candles: list[Candle], node: TrendlineCross, tick: float | None) -> list[Fired]:
    """Every firing of a crossing node, before its life and frequency."""
    values, _ = edges(candles, node.geometry)
    if node.trigger == "intrabar":
        return path_crossings(candles, values, node.direction, tick)
    return close_crossings(candles, values, node.direction)
