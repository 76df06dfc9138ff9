"""``kill -9`` of a real server while it tells Slack: after a new start all is told, in order, and nothing twice."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from server.settings import Settings
from server.store.store import Store
from tests.server import running as programs
from tests.server.house import EXAMPLE
from tests.server.running import running
from tests.slack.core import APP_TOKEN
from tests.slack.delivering import due, stamps, told_once
from tests.slack.team import minted, team, until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.server.running import Running
    from tests.slack.faults import Fault
    from tests.slack.team import Team

# The server as it is, but for its patience: a test does not wait a second for each message.
HASTY = """
from server.slack import pace, workspace
from server.slack.reach import Patience
workspace.RATE, pace.METHODS = pace.Rate(0.03), {}
workspace.PATIENCE = Patience(update=0.2, back_off=0.1, longest=1.0)
from server.cli import main
main()
"""
POST = "chat.postMessage"
SILENT: tuple[Fault, ...] = ("swallowed", "swallowed", "hang")
QUIET = 30.0  # seconds within which everything is told


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "PROGRAM", (sys.executable, "-c", HASTY))


def environment(crew: Team) -> dict[str, str]:
    given = crew.settings(slack_app_token=APP_TOKEN)
    return {name: one if isinstance(one, str) else json.dumps(one) for name, one in given.items()}


async def work(server: Running, tokens: tuple[str, str], chance: random.Random) -> None:
    """Alerts, exports, edits and the kill switch, until the server is gone."""
    admin, hook = tokens
    async with httpx.AsyncClient(base_url=server.base, timeout=20) as client:
        client.headers["Authorization"] = f"Bearer {admin}"
        try:
            sent = (await client.post("/api/exports", content=EXAMPLE.read_bytes())).json()["strategies"]
            one = next(one for one in sent if one["kind"] == "strategy")
            for number in range(400):
                await client.post(f"/hooks/tradingview/{hook}", content=json.dumps({"n": chance.random()}))
                if number % 7 == 0:
                    body = {"digest": one["digest"], "risk_percent": round(chance.uniform(0.1, 0.9), 3)}
                    answer = await client.post(f"/api/strategies/{one['id']}/edit", json=body)
                    one["digest"] = answer.json().get("digest", one["digest"])
                if number % 11 == 0:
                    await client.post("/api/kill" if number % 2 else "/api/resume")
                await asyncio.sleep(0.01)
        except (httpx.HTTPError, KeyError):
            return


async def killed(crew: Team, data: Path, tokens: tuple[str, str], chance: random.Random) -> None:
    """One server's life."""
    server_of = running(data, **environment(crew))
    server = await asyncio.to_thread(server_of.__enter__)
    busy = asyncio.create_task(work(server, tokens, chance))
    before = len(crew.slack.asked(POST))
    wanted = chance.randrange(2, 40)  # messages until the kill
    for _ in range(1_000):
        if len(crew.slack.asked(POST)) - before >= wanted:
            break
        await asyncio.sleep(0.01)
    if chance.random() < 0.75:  # in the middle of a message that Slack has stored already, or has not yet
        faults = crew.slack.faults
        planned = (POST, chance.choice(SILENT))
        faults.next(planned[1], POST)
        met = faults.injected.count(planned)
        await until(lambda: faults.injected.count(planned) > met)
    await asyncio.to_thread(server.stop, signal.SIGKILL)
    await busy
    await asyncio.to_thread(server_of.__exit__, None, None, None)


async def drained(base: str, seconds: float = QUIET) -> None:
    """Wait until the server says twice that nothing waits."""
    quiet = 0
    async with httpx.AsyncClient(base_url=base) as client:
        for _ in range(int(seconds / 0.2)):
            chat = (await client.get("/health/ready")).json()["chat"]
            quiet = quiet + 1 if chat["waiting"] == 0 else 0
            if quiet == 5:
                return
            await asyncio.sleep(0.2)
    raise AssertionError("something waits still")


async def storm(data: Path, seed: int, kills: int) -> None:
    chance = random.Random(seed)
    async with team() as crew:
        crew.slack.faults.seeded(seed, 0.05, ("lost", "500", "reset"))
        made = [await minted(data, scope, "ann") for scope in ("admin", "hook")]
        for _ in range(kills):
            await killed(crew, data, (made[0], made[1]), chance)
        crew.slack.faults.clear()
        server_of = running(data, **environment(crew))
        server = await asyncio.to_thread(server_of.__enter__)
        try:
            await drained(server.base)
        finally:
            await asyncio.to_thread(server_of.__exit__, None, None, None)
        store = Store(Settings(data_dir=data).database)
        await store.open()
        try:
            await told_once(crew, await due())
            assert sum(len(one) for one in stamps(crew).values()) > 2 * kills
        finally:
            await store.close()


def test_servers_that_are_killed_while_they_tell_lose_nothing_and_repeat_nothing(tmp_path: Path) -> None:
    asyncio.run(storm(tmp_path, seed=1, kills=2))


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 8))
def test_many_kills(tmp_path: Path, seed: int) -> None:
    asyncio.run(storm(tmp_path, seed, kills=5))
