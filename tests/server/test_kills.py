"""``kill -9`` while exports, approvals and edits come in: what was answered is there, and nothing is half there."""

from __future__ import annotations

import asyncio
import random
import signal
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import pytest

from server.repository import KINDS
from server.store.tables import Decision, Export, Strategy, Version
from tests.server.doors.test_repository import commits, written
from tests.server.house import EXAMPLE, House, opened
from tests.server.running import Running, command, running
from tests.server.store.databases import NoPostgres, new_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SENDERS = 4
# What a strategy's last event of state says of its state; a run may be cut short between an approval and its start.
STATES = {
    "strategy.proposed": {"proposed"},
    "strategy.edited": {"proposed"},
    "strategy.approved": {"approved"},
    "strategy.started": {"running"},
    "strategy.stopped": {"stopped"},
}


class Heard(NamedTuple):
    """What the server answered: exports with their strategies, approved digests, and edited ones."""

    exports: dict[str, list[str]]
    approved: set[tuple[str, str]]
    edited: set[tuple[str, str]]


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    if request.param == "sqlite":
        yield {}
        return
    try:
        with new_postgres() as postgres:
            yield {"database_url": postgres.url}
    except NoPostgres as why:
        pytest.skip(str(why))


def work(base: str, header: dict[str, str], heard: Heard, chance: random.Random) -> None:
    """Send exports, edit some and approve them, until the server is gone."""
    raw = EXAMPLE.read_bytes()
    with httpx.Client(base_url=base, headers=header, timeout=20) as client:
        try:
            while True:
                sent = client.post("/api/exports", content=raw).json()
                heard.exports[sent["id"]] = [one["id"] for one in sent["strategies"]]
                one = sent["strategies"][0]
                digest = one["digest"]
                if chance.random() < 0.3:
                    body: dict[str, Any] = {"digest": digest, "risk_percent": 0.5}
                    digest = client.post(f"/api/strategies/{one['id']}/edit", json=body).json()["digest"]
                    heard.edited.add((one["id"], digest))
                body = {"digest": digest, "decision": "approve", "for": "paper"}
                if client.post(f"/api/strategies/{one['id']}/approvals", json=body).status_code == 200:
                    heard.approved.add((one["id"], digest))
        except httpx.HTTPError:
            return


def storm(server: Running, header: dict[str, str], heard: Heard, chance: random.Random) -> None:
    """Work from several senders, and a kill at a seeded moment of it."""
    senders = [
        threading.Thread(target=work, args=(server.base, header, heard, random.Random(chance.random())))
        for _ in range(SENDERS)
    ]
    for sender in senders:
        sender.start()
    before, wanted = len(heard.exports), chance.randrange(5, 40)
    end = time.monotonic() + 20
    while len(heard.exports) < before + wanted and time.monotonic() < end:
        time.sleep(0.002)
    server.stop(signal.SIGKILL)
    for sender in senders:
        sender.join(30)


def weather(data: Path, database: dict[str, str], kills: int) -> Heard:
    """As many storms as kills, on one folder and one database."""
    heard, chance = Heard({}, set(), set()), random.Random(3)
    made = command(data, "token", "create", "--scope", "admin", "--as", "ann", **database)
    header = {"Authorization": f"Bearer {made.stdout.strip()}"}
    for _ in range(kills):
        with running(data, **database) as server:
            storm(server, header, heard, chance)
    return heard


async def check(house: House, heard: Heard) -> None:
    """Everything that was answered is there, and everything that is there is whole."""
    events = await house.events()
    of = Counter((event.kind, event.subject) for event in events)
    exports = {row.id: row for row in await Export.all()}
    strategies = {row.id: row for row in await Strategy.all()}
    versions = Counter(row.strategy for row in await Version.all())
    decisions = Counter(row.strategy for row in await Decision.all())
    digests = {(row.strategy, row.digest) for row in await Version.all()}

    assert heard.exports.keys() <= exports.keys()
    assert heard.edited <= digests
    assert heard.approved <= {(row.strategy, row.digest) for row in await Decision.all()}
    assert {subject for kind, subject in of if kind == "export.received"} == exports.keys()
    assert set(Counter(row.export for row in strategies.values()).values()) == {2}
    assert {row.export for row in strategies.values()} == exports.keys()
    for export, ids in heard.exports.items():
        assert sorted(ids) == sorted(row.id for row in strategies.values() if row.export == export)
    for name, row in strategies.items():
        counted = {kind: of[kind, name] for kind in ("strategy.proposed", "strategy.decided", "strategy.edited")}
        assert counted == {
            "strategy.proposed": 1,
            "strategy.decided": decisions[name],
            "strategy.edited": versions[name] - 1,
        }
        assert (name, row.digest) in digests
        last = next(event.kind for event in reversed(events) if event.subject == name and event.kind in STATES)
        assert row.state in STATES[last], (name, last)
        assert of["strategy.approved", name] == (1 if row.kind == "watch" else decisions[name])


async def after(data: Path, database: dict[str, str], heard: Heard) -> None:
    async with opened(data, **database) as house:
        await check(house, heard)
        every = await written(house)
        wanted = [event.seq for event in await house.events(*KINDS)]
    numbers = [int(one.message.decode().rpartition("Event: ")[2]) for one in commits(data / "strategies")]
    assert numbers == wanted
    assert len(every) == len(wanted)


def test_nothing_is_lost_and_nothing_is_half_there_after_kills(tmp_path: Path, database: dict[str, str]) -> None:
    heard = weather(tmp_path, database, 3)
    assert len(heard.exports) >= 10
    asyncio.run(after(tmp_path, database, heard))


@pytest.mark.soak
def test_nothing_is_lost_and_nothing_is_half_there_after_thirty_kills(tmp_path: Path, database: dict[str, str]) -> None:
    heard = weather(tmp_path, database, 30)
    assert len(heard.exports) >= 300
    asyncio.run(after(tmp_path, database, heard))
