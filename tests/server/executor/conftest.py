from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.server.store.databases import NoPostgres, Postgres, new_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    return f"sqlite://{tmp_path / 'drawbridge.db'}"


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL database of the test's own."""
    try:
        with new_postgres() as database:
            yield database
    except NoPostgres as why:
        pytest.skip(str(why))


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """A new database, once on each backend."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("sqlite"))
    return str(request.getfixturevalue("postgres").url)
