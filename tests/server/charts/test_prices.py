"""Prices in words."""

from __future__ import annotations

import pytest

from server.charts.prices import decimals_of, percent, spread, volume, written
from spec.bars import Bars, make_bars


def flat(*closes: float) -> Bars:
    return make_bars("1m", [(60 * at, close, close, close, close, 0) for at, close in enumerate(closes)])


@pytest.mark.parametrize(
    ("tick", "decimals"), [(1e-8, 8), (0.01, 2), (0.5, 1), (0.25, 2), (0.00025, 5), (1.0, 0), (10.0, 0), (1000.0, 0)]
)
def test_a_tick_gives_the_decimals(tick: float, decimals: int) -> None:
    assert decimals_of(flat(1.0), tick) == decimals


@pytest.mark.parametrize(
    ("closes", "decimals"),
    [
        ((67_000, 69_000), 0),
        ((67_000.5, 67_100.5), 1),
        ((0.0951, 0.1062), 4),
        ((0.09512345, 0.10612345), 6),
        ((1e-8, 2e-8), 10),
        ((1e-14, 2e-14), 13),
        ((5, 5), 3),
        ((0, 0), 1),
        ((-3.25, 4.5), 2),
    ],
)
def test_without_a_tick_the_prices_give_the_decimals(closes: tuple[float, ...], decimals: int) -> None:
    assert decimals_of(flat(*closes), None) == decimals


@pytest.mark.parametrize(
    ("price", "decimals", "text"),
    [
        (67_120.5, 2, "67,120.50"),
        (0.09512, 6, "0.095120"),
        (-2.5, 1, "\u22122.5"),
        (-0.001, 2, "0.00"),
        (0.0, 2, "0.00"),
        (1.5e15, 2, "1.5e+15"),
        (8.84e-15, 13, "8.84e-15"),
    ],
)
def test_a_price_is_written(price: float, decimals: int, text: str) -> None:
    assert written(price, decimals) == text


def test_shares_and_volumes_are_written_as_tradingview_does() -> None:
    assert [percent(0.031), percent(-0.0005), percent(0.0)] == ["+3.1%", "\u22120.05%", "+0.00%"]
    amounts = (0, 0.001234, 31.95, 1820.5, 2.5e6, 3e9, 4.2e12)
    assert [volume(amount) for amount in amounts] == ["0.00", "0.00123", "31.95", "1.82K", "2.50M", "3.00B", "4.20T"]


@pytest.mark.parametrize("price", [0.0, 1e-8, 5.0, 1e6, -7.0, 1e300])
@pytest.mark.parametrize("tick", [None, 0.01])
def test_equal_prices_get_a_range_around_them(price: float, tick: float | None) -> None:
    low, high = spread(price, price, tick)
    assert low < price < high
    assert low > 0 or price <= 0
