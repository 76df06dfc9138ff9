"""What indicators keep when prices are scaled, moved or mirrored, and when the candles begin later."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import numpy as np
import pytest
from msgspec.structs import replace

from spec.bars import Bars
from spec.operands import AtrOf, BollingerOf, MacdOf, ObvOf, RsiOf, StochasticOf, VolumeProfileOf, VwapOf, Windowed
from tests.spec.indicated import EVERY, values_of, walked

if TYPE_CHECKING:
    from spec.operands import Indicator


def with_prices(bars: Bars, factor: float = 1.0, plus: float = 0.0) -> Bars:
    """The same bars at other prices."""
    opens, highs, lows, closes = (column * factor + plus for column in bars.columns()[1:5])
    return Bars(bars.timeframe, bars.time, opens, highs, lows, closes, bars.volume)


OF_PRICES = [one for one in EVERY if not isinstance(one, ObvOf) and getattr(one, "source", "close") != "volume"]
STRENGTHS = (RsiOf, StochasticOf)
DISTANCES = (AtrOf, MacdOf)


@pytest.mark.parametrize("indicator", OF_PRICES, ids=str)
def test_prices_twice_as_high_double_a_price_and_leave_a_strength(indicator: Indicator) -> None:
    """By a power of two, so that not a bit is rounded differently."""
    bars = walked(640, np.random.default_rng(6))
    factor = 1.0 if isinstance(indicator, STRENGTHS) else 4.0
    np.testing.assert_array_equal(values_of(indicator, [with_prices(bars, 4.0)]), values_of(indicator, [bars]) * factor)


@pytest.mark.parametrize("indicator", OF_PRICES, ids=str)
def test_prices_moved_up_move_a_price_and_leave_a_strength_or_a_distance(indicator: Indicator) -> None:
    bars = walked(640, np.random.default_rng(6))
    by = 0.0 if isinstance(indicator, STRENGTHS + DISTANCES) else 64.0
    found, expected = values_of(indicator, [with_prices(bars, plus=64.0)]), values_of(indicator, [bars]) + by
    close = np.isclose(found, expected, rtol=1e-9, atol=1e-9, equal_nan=True)
    # a bar at the very border of a profile's row may come to lie in the next one
    assert close.mean() > (0.95 if isinstance(indicator, VolumeProfileOf) else 0.9999)


def test_a_mirrored_market_has_the_opposite_strength() -> None:
    bars = walked(640, np.random.default_rng(8))
    upside_down = Bars("1h", bars.time, -bars.open, -bars.low, -bars.high, -bars.close, bars.volume)
    for indicator in (RsiOf(), StochasticOf()):
        total = values_of(indicator, [bars]) + values_of(indicator, [upside_down])
        assert total[500:].tolist() == pytest.approx([100.0] * 140)
    middle = values_of(BollingerOf(), [bars])
    for one, other in (("upper", "lower"), ("lower", "upper")):
        band = values_of(replace(BollingerOf(), part=one), [bars])
        mirrored = values_of(replace(BollingerOf(), part=other), [upside_down])
        np.testing.assert_array_equal(band, -mirrored)
    assert (values_of(BollingerOf("upper"), [bars])[30:] >= middle[30:]).all()


@pytest.mark.parametrize("indicator", [one for one in EVERY if isinstance(one, get_args(Windowed))], ids=str)
def test_a_window_knows_nothing_of_what_lies_before_it(indicator: Indicator) -> None:
    bars = walked(400, np.random.default_rng(12))
    late = values_of(indicator, [bars[150:]])
    known = int(np.argmax(np.isfinite(late)))
    np.testing.assert_array_equal(late[known:], values_of(indicator, [bars])[150 + known :])


@pytest.mark.parametrize("indicator", [one for one in EVERY if not isinstance(one, get_args(Windowed))], ids=str)
def test_once_it_is_given_it_hardly_matters_where_the_candles_began(indicator: Indicator) -> None:
    """On-balance volume has its level from there: its differences are what stays."""
    bars = walked(1500, np.random.default_rng(12))
    whole, late = values_of(indicator, [bars])[300:], values_of(indicator, [bars[300:]])
    if isinstance(indicator, ObvOf):
        whole, late = np.diff(whole), np.diff(late)
    known = np.isfinite(late)
    assert known[700:].all() or isinstance(indicator, VwapOf)
    tolerance = 2e-4 * float(np.abs(whole[known]).max())
    np.testing.assert_allclose(late[known], whole[known], rtol=0, atol=tolerance)
