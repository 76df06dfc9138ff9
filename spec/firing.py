"""Which of a node's hits count: those within its life, and no more of them than its frequency allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import numpy as np

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
    start = 0 if node.valid_from is None else int(np.searchsorted(time, node.valid_from))
    end = None if node.valid_until is None else int(np.searchsorted(time, node.valid_until))
    hits, time = hits[start:end], time[start:end]
    passed = _allowed(last, time, node.frequency)
    hits, time = hits[passed], time[passed]
    return (int(time[-1]) if len(time) else last), hits


def _allowed(last: int | None, time: Times, frequency: Frequency) -> slice | Times:
    match frequency:
        case "once_per_bar" | "once_per_bar_close":
            return slice(None)
        case "only_once":
            return slice(0, 1 if last is None else 0)
        case "once_per_minute":
            return _a_minute_apart(last, time)
        case _:
            assert_never(frequency)


def _a_minute_apart(last: int | None, time: Times) -> Times:
    rows = []
    for row, at in enumerate(time.tolist()):
        if last is None or at - last >= MINUTE:
            rows.append(row)
            last = at
    return np.array(rows, np.int64)
