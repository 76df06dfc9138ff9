"""The migrations make the tables that the models describe, all of them or none."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector

from server.store import tables
from server.store.schema import SQLITE, BadDatabaseUrl, apps, config_of
from server.store.sqlite_file import statements
from server.store.store import Store
from server.store.tables import Alert
from tests.server.store.databases import NoPostgres, new_postgres

if TYPE_CHECKING:
    from pathlib import Path

MODELS: list[Any] = [kind for kind in vars(tables).values() if getattr(kind, "__module__", "") == tables.__name__]
OPENING = """
import asyncio, sys
from server.store.store import Store
async def main():
    store = Store(sys.argv[1])
    await store.open()
    print(store.last_seq)
    await store.close()
asyncio.run(main())
"""


@pytest.mark.anyio
async def test_the_migrations_and_the_models_agree(tmp_path: Path) -> None:
    async with TortoiseContext() as context:
        await context.init(config=config_of(f"sqlite://{tmp_path / 'never.db'}"))
        assert context.apps is not None
        changes = await MigrationAutodetector(context.apps, apps(SQLITE)).changes()
    assert [change.name for change in changes] == []


@pytest.mark.anyio
async def test_the_tables_hold_the_columns_of_their_models(store: Store) -> None:
    expected = {model._meta.db_table: sorted(model._meta.fields_db_projection.values()) for model in MODELS}
    assert {table: await columns_of(table) for table in expected} == expected


async def columns_of(table: str) -> list[str]:
    database = Alert._meta.db
    if database.capabilities.dialect == "postgres":
        query = f"SELECT column_name AS name FROM information_schema.columns WHERE table_name = '{table}'"
    else:
        query = f"SELECT name FROM pragma_table_info('{table}')"
    return sorted(row["name"] for row in await database.execute_query_dict(query))


@pytest.mark.anyio
async def test_the_parked_alerts_are_found_by_an_index(store: Store) -> None:
    postgres = Alert._meta.db.capabilities.dialect == "postgres"
    where = "indexdef AS sql FROM pg_indexes WHERE tablename" if postgres else "sql FROM sqlite_master WHERE tbl_name"
    rows = await Alert._meta.db.execute_query_dict(f"SELECT {where} = 'alert'")
    indexes = [row["sql"].replace('"', "") for row in rows if row["sql"] and "INDEX" in row["sql"]]
    assert [index for index in indexes if index.endswith("(status, received_at)")]


def test_processes_that_open_a_new_database_together_all_find_it_ready(tmp_path: Path) -> None:
    together(f"sqlite://{tmp_path / 'data' / 'drawbridge.db'}")


def test_processes_that_open_a_new_postgres_together_all_find_it_ready() -> None:
    try:
        with new_postgres() as database:
            together(database.url)
    except NoPostgres as why:
        pytest.skip(str(why))


def together(url: str) -> None:
    command = [sys.executable, "-W", "error", "-c", OPENING, url]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    assert [(child.communicate(timeout=60), child.returncode) for child in children] == [(("0\n", ""), 0)] * 3


@pytest.mark.parametrize("url", ["", "data/x.db", "mysql://localhost/x", "sqlite://", "sqlite://:memory:"])
def test_another_kind_of_database_is_refused_with_what_is_possible(url: str) -> None:
    with pytest.raises(BadDatabaseUrl, match="sqlite://PATH or postgres://"):
        Store(url)


def test_a_path_after_two_slashes_is_relative_and_after_three_absolute() -> None:
    paths = [
        config_of(url)["connections"]["sqlite"]["credentials"]["file_path"]
        for url in ("sqlite://data/x.db", "sqlite:///srv/x.db", "sqlite://a b?c%20.db")
    ]
    assert paths == ["data/x.db", "/srv/x.db", "a b?c%20.db"]


def test_a_script_is_cut_where_its_statements_end() -> None:
    script = "CREATE TABLE a (b TEXT DEFAULT ';') /* c; d */;\nINSERT INTO a VALUES ('x;y');\n\nSELECT 1"
    assert [statement.strip() for statement in statements(script)] == [
        "CREATE TABLE a (b TEXT DEFAULT ';') /* c; d */",
        "INSERT INTO a VALUES ('x;y')",
        "SELECT 1",
    ]


def test_a_file_name_may_hold_what_an_address_gives_a_meaning(tmp_path: Path) -> None:
    async def main() -> int:
        store = Store(f"sqlite://{path}")
        await store.open()
        async with store.write() as work:
            work.record("kill.set", "kill", {})
        await store.close()
        return store.last_seq

    path = tmp_path / "a b?c%20#d.db"
    assert (asyncio.run(main()), path.exists()) == (1, True)
