"""What an operator asks: alive, ready, metrics, the kill switch; and a database that goes away and comes back."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from tests.server.doors.test_approvals import decide
from tests.server.house import EXAMPLE, House, opened

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio


async def test_the_server_is_live_and_ready(house: House) -> None:
    assert await house.call("GET", "/health/live") == (200, {"status": "live"})
    status, ready = await house.call("GET", "/health/ready")
    assert (status, ready["status"], ready["store"], ready["killed"]) == (200, "ready", "open", False)
    assert set(ready["tasks"].values()) == {"running"}


async def test_the_kill_switch_is_set_once_and_survives_a_restart(tmp_path: Path) -> None:
    async with opened(tmp_path) as house:
        approve = await house.token("approve", "ann")
        _, first = await house.call("POST", "/api/kill", approve)
        _, second = await house.call("POST", "/api/kill", await house.token("approve", "bob"))
        assert (first["set"], first["person"], second) == (True, "ann", first)
        assert [event.person for event in await house.events("kill.set")] == ["ann"]
    async with opened(tmp_path) as house:
        assert (await house.call("GET", "/health/ready"))[1]["killed"] is True
        approve = await house.token("approve", "ann")
        for _ in range(2):
            status, after = await house.call("POST", "/api/resume", approve)
            assert (status, after["set"]) == (200, False)
        assert len(await house.events("kill.cleared")) == 1
        assert (await house.call("GET", "/health/ready"))[1]["killed"] is False


async def test_metrics_name_route_templates_and_never_paths(house: House) -> None:
    view = await house.token("view")
    await house.client.get("/api/strategies/str_secret", headers=view)
    await house.client.get("/something/secret", headers=view)
    await house.client.request("BREW", "/health/live")
    text = (await house.client.get("/metrics")).text
    assert 'route="/api/strategies/{strategy_id}",status="404"' in text
    assert 'route="(no route)",status="404"' in text
    assert "secret" not in text
    assert "BREW" not in text


@pytest.fixture
async def held(house: House) -> sqlite3.Connection:
    """Another process that holds the database's write lock."""
    other = sqlite3.connect(house.data / "drawbridge.db", isolation_level=None)
    other.execute("PRAGMA busy_timeout=0")
    return other


async def test_a_database_that_does_not_take_writes_is_a_503_and_nothing_half(
    house: House, held: sqlite3.Connection
) -> None:
    one = await house.proposed()
    export, approve = await house.token("export"), await house.token("approve")
    before = house.store.last_seq
    held.execute("BEGIN EXCLUSIVE")
    try:
        calls = [
            house.call("POST", "/api/exports", export, content=EXAMPLE.read_bytes()),
            house.call("POST", "/api/kill", approve),
            house.call(
                "POST",
                f"/api/strategies/{one['id']}/approvals",
                approve,
                json={"digest": one["digest"], "decision": "approve", "for": "paper"},
            ),
        ]
        answers = await asyncio.gather(*calls)
        assert [(status, body["title"]) for status, body in answers] == [(503, "Unavailable")] * 3
        assert (await house.call("GET", "/api/strategies", approve))[0] == 200
    finally:
        held.execute("ROLLBACK")
        held.close()
    assert [event for event in await house.events() if event.seq > before and event.kind.startswith("export")] == []
    assert (await decide(house, one))[0] == 200
    assert (await house.call("POST", "/api/exports", export, content=EXAMPLE.read_bytes()))[0] == 201


async def test_a_closed_database_is_a_503_at_every_door_and_everything_is_back_with_it(house: House) -> None:
    one = await house.proposed()
    admin = await house.token("admin")
    cookie, form = await house.session()
    doors = [
        ("GET", "/health/ready", {}, b""),
        ("GET", "/api/strategies", admin, b""),
        ("GET", "/api/strategies", cookie, b""),
        ("GET", f"/api/strategies/{one['id']}/versions", admin, b""),
        ("GET", "/api/alerts", admin, b""),
        ("POST", "/api/exports", admin, EXAMPLE.read_bytes()),
        ("POST", "/api/kill", form, b""),
    ]
    await house.store.close()
    for method, path, headers, content in doors:
        status, problem = await house.call(method, path, headers, content=content)
        assert (path, status, problem["title"]) == (path, 503, "Unavailable")
    assert (await house.call("GET", "/health/live"))[0] == 200
    await asyncio.sleep(0.1)  # for what works beside the doors to notice
    await house.store.open()
    for method, path, headers, content in doors:
        status, _ = await house.call(method, path, headers, content=content)
        assert (path, status in {200, 201}) == (path, True)
    assert len(await house.events("export.received")) == 2

    async def back() -> bool:
        tasks = (await house.call("GET", "/health/ready"))[1]["tasks"]
        return set(tasks.values()) == {"running"}

    for _ in range(100):
        if await back():
            break
        await asyncio.sleep(0.05)
    assert await back()


async def test_a_failing_task_is_told_and_begun_again(house: House) -> None:
    tasks: Any = house.app.dependencies["tasks"].dependency()  # type: ignore[union-attr]
    tries: list[int] = []

    async def job() -> None:
        tries.append(len(tries))
        if len(tries) == 1:
            raise OSError("the disk is full")
        await asyncio.sleep(60)

    tasks.start("trial", job)
    await asyncio.sleep(0.05)
    assert tasks.states()["trial"] == "failing"
    assert (await house.call("GET", "/health/ready"))[1]["tasks"]["trial"] == "failing"
    await asyncio.sleep(1.2)
    assert (tries, tasks.states()["trial"]) == ([0, 1], "running")
    assert 'drawbridge_task_failures_total{task="trial"} 1.0' in (await house.client.get("/metrics")).text
