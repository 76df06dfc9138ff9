"""Sources: the series that an indicator is computed of, one number a bar."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from spec.bars import Bars
    from spec.operands import Source

    Floats = NDArray[np.float64]


def source_of(bars: Bars, source: Source) -> Floats:
    """A column of the bars, or the mean of two, three or four of their prices."""
    match source:
        case "open" | "high" | "low" | "close" | "volume":
            column: Floats = getattr(bars, source)
            return column
        case "hl2":
            return (bars.high + bars.low) / 2
        case "hlc3":
            return (bars.high + bars.low + bars.close) / 3
        case "ohlc4":
            return (bars.open + bars.high + bars.low + bars.close) / 4
        case _:
            assert_never(source)
