"""``python -m benchmarks.webhooks_bare PORT FILE``: the floor, a bare ASGI application with the same group commit.

It stores the bytes and one event a webhook, durably, on the same HTTP server, and reads, checks and counts nothing.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from typing import Any

import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server

Waiting = list[tuple[bytes, "asyncio.Future[None]"]]


class Bare:
    """The application."""

    def __init__(self, file: str) -> None:
        self.waiting: Waiting = []
        self.arrived = asyncio.Event()
        self.database = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        for line in (
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = FULL",
            "CREATE TABLE IF NOT EXISTS alert (id INTEGER PRIMARY KEY, body BLOB)",
            "CREATE TABLE IF NOT EXISTS event (seq INTEGER PRIMARY KEY, kind TEXT)",
        ):
            self.database.execute(line)

    async def __call__(self, _: Any, receive: Any, send: Any) -> None:
        message = await receive()
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append((message["body"], done))
        self.arrived.set()
        await done
        headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}"})

    async def commit(self) -> None:
        """What arrived while the last commit ran, in one transaction."""
        while True:
            await self.arrived.wait()
            self.arrived.clear()
            batch, self.waiting = self.waiting, []
            await asyncio.to_thread(self.write, batch)
            for _, done in batch:
                done.set_result(None)

    def write(self, batch: Waiting) -> None:
        """One transaction."""
        self.database.execute("BEGIN IMMEDIATE")
        self.database.executemany("INSERT INTO alert (body) VALUES (?)", [(body,) for body, _ in batch])
        self.database.executemany("INSERT INTO event (kind) VALUES (?)", [("alert.received",)] * len(batch))
        self.database.execute("COMMIT")


async def main() -> None:
    """Serve until killed."""
    app = Bare(sys.argv[2])
    task = asyncio.create_task(app.commit())
    server = Server(app, port=int(sys.argv[1]), interface=Interfaces.ASGINL, websockets=False, log_enabled=False)
    await server.serve()
    task.cancel()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
