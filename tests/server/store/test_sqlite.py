"""SQLite in trouble: one error, nothing half done, and everything goes on once it is over."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sqlite3
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from server.store.events import follow, read_after
from server.store.store import Store, StoreUnavailable
from server.store.tables import Flag
from tests.server.store.using import add, names, opened, take

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio


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
                    work.insert(Flag, [{"name": f"n{number}", "value": "x" * 1000}])
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


async def test_what_follows_a_failure_in_a_unit_of_work_is_refused_with_it(sqlite_path: Path) -> None:
    async with opened(f"sqlite://{sqlite_path}") as store:
        await limit_pages(store, 1)
        with pytest.raises(StoreUnavailable, match="the transaction ended"):
            async with store.write() as work:
                with pytest.raises(StoreUnavailable, match="full"):
                    flags = [Flag(name=f"n{number}", value="x" * 1000) for number in range(2000)]
                    await Flag.bulk_create(flags, using_db=work.connection)
                await Flag.create(name="late", value="", using_db=work.connection)
        assert await names() == []


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
