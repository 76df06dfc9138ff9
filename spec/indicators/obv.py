"""On-balance volume (Granville 1963)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from spec.indicators.windows import means

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spec.bars import Bars

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ObvState:
    """The last close and total, and the totals that the next average begins with."""

    close: float
    total: float
    tail: Floats


def obv(before: ObvState | None, length: int, bars: Bars) -> tuple[ObvState, Floats]:
    """The mean of ``length`` totals: volume added where the close rose, taken off where it fell (Pine's ta.obv)."""
    if before is None:
        before = ObvState(float(bars.close[0]), 0.0, np.full(length - 1, np.nan))
    signed = np.sign(np.diff(bars.close, prepend=before.close)) * bars.volume
    # accumulate adds one after the other whatever the block's length, which a sum would not
    totals = np.add.accumulate(np.append(before.total, signed))[1:]
    padded = np.concatenate([before.tail, totals])
    after = ObvState(float(bars.close[-1]), float(totals[-1]), padded[len(bars) :].copy())
    return after, means(padded, length)
