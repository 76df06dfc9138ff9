"""Group commit: what waits is written together, each item succeeds or fails by itself, and nobody waits for ever."""

from __future__ import annotations

import asyncio

import pytest

from server.store.group_commit import GroupCommit
from server.store.unavailable import StoreUnavailable

pytestmark = pytest.mark.anyio


class Disk:
    """Commits once it is let: not what holds a zero, and nothing below zero; ``commits`` are those it has taken."""

    def __init__(self) -> None:
        self.tried: list[list[int]] = []
        self.commits: list[list[int]] = []
        self.open = asyncio.Event()
        self.open.set()

    async def write(self, items: list[int]) -> list[int]:
        self.tried.append(items)
        await self.open.wait()
        if any(item < 0 for item in items):
            msg = "the disk is gone"
            raise StoreUnavailable(msg)
        results = [100 // item for item in items]
        self.commits.append(items)
        return results


async def submitted(group: GroupCommit[int, int], items: list[int]) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(group.submit(item)) for item in items]
    await asyncio.sleep(0)
    return tasks


async def test_the_first_is_written_at_once_and_what_comes_meanwhile_together() -> None:
    disk = Disk()
    group = GroupCommit(disk.write, 100)
    disk.open.clear()
    first = await submitted(group, [1])
    await asyncio.sleep(0)
    more = await submitted(group, [2, 4, 5])
    assert group.depth == 3
    disk.open.set()
    assert await asyncio.gather(*first, *more) == [100, 50, 25, 20]
    assert disk.commits == [[1], [2, 4, 5]]


async def test_a_transaction_takes_so_much_and_at_least_one_item() -> None:
    disk = Disk()
    group = GroupCommit(disk.write, 10, lambda item: item)
    await asyncio.gather(*await submitted(group, [5, 5, 1, 50, 2, 8, 1]))
    assert disk.commits == [[5, 5], [1], [50], [2, 8], [1]]


async def test_one_that_cannot_be_written_fails_alone() -> None:
    disk = Disk()
    group = GroupCommit(disk.write, 100)
    results = await asyncio.gather(*await submitted(group, [1, 0, 2]), return_exceptions=True)
    assert [type(one) for one in results] == [int, ZeroDivisionError, int]
    assert disk.tried == [[1, 0, 2], [1], [0], [2]]
    assert disk.commits == [[1], [2]]


async def test_trouble_of_the_store_is_told_to_all_at_once_and_the_next_may_succeed() -> None:
    disk = Disk()
    group = GroupCommit(disk.write, 100)
    results = await asyncio.gather(*await submitted(group, [1, -1, 2]), return_exceptions=True)
    assert [str(one) for one in results] == ["the disk is gone"] * 3
    assert await group.submit(4) == 25
    assert disk.tried == [[1, -1, 2], [4]]


async def test_a_sender_that_is_cancelled_waits_until_its_item_is_written() -> None:
    disk = Disk()
    group = GroupCommit(disk.write, 100)
    disk.open.clear()
    (sender,) = await submitted(group, [1])
    sender.cancel()
    await asyncio.sleep(0.01)
    assert not sender.done()
    disk.open.set()
    await asyncio.wait([sender])
    assert (sender.cancelled(), disk.commits) == (True, [[1]])


async def test_it_settles_once_nothing_waits() -> None:
    disk = Disk()
    group = GroupCommit(disk.write, 1)
    await group.settle()
    tasks = await submitted(group, [1, 2, 4])
    await group.settle()
    assert disk.commits == [[1], [2], [4]]
    assert all(task.done() for task in tasks) or await asyncio.gather(*tasks)


async def test_where_the_loop_ends_nobody_waits_on() -> None:
    disk = Disk()
    group = GroupCommit(disk.write, 1)
    disk.open.clear()
    senders = await submitted(group, [1, 2])
    await asyncio.sleep(0)
    writer = next(task for task in asyncio.all_tasks() if task.get_name() == "group commit")
    writer.cancel()
    await asyncio.wait(senders, timeout=5)
    assert [task.cancelled() for task in senders] == [True, True]
    disk.open.set()
    assert await group.submit(5) == 20
