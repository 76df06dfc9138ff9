"""Rounding at the edge: order prices to the market's tick, sizes down to what an order can carry.

Inside, prices are floats and never rounded. An order price becomes the nearest tick, for stops and limits alike: a
rule that leans to one side would move a level that stands on a tick by a float's last digit.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache

ARITHMETIC = Context(prec=40, rounding=ROUND_HALF_EVEN)  # the caller's own context must not change an order
SIZE_STEP = Decimal("1e-8")
ONE = Decimal(1)
FLOAT_DIGITS = 17  # beyond them a float is a whole number of ticks, or of steps, as well as it can be


def exact(number: float) -> Decimal:
    """The shortest decimal that reads back as this float."""
    return Decimal(repr(float(number)))


def to_tick(price: float, tick: float | None) -> Decimal:
    """The order price: the nearest multiple of the tick (half to even), or the price itself without a tick."""
    return _to_tick(price + 0.0, tick)  # -0 is 0, whichever of them was asked for first


@lru_cache(maxsize=1_024)  # a position asks for the same few levels at every event
def _to_tick(price: float, tick: float | None) -> Decimal:
    if tick is None:
        return exact(price)
    step = exact(tick)
    count = ARITHMETIC.divide(exact(price), step)
    if count.adjusted() > FLOAT_DIGITS:
        return exact(price)
    return ARITHMETIC.multiply(count.quantize(ONE, ROUND_HALF_EVEN, ARITHMETIC), step)


def floor_size(size: Decimal) -> Decimal:
    """The size rounded down to a multiple of 1e-8."""
    return size if size.adjusted() > FLOAT_DIGITS else size.quantize(SIZE_STEP, ROUND_DOWN, ARITHMETIC)
