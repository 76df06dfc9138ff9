"""From the start of the server to its first answer, and the memory that it takes, with and without strategies."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from functools import cached_property
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

from benchmarks.benchmark import Aim, Amount, Benchmark
from benchmarks.processes import ROOT
from benchmarks.timing import Candidate
from benchmarks.webhooks import PROGRAM, folder, free_port, token

TITLES = ("Start to ready",)
STRATEGIES = 1_000
CANDLES = ROOT / "examples" / "ETHBTC-5m.csv"
EXPORT = ROOT / "examples" / "ethbtc-export.json"
EMPTY, FULL, BARE = "drawbridge serve", "drawbridge serve, {:,} strategies", "bare ASGI"
REST, STILL = 3, 1.0  # it is at rest when so many seconds change less than so many MiB
PATIENCE = 300  # seconds until all strategies run
TEXT = (
    "From the start of the process to its answer that it is ready, and the end of the process. *RSS* is the memory of "
    "the process at rest, with every strategy at work on the replay feed; the bare application stores webhooks and "
    "knows no strategy."
)


class House:
    """A server that is started, asked whether it is ready, and ended."""

    def __init__(self, line: list[str], question: str, place: Path, strategies: int = 0) -> None:
        self.line, self.question, self.place, self.strategies = line, question, place, strategies

    def start(self) -> tuple[subprocess.Popen[bytes], str]:
        """The process, which is ready, and its address."""
        port = free_port()
        env = {
            **os.environ,  # noqa: TID251 - handed on
            "PYTHONPATH": str(ROOT), "DRAWBRIDGE_DATA_DIR": str(self.place), "DRAWBRIDGE_REPLAY_SPEED": "0.01",
            "DRAWBRIDGE_MAX_OPEN_STRATEGIES": "1000000",
            "DRAWBRIDGE_REPLAY": json.dumps({"binance:ETH/BTC": str(CANDLES)}),
        }  # fmt: skip
        line = [part.format(port=port, folder=self.place) for part in self.line]
        process = subprocess.Popen(line, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        base = f"http://127.0.0.1:{port}"
        while not answered(base + self.question):
            assert process.poll() is None, f"the server ended: {line}"
            time.sleep(0.01)
        return process, base

    def run(self) -> None:
        """Start and end it."""
        process, _ = self.start()
        end(process)

    @cached_property
    def memory(self) -> str:
        """MiB at rest."""
        secret = token(self.place, "view") if self.strategies else ""
        process, base = self.start()
        begun = time.monotonic()
        while running(base, secret) < self.strategies:
            assert time.monotonic() - begun < PATIENCE, "the strategies did not begin to run"
            time.sleep(0.2)
        seen = [resident(process.pid)]
        while len(seen) <= REST or max(seen[-REST:]) - min(seen[-REST:]) > STILL:
            time.sleep(1)
            seen.append(resident(process.pid))
        end(process)
        return f"{seen[-1]:.0f}"


def resident(process: int) -> float:
    """The memory of a process in MiB."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def answered(address: str) -> bool:
    """Whether it answers 200."""
    try:
        with urlopen(address, timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def running(base: str, secret: str) -> int:
    """How many strategies run; none where nobody asks."""
    if not secret:
        return 0
    found = 0
    cursor: str | None = ""
    while cursor is not None:
        more = f"&cursor={cursor}" if cursor else ""
        headers = {"Authorization": f"Bearer {secret}"}
        with urlopen(Request(f"{base}/api/strategies?state=running&limit=500{more}", headers=headers)) as answer:  # noqa: S310
            page = json.load(answer)
        found, cursor = found + len(page["strategies"]), page["cursor"]
    return found


def end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)  # what an orderly end takes is not the question
    process.wait()


async def fill(place: Path, count: int) -> None:
    """A store with so many approved strategies."""
    from server.access.who import Who, scopes_of  # noqa: PLC0415 - the benchmark's own process opens no store
    from server.approvals import Rules, decide  # noqa: PLC0415
    from server.exports import Terms, receive_export  # noqa: PLC0415
    from server.store.store import Store  # noqa: PLC0415
    from server.strategies import move  # noqa: PLC0415

    store, raw = Store(f"sqlite://{place / 'drawbridge.db'}"), EXPORT.read_bytes()
    await store.open()
    for _ in range(count):
        receipt = await receive_export(store, raw, "ann", Terms(1.0, 1.0, 7.0))
        for one in receipt.strategies:
            if one["kind"] == "strategy":
                await decide(
                    store, Rules(1), Who("ann", scopes_of("approve")), (one["id"], one["digest"], "approve", "paper")
                )
            else:
                async with store.write() as work:
                    await move(work, one["id"], "stop", "ann")
    await store.close()


def benchmarks(strategies: int = STRATEGIES, rounds: int = 5) -> list[Benchmark]:
    """The one benchmark."""
    serve = [sys.executable, "-c", PROGRAM, "serve", "--port", "{port}"]
    full = folder()
    subprocess.run([sys.executable, "-m", "benchmarks.house", str(full), str(strategies)], cwd=ROOT, check=True)
    bare = [sys.executable, "-m", "benchmarks.webhooks_bare", "{port}", "{folder}/bare.db"]
    houses = {
        EMPTY: House(serve, "/health/ready", folder()),
        FULL.format(strategies): House(serve, "/health/ready", full, strategies),
        BARE: House(bare, "/", folder()),
    }
    return [
        Benchmark(
            title=TITLES[0],
            text=TEXT,
            candidates=tuple(Candidate(name, house.run) for name, house in houses.items()),
            peer=BARE,
            floor=BARE,
            rounds=rounds,
            warm=1,
            amount=Amount(1, "starts"),
            aim=Aim(rate=1 / 3),
            more={"RSS MiB": lambda name: houses[name].memory},
        )
    ]


if __name__ == "__main__":
    asyncio.run(fill(Path(sys.argv[1]), int(sys.argv[2])))
