"""Databases for tests: a SQLite file, or a PostgreSQL database of their own that is dropped afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from typing import TYPE_CHECKING, Any, NamedTuple

import asyncpg

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST, PORT = "127.0.0.1", 5432
USERS = ("postgres", "root")


class NoPostgres(Exception):
    """None answers; the text says how that shows."""


class Postgres(NamedTuple):
    user: str
    name: str

    @property
    def url(self) -> str:
        return f"postgres://{self.user}@{HOST}:{PORT}/{self.name}"

    async def run(self, *statements: str, database: str | None = None) -> Any:
        """Run statements past the store; the last one's rows. ``database`` where it cannot be this one."""
        connection = await asyncpg.connect(host=HOST, port=PORT, user=self.user, database=database or self.name)
        try:
            rows: Any = []
            for statement in statements:
                rows = await connection.fetch(statement)
        finally:
            await connection.close()
        return rows


@contextlib.contextmanager
def new_postgres(template: str = "template1") -> Iterator[Postgres]:
    """A new database, empty or as the template is; raises NoPostgres."""
    database = asyncio.run(_created(template))
    try:
        yield database
    finally:
        asyncio.run(database.run(f'DROP DATABASE "{database.name}" WITH (FORCE)', database="postgres"))


async def _created(template: str) -> Postgres:
    why: Exception = NoPostgres()
    for user in USERS:
        database = Postgres(user, f"drawbridge_test_{secrets.token_hex(6)}")
        try:
            await database.run(f'CREATE DATABASE "{database.name}" TEMPLATE "{template}"', database="postgres")
        except (OSError, asyncpg.PostgresError) as error:
            why = error
        else:
            return database
    msg = f"no PostgreSQL lets {' or '.join(USERS)} in at {HOST}:{PORT}: {why}"
    raise NoPostgres(msg)


EMPTY = """
DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'tortoise_migrations' LOOP
    EXECUTE format('DELETE FROM %I', one.tablename);
  END LOOP;
  FOR one IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
    EXECUTE format('ALTER SEQUENCE %I RESTART', one.sequencename);
  END LOOP;
END $$
"""
