"""Where nothing moves or nothing is traded, indicators say what the page says, and never more than that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pytest
from msgspec import ValidationError, convert

from spec.bars import Bars, make_bars
from spec.operands import (
    BadOperand,
    BollingerOf,
    Constant,
    EmaOf,
    MacdOf,
    ObvOf,
    Operand,
    PriceOf,
    RsiOf,
    SmaOf,
    StochasticOf,
    VolumeProfileOf,
    VwapOf,
)
from spec.signals import BadNode, Compare
from tests.spec.indicated import EVERY, values_of, walked
from tests.spec.series import HOUR, START, said, walk

if TYPE_CHECKING:
    from spec.operands import Indicator

WARM = 520
PRICE = 0.1  # its sums are not exact in binary


def flat(count: int = WARM, volume: float = 1.0, price: float = PRICE) -> Bars:
    """Bars of one price."""
    return make_bars("1h", [(START + HOUR * i, price, price, price, price, volume) for i in range(count)])


@pytest.mark.parametrize(
    ("indicator", "value"),
    [
        (SmaOf(7), PRICE),
        (EmaOf(7), PRICE),
        (RsiOf(), 50.0),
        (BollingerOf("upper", 7), PRICE),
        (BollingerOf("lower", 7), PRICE),
        (MacdOf("line"), 0.0),
        (MacdOf("signal"), 0.0),
        (MacdOf("histogram"), 0.0),
        (StochasticOf("k", 14, 3), 50.0),
        (StochasticOf("d", 14, 3, 3), 50.0),
        (ObvOf(), 0.0),
        (VolumeProfileOf("point_of_control", 30), PRICE),
        (VolumeProfileOf("value_area_high", 30), PRICE),
        (VolumeProfileOf("value_area_low", 30), PRICE),
    ],
    ids=str,
)
def test_a_market_that_stands_still_has_exactly_these_values(indicator: Indicator, value: float) -> None:
    assert values_of(indicator, [flat()])[-1] == value


@pytest.mark.parametrize("volume", [0.1, 3.0])
def test_the_volume_weighted_average_of_one_price_is_that_price(volume: float) -> None:
    assert values_of(VwapOf(), [flat(30, volume)])[-1] == pytest.approx(PRICE, rel=1e-15)
    assert said(Compare("1h", PriceOf(), "greater", VwapOf()), flat(30, volume)) == []


@pytest.mark.parametrize("indicator", [VwapOf(), VolumeProfileOf("point_of_control", 5)], ids=str)
def test_without_volume_there_is_no_value_and_nothing_is_true(indicator: Indicator) -> None:
    bars = flat(30, volume=0.0)
    assert np.isnan(values_of(indicator, [bars])).all()
    for op in ("greater", "less"):
        assert said(Compare("1h", indicator, op, Constant(-1)), bars) == []
        assert said(Compare("1h", Constant(1e9), op, indicator), bars) == []


def test_a_session_has_no_average_before_its_first_trade() -> None:
    bars = flat(50)
    bars.volume[24:30] = 0.0
    assert np.flatnonzero(np.isnan(values_of(VwapOf(), [bars]))).tolist() == list(range(24, 30))


def test_a_session_that_began_before_the_first_bar_has_no_average() -> None:
    late = flat(60)[5:]
    assert int(np.argmax(np.isfinite(values_of(VwapOf(), [late])))) == 19
    assert int(np.argmax(np.isfinite(values_of(VwapOf(), [late[19:]])))) == 0


@pytest.mark.parametrize(("anchor", "days"), [("day", 1), ("week", 7), ("month", 31)])
def test_a_session_begins_at_midnight_utc_on_monday_or_on_the_first(
    anchor: Literal["day", "week", "month"], days: int
) -> None:
    """The walk begins on Monday, 2024-01-01; each of its hours has the same volume."""
    bars = walk(800)
    values, typical = values_of(VwapOf(anchor), [bars]), (bars.high + bars.low + bars.close) / 3
    first = days * 24
    assert values[first] == typical[first]
    assert values[first - 1] == pytest.approx(typical[:first].mean())


@pytest.mark.parametrize("indicator", EVERY, ids=str)
def test_nothing_is_true_before_there_is_a_value(indicator: Indicator) -> None:
    bars = walked(640, np.random.default_rng(3))
    dark = set(np.flatnonzero(np.isnan(values_of(indicator, [bars]))).tolist())
    other: Operand = ObvOf(back=1) if isinstance(indicator, ObvOf) else Constant(0)
    for plus in (-1e9, 1e9):
        for op in ("greater", "less"):
            node = Compare("1h", indicator, op, other, plus=plus)
            assert not dark & {bar for bar, _ in said(node, bars)}


def test_a_value_beyond_the_floats_is_none() -> None:
    huge = np.array([1e308, -1e308] * 10)
    bars = Bars("1h", START + HOUR * np.arange(20), huge, huge, huge, huge, np.ones(20))
    with np.errstate(over="ignore", invalid="ignore"):
        assert np.isnan(values_of(BollingerOf("upper", 4, 100.0), [bars])).all()


def test_looking_back_is_the_same_value_later() -> None:
    bars = walked(560, np.random.default_rng(9))
    low = {bar for bar, _ in said(Compare("1h", RsiOf(), "less", Constant(40)), bars)}
    then = {bar for bar, _ in said(Compare("1h", RsiOf(back=5), "less", Constant(40)), bars)}
    assert then == {bar + 5 for bar in low if bar + 5 < 560}
    assert then


def test_on_balance_volume_is_compared_with_itself_only() -> None:
    """Its level depends on the first candle given, which a backtest and a live run do not share."""
    bars = walked(300, np.random.default_rng(4))
    for other, more in ((Constant(0), {}), (PriceOf("volume"), {}), (ObvOf(back=1), {"factor": 2.0})):
        with pytest.raises(BadNode, match="compared only with itself"):
            Compare("1h", ObvOf(), "greater", other, **more)
    node = Compare("1h", ObvOf(), "greater", ObvOf(20), plus=3.0)
    whole, late = said(node, bars), said(node, bars[50:])
    assert [bar for bar, _ in whole if bar >= 69] == [bar + 50 for bar, _ in late]


def test_lengths_that_mean_nothing_are_refused() -> None:
    with pytest.raises(BadOperand, match="must be smaller than the slow one, not 26 beside 12"):
        MacdOf(fast=26, slow=12)
    for bad in (
        {"of": "macd", "fast": 26, "slow": 12},
        {"of": "sma", "length": 0},
        {"of": "rsi", "length": 1001},
        {"of": "bollinger", "deviations": float("nan")},
        {"of": "bollinger", "deviations": float("inf")},
        {"of": "volume_profile", "value_area": 0},
        {"of": "ema", "lenght": 9},
    ):
        with pytest.raises(ValidationError):
            convert({"kind": "compare", "timeframe": "1h", "left": bad, "op": "less", "right": bad}, Compare)
