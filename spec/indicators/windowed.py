"""Indicators of the last so many bars: no value before the window is full, and none of what lies before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import numpy as np

from spec.indicators.sources import source_of
from spec.indicators.volume_profile import volume_profile
from spec.indicators.windows import highest, lowest, means, spreads
from spec.operands import BollingerOf, SmaOf, StochasticOf, VolumeProfileOf, Windowed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spec.bars import Bars

    Floats = NDArray[np.float64]

MIDDLE = 50.0


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
    match indicator:
        case StochasticOf(part, length, smooth, signal):
            return length + smooth - 1 + (signal - 1 if part == "d" else 0)
        case SmaOf() | BollingerOf() | VolumeProfileOf():
            return indicator.length
        case _:
            assert_never(indicator)


def _columns(indicator: Windowed, bars: Bars) -> list[Floats]:
    match indicator:
        case SmaOf() | BollingerOf():
            return [source_of(bars, indicator.source)]
        case StochasticOf():
            return [bars.close, bars.high, bars.low]
        case VolumeProfileOf():
            return [source_of(bars, "hlc3"), bars.high, bars.low, bars.volume]
        case _:
            assert_never(indicator)


def _values(indicator: Windowed, columns: Floats) -> Floats:
    match indicator:
        case SmaOf():
            return means(columns[0], indicator.length)
        case BollingerOf():
            return _band(columns[0], indicator)
        case StochasticOf():
            return _stochastic(columns, indicator)
        case VolumeProfileOf():
            return volume_profile(columns, indicator)
        case _:
            assert_never(indicator)


def _band(source: Floats, node: BollingerOf) -> Floats:
    mean, deviation = spreads(source, node.length)
    match node.part:
        case "upper":
            return mean + node.deviations * deviation
        case "middle":
            return mean
        case "lower":
            return mean - node.deviations * deviation
        case _:
            assert_never(node.part)


def _stochastic(columns: Floats, node: StochasticOf) -> Floats:
    close, high, low = columns
    bottom = lowest(low, node.length)
    height = highest(high, node.length) - bottom
    place = 100 * (close[node.length - 1 :] - bottom)
    # NaN is not 0 either, so that a window that is not full stays without a value
    k = means(np.divide(place, height, out=np.full(len(height), MIDDLE), where=height != 0), node.smooth)
    return k if node.part == "k" else means(k, node.signal)
