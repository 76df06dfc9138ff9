"""The event log: in commit order, and whoever follows it misses nothing and sees nothing twice."""

from __future__ import annotations

import asyncio
import random
import sys
from typing import TYPE_CHECKING

import pytest

from server.store import events
from server.store.events import follow, get_cursor, pages, read_after, read_on, set_cursor
from server.store.tables import Flag
from server.store.tail import KEPT
from tests.server.store.using import take

if TYPE_CHECKING:
    from server.store.events import EventRow
    from server.store.store import Store

pytestmark = pytest.mark.anyio


async def add(store: Store, count: int, kind: str = "kill.set") -> None:
    async with store.write() as work:
        for number in range(count):
            work.record(kind, f"s{number}", {"number": number})


async def test_the_log_is_read_in_pages_after_a_number(store: Store) -> None:
    await add(store, 3)
    await add(store, 2, "kill.cleared")
    assert [row.seq for row in await read_after(0)] == [1, 2, 3, 4, 5]
    assert [row.seq for row in await read_after(1, limit=2)] == [2, 3]
    assert [row.seq for row in await read_after(2, kinds=("kill.cleared", "order.filled"))] == [4, 5]
    assert await read_after(2, kinds=()) == []
    assert await read_after(5) == []
    assert [row.data for row in await read_after(3)] == [{"number": 0}, {"number": 1}]


async def test_a_follower_gets_what_was_there_and_then_what_comes(store: Store) -> None:
    await add(store, 1203)
    following = asyncio.create_task(take(follow(store, 3), 1300))
    for count in (1, 40, 59):
        await asyncio.sleep(0.01)
        await add(store, count)
    assert await following == list(range(4, 1304))


async def test_a_follower_of_some_kinds_gets_those_only(store: Store) -> None:
    following = asyncio.create_task(take(follow(store, 0, ("kill.cleared",)), 3))
    await add(store, 2, "kill.cleared")
    await add(store, 700)
    await asyncio.sleep(0.05)
    assert not following.done()
    await add(store, 1, "kill.cleared")
    assert await following == [1, 2, 703]


async def test_a_page_is_at_most_500_events(store: Store) -> None:
    await add(store, 1001)
    sizes = []
    async for page in pages(store, 0):
        sizes.append(len(page))
        if sum(sizes) == 1001:
            break
    assert sizes == [500, 500, 1]


async def test_events_are_in_commit_order_under_200_concurrent_writers(store: Store) -> None:
    dice = random.Random(7)

    async def writer(number: int) -> int:
        await asyncio.sleep(dice.random() / 20)
        async with store.write() as work:
            await Flag.create(name=f"n{number}", value="", using_db=work.connection)
            work.record("kill.set", f"n{number}", {})
            await asyncio.sleep(0)
            if number % 10 == 3:
                raise ZeroDivisionError
            committed.append(f"n{number}")
        return number

    committed: list[str] = []
    followers = [asyncio.create_task(take(follow(store, 0), 180)) for _ in range(3)]
    results = await asyncio.gather(*(writer(number) for number in range(200)), return_exceptions=True)
    log = await read_after(0)
    assert [row.subject for row in log] == committed
    assert sorted(committed) == sorted(f"n{result}" for result in results if isinstance(result, int))
    assert len(committed) == 180
    assert [await following for following in followers] == [[row.seq for row in log]] * 3


async def test_what_has_been_read_is_complete_even_while_other_processes_write(store: Store, url: str) -> None:
    command = [sys.executable, "-m", "tests.server.store.writer", url]
    children = [
        await asyncio.create_subprocess_exec(*command, name, "60", "4", stdout=asyncio.subprocess.DEVNULL)
        for name in ("a", "b")
    ]
    following = asyncio.create_task(take(follow(store, 0), 160))
    for number in range(40):
        await write(store, f"here{number}")
    assert [await child.wait() for child in children] == [0, 0]
    seen = await following
    assert seen == [row.seq for row in await read_after(0)]
    assert len(set(seen)) == 160


async def write(store: Store, name: str) -> None:
    async with store.write() as work:
        await Flag.create(name=name, value="", using_db=work.connection)
        work.record("kill.set", name, {})


async def test_the_events_of_another_process_arrive_by_themselves(store: Store, url: str) -> None:
    following = asyncio.create_task(take(follow(store, 0), 2))
    command = [sys.executable, "-m", "tests.server.store.writer", url, "other", "2", "1"]
    child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
    assert await child.wait() == 0
    async with asyncio.timeout(2):
        assert await following == [1, 2]


async def test_a_follower_ends_when_the_store_closes(store: Store) -> None:
    await add(store, 2)
    following = asyncio.create_task(take(follow(store, 0), 3))
    await asyncio.sleep(0.05)
    await store.close()
    async with asyncio.timeout(2):
        assert await following == [1, 2]


async def test_a_follower_that_is_cancelled_lets_the_others_go_on(store: Store) -> None:
    gone, stays = (asyncio.create_task(take(follow(store, 0), 1)) for _ in range(2))
    await asyncio.sleep(0.05)
    gone.cancel()
    await add(store, 1)
    assert await stays == [1]


async def test_a_cursor_moves_with_the_unit_of_work_that_moves_it(store: Store) -> None:
    assert await get_cursor("repository") == 0
    for seq in (5, 9):
        async with store.write() as work:
            await set_cursor(work, "repository", seq)
        assert await get_cursor("repository") == seq
    with pytest.raises(ZeroDivisionError):
        async with store.write() as work:
            await set_cursor(work, "repository", 10)
            raise ZeroDivisionError
    assert (await get_cursor("repository"), await get_cursor("chat")) == (9, 0)


async def test_whoever_waits_for_news_is_woken_after_the_commit(store: Store) -> None:
    async def woken() -> list[int]:
        async with store.changed:
            await store.changed.wait_for(lambda: store.last_seq == 2)
        return [row.seq for row in await read_after(0)]

    waiting = asyncio.create_task(woken())
    await add(store, 2)
    assert await waiting == [1, 2]


async def test_the_pages_of_a_long_log_are_not_read_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[int] = []

    async def counted(seq: int, limit: int, kinds: tuple[str, ...] | None) -> list[EventRow]:
        reads.append(seq)
        return await read_after(seq, limit, kinds)

    monkeypatch.setattr(events, "read_after", counted)
    store.tail.begin(store.last_seq)
    await add(store, 2 * KEPT)
    await add(store, 1)
    following = asyncio.create_task(take(follow(store, 0, ("kill.cleared",)), 1))
    await asyncio.sleep(0.1)
    await add(store, 1, "kill.cleared")
    assert await following == [2 * KEPT + 2]
    assert reads == [0]


async def test_reading_from_memory_and_from_the_database_is_the_same(store: Store, url: str) -> None:
    dice, kinds = random.Random(11), ("kill.set", "kill.cleared", "order.filled")
    command = [sys.executable, "-m", "tests.server.store.writer", url, "other", "20", "1"]
    child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
    for _ in range(80):
        await add(store, dice.randrange(1, 9), dice.choice(kinds))
        end = store.last_seq
        seq, limit, some = dice.randrange(end + 1), dice.randrange(1, 20), dice.choice((None, kinds[:2]))
        both = await read_on(store, seq, limit, some), await read_after(seq, limit, some)
        from_memory, from_database = ([row for row in page if row.seq <= end] for page in both)
        assert from_memory == from_database
    assert await child.wait() == 0
