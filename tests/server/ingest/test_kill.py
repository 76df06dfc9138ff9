"""``kill -9`` of a real server under load: what was answered 200 is stored, whole, with its event."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from benchmarks.webhooks_load import body
from server.access.tokens import create_token
from server.store.events import read_after
from server.store.store import Store
from server.store.tables import Alert
from tests.soak_page import keep

CONNECTIONS = 64
PARTS = 4
SEED = 20_260_105
ROOT = Path(__file__).parents[3]


class Outcome(NamedTuple):
    """What the senders were told until enough was answered, the kills it took, and how long that was."""

    ids: list[str]
    kills: int
    seconds: float


@pytest.fixture
def stored(url: str) -> tuple[str, str]:
    """A database with a hook: its URL, and the hook's secret."""

    async def make() -> str:
        store = Store(url)
        await store.open()
        async with store.write() as work:
            _, secret = await create_token(work, "ann", "hook")
        await store.close()
        return secret

    return url, asyncio.run(make())


def started(url: str, data: Path) -> tuple[subprocess.Popen[str], int]:
    """A server in a process of its own, and its port."""
    line = [sys.executable, "-c", "from server.cli import main; main()", "serve", "--port", "0"]
    env = {"DRAWBRIDGE_DATA_DIR": str(data), "DRAWBRIDGE_DATABASE_URL": url, "PYTHONPATH": str(ROOT)}
    with (data.parent / "server.log").open("a") as log:
        server = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=log, text=True, env=env, cwd=data.parent)
    assert server.stdout is not None
    link = server.stdout.readline()
    assert link, (data.parent / "server.log").read_text()
    return server, int(link.split(":")[2].split("/")[0])


def one_kill(server: subprocess.Popen[str], port: int, secret: str, part: tuple[int, int, int]) -> list[str]:
    """Send webhooks, kill the server after some answers, and return the ids that were answered 200."""
    count, seed, fatal = part
    arguments = [str(port), f"/hooks/tradingview/{secret}", str(count), str(CONNECTIONS), str(seed)]
    line = [sys.executable, "-u", "-m", "benchmarks.webhooks_load", *arguments]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True, cwd=ROOT) as load:
        assert load.stdout is not None
        ids = []
        for number, answer in enumerate(load.stdout):
            if number == fatal:
                server.kill()
            status, _, *rest = answer.rstrip("\n").split("\t")
            if status == "200":
                ids.append(json.loads(rest[0])["id"])
    server.wait()
    return ids


def under_load(url: str, secret: str, folder: Path, count: int) -> Outcome:
    """Webhooks until ``count`` are answered, in parts, with a kill at a seeded moment of each."""
    chance, ids, begun, size = random.Random(SEED), list[str](), time.perf_counter(), count // PARTS
    kills = 0
    while len(ids) < count:
        server, port = started(url, folder / "data")
        try:
            ids += one_kill(server, port, secret, (size, kills, chance.randrange(size // 4, size)))
            kills += 1
        finally:
            server.kill()
            server.wait()
            assert server.stdout is not None
            server.stdout.close()
    return Outcome(ids, kills, time.perf_counter() - begun)


async def held(url: str) -> tuple[dict[str, bytes], Counter[str]]:
    """The stored alerts' bytes, and how many events each has."""
    store = Store(url)
    await store.open()
    rows = {identity: bytes(raw) for identity, raw in await Alert.all().values_list("id", "body")}
    told = Counter(one.subject for one in await read_after(0, limit=1_000_000, kinds=("alert.received",)))
    await store.close()
    return rows, told


def survived(url: str, secret: str, folder: Path, count: int) -> tuple[Outcome, int]:
    """Run it, hold it to its promise; the outcome, and how many are stored."""
    (folder / "data").mkdir()
    outcome = under_load(url, secret, folder, count)
    rows, told = asyncio.run(held(url))
    assert len(outcome.ids) == len(set(outcome.ids)) >= count
    assert set(outcome.ids) - set(rows) == set()
    assert told == dict.fromkeys(rows, 1)
    sent = {body(number, seed) for seed in range(outcome.kills) for number in range(count // PARTS)}
    assert set(rows.values()) <= sent
    assert len(set(rows.values())) == len(rows)
    return outcome, len(rows)


def test_nothing_that_was_answered_is_lost_by_a_kill(stored: tuple[str, str], tmp_path: Path) -> None:
    survived(*stored, tmp_path, 2_000)


@pytest.mark.soak
def test_nothing_of_twenty_thousand_is_lost(stored: tuple[str, str], tmp_path: Path) -> None:
    outcome, rows = survived(*stored, tmp_path, 20_000)
    database = stored[0].partition(":")[0]
    what = f"20,000 at {CONNECTIONS} connections, {outcome.kills} kills"
    keep("Webhooks", database, (what, f"{len(outcome.ids):,}", f"{rows:,}", "0", f"{outcome.seconds:.0f}"))
