"""Durable webhooks a second at 64 connections: the server, a plain FastAPI server, and a bare application; and the
server with a thousand readers of its event stream.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import uvloop

from benchmarks.benchmark import Aim, Amount, Benchmark
from benchmarks.environments import install, python_of
from benchmarks.processes import ROOT
from benchmarks.timing import Candidate
from benchmarks.webhooks_load import Load

if TYPE_CHECKING:
    from collections.abc import Callable

ENVIRONMENT = ".venv-bench"
PEER_PYTHON = python_of(ENVIRONMENT)
PACKAGES = ("fastapi", "sqlalchemy[asyncio]", "aiosqlite", "granian", "uvloop")
CONNECTIONS = 64
TITLES = ("Durable webhooks", "Webhooks beside the event stream")
PROGRAM = "from server.cli import main; main()"
OURS, PEER, BARE = "drawbridge serve", "FastAPI + SQLAlchemy", "bare ASGI"
TEXT = (
    f"Webhooks that are on the disk when they are answered, at {CONNECTIONS} connections, on SQLite with "
    "`synchronous = FULL`, every server on granian with one worker; the sender is a process of its own. The peer "
    "commits each request; the floor commits in groups like ours, without reading, checking or counting anything. "
    "The times are those of the answers."
)
READERS = 1_000
ALONE, READ = "nobody reads", f"{READERS:,} readers, a tenth of them stuck"
STREAM_TEXT = (
    "The same webhooks while the event stream is followed: every event goes to every reader, the stuck ones have "
    "stopped reading their connection. The readers are a process of their own, and share the cores."
)


class Server:
    """A server in a process of its own, in a folder that is gone afterwards, and its sender."""

    def __init__(self, line: list[str], path: str, folder: Path) -> None:
        self.port = free_port()
        self.path = path
        env = {
            **os.environ,  # noqa: TID251 - handed on
            "PYTHONPATH": str(ROOT), "PEER_FILE": str(folder / "peer.db"), "DRAWBRIDGE_DATA_DIR": str(folder),
        }  # fmt: skip
        with (folder / "log").open("w") as log:
            filled = [part.format(port=self.port, folder=folder) for part in line]
            self.process = subprocess.Popen(filled, cwd=ROOT, env=env, stdout=log, stderr=log)
        atexit.register(self.process.kill)
        self.load: subprocess.Popen[str] | None = None
        self.latencies: list[tuple[float, float]] = []
        begun = time.perf_counter()
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                break
            if self.process.poll() is not None or time.perf_counter() - begun > 30:
                raise RuntimeError((folder / "log").read_text()[-500:])
            time.sleep(0.05)

    def prepare(self, count: int) -> None:
        """Start the sender, which makes its webhooks before it says that it is ready."""
        line = [sys.executable, "-m", "benchmarks.webhooks", "send", str(self.port), self.path, str(count)]
        self.load = subprocess.Popen(line, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        atexit.register(self.load.kill)
        self.load.stdout.readline()  # type: ignore[union-attr]

    def run(self) -> None:
        """Have everything sent once."""
        assert self.load
        assert self.load.stdin
        assert self.load.stdout
        self.load.stdin.write("go\n")
        self.load.stdin.flush()
        good, half, most = self.load.stdout.readline().split()
        assert good == "True", "not every webhook was answered 200"
        self.latencies.append((float(half), float(most)))
        self.load.stdout.readline()  # the next ones are made


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


class Quiet(Load):
    """A sender that keeps the times and drops the answers."""

    def fill(self) -> None:
        super().fill()
        self.times: list[float] = []
        self.good = 0

    def note(self, status: bytes, seconds: float, _: bytes, /) -> None:
        self.times.append(seconds)
        self.good += status == b"200"


def send(port: int, path: str, count: int) -> None:
    """Send everything whenever a line comes in, and tell how it went."""
    load = Quiet(port, path, count, 0)
    print("ready", flush=True)
    while sys.stdin.readline():
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(load.send(CONNECTIONS))
        times = sorted(load.times)
        print(load.good == count, times[len(times) // 2] * 1000, times[len(times) * 99 // 100] * 1000, flush=True)
        load.fill()
        print("ready", flush=True)


def token(folder: Path, scope: str) -> str:
    """A new token of the server in that folder."""
    env = {**os.environ, "DRAWBRIDGE_DATA_DIR": str(folder)}  # noqa: TID251 - handed on
    line = [sys.executable, "-c", PROGRAM, "token", "create", "--scope", scope]
    return subprocess.run(line, cwd=ROOT, env=env, check=True, capture_output=True, text=True).stdout.strip()


def hook(folder: Path) -> str:
    """The path of a new hook in the server's folder."""
    return f"/hooks/tradingview/{token(folder, 'hook')}"


