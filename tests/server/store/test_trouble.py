"""A database in trouble: one error, nothing half done, and everything goes on once it is over."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import sqlite3
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from server.store import postgres as backend
from server.store import store as store_module
from server.store.events import follow, read_after
from server.store.store import EVENT, Store, StoreUnavailable
from server.store.tables import Flag
from tests.server.store.databases import HOST, PORT, Postgres
from tests.server.store.test_events import take

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.anyio


async def add(store: Store, name: str) -> None:
    async with store.write() as work:
        await Flag.create(name=name, value="", using_db=work.connection)
        work.record("kill.set", name, {})


async def names() -> list[str]:
    """The names of the flags, which are those of the events."""
    subjects = [row.subject for row in await read_after(0)]
    flags: list[Any] = await Flag.all().order_by("name").values_list("name", flat=True)
    assert flags == sorted(subjects)
    return subjects


@contextlib.asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    store = Store(url)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


async def test_a_locked_database_is_unavailable_until_it_is_free(sqlite_path: Path) -> None:
    async with opened(f"sqlite://{sqlite_path}") as store:
        with contextlib.closing(sqlite3.connect(sqlite_path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreUnavailable, match="locked"):
                await add(store, "a")
            assert await names() == []
        await add(store, "b")
        assert await names() == ["b"]


async def test_nobody_writes_between_what_a_unit_of_work_reads_and_what_it_writes(sqlite_path: Path) -> None:
    async with opened(f"sqlite://{sqlite_path}") as store:
        with contextlib.closing(sqlite3.connect(sqlite_path, isolation_level=None, timeout=0)) as other:
            async with store.write() as work:
                assert await Flag.all().using_db(work.connection).count() == 0
                with pytest.raises(sqlite3.OperationalError, match="locked"):
                    other.execute("INSERT INTO flag VALUES ('a', '')")
                await Flag.create(name="b", value="", using_db=work.connection)
                work.record("kill.set", "b", {})
        assert await names() == ["b"]


async def test_a_short_lock_is_waited_for(sqlite_path: Path) -> None:
    async with opened(f"sqlite://{sqlite_path}") as store:
        with contextlib.closing(sqlite3.connect(sqlite_path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            adding = asyncio.create_task(add(store, "a"))
            await asyncio.sleep(0.3)
            other.execute("ROLLBACK")
            await adding
        assert await names() == ["a"]


async def test_a_full_disk_is_unavailable_until_there_is_room(sqlite_path: Path) -> None:
    async with opened(f"sqlite://{sqlite_path}") as store:
        await limit_pages(store, 1)
        with pytest.raises(StoreUnavailable, match="full"):
            async with store.write() as work:
                for number in range(2000):
                    await work.insert_many(Flag, [{"name": f"n{number}", "value": "x" * 1000}])
        assert await names() == []
        await add(store, "b")
        assert await names() == ["b"]


async def limit_pages(store: Store, count: int) -> None:
    async with store._open_database().acquire_connection() as connection:
        await connection.execute(f"PRAGMA max_page_count = {count}")


async def test_a_file_that_was_moved_away_is_unavailable_until_it_is_back(sqlite_path: Path) -> None:
    away = sqlite_path.with_suffix(".away")
    async with opened(f"sqlite://{sqlite_path}") as store:
        await add(store, "a")
        sqlite_path.rename(away)
        for act in (store.ping(), add(store, "lost"), read_after(0)):
            with pytest.raises(StoreUnavailable, match="cannot be reached"):
                await act
        assert not sqlite_path.exists()
        away.rename(sqlite_path)
        await store.ping()
        await add(store, "b")
        assert await names() == ["a", "b"]


async def test_a_file_that_was_replaced_is_written_from_then_on(sqlite_path: Path, tmp_path: Path) -> None:
    async with opened(f"sqlite://{sqlite_path}") as store:
        await add(store, "a")
    shutil.copy(sqlite_path, tmp_path / "backup.db")
    async with opened(f"sqlite://{sqlite_path}") as store:
        await add(store, "b")
        for file in sqlite_path.parent.iterdir():
            file.unlink()
        shutil.copy(tmp_path / "backup.db", sqlite_path)
        assert await names() == ["a"]
        await add(store, "c")
    async with opened(f"sqlite://{sqlite_path}"):
        assert await names() == ["a", "c"]


async def test_an_empty_file_in_its_place_is_unavailable(sqlite_path: Path) -> None:
    async with opened(f"sqlite://{sqlite_path}") as store:
        sqlite_path.unlink()
        sqlite_path.touch()
        for act in (store.ping(), add(store, "a"), read_after(0)):
            with pytest.raises(StoreUnavailable, match="no such table"):
                await act


async def test_a_connection_that_somebody_closed_is_made_anew(sqlite_path: Path) -> None:
    async with opened(f"sqlite://{sqlite_path}") as store:
        for act in (store.ping, names, partial(add, store, "lost")):
            async with store._open_database().acquire_connection() as connection:
                await connection.close()
            with pytest.raises(StoreUnavailable, match="closed"):
                await act()
        await add(store, "b")
        assert await names() == ["b"]


async def test_nobody_waits_for_his_turn_for_ever(sqlite_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "TURN_SECONDS", 0.1)
    async with opened(f"sqlite://{sqlite_path}") as store:
        async with store.write() as work:
            work.record("kill.set", "a", {})
            with pytest.raises(StoreUnavailable, match="busy"):
                await asyncio.create_task(add(store, "b"))
        assert [row.subject for row in await read_after(0)] == ["a"]


async def test_no_log_carries_what_is_stored(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await add(store, "canary-1")
    assert await names() == ["canary-1"]
    async with store.write() as work:
        await work.insert_many(Flag, [{"name": "canary-2", "value": ""}])
    assert "canary" not in caplog.text


async def test_what_is_no_database_cannot_be_opened(sqlite_path: Path) -> None:
    sqlite_path.parent.mkdir()
    sqlite_path.write_bytes(b"not a database " * 100)
    with pytest.raises(StoreUnavailable, match="not a database"):
        await Store(f"sqlite://{sqlite_path}").open()


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(StoreUnavailable, match="cannot be made"):
        await Store(f"sqlite://{tmp_path / 'data' / 'drawbridge.db'}").open()


async def test_the_file_is_its_owners_alone(sqlite_path: Path) -> None:
    async with opened(f"sqlite://{sqlite_path}") as store:
        await add(store, "a")
        modes = {file.name: file.stat().st_mode & 0o777 for file in sqlite_path.parent.iterdir()}
    assert modes == dict.fromkeys(("drawbridge.db", "drawbridge.db-wal", "drawbridge.db-shm"), 0o600)
    assert sqlite_path.parent.stat().st_mode & 0o777 == 0o700


async def test_a_commit_is_synced(sqlite_path: Path) -> None:
    async with opened(f"sqlite://{sqlite_path}"):
        pragmas = [await pragma(name) for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")]
    assert pragmas == ["wal", 2, 1, 2000]


async def pragma(name: str) -> Any:
    return (await Flag._meta.db.execute_query_dict(f"PRAGMA {name}"))[0].popitem()[1]


class Gate:
    """A way to PostgreSQL that can be shut, cut and held up."""

    def __init__(self) -> None:
        self._writers: list[asyncio.StreamWriter] = []
        self._passing: set[asyncio.Task[Any]] = set()
        self._server: asyncio.Server | None = None
        self._flows = asyncio.Event()
        self._flows.set()
        self.port = 0

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._pass, HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def shut(self) -> None:
        assert self._server
        self._server.close()
        self.cut()
        await self._server.wait_closed()
        await asyncio.gather(*self._passing)

    def hold(self) -> None:
        self._flows.clear()

    def release(self) -> None:
        self._flows.set()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._passing.add(task)
        task.add_done_callback(self._passing.discard)
        there, here = await asyncio.open_connection(HOST, PORT)
        self._writers += [writer, here]
        await asyncio.gather(self._pump(reader, here), self._pump(there, writer))

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                await self._flows.wait()
                sink.write(data)
                await sink.drain()
        sink.close()


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


async def test_an_event_waits_for_one_of_another_process_that_has_a_lower_number(postgres: Postgres) -> None:
    credentials = {"user": postgres.user, "host": HOST, "port": PORT, "database": postgres.name}
    async with opened(postgres.url) as store, another(credentials) as other:
        async with other.transaction() as first:
            await first.execute_query(f"SELECT pg_advisory_xact_lock({backend.ORDER_LOCK})")
            await first.insert_rows(*EVENT, [(0, "kill.set", "a", None, "{}")])
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


async def test_a_wrong_value_is_no_trouble_of_the_database(store: Store) -> None:
    row = {"name": "a", "value": object()}
    with pytest.raises(Exception) as raised:  # noqa: PT011 - each driver has its own
        async with store.write() as work:
            await work.insert_many(Flag, [row])
    assert not isinstance(raised.value, StoreUnavailable)
    await add(store, "b")
    assert await names() == ["b"]


async def test_a_follower_outlasts_an_outage(sqlite_path: Path) -> None:
    away = sqlite_path.with_suffix(".away")
    async with opened(f"sqlite://{sqlite_path}") as store:
        following = asyncio.create_task(take(follow(store, 0), 2))
        await add(store, "a")
        sqlite_path.rename(away)
        await asyncio.sleep(0.7)
        away.rename(sqlite_path)
        await add(store, "b")
        assert await following == [1, 2]


async def test_while_one_waits_for_a_lock_the_event_loop_runs(sqlite_path: Path) -> None:
    async with opened(f"sqlite://{sqlite_path}") as store:
        with contextlib.closing(sqlite3.connect(sqlite_path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            adding = asyncio.create_task(add(store, "a"))
            turns = 0
            while turns < 50:
                await asyncio.sleep(0.001)
                turns += 1
            assert not adding.done()
            other.execute("ROLLBACK")
            await adding
