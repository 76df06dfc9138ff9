from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server.access.tokens import create_token
from tests.server.house import House, opened
from tests.server.store.databases import NoPostgres, new_postgres

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def house(tmp_path: Path, anyio_backend: str) -> AsyncIterator[House]:
    async with opened(tmp_path / "data") as house:
        yield house


@pytest.fixture
async def hook(house: House) -> str:
    """The path of a new hook."""
    async with house.store.write() as work:
        _, secret = await create_token(work, "ann", "hook")
    return f"/hooks/tradingview/{secret}"


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of each kind, empty."""
    if request.param == "sqlite":
        yield f"sqlite://{tmp_path / 'ingest.db'}"
        return
    try:
        with new_postgres() as database:
            yield database.url
    except NoPostgres as error:
        pytest.skip(str(error))
