"""Indicators: recurrences that run alike over a year of bars and over one.

An indicator is never given before its frozen warm-up. By then the candles' beginning weighs (1 - 1/length) to the
power of the bars since: 1e-15 of the value for 14 bars, and never more than 2e-4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spec.bars import Bars

    Floats = NDArray[np.float64]


def warm_up(length: int) -> int:
    """Bars before an indicator of this length is given: max(500, 10 x length)."""
    return max(500, 10 * length)


class AtrState(Struct, frozen=True):
    """Bars seen, the last close, and the average so far."""

    seen: int = 0
    close: float = 0.0
    mean: float = 0.0


def true_range(bars: Bars, last_close: float | None) -> Floats:
    """max(high, previous close) - min(low, previous close); high - low where there is no previous close."""
    first = bars.low[:1] if last_close is None else np.array([last_close])
    previous = np.concatenate([first, bars.close[:-1]])
    spread: Floats = np.maximum(bars.high, previous) - np.minimum(bars.low, previous)
    return spread


def atr(state: AtrState, length: int, bars: Bars) -> tuple[AtrState, Floats]:
    """Wilder's average true range, NaN before the warm-up; price units, one value a bar.

    The running mean of the first ``length`` ranges, then mean + (range - mean) / length: Pine's ta.atr.
    """
    ranges = true_range(bars, state.close if state.seen else None).tolist()
    mean, values = state.mean, []
    for at, spread in enumerate(ranges, start=state.seen + 1):
        mean += (spread - mean) / min(at, length)
        values.append(mean)
    means = np.array(values)
    means[: max(0, warm_up(length) - state.seen)] = np.nan
    return AtrState(state.seen + len(bars), float(bars.close[-1]), mean), means
