"""The SQLite file and a connection to it, with a thread of its own; what is done in that thread.

The file exists before SQLite opens it, readable by its owner only. A transaction takes the write lock at its first
statement (``BEGIN IMMEDIATE``) instead of failing at a later one.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import aiosqlite
from tortoise.exceptions import IntegrityError

from server.store.unavailable import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from server.store.rows import Rows

T = TypeVar("T")

PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)  # seconds between tries at a new file that others open as well
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
            _set(connection, pragma)
    except BaseException:
        connection.close()
        raise
    return connection


def _set(connection: sqlite3.Connection, pragma: str) -> None:
    """Set a pragma, again if need be: a change of the journal's mode does not wait for another process itself."""
    for pause in (*PAUSES, None):
        try:
            connection.execute(f"PRAGMA {pragma}").fetchall()
        except sqlite3.OperationalError as error:
            if pause is None or error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(pause)  # in the connection's own thread
        else:
            return


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
            return await super()._execute(begun, connection, partial(fn, *args, **kwargs))  # type: ignore[no-untyped-call]
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


def begun(connection: sqlite3.Connection, act: Callable[[], T]) -> T:
    connection.execute("BEGIN IMMEDIATE")
    return act()


def undo(connection: sqlite3.Connection) -> None:
    """Roll back what is open."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _insert(connection: sqlite3.Connection, rows: Rows) -> None:
    table, columns, values = rows
    names, marks = ", ".join(f'"{column}"' for column in columns), ", ".join("?" * len(columns))
    connection.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', values)  # noqa: S608 - our own names


def finish(connection: sqlite3.Connection, parts: Sequence[Rows]) -> int:
    """Insert rows and commit; the number of the last one."""
    for part in parts:
        if part[-1]:
            _insert(connection, part)
    (last,) = connection.execute("SELECT last_insert_rowid()").fetchone()
    connection.execute("COMMIT")
    return int(last)


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
