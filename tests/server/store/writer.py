"""A process that writes until it is killed: ``python -m tests.server.store.writer URL NAME COUNT TASKS``.

Each unit of work adds a flag, an alert and an event of the same name; its name is printed once it is committed.
"""

from __future__ import annotations

import asyncio
import os
import sys

from server.store.store import Store
from server.store.tables import Alert, Flag

ALERT = {
    "hook": "tok_1",
    "received_at": 0,
    "body": b"\x00\xff",
    "status": "accepted",
    "reason": "",
    "form": "json",
    "symbol": None,
    "duplicate_key": None,
    "duplicate_of": None,
    "replay_of": None,
}


async def write(store: Store, name: str) -> None:
    async with store.write() as work:
        await Flag.create(name=name, value="", using_db=work.connection)
        work.insert(Alert, [{"id": name, **ALERT}])
        work.record("alert.received", name, {})
    os.write(1, f"{name}\n".encode())


async def main(url: str, name: str, count: int, tasks: int) -> None:
    async def some(first: int) -> None:
        for number in range(first, count, tasks):
            await write(store, f"{name}{number}")

    store = Store(url)
    await store.open()
    os.write(1, b"open\n")
    try:
        await asyncio.gather(*(some(first) for first in range(tasks)))
    finally:
        await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
