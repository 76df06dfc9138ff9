"""The relative strength index (Wilder 1978)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from spec.indicators.recurrence import given_after, wilder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

NEUTRAL = 50.0


class RsiState(Struct, frozen=True):
    """Bars seen, the last number, and the averages of the moves up and down."""

    seen: int = 0
    last: float | None = None
    up: float = 0.0
    down: float = 0.0


def rsi(state: RsiState, source: Floats, length: int) -> tuple[RsiState, Floats]:
    """100 x up / (up + down) of Wilder's averages, NaN before the warm-up: Pine's ta.rsi.

    Where nothing has moved since the first bar it is 50, neither strong nor weak; Pine gives 100.
    """
    moves = np.diff(source, prepend=source[0] if state.last is None else state.last)
    # the first bar has no move: as value 0 it is replaced by the first one
    up = wilder(state.up, np.maximum(moves, 0.0), length, state.seen)
    down = wilder(state.down, np.maximum(-moves, 0.0), length, state.seen)
    both = up + down
    values = np.divide(100 * up, both, out=np.full(len(source), NEUTRAL), where=both > 0)
    after = RsiState(state.seen + len(source), float(source[-1]), float(up[-1]), float(down[-1]))
    return after, given_after(values, state.seen, length)
