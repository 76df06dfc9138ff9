"""Order prices and sizes: the nearest tick, the size rounded down, and no number too large for either."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.rounding import floor_size, to_tick

POSITIVE = st.floats(min_value=1e-300, max_value=1e300)


@pytest.mark.parametrize(
    ("price", "tick", "order"),
    [
        (0.0938, 1e-6, "0.093800"),
        (0.09380049, 1e-6, "0.093800"),
        (0.09380051, 1e-6, "0.093801"),
        (12.5, 5.0, "10"),
        (17.5, 5.0, "20"),
        (0.1 + 0.2, 0.1, "0.3"),
        (-37.634, 0.01, "-37.63"),
        (12.345, None, "12.345"),
    ],
)
def test_an_order_price_is_the_nearest_tick_half_to_even(price: float, tick: float | None, order: str) -> None:
    assert to_tick(price, tick) == Decimal(order)


@given(price=POSITIVE, tick=POSITIVE)
def test_every_price_has_an_order_price_within_half_a_tick(price: float, tick: float) -> None:
    assert abs(to_tick(price, tick) - Decimal(repr(price))) <= Decimal(repr(tick)) / 2


@given(st.decimals(min_value=0, max_value=Decimal("1e300"), allow_nan=False, allow_infinity=False))
def test_a_size_is_never_rounded_up_and_loses_less_than_a_step(size: Decimal) -> None:
    assert 0 <= size - floor_size(size) < Decimal("1e-8")
