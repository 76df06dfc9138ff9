from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server.access.tokens import create_token
from tests.server.house import House, opened

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
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
