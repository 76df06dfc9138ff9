"""A whole server for tests: the real application with its lifespan, on a folder of its own, called without a socket."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from server.access.sessions import COOKIE, create_login, use_login
from server.access.tokens import create_token
from server.app import create_app
from server.settings import Settings
from server.store.events import EventRow, read_after
from tests.server.store.template import copy_to

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from litestar import Litestar

    from server.store.store import Store

BASE = "http://127.0.0.1:8422"
ORIGIN = {"Origin": BASE}
EXAMPLES = Path(__file__).parents[2] / "examples"
EXAMPLE = EXAMPLES / "ethbtc-export.json"
CANDLES = EXAMPLES / "ETHBTC-5m.csv"


class House(NamedTuple):
    """The server, and a client that calls it under its own name."""

    app: Litestar
    client: httpx.AsyncClient
    store: Store
    data: Path

    async def token(self, scope: str = "admin", person: str = "ann") -> dict[str, str]:
        """The header of a new bearer token."""
        async with self.store.write() as work:
            _, secret = await create_token(work, person, scope)
        return {"Authorization": f"Bearer {secret}"}

    async def session(self, person: str = "ann") -> tuple[dict[str, str], dict[str, str]]:
        """The headers of a signed-in browser, without and with its form token."""
        async with self.store.write() as work:
            login = await use_login(work, await create_login(work, person))
        assert login is not None
        cookie = {"Cookie": f"{COOKIE}={login.cookie}"}
        return cookie, {**cookie, **ORIGIN, "X-CSRF-Token": login.csrf}

    async def call(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> tuple[int, Any]:
        """Status and JSON of an answer."""
        answer = await self.client.request(method, path, headers=headers, **more)
        return answer.status_code, answer.json()

    async def events(self, *kinds: str) -> list[EventRow]:
        """The event log, of some kinds only if they are given."""
        return await read_after(0, limit=100_000, kinds=kinds or None)

    async def proposed(self, person: str = "ann", raw: bytes | None = None) -> dict[str, Any]:
        """Send the example export; its strategy as the answer lists it."""
        status, body = await self.call(
            "POST", "/api/exports", await self.token("export", person), content=raw or EXAMPLE.read_bytes()
        )
        assert status == 201, body
        found: dict[str, Any] = next(one for one in body["strategies"] if one["kind"] == "strategy")
        return found


@contextlib.asynccontextmanager
async def opened(data: Path, **settings: Any) -> AsyncIterator[House]:
    """The server, open; its replay feed is almost at rest, so that what runs stays running."""
    replay = {"replay": {"binance:ETH/BTC": CANDLES}, "replay_speed": 0.01}
    given = Settings(data_dir=data, **{**replay, **settings})
    if given.database_url is None:
        await copy_to(data / "drawbridge.db")
    app = create_app(given)
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # Litestar's scope is a narrower mapping
    async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield House(app, client, app.state.store, data)


def asking() -> bytes:
    """The example with its lines ended, so that the strategy asks whether they go on; the watch does not."""
    return EXAMPLE.read_bytes().replace(b'"extendRight": true', b'"extendRight": false')
