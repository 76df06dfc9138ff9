"""``python -m benchmarks.webhooks_readers PORT COUNT``: readers of the event stream; the token comes on standard input.

Every tenth stops reading after the head, as a laptop does that was closed. What comes in is dropped.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import uvloop

HEAD = "GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {secret}\r\n\r\n"
STUCK = 10  # every how many


class Reader(asyncio.Protocol):
    """One connection."""

    def __init__(self, request: bytes, *, stuck: bool) -> None:
        self.request, self.stuck = request, stuck
        self.begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        if not self.begun.done():
            assert data.startswith(b"HTTP/1.1 200"), data[:200]
            self.begun.set_result(None)
            if self.stuck:
                self.transport.pause_reading()


async def main() -> None:
    """Connect all, say so, and read until killed."""
    port, count = int(sys.argv[1]), int(sys.argv[2])
    request = HEAD.format(port=port, secret=sys.stdin.readline().strip()).encode()
    loop = asyncio.get_running_loop()
    for number in range(count):
        reader = Reader(request, stuck=number % STUCK == 0)
        await loop.create_connection(lambda reader=reader: reader, "127.0.0.1", port)  # type: ignore[misc]
        await reader.begun
    print("ready", flush=True)
    await loop.create_future()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
