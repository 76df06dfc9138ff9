"""Sketches: what a drawing is made of before a timeframe and a scale are chosen.

Straight parts keep TradingView's point order, because its extend flags follow that order and not the clock; levels
and zones know their left and right end. Prices that depend on the scale carry both values.
"""

from __future__ import annotations

import decimal
from decimal import Decimal

from msgspec import Struct

from interpreters.drawing import Point

DIGITS = decimal.Context(prec=15, rounding=decimal.ROUND_HALF_EVEN)
WORK = decimal.Context(prec=40)


class NotRead(ValueError):
    """A drawing that is left out: the reason as a phrase for the report."""


class Straight(Struct, frozen=True):
    """From ``first`` to ``second`` in the order drawn; ``log`` prices differ where the line is derived."""

    name: str
    first: Point
    second: Point
    prices: tuple[float, float]
    log_prices: tuple[float, float]
    extend_left: bool = False
    extend_right: bool = False


class Flat(Struct, frozen=True):
    """One price from ``left`` to ``right`` (None: without end)."""

    name: str
    price: float
    log_price: float
    left: Point | None = None
    right: Point | None = None


class Box(Struct, frozen=True):
    """A band of prices from ``left`` to ``right`` (None: without end)."""

    name: str
    low: float
    high: float
    left: Point | None = None
    right: Point | None = None


class Corridor(Struct, frozen=True):
    """A channel: its lower and upper edge, and its midline where that is shown."""

    lower: Straight
    upper: Straight
    middle: Straight | None


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


def rounded(value: Decimal) -> float:
    """A derived price: 15 significant digits, the same on any machine."""
    return float(DIGITS.plus(value))


def shifted(price: float, by: float) -> float:
    """Price + by, in decimal."""
    return rounded(WORK.add(Decimal(repr(price)), Decimal(repr(by))))


def between(base: float, other: float, share: float) -> float:
    """Base + share x (other - base), in decimal."""
    start, end = Decimal(repr(base)), Decimal(repr(other))
    return rounded(WORK.fma(Decimal(repr(share)), WORK.subtract(end, start), start))


def log_between(base: float, other: float, share: float) -> float:
    """Base x (other / base) ^ share, in decimal; both prices above 0."""
    start, end = (WORK.ln(Decimal(repr(price))) for price in (base, other))
    return rounded(WORK.exp(WORK.fma(Decimal(repr(share)), WORK.subtract(end, start), start)))


def scaled(price: float, numerator: float, denominator: float) -> float:
    """Price x numerator / denominator, in decimal: the parallel of a line on a log scale."""
    product = WORK.multiply(Decimal(repr(price)), Decimal(repr(numerator)))
    return rounded(WORK.divide(product, Decimal(repr(denominator))))


def ticks_away(price: float, ticks: float, tick: float) -> float:
    """Price + ticks x tick, in decimal."""
    return rounded(WORK.fma(Decimal(repr(ticks)), Decimal(repr(tick)), Decimal(repr(price))))
