"""The exponential moving average."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from spec.indicators.recurrence import exponential, given_after

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class EmaState(Struct, frozen=True):
    """Bars seen, and the average so far."""

    seen: int = 0
    mean: float | None = None


def ema(state: EmaState, source: Floats, length: int) -> tuple[EmaState, Floats]:
    """Pine's ta.ema of a source, NaN before the warm-up."""
    values = exponential(state.mean, source, length)
    after = EmaState(state.seen + len(source), float(values[-1]))
    return after, given_after(values, state.seen, length)
