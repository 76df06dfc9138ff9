"""Opening the store, and the unit of work: one transaction whose events are written with what causes them.

Every write goes through ``Store.write``: one at a time, so that the event log's numbers rise in commit order and a
reader that has seen number n has seen everything before it. Readers are told after the commit. Reading needs no more
than Tortoise: a process has one open store, which every task finds.
"""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import asynccontextmanager, suppress
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from tortoise.context import TortoiseContext, get_current_context, set_global_context

from server.clock import now_ms
from server.store.outlasting import outlast
from server.store.schema import config_of, migrate
from server.store.tail import Tail
from server.store.unavailable import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from tortoise.models import Model

    from server.store.postgres import Postgres, PostgresTransaction
    from server.store.rows import Rows
    from server.store.sqlite import Sqlite, SqliteTransaction

__all__ = ["DOWN", "Store", "StoreUnavailable", "Work"]

DOWN: tuple[type[Exception], ...] = (StoreUnavailable,)
EVENT = ("event", "seq", ("at", "kind", "subject", "person", "data"))  # table, key and columns
TURN_SECONDS = 10.0  # how long a unit of work waits for those before it
LOOKING_SECONDS = 0.25  # between looks for the events of other processes
STATEMENT_LOGS = ("tortoise.db_client", "aiosqlite")  # would log every value, alert bodies and sessions among them
ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


class Work:
    """One transaction: pass ``connection`` to Tortoise as ``using_db``; ``record`` adds to the event log.

    What ``insert`` and ``record`` are given is written when the work commits, in one way to the database; until then
    no query finds it.
    """

    def __init__(self, connection: SqliteTransaction | PostgresTransaction) -> None:
        self.connection = connection
        self.events: list[tuple[int, str, str, str | None, str]] = []
        self.rows: list[Rows] = []

    def record(self, kind: str, subject: str, data: Mapping[str, Any], person: str | None = None) -> None:
        """Add a state change to the event log."""
        self.events.append((now_ms(), kind, subject, person, text_of(data)))

    async def alone(self, model: type[Model]) -> None:
        """Let no other process add to a table until this is over; SQLite has one writer at a time anyway."""
        if self.connection.capabilities.dialect == "postgres":
            table = model._meta.db_table  # noqa: SLF001 - as below
            await self.connection.execute_query(f'LOCK TABLE "{table}" IN SHARE ROW EXCLUSIVE MODE')

    def insert(self, model: type[Model], rows: Sequence[Mapping[str, Any]]) -> None:
        """Add rows to a table, without validators and defaults; the work may raise IntegrityError when it commits.

        The first row's keys name the fields, and every row has them.
        """
        if not rows:
            return
        fields = tuple(rows[0])
        take = itemgetter(*fields)
        values = [take(row) for row in rows] if len(fields) > 1 else [(take(row),) for row in rows]
        meta = model._meta  # noqa: SLF001 - where Tortoise keeps a model's names
        columns = tuple(meta.fields_db_projection[field] for field in fields)
        self.rows.append((meta.db_table, columns, values))


def text_of(data: Mapping[str, Any]) -> str:
    """JSON as it is stored: half a surrogate pair, which no database takes, is written as its escape."""
    text = ENCODER.encode(data)
    with suppress(UnicodeEncodeError):
        text.encode()
        return text
    return json.dumps(data, separators=(",", ":"), allow_nan=False)


class _Context(TortoiseContext):
    """What Tortoise finds its connections by; it stays until the next store opens, for late readers."""

    over = False


class Store:
    """The store. ``changed`` is notified whenever ``last_seq`` has risen, and when the store closes."""

    def __init__(self, url: str) -> None:
        self._config = config_of(url)
        self._context = _Context()
        self._database: Sqlite | Postgres | None = None
        self._writing = asyncio.Lock()
        self._writer: asyncio.Task[Any] | None = None
        self._looking: asyncio.Task[None] | None = None
        self.tail = Tail()
        self.changed = asyncio.Condition()

    async def open(self) -> None:
        """Bring the tables up to date and find the log's end; raises StoreUnavailable."""
        await _make_way()
        for name in STATEMENT_LOGS:
            logging.getLogger(name).setLevel(logging.INFO)
        self._context.over = False
        set_global_context(self._context)
        try:
            await self._context.init(config=self._config)
            database: Any = self._context.db()
            self._database = database
            await database.open()
            await migrate(database)
            await self._look()
        except BaseException:
            await self.close()
            raise
        self._looking = asyncio.create_task(self._keep_looking(), name="store")

    async def close(self) -> None:
        """Close the connections, after what is under way; from then on every use is StoreUnavailable."""
        if self._looking:
            self._looking.cancel()
            await asyncio.wait([self._looking])
            self._looking = None
        if self._database:
            await self._database.close()
        self._context.over = True
        await self._tell()

    @property
    def last_seq(self) -> int:
        """The number of the log's last event."""
        return self.tail.end

    @property
    def closed(self) -> bool:
        """Whether it was closed, or never open."""
        return self._database is None or self._database.closed

    async def ping(self) -> None:
        """Ask the database for an answer; raises StoreUnavailable."""
        await self._open_database().execute_query('SELECT 1 FROM "event" LIMIT 1')

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Work]:
        """A unit of work: commits at its end, rolls back on an error or a cancellation. Raises StoreUnavailable."""
        if self._writer is asyncio.current_task():
            msg = "a unit of work was opened inside another one, for whose end it would wait for ever"
            raise RuntimeError(msg)
        async with self._turn():
            self._writer = asyncio.current_task()
            try:
                async with self._open_database().transaction() as connection:
                    work = Work(connection)
                    yield work
                    await outlast(self._finish(work))
            finally:
                self._writer = None

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(TURN_SECONDS):
                await self._writing.acquire()
        except TimeoutError as error:
            msg = "the database was busy for too long"
            raise StoreUnavailable(msg) from error
        try:
            yield
        finally:
            self._writing.release()

    def _open_database(self) -> Sqlite | Postgres:
        if self._database is None:
            msg = "the store is not open"
            raise StoreUnavailable(msg)
        return self._database

    async def _finish(self, work: Work) -> None:
        numbers = await work.connection.finish(work.rows, (*EVENT, work.events))
        if work.events:
            self.tail.add([(number, *event) for number, event in zip(numbers, work.events, strict=True)])
            await self._tell()

    async def _tell(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    async def _look(self) -> None:
        rows = await self._open_database().execute_query_dict('SELECT max("seq") AS last FROM "event"')
        last = rows[0]["last"] or 0
        if last > self.tail.end:  # another process wrote
            self.tail.begin(last)
            await self._tell()

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(LOOKING_SECONDS)
            with suppress(StoreUnavailable):  # told to whoever asks; the next look may succeed
                await self._look()


async def _make_way() -> None:
    """Let go of a store that was open in this process before; raises RuntimeError while one still is."""
    before = get_current_context()
    if before is None:
        return
    if not isinstance(before, _Context) or not before.over:
        msg = "a process has one open store; close it first"
        raise RuntimeError(msg)
    await before.close_connections()
