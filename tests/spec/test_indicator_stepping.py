"""An indicator gives the same bits bar by bar, in blocks of any size and all at once, over holes in the candles too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spec.indicators.recurrence import warm_up
from spec.operands import VwapOf
from tests.spec.indicated import EVERY, values_of, walked, walks
from tests.spec.series import cut

if TYPE_CHECKING:
    from spec.bars import Bars
    from spec.operands import Indicator

SIZES = st.lists(st.sampled_from([1, 1, 2, 3, 17, 64, 130]), max_size=60)


@pytest.mark.parametrize("indicator", EVERY, ids=str)
@settings(max_examples=15)
@given(bars=walks(), sizes=SIZES)
def test_any_blocks_give_the_same_bits(indicator: Indicator, bars: Bars, sizes: list[int]) -> None:
    whole = values_of(indicator, [bars])
    assert len(whole) == len(bars)
    assert values_of(indicator, cut(bars, sizes)).tobytes() == whole.tobytes()


@pytest.mark.parametrize("indicator", EVERY, ids=str)
def test_bar_by_bar_gives_the_same_bits(indicator: Indicator) -> None:
    bars = walked(600, np.random.default_rng(5))
    assert values_of(indicator, cut(bars, [1] * 600)).tobytes() == values_of(indicator, [bars]).tobytes()


@pytest.mark.parametrize("indicator", [one for one in EVERY if not isinstance(one, VwapOf)], ids=str)
def test_once_given_a_value_is_given_on_every_bar(indicator: Indicator) -> None:
    """And never infinite: a value beyond the floats would compare true."""
    known = np.isfinite(values_of(indicator, [walked(640, np.random.default_rng(11))]))
    first = int(np.argmax(known))
    assert known[first:].all()
    assert first <= warm_up(50)
