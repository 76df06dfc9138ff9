"""Two hundred candles with eight shapes on them, as plain numbers: what the picture benchmark draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.walk import columns

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CANDLES = 200
WIDTH, HEIGHT = 1200, 675  # pixels

Ends = tuple[tuple[int, float], tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Picture:
    """Candles, and shapes of which each price is that of a close, moved a little.

    Lines and the two rails of the channel are (bar, price) twice, carried on to the last bar; zones are (low, high).
    """

    columns: dict[str, NDArray[np.float64]]
    lines: tuple[Ends, ...]
    channel: tuple[Ends, Ends]
    levels: tuple[float, ...]
    zones: tuple[tuple[float, float], ...]


def make_picture(seed: int) -> Picture:
    """Three trend lines, a channel, two levels and two zones on a random walk of its own."""
    candles = columns(CANDLES, seed, step=0.003)
    close = candles["close"]

    def ends(first: int, last: int, moved: float) -> Ends:
        return (first, float(close[first]) * moved), (last, float(close[last]) * moved)

    return Picture(
        candles,
        lines=(ends(20, 90, 1.004), ends(45, 130, 0.996), ends(100, 160, 1.002)),
        channel=(ends(30, 150, 1.01), ends(30, 150, 0.99)),
        levels=(float(close[60]) * 1.003, float(close[120]) * 0.997),
        zones=tuple((float(close[at]) * 0.998, float(close[at]) * 1.002) for at in (75, 170)),
    )