def ours(folder: Path) -> Server:
    """The server, started on a hook of its own."""
    path = hook(folder)
    return Server([sys.executable, "-c", PROGRAM, "serve", "--port", "{port}"], path, folder)


def folder() -> Path:
    """A folder that is gone at the end."""
    kept = tempfile.TemporaryDirectory()
    atexit.register(kept.cleanup)
    return Path(kept.name)


def servers() -> dict[str, Server]:
    """The servers, started; without the peer, and saying why, where it cannot be installed."""
    bare = [sys.executable, "-m", "benchmarks.webhooks_bare", "{port}", "{folder}/bare.db"]
    peer = [
        str(PEER_PYTHON), "-m", "granian", "--interface", "asgi", "--port", "{port}", "--no-ws", "--log-level",
        "warning", "--loop", "uvloop", "benchmarks.webhooks_peer:app",
    ]  # fmt: skip
    made = {OURS: ours(folder())}
    if install(ENVIRONMENT, PACKAGES, PEER):
        made[PEER] = Server(peer, "/hooks/tradingview/peer", folder())
    made[BARE] = Server(bare, "/", folder())
    return made


def benchmarks(count: int = 5_000, rounds: int = 5, readers: int = READERS) -> list[Benchmark]:
    """Both benchmarks."""
    return [_benchmark(servers(), count, rounds), _followed(count, rounds, readers)]


def follow(server: Server, secret: str, readers: int) -> None:
    """Start so many readers of the event stream, and wait until they read."""
    line = [sys.executable, "-m", "benchmarks.webhooks_readers", str(server.port), str(readers)]
    reading = subprocess.Popen(line, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(reading.kill)
    assert reading.stdin
    assert reading.stdout
    reading.stdin.write(secret + "\n")
    reading.stdin.flush()
    assert reading.stdout.readline() == "ready\n", "the readers could not connect"


def _followed(count: int, rounds: int, readers: int) -> Benchmark:
    alone, place = ours(folder()), folder()
    followed = ours(place)
    follow(followed, token(place, "view"), readers)
    made = {READ: followed, ALONE: alone}
    for server in made.values():
        server.prepare(count)
    return Benchmark(
        title=TITLES[1],
        text=STREAM_TEXT,
        candidates=tuple(Candidate(name, server.run) for name, server in made.items()),
        peer=ALONE,
        floor=ALONE,
        rounds=rounds,
        warm=1,
        amount=Amount(count, "webhooks"),
        aim=Aim(ratio=1.2),
        more=_times(made),
    )


def _times(made: dict[str, Server]) -> dict[str, Callable[[str], str]]:
    """Columns of the answers' times: the median over the rounds."""

    def column(at: int) -> Callable[[str], str]:
        return lambda name: f"{median(one[at] for one in made[name].latencies):.1f}"

    return {"p50 ms": column(0), "p99 ms": column(1)}


def _benchmark(made: dict[str, Server], count: int, rounds: int) -> Benchmark:
    shares = {PEER: 0.1} if PEER in made else {}
    for name, server in made.items():
        server.prepare(int(count * shares.get(name, 1.0)))
    return Benchmark(
        title=TITLES[0],
        text=TEXT,
        candidates=tuple(Candidate(name, server.run, shares.get(name, 1.0)) for name, server in made.items()),
        peer=PEER if PEER in made else BARE,
        floor=BARE,
        rounds=rounds,
        warm=1,
        amount=Amount(count, "webhooks"),
        aim=Aim(ratio=1 / 12) if PEER in made else None,
        more=_times(made),
    )


if __name__ == "__main__":
    send(int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
