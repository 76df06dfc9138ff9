"""SQLite behind Tortoise: one connection with a thread of its own, durable at every commit.

What differs from Tortoise's own backend: the file exists before SQLite opens it, readable by its owner only; a
transaction takes the write lock at its first statement (``BEGIN IMMEDIATE``) instead of failing at a later one; a
cancelled task leaves neither a lock nor a transaction behind; trouble is StoreUnavailable, and the next use opens the
file anew. A file that was moved away is trouble too, since SQLite would go on writing to what nobody finds again.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import aiosqlite
from tortoise.backends.base.client import Capabilities, NestedTransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import IntegrityError

from server.store.outlasting import outlast
from server.store.unavailable import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

T = TypeVar("T")

BUSY_SECONDS = 2.0  # how long another process may hold the write lock
PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",  # a commit is on the disk before it is answered
    "foreign_keys = ON",
    "wal_autocheckpoint = 4000",  # pages: a checkpoint syncs twice more, so it is made less often than by default
    "journal_size_limit = 67108864",  # bytes: overwriting a log is cheaper than growing it again
)
FAULTS_OF_THE_CALL = (sqlite3.ProgrammingError, sqlite3.DataError, sqlite3.NotSupportedError)


@contextmanager
def answering() -> Iterator[None]:
    """Raise StoreUnavailable where the database is at fault, IntegrityError where a row is; all else passes."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise IntegrityError(error) from error
    except sqlite3.DatabaseError as error:
        if isinstance(error, FAULTS_OF_THE_CALL) or _misspelt(error):
            raise
        raise StoreUnavailable(str(error)) from error


def _misspelt(error: sqlite3.DatabaseError) -> bool:
    generic = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR
    return generic and not str(error).startswith("no such table")  # as when the file was replaced by an empty one


def create_file(path: Path) -> None:
    """Make the database file and its folder, for their owner only, where there is none; raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def identity(path: Path) -> tuple[int, int]:
    """Which file lies at the path; raises StoreUnavailable where none does."""
    try:
        stat = path.stat()
    except OSError as error:
        msg = f"the database file {path.name} cannot be reached: {error.strerror}"
        raise StoreUnavailable(msg) from error
    return stat.st_dev, stat.st_ino


def connect(path: Path) -> sqlite3.Connection:
    """A connection to a file that exists."""
    address = f"file:{quote(str(path))}?mode=rw"
    connection = sqlite3.connect(address, uri=True, isolation_level=None, timeout=BUSY_SECONDS, cached_statements=256)
    try:
        connection.row_factory = sqlite3.Row
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}").fetchall()
    except BaseException:
        connection.close()
        raise
    return connection


class Connection(aiosqlite.Connection):
    """A connection whose transaction begins with its first statement, so that this costs no way to the thread."""

    def __init__(self, path: Path) -> None:
        super().__init__(partial(connect, path), iter_chunk_size=64)
        self._thread.daemon = True  # what is not committed is not there: nothing is lost by not waiting for it
        self.begins = False

    @property
    def _conn(self) -> sqlite3.Connection:
        if self._connection is None or not self._running:
            msg = "the connection to the database was closed"
            raise StoreUnavailable(msg)
        return self._connection

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        connection = self._conn
        if self.begins:
            self.begins = False
            return await super()._execute(_begun, connection, partial(fn, *args, **kwargs))  # type: ignore[no-untyped-call]
        return await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]

    async def opened(self) -> Connection:
        """Itself, open; where that fails, its thread has ended."""
        try:
            await self
        except BaseException:
            await asyncio.to_thread(self._thread.join)
            raise
        return self

    async def run(self, act: Callable[..., T], *args: Any) -> T:
        """Do something with the connection, in its thread."""
        result: T = await self._execute(act, self._conn, *args)
        return result


def _begun(connection: sqlite3.Connection, act: Callable[[], T]) -> T:
    connection.execute("BEGIN IMMEDIATE")
    return act()


def _undo(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _insert(connection: sqlite3.Connection, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    names, marks = ", ".join(f'"{column}"' for column in columns), ", ".join("?" * len(columns))
    connection.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', rows)  # noqa: S608 - our own names


def _finish(connection: sqlite3.Connection, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> int:
    last = 0
    if rows:
        _insert(connection, table, columns, rows)
        (last,) = connection.execute("SELECT last_insert_rowid()").fetchone()
    if connection.in_transaction:
        connection.execute("COMMIT")
    return last


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
        self._doubtful = False
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
        self._doubtful = False
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
        if self._connection and (self._doubtful or self._opened != identity(self._path)):
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
            self._doubtful = True
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
    _parent: Sqlite | SqliteTransaction

    @asynccontextmanager
    async def acquire_connection(self) -> AsyncIterator[Connection]:  # type: ignore[override]
        """The connection, for one statement at a time."""
        if self._finalized:
            async with self._parent.acquire_connection() as connection:
                yield connection
            return
        async with self._lock:
            with self.answering():
                yield self._connection

    def answering(self) -> AbstractContextManager[None]:
        """As the client's."""
        return self._parent.answering()

    def _in_transaction(self) -> Any:
        return NestedTransactionContext(SqliteTransaction(self))

    async def execute_script(self, query: str) -> None:
        """Run several statements; sqlite3's own way of doing that would commit first."""
        async with self.acquire_connection() as connection:
            for statement in statements(query):
                await connection.execute_fetchall(statement)

    async def insert_rows(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Insert rows as they are."""
        async with self.acquire_connection() as connection:
            await connection.run(_insert, table, columns, rows)

    async def finish(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> int:
        """Insert the last rows and commit; the key of the last one, 0 without rows."""
        if self._connection.begins and not rows:  # nothing was said
            self._finalized = True
            return 0
        async with self.acquire_connection() as connection:
            last = await connection.run(_finish, table, columns, rows)
        self._finalized = True
        return last

    async def commit(self) -> None:
        """Commit, unless that was done."""
        if not self._finalized:
            await outlast(self.finish("", (), ()))

    async def end(self) -> None:
        """Undo what was not committed."""
        begun, self._connection.begins = not self._connection.begins, False
        finalized, self._finalized = self._finalized, True
        if begun and not finalized:
            with suppress(StoreUnavailable), self.answering():  # gone with the connection, then
                await outlast(self._connection.run(_undo))


def statements(script: str) -> Iterator[str]:
    """The script's statements, one at a time."""
    so_far = ""
    for part in script.split(";"):
        so_far += part
        if sqlite3.complete_statement(so_far + ";"):
            yield so_far
            so_far = ""
        else:
            so_far += ";"
    if so_far.strip(";\n\t "):
        yield so_far


client_class = Sqlite
