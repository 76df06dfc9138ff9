"""The bars before runs in the store: written with a run's first lines, read when it goes on or is replayed.

They go by the hash that the run's first line pins them with, so what several runs began with is there once.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from execution.packing import pack, unpack
from server.store.tables import History

if TYPE_CHECKING:
    from execution.entries import Began
    from execution.entries import History as Pinned
    from server.store.store import Work
    from spec.bars import Bars

MOST_BARS = 20_000  # what a live feed gives; a recording that is longer is a file, which stays as it is


async def packed(history: Bars, pinned: Pinned) -> bytes | None:
    """The bars as they are to be stored; None where they are there already, or are too many."""
    if len(history) > MOST_BARS or await History.exists(sha256=pinned.sha256):
        return None
    return await asyncio.to_thread(pack, history)


async def keep(work: Work, began: Began, raw: bytes | None) -> None:
    """Store what a run begins with; another run may have done so meanwhile."""
    if raw is not None:
        row = History(sha256=began.history.sha256, packed=raw)
        await History.bulk_create([row], ignore_conflicts=True, using_db=work.connection)


async def kept(began: Began) -> Bars | None:
    """The bars before a run, every one verified; None where they were not stored. Raises BrokenChain."""
    row = await History.get_or_none(sha256=began.history.sha256)
    return None if row is None else await asyncio.to_thread(unpack, bytes(row.packed), began.timeframe, began.history)
