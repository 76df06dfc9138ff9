"""The average true range: Pine's recurrence, its warm-up, and how little the beginning of a file matters after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec.indicators.recurrence import warm_up
from spec.indicators.true_range import AtrState, atr, true_range
from tests.spec import generated as make
from tests.spec import oracle
from tests.spec.series import candles_of, cut, series, walk

if TYPE_CHECKING:
    from spec.bars import Bars


@pytest.mark.parametrize(("length", "bars"), [(1, 500), (14, 500), (50, 500), (51, 510), (1000, 10_000)])
def test_the_warm_up_is_500_bars_or_ten_times_the_length(length: int, bars: int) -> None:
    assert warm_up(length) == bars


def test_the_true_range_reaches_to_the_close_before() -> None:
    bars = series((10, 12, 9, 11), (14, 15, 13, 14), (12, 12.5, 11, 12))
    assert true_range(bars, None).tolist() == [3, 4, 3]
    assert true_range(bars, 20.0).tolist() == [11, 4, 3]


@pytest.mark.parametrize("length", [1, 2, 14, 60])
def test_the_average_is_wilders_as_pine_computes_it(length: int) -> None:
    bars = walk(700)
    _, found = atr(AtrState(), length, bars)
    expected = oracle.atr(candles_of(bars), length)
    assert np.isnan(found).tolist() == [value is None for value in expected]
    warm = warm_up(length)
    assert found[warm:].tolist() == pytest.approx([value for value in expected[warm:] if value is not None], rel=1e-12)


@given(bars=make.candles(), sizes=st.lists(st.integers(1, 6), max_size=12), length=st.integers(1, 5))
def test_any_blocks_leave_the_same_state_to_the_last_bit(bars: Bars, sizes: list[int], length: int) -> None:
    whole, _ = atr(AtrState(), length, bars)
    state = AtrState()
    for run in cut(bars, sizes):
        state, _ = atr(state, length, run)
    assert state == whole


@pytest.mark.parametrize(("length", "share"), [(14, 1e-14), (50, 2e-4), (200, 2e-4)])
def test_after_the_warm_up_the_beginning_of_a_file_hardly_matters(length: int, share: float) -> None:
    """What is left of the beginning is (1 - 1/length) to the power of the bars since: e^-9 at most."""
    bars = walk(3000)
    skipped = 300
    whole, late = atr(AtrState(), length, bars)[1], atr(AtrState(), length, bars[skipped:])[1]
    known = slice(skipped + warm_up(length), None)
    apart = np.abs(whole[known] - late[warm_up(length) :]) / whole[known]
    assert float(apart.max()) < share
