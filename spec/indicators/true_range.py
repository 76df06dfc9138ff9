"""The true range and Wilder's average of it (Wilder 1978)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from spec.indicators.recurrence import given_after, wilder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spec.bars import Bars

    Floats = NDArray[np.float64]


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
    """Wilder's average true range, NaN before the warm-up; price units, one value a bar: Pine's ta.atr."""
    means = wilder(state.mean, true_range(bars, state.close if state.seen else None), length, state.seen + 1)
    after = AtrState(state.seen + len(bars), float(bars.close[-1]), float(means[-1]))
    return after, given_after(means, state.seen, length)
