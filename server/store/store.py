"""Opening the store, and the unit of work: one transaction whose events are written with what causes them.

Every write goes through ``Store.write``: one at a time, so that the event log's numbers rise in commit order and a
reader that has seen number n has seen everything before it. Readers are told after the commit.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import asyncpg
from tortoise.context import TortoiseContext, set_global_context
from tortoise.exceptions import (
    BaseORMException,
    DBConnectionError,
    IntegrityError,
    NotExistOrMultiple,
    OperationalError,
)
from tortoise.transactions import in_transaction

from server.clock import now_ms
from server.store.schema import APPS, migrate
from server.store.tables import Event

if TYPE_CHECKING:
    from tortoise.backends.base.client import BaseDBAsyncClient
    from tortoise.models import Model

ORDER_LOCK = 7_236_482_011  # PostgreSQL advisory lock: event numbers rise in commit order among processes, too


class StoreUnavailable(RuntimeError):
    """The database does not answer; nothing was written."""


# What reading from a database in trouble may raise; ``Store.write`` says StoreUnavailable.
DOWN: tuple[type[Exception], ...] = (
    StoreUnavailable, OperationalError, DBConnectionError, asyncpg.PostgresError, asyncpg.InterfaceError,
    sqlite3.Error, ConnectionError, TimeoutError,
)  # fmt: skip


class Work:
    """One transaction: pass ``connection`` to Tortoise as ``using_db``; ``record`` adds to the event log."""

    def __init__(self, connection: BaseDBAsyncClient) -> None:
        self.connection = connection
        self.events: list[tuple[int, str, str, str | None, str]] = []

    def record(self, kind: str, subject: str, data: Mapping[str, Any], person: str | None = None) -> None:
        """Add a state change to the event log; it is written when the work commits."""
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        self.events.append((now_ms(), kind, subject, person, text))

    async def insert_many(self, model: type[Model], rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows, each naming the same fields, in one call of the driver, without validators and defaults."""
        if not rows:
            return
        columns = tuple(rows[0])
        take = itemgetter(*columns)
        values = [take(row) if len(columns) > 1 else (take(row),) for row in rows]
        await self.insert_tuples(model, columns, values)

    async def insert_tuples(self, model: type[Model], columns: Sequence[str], values: list[Any]) -> None:
        postgres = self.connection.capabilities.dialect == "postgres"
        marks = ",".join(f"${n}" if postgres else "?" for n in range(1, len(columns) + 1))
        names = ",".join(f'"{model._meta.fields_db_projection[column]}"' for column in columns)
        await self.connection.execute_many(f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ({marks})', values)


class Store:
    """The open store. ``changed`` is notified after each commit that added events."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.last_seq = 0
        self.changed = asyncio.Condition()
        self._writing = asyncio.Lock()
        self._context = TortoiseContext()

    async def open(self) -> None:
        """Bring the tables up to date and find the log's end; raises StoreUnavailable."""
        connections = {"default": self.url}
        set_global_context(self._context)
        await self._context.init(config={"connections": connections, "apps": APPS})
        await migrate(self._context.db())
        last = await Event.all().order_by("-seq").first()
        self.last_seq = last.seq if last else 0

    async def close(self) -> None:
        """Close the connections."""
        await self._context.close_connections()

    async def ping(self) -> None:
        """Ask the database for an answer; raises StoreUnavailable."""
        try:
            await self._context.db().execute_query("SELECT 1")
        except (BaseORMException, OSError, ValueError) as error:
            raise StoreUnavailable(str(error)) from error

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Work]:
        """A unit of work; commits at the end, rolls back on any error. Raises StoreUnavailable."""
        async with self._writing:
            try:
                async with in_transaction() as connection:
                    work = Work(connection)
                    yield work
                    last = await self._append(work)
            except (IntegrityError, NotExistOrMultiple):
                raise
            except (BaseORMException, OSError) as error:
                raise StoreUnavailable(str(error)) from error
            self.last_seq = last
        if work.events:
            async with self.changed:
                self.changed.notify_all()

    async def _append(self, work: Work) -> int:
        if not work.events:
            return self.last_seq
        if work.connection.capabilities.dialect == "postgres":
            await work.connection.execute_query(f"SELECT pg_advisory_xact_lock({ORDER_LOCK})")
        await work.insert_tuples(Event, ("at", "kind", "subject", "person", "data"), work.events)
        rows = await work.connection.execute_query_dict('SELECT max("seq") AS last FROM "event"')
        return int(rows[0]["last"])
