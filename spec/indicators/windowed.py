"""Indicators of the last so many bars: no value before the window is full, and none of what lies before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from spec.indicators.sources import source_of
from spec.indicators.windows import means

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spec.bars import Bars
    from spec.operands import SmaOf

    Floats = NDArray[np.float64]
    Windowed = SmaOf


def windowed(before: Floats | None, indicator: Windowed, bars: Bars) -> tuple[Floats, Floats]:
    """The columns to remember (the bars that the next window begins with), and a value for each bar."""
    columns = np.stack(_columns(indicator, bars))
    kept = _span(indicator) - 1
    if before is None:
        before = np.full((len(columns), kept), np.nan)
    padded = np.concatenate([before, columns], axis=1)
    return padded[:, padded.shape[1] - kept :].copy(), _values(indicator, padded)


def _span(indicator: Windowed) -> int:
    """The bars that one value is made of."""
    return indicator.length


def _columns(indicator: Windowed, bars: Bars) -> list[Floats]:
    return [source_of(bars, indicator.source)]


def _values(indicator: Windowed, columns: Floats) -> Floats:
    return means(columns[0], indicator.length)
