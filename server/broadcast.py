"""The event log for many readers: each event encoded once, read by each at its own pace.

A reader that lags behind what the store keeps in memory reads the log itself. Nobody waits for a slow reader, and the
more readers there are, the more events each takes at once, so that reading never starves what writes. Without readers
nothing is encoded.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import TYPE_CHECKING

from server.store.events import PAGE, rows_after
from server.store.unavailable import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from server.store.store import Store
    from server.store.tail import Row

KEPT = 8_192  # encoded events
PAGES = 16  # of the log, for those who lag behind
ENDINGS = (b"\nevent: token.revoked\n", b"\nevent: session.ended\n")  # after these a reader may have no right left
PAUSE = 0.5  # seconds between two tries while the store does not answer
HEARTBEAT = 15.0  # seconds of silence before a comment keeps the connection open
READERS_A_SECOND = 100  # in a storm: the more readers there are, the less often each is served, with more to read
STAGGER = 0.618  # a share of the pause that differs from reader to reader, so that they do not all come at once


async def always() -> bool:
    """Whoever reads may go on."""
    return True


def encoded(row: Row) -> bytes:
    """One event as the event-stream format writes it (WHATWG HTML, section 9.2); its data is JSON already."""
    seq, at, kind, subject, person, data = row
    about = (
        f'{{"seq":{seq},"at":{at},"kind":"{kind}","subject":{_text(subject)},"person":{_text(person)},"data":{data}}}'
    )
    return f"id: {seq}\nevent: {kind}\ndata: {about}\n\n".encode()


def _text(value: str | None) -> str:
    return json.dumps(value, ensure_ascii=False)


class Broadcast:
    """Follows the log and hands it on."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._encoded: dict[int, bytes] = {}
        self._pages: dict[int, Sequence[Row]] = {}
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.readers = 0
        self._came = 0

    @property
    def seq(self) -> int:
        """The number of the last event."""
        return self._store.last_seq

    async def start(self) -> None:
        """Begin to follow, from the log's end."""
        self._task = asyncio.create_task(self._run(), name="broadcast")

    async def stop(self) -> None:
        """End; readers end with it."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        """Wake all readers at once: a thousand of them waiting for the store would each cost its lock."""
        seen = self.seq
        while True:
            async with self._store.changed:
                await self._store.changed.wait_for(lambda: self.seq > seen)  # noqa: B023 - asked at once
            seen = self.seq
            self._news.set()
            self._news = asyncio.Event()

    async def read(self, seq: int, may: Callable[[], Awaitable[bool]] = always) -> AsyncIterator[bytes]:
        """The log after number ``seq``, several events at once; a comment now and then in silence.

        A number past the log's end is of another log, and means its end. ``may`` is asked whenever somebody's right
        ended, and in every silence; where it says no, the stream ends before anything that came later.
        """
        seq = min(seq, self.seq)
        self.readers += 1
        self._came += 1
        share = 0.5 + self._came * STAGGER % 1
        try:
            yield b"retry: 2000\n\n"
            while True:
                news = self._news
                chunk, seq = await self._after(seq)
                if chunk:
                    if any(mark in chunk for mark in ENDINGS) and not await self._may(may):
                        return
                    yield chunk
                    await asyncio.sleep(self.readers / READERS_A_SECOND * share)
                    continue
                try:
                    await asyncio.wait_for(news.wait(), HEARTBEAT)
                except TimeoutError:
                    if not await self._may(may):
                        return
                    yield b": alive\n\n"
        finally:
            self.readers -= 1

    async def _may(self, may: Callable[[], Awaitable[bool]]) -> bool:
        """The answer, once the store gives one."""
        while True:
            with suppress(StoreUnavailable):
                return await may()
            await asyncio.sleep(PAUSE)

    async def _after(self, seq: int) -> tuple[bytes, int]:
        while seq < (end := self.seq):
            try:
                rows = self._store.tail.after(seq, PAGE, None) or await self._old(seq)
            except StoreUnavailable:  # told to whoever asks at a door; the log goes on where it stood
                await asyncio.sleep(PAUSE)
                continue
            return b"".join(map(self._encode, rows)), rows[-1][0] if rows else end
        return b"", seq

    async def _old(self, seq: int) -> Sequence[Row]:
        """Rows that are not in memory any more, in pages that all who lag behind share: a full one never changes."""
        start = seq - seq % PAGE
        page = self._pages.get(start) or await rows_after(start)
        if len(page) == PAGE:
            self._pages[start] = page
            if len(self._pages) > PAGES:
                del self._pages[next(iter(self._pages))]
        return [row for row in page if row[0] > seq] or await rows_after(seq)

    def _encode(self, row: Row) -> bytes:
        known = self._encoded.get(row[0])
        if known is None:
            known = self._encoded[row[0]] = encoded(row)
            if len(self._encoded) > KEPT:
                del self._encoded[next(iter(self._encoded))]
        return known
