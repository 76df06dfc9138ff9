"""Series: the values of any indicator on the next bars, from what it remembered of those before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from spec.indicators.ema import EmaState, ema
from spec.indicators.macd import MacdState, macd
from spec.indicators.obv import obv
from spec.indicators.rsi import RsiState, rsi
from spec.indicators.sources import source_of
from spec.indicators.true_range import AtrState, atr
from spec.indicators.vwap import vwap
from spec.indicators.windowed import windowed
from spec.operands import AtrOf, EmaOf, Indicator, MacdOf, ObvOf, RsiOf, VwapOf

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spec.bars import Bars

    Floats = NDArray[np.float64]


def indicate(before: Any, indicator: Indicator, bars: Bars) -> tuple[Any, Floats]:
    """What to remember (None at first) and one value a bar, NaN where there is none; ``back`` is not looked at.

    A value beyond the floats is none: infinity would compare true.
    """
    after, values = _indicate(before, indicator, bars)
    return after, np.where(np.isfinite(values), values, np.nan)


def _indicate(before: Any, indicator: Indicator, bars: Bars) -> tuple[Any, Floats]:
    match indicator:
        case AtrOf(length):
            return atr(before or AtrState(), length, bars)
        case EmaOf(length, source):
            return ema(before or EmaState(), source_of(bars, source), length)
        case RsiOf(length, source):
            return rsi(before or RsiState(), source_of(bars, source), length)
        case MacdOf(source=source):
            return macd(before or MacdState(), source_of(bars, source), indicator)
        case VwapOf():
            return vwap(before, indicator, bars)
        case ObvOf(length):
            return obv(before, length, bars)
        case _:
            return windowed(before, indicator, bars)
