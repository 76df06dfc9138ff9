"""PostgreSQL behind Tortoise and asyncpg: a pool that comes back by itself, trouble told as StoreUnavailable.

What differs from Tortoise's own backend: neither a cancelled task nor a lost connection leaves a hole in the pool;
nothing waits for an answer for ever; a transaction's last statement is the event log's, under a lock that all
processes share, so that numbers become visible in their order.
"""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import NestedTransactionContext
from tortoise.connection import get_connections
from tortoise.exceptions import IntegrityError

from server.store.outlasting import outlast
from server.store.rows import NOTHING
from server.store.unavailable import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from server.store.rows import Numbered, Rows

ORDER_LOCK = 7_236_482_011  # advisory lock, held from an event's number to its commit
CONNECTING_SECONDS = 5.0
ANSWERING_SECONDS = 10.0
CONNECTIONS = 8
DRIVER = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
TROUBLE = (*DRIVER, OSError, TimeoutError)
FAULTS_OF_THE_CALL = (asyncpg.DataError, asyncpg.SyntaxOrAccessError, asyncpg.InFailedSQLTransactionError)
YET_TROUBLE = (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError)  # somebody else's doing, not the call's


@contextmanager
def answering(trouble: tuple[type[Exception], ...] = TROUBLE) -> Iterator[None]:
    """Raise StoreUnavailable where the database is at fault, IntegrityError where a row is; all else passes."""
    try:
        yield
    except asyncpg.IntegrityConstraintViolationError as error:
        raise IntegrityError(error) from error
    except trouble as error:
        if isinstance(error, FAULTS_OF_THE_CALL) and not isinstance(error, YET_TROUBLE):
            raise
        raise StoreUnavailable(str(error) or "the database took too long to answer") from error


async def as_it_is(_: Any) -> None:
    """Between two users of a connection: nothing here changes a session, so there is nothing to reset."""


class Postgres(AsyncpgDBClient):
    """The client: ``open`` connects, a lost connection is made anew at its next use, ``close`` is final."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        times = {"timeout": CONNECTING_SECONDS, "command_timeout": ANSWERING_SECONDS}
        pool = {
            "minsize": 0,
            "maxsize": CONNECTIONS,
            "reset": as_it_is,
        }  # connects when it is asked to
        super().__init__(*args, **{**times, **pool, **kwargs})
        self.closed = True

    async def open(self) -> None:
        """Connect; raises StoreUnavailable."""
        self.closed = False
        async with self.acquire_connection():
            pass

    async def close(self) -> None:
        """Close for good."""
        self.closed = True
        await super().close()
        self._bound_loop = None

    async def _ready(self) -> asyncpg.Pool[Any]:
        if self.closed:
            msg = "the store is closed"
            raise StoreUnavailable(msg)
        async with self._pool_init_lock:
            if self._pool is None:
                await self.create_connection(with_db=True)
        assert self._pool  # noqa: S101 - create_connection sets it or raises
        return self._pool

    @asynccontextmanager
    async def acquire_connection(self) -> AsyncIterator[Any]:  # type: ignore[override]
        """A connection of the pool."""
        with answering():
            pool = await self._ready()
            async with pool.acquire(timeout=ANSWERING_SECONDS) as connection:
                yield connection

    def _in_transaction(self) -> Any:
        return self.transaction()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[PostgresTransaction]:
        """A transaction, found by Tortoise in this task and in those it starts; commits unless an error ends it."""
        with answering():
            pool = await self._ready()
            connection = await pool.acquire(timeout=ANSWERING_SECONDS)
        transaction = PostgresTransaction(self, connection)
        token = get_connections().set(self.connection_name, transaction)
        try:
            await outlast(transaction.begin())
            with answering(DRIVER):
                yield transaction
                await transaction.commit()
        finally:
            get_connections().reset(token)
            try:
                await transaction.end()
            finally:
                with suppress(*TROUBLE):
                    await pool.release(connection)


class PostgresTransaction(TransactionWrapper):
    """What a transaction's statements go through. A task that outlives it goes on with the client's own connections."""

    def __init__(self, parent: Postgres | PostgresTransaction, connection: Any) -> None:
        super().__init__(parent)
        self._connection = connection

    @asynccontextmanager
    async def acquire_connection(self) -> AsyncIterator[Any]:  # type: ignore[override]
        """The connection, for one statement at a time."""
        if self._finalized:
            async with self._parent.acquire_connection() as connection:
                yield connection
            return
        async with self._lock:
            with answering():
                yield self._connection

    def _in_transaction(self) -> Any:
        return NestedTransactionContext(PostgresTransaction(self, self._connection))

    async def insert(self, rows: Rows) -> None:
        """Insert rows as they are."""
        table, columns, values = rows
        names = ", ".join(f'"{column}"' for column in columns)
        marks = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
        await self.execute_many(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', list(values))  # noqa: S608 - our own names

    async def _numbered(self, rows: Numbered) -> list[int]:
        """Insert rows with keys that nobody else's come between."""
        table, key, columns, values = rows
        await self.execute_query(f"SELECT pg_advisory_xact_lock({ORDER_LOCK})")
        drawn = f"SELECT nextval(pg_get_serial_sequence('{table}', '{key}')) AS key FROM generate_series(1, $1)"  # noqa: S608
        keys = [row["key"] for row in await self.execute_query_dict(drawn, [len(values)])]
        await self.insert((table, (key, *columns), [(key, *row) for key, row in zip(keys, values, strict=True)]))
        return keys

    async def finish(self, rows: Sequence[Rows], numbered: Numbered) -> Sequence[int]:
        """Insert the last rows and commit; the keys of the numbered ones."""
        for part in rows:
            await self.insert(part)
        keys = await self._numbered(numbered) if numbered[-1] else []
        with answering():
            await super().commit()
        return keys

    async def begin(self) -> None:
        """Begin; also a savepoint."""
        with answering():
            await super().begin()

    async def rollback(self) -> None:
        """Undo; also to a savepoint."""
        with answering():
            await super().rollback()

    async def commit(self) -> None:
        """Commit, unless that was done."""
        if not self._finalized:
            await outlast(self.finish((), NOTHING))

    async def end(self) -> None:
        """Undo what was not committed; where even its beginning failed, there is nothing to undo."""
        if not self._finalized and self.transaction is not None:
            with suppress(StoreUnavailable):  # gone with the connection, then
                await outlast(self.rollback())
        self._finalized = True


client_class = Postgres
