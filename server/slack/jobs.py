"""Jobs: one task for each key that has something to do, none for the others."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable


class Jobs:
    """Runs ``step`` for a key until there is no more to do for it.

    A step returns the seconds until the next one, None where it is done; it must not raise.
    """

    def __init__(self, step: Callable[[str], Awaitable[float | None]]) -> None:
        self._step = step
        self._wanted: dict[str, None] = {}
        self._working: set[str] = set()
        self._group: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        """Do what is wanted, until cancelled; what is wanted before it runs is kept."""
        try:
            async with asyncio.TaskGroup() as self._group:
                self.want(list(self._wanted))
                await asyncio.Event().wait()
        finally:
            self._group = None
            self._working.clear()

    def want(self, keys: Iterable[str]) -> None:
        """Something is to be done for these."""
        for key in keys:
            self._wanted[key] = None
            if self._group is not None and key not in self._working:
                self._working.add(key)
                self._group.create_task(self._keep(key))

    async def _keep(self, key: str) -> None:
        again: float | None = None
        while again is not None or key in self._wanted:
            self._wanted.pop(key, None)
            again = await self._step(key)
            if again:
                await asyncio.sleep(again)
        self._working.discard(key)
