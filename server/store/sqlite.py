"""SQLite behind Tortoise: one connection, durable at every commit.

What differs from Tortoise's own backend: a cancelled task leaves neither a lock nor a transaction behind; trouble is
StoreUnavailable, ends the transaction it came in, and the next use opens the file anew. A file that was moved away is
trouble too, since SQLite would go on writing to what nobody finds again.
"""

from __future__ import annotations

import sqlite3
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tortoise.backends.base.client import Capabilities, NestedTransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionWrapper
from tortoise.connection import get_connections

from server.store.outlasting import outlast
from server.store.rows import NOTHING
from server.store.sqlite_file import (
    Connection,
    answering,
    create_file,
    finish,
    identity,
    statements,
    undo,
)
from server.store.unavailable import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from server.store.rows import Numbered, Rows


class Sqlite(SqliteClient):
    """The client: ``open`` makes the file, any later use opens it anew where that is needed, ``close`` is final."""

    _connection: Connection | None
    capabilities = Capabilities(
        "sqlite",
        daemon=False,
        requires_limit=True,
        inline_comment=True,
        support_for_update=False,
        support_update_limit_order_by=False,
        can_rollback_ddl=False,  # it can: but Tortoise would then cut a migration at each semicolon, comments included
        support_returning=True,
    )

    def __init__(self, file_path: str, **kwargs: Any) -> None:
        super().__init__(file_path, **kwargs)
        self._path = Path(file_path)
        self._opened: tuple[int, int] | None = None  # which file
        self.doubtful = False  # after trouble, until it is opened anew
        self.closed = True

    async def open(self) -> None:
        """Make the file where there is none, and open it; raises StoreUnavailable."""
        try:
            create_file(self._path)
        except OSError as error:
            msg = f"the database file {self._path} cannot be made: {error.strerror}"
            raise StoreUnavailable(msg) from error
        self.closed = False
        async with self.acquire_connection():
            pass

    async def create_connection(self, with_db: bool) -> None:  # noqa: ARG002, FBT001 - Tortoise's signature
        """Open the file; raises StoreUnavailable."""
        if self.closed:
            msg = "the store is closed"
            raise StoreUnavailable(msg)
        self._opened = identity(self._path)
        with answering():
            self._connection = await Connection(self._path).opened()
        self.doubtful = False
        await self._post_connect()

    async def close(self) -> None:
        """Close for good, after what is under way."""
        self.closed = True
        async with self._lock:
            await self._drop()
        self._bound_loop = None

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection:
            try:
                await outlast(connection.close())
            except sqlite3.Error as error:
                self.log.debug("closing: %s", error)

    async def _ready(self) -> Connection:
        if self._connection and (self.doubtful or self._opened != identity(self._path)):
            await self._drop()
        if self._connection is None:
            await outlast(self.create_connection(with_db=True))
        assert self._connection  # noqa: S101 - create_connection sets it or raises
        return self._connection

    @contextmanager
    def answering(self) -> Iterator[None]:
        """As the function, and the connection is given up after trouble."""
        try:
            with answering():
                yield
        except StoreUnavailable:
            self.doubtful = True
            raise

    @asynccontextmanager
    async def acquire_connection(self) -> AsyncIterator[Connection]:  # type: ignore[override]
        """The connection, for one task at a time."""
        async with self._lock:
            connection = await self._ready()
            with self.answering():
                yield connection

    def _in_transaction(self) -> Any:
        return self.transaction()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SqliteTransaction]:
        """A transaction, found by Tortoise in this task and in those it starts; commits unless an error ends it."""
        async with self._lock:
            connection = await self._ready()
            connection.begins = True
            transaction = SqliteTransaction(self)
            token = get_connections().set(self.connection_name, transaction)
            try:
                with self.answering():
                    yield transaction
                    await transaction.commit()
            finally:
                get_connections().reset(token)
                await transaction.end()


class SqliteTransaction(SqliteTransactionWrapper):
    """What a transaction's statements go through. A task that outlives it goes on with the client's own connection."""

    _connection: Connection

    def __init__(self, parent: Sqlite | SqliteTransaction) -> None:
        super().__init__(parent)
        self.client: Sqlite = parent if isinstance(parent, Sqlite) else parent.client

    @asynccontextmanager
    async def acquire_connection(self) -> AsyncIterator[Connection]:  # type: ignore[override]
        """The connection, for one statement at a time."""
        if self._finalized:
            async with self.client.acquire_connection() as connection:
                yield connection
            return
        async with self._lock:
            if self.client.doubtful:
                msg = "the transaction ended when the database failed"
                raise StoreUnavailable(msg)
            with self.client.answering():
                yield self._connection

    def _in_transaction(self) -> Any:
        return NestedTransactionContext(SqliteTransaction(self))

    async def execute_script(self, query: str) -> None:
        """Run several statements; sqlite3's own way of doing that would commit first."""
        async with self.acquire_connection() as connection:
            for statement in statements(query):
                await connection.execute_fetchall(statement)

    async def finish(self, rows: Sequence[Rows], numbered: Numbered) -> Sequence[int]:
        """Insert the last rows and commit; the keys of the numbered ones, which follow one another."""
        table, _, columns, last = numbered
        if self._connection.begins and not rows and not last:  # nothing was said
            self._finalized = True
            return ()
        async with self.acquire_connection() as connection:
            end = await connection.run(finish, [*rows, (table, columns, last)])
        self._finalized = True
        return range(end - len(last) + 1, end + 1)

    async def commit(self) -> None:
        """Commit, unless that was done."""
        if not self._finalized:
            await outlast(self.finish((), NOTHING))

    async def end(self) -> None:
        """Undo what was not committed."""
        begun, self._connection.begins = not self._connection.begins, False
        finalized, self._finalized = self._finalized, True
        if begun and not finalized:
            with suppress(StoreUnavailable), self.client.answering():  # gone with the connection, then
                await outlast(self._connection.run(undo))


client_class = Sqlite
