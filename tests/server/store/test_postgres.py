"""PostgreSQL in trouble: one error, nothing half done, and everything goes on once it is over."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from server.store import postgres as backend
from server.store.events import read_after
from server.store.store import EVENT, Store, StoreUnavailable
from server.store.tables import Flag
from tests.server.store.databases import HOST, PORT, Postgres
from tests.server.store.gate import Gate
from tests.server.store.using import add, names, opened

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.anyio


@pytest.fixture
async def gate() -> AsyncIterator[Gate]:
    gate = Gate()
    await gate.open()
    yield gate
    gate.release()
    await gate.shut()


@pytest.fixture
async def far(postgres: Postgres, gate: Gate) -> AsyncIterator[Store]:
    async with opened(f"postgres://{postgres.user}@{HOST}:{gate.port}/{postgres.name}") as store:
        yield store


async def test_refused_connections_are_unavailable_until_the_server_is_back(far: Store, gate: Gate) -> None:
    await add(far, "a")
    await gate.shut()
    for act in (add(far, "lost"), far.ping(), read_after(0), add(far, "lost")):
        with pytest.raises(StoreUnavailable):
            await act
    await gate.open()
    await add(far, "b")
    assert await names() == ["a", "b"]


async def test_a_connection_lost_in_the_middle_leaves_nothing(far: Store, gate: Gate) -> None:
    with pytest.raises(StoreUnavailable):
        async with far.write() as work:
            await Flag.create(name="lost", value="", using_db=work.connection)
            work.record("kill.set", "lost", {})
            gate.cut()
    await add(far, "b")
    assert await names() == ["b"]


async def test_an_error_of_the_caller_is_told_even_if_the_connection_went_with_it(far: Store, gate: Gate) -> None:
    with pytest.raises(ZeroDivisionError):
        async with far.write() as work:
            await Flag.create(name="lost", value="", using_db=work.connection)
            gate.cut()
            raise ZeroDivisionError
    await add(far, "b")
    assert await names() == ["b"]


async def test_a_server_that_does_not_answer_is_unavailable(
    postgres: Postgres, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "ANSWERING_SECONDS", 0.4)
    monkeypatch.setattr(backend, "CONNECTING_SECONDS", 0.4)
    async with opened(f"postgres://{postgres.user}@{HOST}:{gate.port}/{postgres.name}") as store:
        gate.hold()
        with pytest.raises(StoreUnavailable):
            await add(store, "a")
        gate.release()
        for _ in range(20):
            with contextlib.suppress(StoreUnavailable):
                await add(store, "b")
                break
        assert (await names())[-1] == "b"


async def test_sessions_that_the_server_ended_are_made_anew(postgres: Postgres) -> None:
    others = "pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    async with opened(postgres.url) as store:
        await add(store, "a")
        await asyncio.gather(*(names() for _ in range(8)))
        await postgres.run(f"SELECT pg_terminate_backend(pid) FROM {others}")
        await asyncio.sleep(0.1)
        await add(store, "b")
        assert await names() == ["a", "b"]


async def test_a_session_that_ends_before_the_transaction_begins_is_unavailable_and_nothing_else(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = "pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    begin = backend.PostgresTransaction.begin

    async def too_late(self: backend.PostgresTransaction) -> None:
        await postgres.run(f"SELECT pg_terminate_backend(pid) FROM {others}")
        await asyncio.sleep(0.05)
        await begin(self)

    async with opened(postgres.url) as store:
        await add(store, "a")
        with monkeypatch.context() as patched:
            patched.setattr(backend.PostgresTransaction, "begin", too_late)
            with pytest.raises(StoreUnavailable):
                await add(store, "b")
        await add(store, "c")
        assert await names() == ["a", "c"]


async def test_an_event_waits_for_one_of_another_process_that_has_a_lower_number(postgres: Postgres) -> None:
    credentials = {"user": postgres.user, "host": HOST, "port": PORT, "database": postgres.name}
    async with opened(postgres.url) as store, another(credentials) as other:
        async with other.transaction() as first:
            await first.execute_query(f"SELECT pg_advisory_xact_lock({backend.ORDER_LOCK})")
            await first.insert(("event", EVENT[2], [(0, "kill.set", "a", None, "{}")]))
            adding = asyncio.create_task(add(store, "b"))
            await asyncio.sleep(0.3)
            assert (adding.done(), await postgres.run("SELECT seq FROM event")) == (False, [])
        await adding
        assert [(row.seq, row.subject) for row in await read_after(0)] == [(1, "a"), (2, "b")]


@contextlib.asynccontextmanager
async def another(credentials: dict[str, Any]) -> AsyncIterator[backend.Postgres]:
    client = backend.Postgres(connection_name="postgres", **credentials)
    await client.open()
    try:
        yield client
    finally:
        await client.close()


async def test_no_connection_is_lost_from_the_pool_by_cancelling(postgres: Postgres) -> None:
    async with opened(postgres.url) as store:
        for pause in range(60):
            task = asyncio.create_task(add(store, f"n{pause}"))
            await asyncio.sleep(pause / 20_000)
            task.cancel()
            await asyncio.wait([task])
        async with asyncio.timeout(5):
            await asyncio.gather(*(Flag.all().count() for _ in range(50)))
            await names()


async def test_no_connection_is_lost_from_the_pool_by_cancelling_twice(postgres: Postgres) -> None:
    async with opened(postgres.url) as store:
        for pause in range(3 * backend.CONNECTIONS):
            task = asyncio.create_task(add(store, f"n{pause}"))
            await asyncio.sleep(0.001 + pause / 20_000)
            for _ in range(3):
                task.cancel()
                await asyncio.sleep(0)
            await asyncio.wait([task])
        async with asyncio.timeout(5):
            await asyncio.gather(*(Flag.all().count() for _ in range(50)))
            await names()
