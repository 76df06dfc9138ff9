"""The event log for many readers: encoded once, kept for a while, read by each at its own pace.

A reader that lags behind what is kept reads the log itself. Nobody waits for a slow reader, and the more readers there
are, the more events each takes at once, so that reading never starves what writes.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from server.store.events import PAGE, EventRow, read_after
from server.store.unavailable import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.store.store import Store

KEPT = 8_192  # events
PAUSE = 0.5  # seconds between two tries while the store does not answer
HEARTBEAT = 15.0  # seconds of silence before a comment keeps the connection open
READERS_A_SECOND = 400  # readers woken a second; beyond it they are woken less often, with more to read


def encoded(event: EventRow) -> bytes:
    """One event as the event-stream format writes it (WHATWG HTML, section 9.2)."""
    data = {"seq": event.seq, "at": event.at, "kind": event.kind, "subject": event.subject, "person": event.person}
    text = json.dumps({**data, "data": event.data}, ensure_ascii=False, separators=(",", ":"))
    return f"id: {event.seq}\nevent: {event.kind}\ndata: {text}\n\n".encode()


class Broadcast:
    """Follows the log and hands it on."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: deque[tuple[int, bytes]] = deque(maxlen=KEPT)
        self._seq = store.last_seq
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.readers = 0

    @property
    def seq(self) -> int:
        """The number of the last event handed on."""
        return self._seq

    async def start(self) -> None:
        """Begin to follow, from the log's end."""
        self._seq = self._store.last_seq
        self._task = asyncio.create_task(self._run(), name="broadcast")

    async def stop(self) -> None:
        """End; readers end with it."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            try:
                page = await read_after(self._seq)
            except StoreUnavailable:  # told to whoever asks at a door; the log goes on where it stood
                await asyncio.sleep(PAUSE)
                continue
            for event in page:
                self._kept.append((event.seq, encoded(event)))
                self._seq = event.seq
            if page:
                self._news.set()
                self._news = asyncio.Event()
                continue
            async with self._store.changed:
                await self._store.changed.wait_for(lambda: self._store.last_seq > self._seq)

    async def read(self, seq: int) -> AsyncIterator[bytes]:
        """The log after number ``seq``, several events at once, for ever; a comment now and then in silence."""
        self.readers += 1
        try:
            yield b"retry: 2000\n\n"
            while True:
                news = self._news
                chunk, seq = await self._after(seq)
                if chunk:
                    yield chunk
                    await asyncio.sleep(self.readers / READERS_A_SECOND / 10)
                    continue
                try:
                    await asyncio.wait_for(news.wait(), HEARTBEAT)
                except TimeoutError:
                    yield b": alive\n\n"
        finally:
            self.readers -= 1

    async def _after(self, seq: int) -> tuple[bytes, int]:
        if seq >= self._seq:
            return b"", seq
        if self._kept and self._kept[0][0] <= seq + 1:
            fresh = [one for one in self._kept if one[0] > seq][:PAGE]
            return b"".join(part for _, part in fresh), fresh[-1][0]
        page = await read_after(seq)
        return b"".join(map(encoded, page)), page[-1].seq if page else seq
