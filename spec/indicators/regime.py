"""The regime of a market, from two of Wilder's averages: how far bars reach, and how one-sided they move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from spec.block import ON_THE_LINE
from spec.indicators.directional import AdxState, adx
from spec.indicators.true_range import AtrState, atr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spec.bars import Bars
    from spec.signals import Regime

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class RegimeState:
    """What both averages remember, and the ATRs that the next one is ranked among."""

    atr: AtrState
    adx: AdxState
    ranges: Floats


def regime(before: RegimeState | None, node: Regime, bars: Bars) -> tuple[RegimeState, Bools]:
    """Bars on which the market is in the node's state; none before ``lookback`` bars after the warm-up."""
    if before is None:
        before = RegimeState(AtrState(), AdxState(), np.full(node.lookback, np.nan))
    atr_state, ranges = atr(before.atr, node.length, bars)
    adx_state, strength = adx(before.adx, node.length, bars)
    padded = np.concatenate([before.ranges, ranges])
    after = RegimeState(atr_state, adx_state, padded[len(bars) :].copy())
    # the last bits of a range that has come to rest are no rise: they would rank it first
    lower = sliding_window_view(padded[:-1], node.lookback) < (ranges * (1 - ON_THE_LINE))[:, None]
    # divided, not multiplied: 55 of 100 is 0.55, while 0.55 x 100 is more than 55
    volatile = lower.sum(axis=1) / node.lookback >= node.volatile_share
    known = ~np.isnan(padded[: len(bars)])
    match node.state:
        case "volatile":
            return after, known & volatile
        case "trend":
            return after, known & ~volatile & (strength >= node.trend_adx)
        case "range":
            return after, known & ~volatile & (strength < node.trend_adx)
        case _:
            assert_never(node.state)
