"""Opening the store, and the unit of work: one transaction whose events are written with what causes them.

Every write goes through ``Store.write``: one at a time, so that the event log's numbers rise in commit order and a
reader that has seen number n has seen everything before it. Readers are told after the commit.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from tortoise import Tortoise, connections
from tortoise.exceptions import BaseORMException
from tortoise.transactions import in_transaction

from server.clock import now_ms
from server.store.tables import Event

if TYPE_CHECKING:
    from tortoise.backends.base.client import BaseDBAsyncClient

MODULES = {"models": ["server.store.tables"]}
ORDER_LOCK = 7_236_482_011  # PostgreSQL advisory lock: event numbers rise in commit order among processes, too


class StoreUnavailable(RuntimeError):
    """The database does not answer; nothing was written."""


class Work:
    """One transaction: pass ``connection`` to Tortoise as ``using_db``; ``record`` adds to the event log."""

    def __init__(self, connection: BaseDBAsyncClient) -> None:
        self.connection = connection
        self.events: list[Event] = []

    def record(self, kind: str, subject: str, data: dict[str, Any], person: str | None = None) -> None:
        """Add a state change to the event log; it is written when the work commits."""
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        self.events.append(Event(at=now_ms(), kind=kind, subject=subject, person=person, data=text))


class Store:
    """The open store. ``changed`` is notified after each commit that added events."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.last_seq = 0
        self.changed = asyncio.Condition()
        self._writing = asyncio.Lock()

    @property
    def postgres(self) -> bool:
        """Whether this is PostgreSQL."""
        return self.url.startswith(("postgres", "asyncpg"))

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Work]:
        """A unit of work; commits at the end, rolls back on any error. Raises StoreUnavailable."""
        async with self._writing:
            try:
                async with in_transaction() as connection:
                    work = Work(connection)
                    yield work
                    await self._append(work)
            except (BaseORMException, OSError) as error:
                raise StoreUnavailable(str(error)) from error
        if work.events:
            async with self.changed:
                self.changed.notify_all()
