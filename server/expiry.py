"""The timer that takes back proposals nobody decided about."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from server.approvals import expire

if TYPE_CHECKING:
    from server.store.store import Store

EVERY = 30.0  # seconds; a decision checks the time itself, so this only tidies up


async def expire_proposals(store: Store) -> None:
    """Take back what is over, for ever."""
    while True:
        await expire(store)
        await asyncio.sleep(EVERY)
