"""An indicator's values over bars, and candles that shake every part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import strategies as st

from spec.bars import make_bars
from spec.indicators.series import indicate
from spec.operands import AtrOf, BollingerOf, EmaOf, MacdOf, ObvOf, RsiOf, SmaOf, StochasticOf, VolumeProfileOf, VwapOf
from tests.spec.series import START

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from numpy.typing import NDArray

    from spec.bars import Bars
    from spec.operands import Indicator

    Floats = NDArray[np.float64]

# Each part and rule of the vocabulary once, with lengths that are no powers of two.
EVERY: tuple[Indicator, ...] = (
    AtrOf(14),
    SmaOf(1, "volume"),
    SmaOf(7, "hlc3"),
    SmaOf(20),
    EmaOf(9, "ohlc4"),
    EmaOf(50),
    RsiOf(14),
    RsiOf(3, "hl2"),
    BollingerOf("upper"),
    BollingerOf("middle", 7, source="volume"),
    BollingerOf("lower", 13, 1.5),
    MacdOf(),
    MacdOf("signal", 5, 13, 4, "hlc3"),
    MacdOf("histogram"),
    VwapOf(),
    VwapOf("week"),
    VwapOf("month"),
    StochasticOf(),
    StochasticOf("k", 7, 3),
    StochasticOf("d", 14, 3, 5),
    ObvOf(),
    ObvOf(21),
    VolumeProfileOf("point_of_control", 50, 8),
    VolumeProfileOf("value_area_high", 33),
    VolumeProfileOf("value_area_low", 100, 12, 0.5),
)


def values_of(indicator: Indicator, runs: Iterable[Bars]) -> Floats:
    """The values over the runs, one after the other."""
    memory: Any = None
    parts = []
    for run in runs:
        memory, values = indicate(memory, indicator, run)
        parts.append(values)
    return np.concatenate(parts)


@st.composite
def walks(draw: st.DrawFn, least: int = 520, most: int = 700) -> Bars:
    """A long random walk with missing intervals, flat stretches and bars without volume."""
    count, random = draw(st.integers(least, most)), np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return walked(count, random)


def walked(count: int, random: np.random.Generator) -> Bars:
    """Closes in steps of 0.01 that now and then stand still, gaps in time, volume 0 on one bar of ten."""
    moving = np.repeat(random.random(count // 10 + 1) > 0.2, 10)[:count]
    closes = np.round(100 + (random.normal(0, 1, count) * moving).cumsum(), 2)
    opens = np.concatenate([closes[:1], closes[:-1]])
    wicks = np.round(np.abs(random.normal(0, 0.5, (2, count))) * moving, 2)
    highs, lows = np.maximum(opens, closes) + wicks[0], np.minimum(opens, closes) - wicks[1]
    volume = np.round(random.exponential(10, count), 3) * (random.random(count) > 0.1)
    times = START + 3600.0 * np.cumsum(random.choice([1, 1, 1, 1, 2, 7], count))
    return make_bars("1h", np.column_stack([times, opens, highs, lows, closes, volume]))
