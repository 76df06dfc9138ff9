"""A way to PostgreSQL that can be shut, cut and held up."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from tests.server.store.databases import HOST, PORT


class Gate:
    """A way to PostgreSQL that can be shut, cut and held up."""

    def __init__(self) -> None:
        self._writers: list[asyncio.StreamWriter] = []
        self._passing: set[asyncio.Task[Any]] = set()
        self._server: asyncio.Server | None = None
        self._flows = asyncio.Event()
        self._flows.set()
        self.port = 0

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._pass, HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def shut(self) -> None:
        assert self._server
        self._server.close()
        self.cut()
        await self._server.wait_closed()
        await asyncio.gather(*self._passing)

    def hold(self) -> None:
        self._flows.clear()

    def release(self) -> None:
        self._flows.set()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._passing.add(task)
        task.add_done_callback(self._passing.discard)
        there, here = await asyncio.open_connection(HOST, PORT)
        self._writers += [writer, here]
        await asyncio.gather(self._pump(reader, here), self._pump(there, writer))

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                await self._flows.wait()
                sink.write(data)
                await sink.drain()
        sink.close()
