"""An exchange that is busy by itself: it tells the rest of its script once somebody listens."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from tests.exchanges.loopback import Loopback

if TYPE_CHECKING:
    from asyncio import Task

PACE = 0.02  # seconds


class Busy(Loopback):
    """To be mixed into an exchange, before it."""

    _busy: Task[None] | None = None

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self._busy = asyncio.create_task(self._go())
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._busy is not None:
            self._busy.cancel()
            with suppress(asyncio.CancelledError):
                await self._busy
        await super().__aexit__(*error)

    async def _go(self) -> None:
        while not any(socket.topics for socket in self.sockets):  # noqa: ASYNC110 (nobody tells when a client came)
            await asyncio.sleep(0.01)
        await self.play(PACE)
