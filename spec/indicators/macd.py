"""MACD: the distance of two exponential averages, and the average of that distance (Appel)."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import numpy as np
from msgspec import Struct

from spec.block import ON_THE_LINE
from spec.indicators.recurrence import exponential, given_after

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spec.operands import MacdOf

    Floats = NDArray[np.float64]


class MacdState(Struct, frozen=True):
    """Bars seen, and the averages so far."""

    seen: int = 0
    fast: float | None = None
    slow: float | None = None
    signal: float | None = None


def macd(state: MacdState, source: Floats, node: MacdOf) -> tuple[MacdState, Floats]:
    """One part of Pine's ta.macd, NaN in the warm-up of slow + signal bars, which all parts share."""
    fast = exponential(state.fast, source, node.fast)
    slow = exponential(state.slow, source, node.slow)
    line = _apart(fast, slow, slow)
    signal = exponential(state.signal, line, node.signal)
    after = MacdState(state.seen + len(source), float(fast[-1]), float(slow[-1]), float(signal[-1]))
    match node.part:
        case "line":
            values = line
        case "signal":
            values = signal
        case "histogram":
            values = _apart(line, signal, slow)
        case _:
            assert_never(node.part)
    return after, given_after(values, state.seen, node.slow + node.signal)


def _apart(one: Floats, two: Floats, price: Floats) -> Floats:
    """Their difference; under 1e-12 of the price it is 0, so that the last bits of a flat market have no sign."""
    difference = one - two
    return np.where(np.abs(difference) < ON_THE_LINE * np.abs(price), 0.0, difference)
