"""Scales: pixels and prices lead to each other, and ticks are round, apart and inside."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from server.charts.prices import written
from server.charts.scales import BarScale, PriceScale, nice_step, price_ticks

PRICES = st.floats(1e-9, 1e9)
LOG = st.booleans()


@given(PRICES, PRICES, LOG, st.floats(0, 1))
def test_a_height_leads_back_to_its_price(one: float, other: float, log: bool, part: float) -> None:
    low, high = sorted((one, other))
    assume(high > low * (1 + 1e-6))
    scale = PriceScale(low, high, 60, 560, log)
    price = low + part * (high - low)
    assert scale.price_at(scale.y_of(price)) == pytest.approx(price, rel=1e-9, abs=(high - low) * 1e-9)


@given(PRICES, PRICES, LOG)
def test_ticks_stand_apart_and_inside_and_look_different(one: float, other: float, log: bool) -> None:
    low, high = sorted((one, other))
    assume(high > low * (1 + 1e-4))
    scale = PriceScale(low, high, 60, 560, log)
    decimals = max(0, math.ceil(math.log10(12) - math.log10(high - low)))
    ticks = price_ticks(scale, (60, 560), 44, decimals)
    heights = [scale.y_of(tick) for tick in ticks]
    assert all(60 - 1e-6 <= height <= 560 + 1e-6 for height in heights)
    assert all(lower - upper >= 44 - 1e-6 for lower, upper in itertools.pairwise(heights))
    assert len({written(tick, decimals) for tick in ticks}) == len(ticks) <= 12


def test_ticks_are_the_round_prices() -> None:
    linear = price_ticks(PriceScale(0.1027, 0.1064, 60, 560), (60, 560), 44, 6)
    assert linear == pytest.approx([0.103, 0.1035, 0.104, 0.1045, 0.105, 0.1055, 0.106])
    log = price_ticks(PriceScale(40, 900, 60, 560, log=True), (60, 560), 44, 2)
    assert log == pytest.approx([50, 70, 100, 150, 200, 300, 500, 700])


@pytest.mark.parametrize(
    ("least", "unit", "step"),
    [
        (0.00031, 1e-6, 0.0005),
        (0.2, 0.1, 0.2),
        (0.21, 0.1, 0.5),
        (0.0001, 0.01, 0.01),
        (7.0, 1.0, 10.0),
        (2.2, 1.0, 5.0),
    ],
)
def test_a_step_can_be_written_with_the_decimals_there_are(least: float, unit: float, step: float) -> None:
    assert nice_step(least, unit) == pytest.approx(step)


def test_a_price_below_zero_lies_far_under_a_logarithmic_scale() -> None:
    scale = PriceScale(10, 1000, 0, 100, log=True)
    assert [round(scale.y_of(price)) for price in (1000, 100, 10)] == [0, 50, 100]
    assert scale.y_of(-5.0) > 10_000


@given(st.floats(-1e4, 1e4), st.floats(0.01, 30))
def test_a_place_leads_back_to_its_bar(index: float, pitch: float) -> None:
    scale = BarScale(17.5, pitch)
    assert scale.index_at(scale.x_of(index)) == pytest.approx(index, abs=1e-6)
