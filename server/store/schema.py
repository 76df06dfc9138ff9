"""The tables' migrations: what Tortoise is told of them, and bringing an open database up to date.

A new migration: ``python -m tortoise -c server.store.schema.CONFIG makemigrations``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tortoise.backends.base.config_generator import expand_db_url
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.schema_editor import BasePostgresSchemaEditor, SqliteSchemaEditor

if TYPE_CHECKING:
    from server.store.postgres import Postgres
    from server.store.sqlite import Sqlite

SQLITE, POSTGRES = "sqlite", "postgres"  # what Tortoise keeps statements by: each has its own
BACKENDS = {"sqlite": SQLITE, "postgres": POSTGRES, "postgresql": POSTGRES}
MIGRATION_LOCK = 7_236_482_012  # PostgreSQL advisory lock: one process migrates, the others wait and find it done


class BadDatabaseUrl(ValueError):
    """A database URL of another kind."""


def config_of(url: str) -> dict[str, Any]:
    """Tortoise's configuration of a database; raises BadDatabaseUrl.

    ``sqlite://`` is followed by the path: ``sqlite://data/x.db`` is relative, ``sqlite:///srv/x.db`` absolute.
    """
    scheme, _, path = url.partition("://")
    if scheme not in BACKENDS or not path or path.startswith(":memory:"):
        msg = "the database URL has to be sqlite://PATH or postgres://USER:PASSWORD@HOST:PORT/NAME"
        raise BadDatabaseUrl(msg)
    backend = BACKENDS[scheme]
    credentials = {"file_path": path} if backend == SQLITE else expand_db_url(url)["credentials"]
    engine = {"engine": f"server.store.{backend}", "credentials": credentials}
    return {"connections": {backend: engine}, "apps": apps(backend)}


def apps(backend: str) -> dict[str, dict[str, Any]]:
    """The models and their migrations, as Tortoise takes them."""
    models = ["server.store.tables"]
    return {"models": {"models": models, "default_connection": backend, "migrations": "server.store.migrations"}}


async def migrate(database: Sqlite | Postgres) -> None:
    """Apply the migrations that are missing, all of them or none; raises StoreUnavailable."""
    async with database.transaction() as connection:
        editor: Any = SqliteSchemaEditor
        if connection.capabilities.dialect == "postgres":
            await connection.execute_query(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
            editor = BasePostgresSchemaEditor
        executor = MigrationExecutor(connection, apps(connection.connection_name))
        await executor.recorder.ensure_schema(editor(connection, atomic=False))
        await executor.migrate(direction="forward")


CONFIG = {"connections": {SQLITE: "sqlite://unused.db"}, "apps": apps(SQLITE)}
