from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

from server.store.store import Store
from tests.server.store.databases import EMPTY, NoPostgres, Postgres, new_postgres

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def silence(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing complains: no exception that nobody took, no transaction that somebody else had to end."""
    yield
    assert [
        caplog.handler.format(record) for record in caplog.get_records("call") if record.levelno >= logging.WARNING
    ] == []


@pytest.fixture
def sqlite_path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "drawbridge.db"


@pytest.fixture(scope="session")
def one_postgres() -> Iterator[Postgres]:
    try:
        with new_postgres() as database:
            yield database
    except NoPostgres as why:
        pytest.skip(str(why))


@pytest.fixture
def postgres(one_postgres: Postgres) -> Postgres:
    """A database whose tables, if it has any, are empty."""
    asyncio.run(one_postgres.run(EMPTY))
    return one_postgres


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """An empty database, once on each backend."""
    if request.param == "sqlite":
        return f"sqlite://{request.getfixturevalue('sqlite_path')}"
    return str(request.getfixturevalue("postgres").url)


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    store = Store(url)
    await store.open()
    yield store
    await store.close()
