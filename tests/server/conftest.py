"""An empty folder to run commands in, with the settings at their defaults; and a new database of each kind."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from server.settings import Settings
from tests.server.commands import Commands
from tests.server.store.databases import NoPostgres, Postgres, new_postgres
from tests.server.store.template import migrated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, empty; no variable of ours is set."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"DRAWBRIDGE_{name.upper()}", raising=False)
    return tmp_path


@pytest.fixture
def drawbridge(folder: Path, capsys: pytest.CaptureFixture[str]) -> Commands:
    """The command line, in an empty folder."""
    return Commands(capsys)


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    return f"sqlite://{tmp_path / 'drawbridge.db'}"


@pytest.fixture(scope="session")
def template() -> Iterator[Postgres]:
    """A PostgreSQL database with our tables, for others to be copied from."""
    try:
        with new_postgres() as database:
            asyncio.run(migrated(database.url))
            yield database
    except NoPostgres as why:
        pytest.skip(str(why))


@pytest.fixture
def postgres(template: Postgres) -> Iterator[Postgres]:
    """A PostgreSQL database of the test's own."""
    with new_postgres(template.name) as database:
        yield database


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """A new database, once on each backend."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("sqlite"))
    return str(request.getfixturevalue("postgres").url)
