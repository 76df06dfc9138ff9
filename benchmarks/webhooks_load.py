"""``python -m benchmarks.webhooks_load PORT PATH COUNT CONNECTIONS [SEED]``: webhooks, as fast as they are answered.

A process of its own, so that it takes no time of the server's event loop. It writes a line for each answer while it
comes in (status, milliseconds, the answer's body), and ends when all are answered or the server is gone.
"""

from __future__ import annotations

import asyncio
import random
import sys
from time import perf_counter
from typing import Any

import uvloop

HEAD = (
    "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: {size}\r\n\r\n"
)


def body(number: int, seed: int) -> bytes:
    """An alert as templates write them; each has its own time and price."""
    chance = random.Random(f"{seed}.{number}")
    second, price = number % 86_400, 50_000 + chance.random() * 1000
    at = f"2026-01-05T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"
    return (
        f'{{"ticker": "BTCUSDT", "exchange": "BYBIT", "action": "{chance.choice(("buy", "sell"))}", '
        f'"price": {price:.2f}, "time": "{at}", "interval": "5", "comment": "level {seed}.{number}"}}'
    ).encode()


class Sender(asyncio.Protocol):
    """One connection that sends its next webhook when the last one is answered."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.seen = b""
        self.begun = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport  # uvloop's is no asyncio.Transport
        self._next()

    def _next(self) -> None:
        if self.load.waiting:
            self.begun = perf_counter()
            self.transport.write(self.load.waiting.pop())
        else:
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        self.seen += data
        head, mark, answer = self.seen.partition(b"\r\n\r\n")
        if not mark:
            return
        size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(answer) >= size:
            self.load.note(head[9:12], perf_counter() - self.begun, answer)
            self.seen = b""
            self._next()

    def connection_lost(self, _: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


class Load:
    """What is still to be sent, and what came back."""

    def __init__(self, port: int, path: str, count: int, seed: int) -> None:
        self.port = port
        self.path, self.count, self.seed = path, count, seed
        self.fill()

    def fill(self) -> None:
        """Begin anew."""
        bodies = (body(number, self.seed) for number in reversed(range(self.count)))
        self.waiting = [HEAD.format(path=self.path, port=self.port, size=len(one)).encode() + one for one in bodies]

    def note(self, status: bytes, seconds: float, answer: bytes, /) -> None:
        """One answer."""
        sys.stdout.write(f"{status.decode()}\t{seconds * 1000:.3f}\t{answer.decode()}\n")

    async def send(self, connections: int) -> None:
        """Everything, over so many connections at once."""
        loop = asyncio.get_running_loop()
        made = [loop.create_connection(lambda: Sender(self), "127.0.0.1", self.port) for _ in range(connections)]
        senders = [sender for _, sender in await asyncio.gather(*made)]
        await asyncio.gather(*(sender.ended for sender in senders))


def main() -> None:
    """Send; the last line says how many seconds it took."""
    port, path, count, connections, *seed = sys.argv[1:]
    load = Load(int(port), path, int(count), int(seed[0]) if seed else 0)
    begun = perf_counter()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(load.send(int(connections)))
    sys.stdout.write(f"seconds\t{perf_counter() - begun:.6f}\n")


if __name__ == "__main__":
    main()
