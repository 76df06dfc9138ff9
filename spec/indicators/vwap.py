"""The volume-weighted average price of a session."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from spec import timeframe as tf
from spec.indicators.sources import source_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spec.bars import Bars
    from spec.operands import VwapOf

    Floats = NDArray[np.float64]

SESSIONS = {"day": "1d", "week": "1w", "month": "1M"}


class VwapState(Struct, frozen=True):
    """The session, whether its beginning was seen, and its sums so far."""

    session: int | None = None
    whole: bool = False
    worth: float = 0.0
    volume: float = 0.0


def vwap(before: VwapState | None, node: VwapOf, bars: Bars) -> tuple[VwapState, Floats]:
    """The sum of hlc3 x volume over that of volume since the session began, a bar belonging where it opens.

    NaN while nothing was traded, and in a first session whose beginning lies before the first bar.
    """
    frame = SESSIONS[node.anchor]
    sessions = tf.bucket(bars.time, frame)
    state = before or VwapState(None, whole=tf.start_of(int(sessions[0]), frame) == int(bars.time[0]))
    session, whole, worth, volume = state.session, state.whole, state.worth, state.volume
    worths, values = (source_of(bars, "hlc3") * bars.volume).tolist(), []
    for now, paid, traded in zip(sessions.tolist(), worths, bars.volume.tolist(), strict=True):
        if now != session:
            whole = whole or session is not None
            session, worth, volume = now, 0.0, 0.0
        worth += paid
        volume += traded
        values.append(worth / volume if whole and volume > 0 else math.nan)
    return VwapState(session, whole, worth, volume), np.array(values)
