"""Prices in words: how many decimals they have and how they are written."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from server.charts.lettering import MINUS

if TYPE_CHECKING:
    from spec.bars import Bars

MOST = 12  # decimals; smaller prices are written with an exponent
STEPS = 2_000  # a price is written so finely that the range of the bars is this many steps,
LABELS = 12  # and never so roughly that two labels of the axis look alike


def decimals_of(bars: Bars, tick: float | None) -> int:
    """Decimals to write prices with: those of the tick, or, without one, enough for the bars' range."""
    if tick:
        return _decimals(tick)
    low, high = spread(float(bars.low.min()), float(bars.high.max()), None)
    enough, least = (decimals_for(high - low, steps) for steps in (STEPS, LABELS))
    return max(least, _written(bars, enough))


def decimals_for(span: float, steps: int) -> int:
    """Decimals that part a range into at least so many steps; ``MOST + 1`` where it takes an exponent."""
    return min(MOST + 1, max(0, math.ceil(math.log10(steps) - math.log10(span))))


def spread(low: float, high: float, tick: float | None) -> tuple[float, float]:
    """A range that has a width: of ten ticks, or one percent, where all prices are the same."""
    size = max(abs(low), abs(high))
    if high - low > size * 1e-9:
        return low, high
    half = max(size * 0.005, 10 * (tick or 0.0)) or 1.0
    return (low - half, high + half) if low <= 0 or low > half else (low / 2, high * 2)


def written(price: float, decimals: int) -> str:
    """A price such as ``67,120.50``; from 10^13 on, or below 10^-12, with an exponent."""
    sign = MINUS if price < 0 else ""
    if decimals > MOST or abs(price) >= 1e13:
        return f"{sign}{abs(price):.5g}"
    text = f"{abs(price):,.{decimals}f}"
    return text if set(text) <= set("0.,") else sign + text


def percent(part: float) -> str:
    """A share such as ``+3.1%``."""
    text = f"{abs(part) * 100:,.{1 if abs(part) >= 0.01 else 2}f}%"
    return (MINUS if part < 0 else "+") + text


def volume(amount: float) -> str:
    """A volume such as ``1.82K``, three digits and a unit as TradingView writes it."""
    for size, unit in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")):
        if abs(amount) >= size:
            return f"{amount / size:.2f}{unit}"
    return f"{amount:.2f}" if abs(amount) >= 0.01 or amount == 0 else f"{amount:.3g}"


def _decimals(tick: float) -> int:
    exponent = Decimal(repr(tick)).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _written(bars: Bars, most: int) -> int:
    """The decimals that the closes were given with, at most ``most``."""
    close = bars.close
    for decimals in range(min(most, MOST)):
        if np.array_equal(np.round(close, decimals), close):
            return decimals
    return most
