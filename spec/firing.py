"""Which of a node's hits count: those within its life, and no more of them than its frequency allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import numpy as np

from spec.hits import NOTHING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spec.hits import Hits
    from spec.signals import Frequency, SrProximity, TrendlineCross

    Times = NDArray[np.int64]

MINUTE = 60


def firings(last: int | None, hits: Hits, time: Times, node: TrendlineCross | SrProximity) -> tuple[int | None, Hits]:
    """The hits that count, and when the last of them was; ``time`` is the open of each hit's bar, UNIX seconds."""
    if len(hits) == 0:
        return last, hits
    alive = np.ones(len(hits), np.bool_)
    if node.valid_from is not None:
        alive &= time >= node.valid_from
    if node.valid_until is not None:
        alive &= time < node.valid_until
    passed = np.flatnonzero(alive)[_allowed(last, time[alive], node.frequency)]
    return (int(time[passed[-1]]), hits[passed]) if len(passed) else (last, NOTHING)


def _allowed(last: int | None, time: Times, frequency: Frequency) -> slice | list[int]:
    match frequency:
        case "once_per_bar" | "once_per_bar_close":
            return slice(None)
        case "only_once":
            return slice(0, 1 if last is None else 0)
        case "once_per_minute":
            return _a_minute_apart(last, time)
        case _:
            assert_never(frequency)


def _a_minute_apart(last: int | None, time: Times) -> list[int]:
    rows = []
    for row, at in enumerate(time.tolist()):
        if last is None or at - last >= MINUTE:
            rows.append(row)
            last = at
    return rows
