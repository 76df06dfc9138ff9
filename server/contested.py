"""Contested: a run whose log another server writes as well, as where a deployment overlaps with the one before it.

Of two that write a line of the same number one fails, and lets go. That is said, and the run is taken up again once its
log has been quiet: else nobody would step it, or hear its commands, after the other server is gone.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from server.logs import logger
from server.runs import alive, length_of

if TYPE_CHECKING:
    from server.store.store import Store

KIND = "strategy.contested"
REASON = (
    "another server writes the log of this run; this one goes on with it once nothing more is written there: let one "
    "server at a time work on a database"
)
PAUSES = (5.0, 60.0)  # seconds: the first and the longest quiet that is waited for


class Contest:
    """Whether this server has lost a strategy's run to another one."""

    def __init__(self) -> None:
        self.lost = False
        self._told = False

    async def outlast(self, store: Store, identity: str) -> str | None:
        """The run, once nothing was written to it for a while; None once it has ended. Raises StoreUnavailable."""
        await self._tell(store, identity)
        pause, longest = PAUSES
        while (run := await alive(identity)) is not None:
            before = await length_of(run)
            await asyncio.sleep(pause)
            if await length_of(run) == before:
                break
            pause = min(longest, 2 * pause)
        self.lost = False
        return await alive(identity)

    async def _tell(self, store: Store, identity: str) -> None:
        """Say it to people once, and to the log whenever it happens."""
        run = await alive(identity)
        logger().error("another server writes the log of this run", strategy=identity, run=run)
        if not self._told:
            async with store.write() as work:
                work.record(KIND, identity, {"run": run, "reason": REASON})
        self._told = True
