"""What the tests of the store do with one."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from server.store.events import read_after
from server.store.store import Store
from server.store.tables import Flag

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.store.events import EventRow


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


async def take(rows: AsyncIterator[EventRow], count: int) -> list[int]:
    numbers: list[int] = []
    async with asyncio.timeout(20):
        async for row in rows:
            numbers.append(row.seq)
            if len(numbers) == count:
                break
    return numbers
