"""Scales: from bars and prices to pixels, and the places where an axis gets a tick."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

NICE = (1.0, 2.0, 2.5, 5.0)
FINEST = 12  # decimals; beyond, labels are written with an exponent and any step can be told from the next


class PriceScale(Struct, frozen=True):
    """Prices ``low`` to ``high`` (low < high, both above 0 on a logarithmic scale) between ``bottom`` and ``top``."""

    low: float
    high: float
    top: float
    bottom: float
    log: bool = False

    def y(self, prices: Floats) -> Floats:
        """Pixels from the top; a price at or below 0 lies far under a logarithmic scale."""
        low, high = self._bent(np.array([self.low, self.high]))
        with np.errstate(over="ignore"):  # a price may lie farther away than floats reach
            part: Floats = (self._bent(np.asarray(prices, dtype=np.float64)) - low) / (high - low)
            return self.bottom - part * (self.bottom - self.top)

    def y_of(self, price: float) -> float:
        """Pixels from the top, of one price."""
        return float(self.y(np.array([price]))[0])

    def price_at(self, y: float) -> float:
        """The price at a height in pixels."""
        part = (self.bottom - y) / (self.bottom - self.top)
        low, high = (float(end) for end in self._bent(np.array([self.low, self.high])))
        value = low + part * (high - low)
        return math.exp(value) if self.log else value

    def _bent(self, prices: Floats) -> Floats:
        if not self.log:
            return prices
        bent: Floats = np.log(prices, out=np.full(prices.shape, -800.0), where=prices > 0)
        return bent


class BarScale(Struct, frozen=True):
    """Bar indexes to pixels: bar 0 has its middle at ``origin``, each further one ``pitch`` to the right."""

    origin: float
    pitch: float

    def x(self, index: Floats) -> Floats:
        """Pixels from the left, of the middle of each bar."""
        return self.origin + np.asarray(index, dtype=np.float64) * self.pitch

    def x_of(self, index: float) -> float:
        """Pixels from the left, of one place."""
        return self.origin + index * self.pitch

    def index_at(self, x: float) -> float:
        """The bar index at a place in pixels."""
        return (x - self.origin) / self.pitch


def price_ticks(scale: PriceScale, edges: tuple[float, float], gap: float, decimals: int) -> list[float]:
    """Round prices between two heights (top, bottom), at least ``gap`` pixels apart, exact with ``decimals``."""
    high, low = scale.price_at(edges[0]), scale.price_at(edges[1])
    unit = 10.0**-decimals if decimals <= FINEST else 0.0
    if not scale.log:
        return _even_ticks(low, high, (high - low) * gap / (edges[1] - edges[0]), unit)
    chosen: list[float] = []
    for price in _log_candidates(low, high, unit):
        if not chosen or scale.y_of(chosen[-1]) - scale.y_of(price) >= gap:
            chosen.append(price)
    return chosen


def _even_ticks(low: float, high: float, least: float, unit: float) -> list[float]:
    step = nice_step(least, unit)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [number * step for number in range(first, last + 1)]


def nice_step(least: float, unit: float) -> float:
    """The smallest 1, 2, 2.5 or 5 times a power of ten that is at least ``least`` and a multiple of ``unit``."""
    least = max(least, unit)
    power = math.floor(math.log10(least))
    steps = [nice * 10.0**exponent for exponent in range(power, power + 3) for nice in NICE]
    return next(step for step in steps if step >= least * (1 - 1e-9) and _multiple(step, unit))


def _multiple(step: float, unit: float) -> bool:
    return unit == 0 or (step >= unit * (1 - 1e-9) and abs(step / unit - round(step / unit)) < 1e-6)


def _log_candidates(low: float, high: float, unit: float) -> Iterator[float]:
    """Rising round prices of a logarithmic axis: parts of decades, even steps where the range is less than one."""
    if high / low < 10:
        yield from _even_ticks(low, high, (high - low) / 40, unit)
        return
    for exponent in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1):
        for nice in (1.0, 1.5, 2.0, 3.0, 5.0, 7.0):
            price = nice * 10.0**exponent
            if low <= price <= high and _multiple(price, unit):
                yield price
