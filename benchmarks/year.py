"""A year of one-minute bars with forty drawings on it: what the signals benchmark evaluates, as plain numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from benchmarks.walk import columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MINUTES = 525_600
TOLERANCE = 0.002  # near a level: within 0.2 %
DRAWINGS = 20  # lines, and as many levels
STOP, TARGET = 0.3, 0.5  # percent of the entry price, in the backtest

Trigger = Literal["bar_close", "intrabar"]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A trend line through two (bar, price), without end on either side."""

    first: int
    start: float
    last: int
    end: float

    @property
    def slope(self) -> float:
        """Price a bar."""
        return (self.end - self.start) / (self.last - self.first)

    def value(self, bar: int) -> float:
        """The line's price on a bar."""
        return self.end + (bar - self.last) * self.slope


@dataclass(frozen=True, slots=True)
class Year:
    """Columns by name, the trend lines and the prices of the levels."""

    columns: dict[str, Floats]
    lines: tuple[Drawn, ...]
    levels: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.columns["time"])


def make_year(bars: int = MINUTES) -> Year:
    """Lines along the walk (each end a little off a close), levels spread evenly over its range; seeded."""
    candles, random = columns(bars), np.random.default_rng(7)
    close = candles["close"]
    lines = []
    for _ in range(DRAWINGS):
        first = int(random.integers(0, bars // 2))
        last = int(random.integers(first + bars // 20 + 1, bars))
        start, end = (float(close[at] * (1 + random.normal(0, 0.002))) for at in (first, last))
        lines.append(Drawn(first, start, last, end))
    levels = np.linspace(float(close.min()), float(close.max()), DRAWINGS + 2)[1:-1].tolist()
    return Year(candles, tuple(lines), tuple(levels))


def part(year: Year, bars: int) -> Year:
    """The first bars with the same drawings."""
    return Year({name: column[:bars] for name, column in year.columns.items()}, year.lines, year.levels)
