"""The tables' migrations: what Tortoise is told about them, and bringing an open database up to date.

A new migration: ``python -m tortoise -c server.store.schema.CONFIG makemigrations``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tortoise.migrations.executor import MigrationExecutor

if TYPE_CHECKING:
    from tortoise.backends.base.client import BaseDBAsyncClient

APPS: dict[str, dict[str, Any]] = {
    "models": {
        "models": ["server.store.tables"],
        "default_connection": "default",
        "migrations": "server.store.migrations",
    }
}
CONFIG = {"connections": {"default": "sqlite://unused.db"}, "apps": APPS}


async def migrate(connection: BaseDBAsyncClient) -> None:
    """Apply what is missing."""
    await MigrationExecutor(connection, APPS).migrate(direction="forward")
