"""Noticing what other processes wrote: ``drawbridge kill`` and ``token`` work on the store of a running server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from server.store.events import read_after

if TYPE_CHECKING:
    from server.store.store import Store

EVERY = 0.25  # seconds; how long a kill from another process may take to be heard


async def notice_others(store: Store) -> None:
    """Tell the readers of the event log about events that came from elsewhere."""
    while True:
        rows = await read_after(store.last_seq, limit=1)
        if rows and rows[0].seq > store.last_seq:
            async with store.changed:
                store.last_seq = max(store.last_seq, rows[0].seq)
                store.changed.notify_all()
        else:
            await asyncio.sleep(EVERY)
