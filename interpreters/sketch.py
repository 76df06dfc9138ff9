"""Sketches: what a drawing is made of before a timeframe and a scale are chosen.

Straight parts keep TradingView's point order, because its extend flags follow that order and not the clock; levels
and zones know their left and right end. Prices that depend on the scale carry both values.
"""

from __future__ import annotations

import decimal
from decimal import Decimal
from typing import assert_never

from msgspec import Struct

DIGITS = decimal.Context(prec=15, rounding=decimal.ROUND_HALF_EVEN)
WORK = decimal.Context(prec=40)


class NotRead(ValueError):
    """A drawing that is left out: the reason as a phrase for the report."""


class Place(Struct, frozen=True):
    """Where TradingView put a point: ``offset`` bars of the timeframe ``own`` after ``time`` (UNIX seconds UTC)."""

    time: int
    offset: int = 0
    own: str | None = None


class Straight(Struct, frozen=True):
    """From ``first`` to ``second`` in the order drawn; ``log`` prices differ where the line is derived."""

    name: str
    first: Place
    second: Place
    prices: tuple[float, float]
    log_prices: tuple[float, float]
    extend_left: bool = False
    extend_right: bool = False


class Flat(Struct, frozen=True):
    """One price from ``left`` to ``right`` (None: without end); ``extended`` carries it on beyond ``right``."""

    name: str
    price: float
    log_price: float
    left: Place | None = None
    right: Place | None = None
    extended: bool = False


class Box(Struct, frozen=True):
    """A band of prices from ``left`` (None: without end) to ``right``; ``extended`` carries it on beyond that."""

    name: str
    low: float
    high: float
    left: Place | None
    right: Place
    extended: bool = False


class Corridor(Struct, frozen=True):
    """A channel: its lower and upper edge, and its midline where that is shown."""

    lower: Straight
    upper: Straight
    middle: Straight | None

    @property
    def lines(self) -> tuple[Straight, ...]:
        """Every line that is shown."""
        return (self.lower, self.upper) if self.middle is None else (self.lower, self.upper, self.middle)


class Position(Struct, frozen=True):
    """A long or short position: entry price from ``left`` on, and its stop and target as tick counts.

    ``own_risk`` says how the tool itself would size, where that differs from TradingView's default; ``tick`` is the
    tick its stored amounts imply, None where they tell nothing.
    """

    side: str
    entry: Flat
    stop_ticks: float | None
    target_ticks: float | None
    own_risk: float | None
    tick: float | None


Sketch = Straight | Flat | Box | Corridor | tuple[Flat, ...] | Position
Part = Straight | Flat | Box


def parts_of(drawn: Sketch) -> tuple[Part, ...]:
    """The lines, levels and zones of a sketch."""
    match drawn:
        case Straight() | Flat() | Box() as part:
            return (part,)
        case Corridor() as corridor:
            return corridor.lines
        case Position(entry=entry):
            return (entry,)
        case tuple() as levels:
            return levels
        case _:
            assert_never(drawn)


def places_of(part: Part) -> tuple[Place, ...]:
    """Where a part is anchored."""
    match part:
        case Straight(first=one, second=two):
            return (one, two)
        case Flat(left=left, right=right) | Box(left=left, right=right):
            return tuple(place for place in (left, right) if place is not None)
        case _:
            assert_never(part)


def rounded(value: Decimal) -> float:
    """A derived price: 15 significant digits, the same on any machine."""
    return float(DIGITS.plus(value))


def shifted(price: float, end: float, start: float) -> float:
    """Price + end - start, in decimal: the parallel of a line on a linear scale."""
    by = WORK.subtract(Decimal(repr(end)), Decimal(repr(start)))
    return rounded(WORK.add(Decimal(repr(price)), by))


def scaled(price: float, end: float, start: float) -> float:
    """Price x end / start, in decimal: the parallel of a line on a log scale."""
    product = WORK.multiply(Decimal(repr(price)), Decimal(repr(end)))
    return rounded(WORK.divide(product, Decimal(repr(start))))


def between(base: float, other: float, share: float) -> float:
    """Base + share x (other - base), in decimal."""
    start, end = Decimal(repr(base)), Decimal(repr(other))
    return rounded(WORK.fma(Decimal(repr(share)), WORK.subtract(end, start), start))


def log_between(base: float, other: float, share: float) -> float:
    """Base x (other / base) ^ share, in decimal; both prices above 0."""
    start, end = (WORK.ln(Decimal(repr(price))) for price in (base, other))
    return rounded(WORK.exp(WORK.fma(Decimal(repr(share)), WORK.subtract(end, start), start)))


def ticks_away(price: float, ticks: float, tick: float) -> float:
    """Price + ticks x tick, in decimal."""
    return rounded(WORK.fma(Decimal(repr(ticks)), Decimal(repr(tick)), Decimal(repr(price))))
