"""The average directional index: how one-sided a market moves, whichever way (Wilder 1978)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from spec.indicators.recurrence import wilder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spec.bars import Bars

    Floats = NDArray[np.float64]


class AdxState(Struct, frozen=True):
    """Bars seen, the last bar's high and low, and the averages so far."""

    seen: int = 0
    high: float = 0.0
    low: float = 0.0
    up: float = 0.0
    down: float = 0.0
    adx: float = 0.0


def adx(state: AdxState, length: int, bars: Bars) -> tuple[AdxState, Floats]:
    """Wilder's average of DX, 0 to 100, from the second bar on (0 on the first): the last value of Pine's ta.dmi.

    DX is 100 x |up - down| / (up + down), of Wilder's averages of the directional moves; 0 where neither way moved.
    Pine divides both by the average true range first, which leaves their proportion as it is.
    """
    first = state.seen == 0
    rises = np.diff(bars.high, prepend=bars.high[0] if first else state.high)
    falls = -np.diff(bars.low, prepend=bars.low[0] if first else state.low)
    # the first bar has no move: as value 0 it is replaced by the first one
    up = wilder(state.up, np.where((rises > falls) & (rises > 0), rises, 0.0), length, state.seen)
    down = wilder(state.down, np.where((falls > rises) & (falls > 0), falls, 0.0), length, state.seen)
    both = up + down
    dx = np.divide(100 * np.abs(up - down), both, out=np.zeros(len(bars)), where=both > 0)
    values = wilder(state.adx, dx, length, state.seen)
    last = (float(column[-1]) for column in (bars.high, bars.low, up, down, values))
    return AdxState(state.seen + len(bars), *last), values
