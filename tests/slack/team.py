"""A team in Slack with a server of ours: the real application on a loopback Slack, in both ways that Slack is heard.

``over_socket`` (or ``by_socket``) runs it in this process over Socket Mode; ``over_http`` runs ``drawbridge serve`` in
a process of its own, to which the loopback sends signed requests.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
from granian.constants import Interfaces
from granian.server.embed import Server

from server.access.tokens import create_token
from server.serve import free_port
from server.settings import Settings
from server.slack.manifest import manifest
from server.store.store import Store
from tests.server.house import EXAMPLE, House, opened
from tests.server.running import running
from tests.server.store.template import copy_to
from tests.slack import payloads
from tests.slack.core import APP_TOKEN, BOT_TOKEN, SECRET
from tests.slack.loopback import Slack
from tests.slack.sight import words
from tests.slack.telling import interact

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from pathlib import Path

    from litestar import Litestar

Wire = dict[str, Any]
PATIENCE = 30.0  # seconds


class Happened(NamedTuple):
    """An event of the log."""

    kind: str
    subject: str
    person: str | None
    data: Wire


class Team(NamedTuple):
    """Two people of the team, one whom nobody knows, and the channel that all and the bot are in."""

    slack: Slack
    ada: str
    bob: str
    eve: str
    channel: str

    def settings(self, **more: Any) -> dict[str, Any]:
        """What the server is told of this workspace."""
        return {
            "slack_bot_token": BOT_TOKEN,
            "slack_channel": self.channel,
            "slack_people": {self.ada: "ada", self.bob: "bob"},
            "slack_api_url": self.slack.api,
            "public_url": "https://drawbridge.example",
            **more,
        }


class Site(NamedTuple):
    """The server beside them: called over HTTP, its event log read from its file."""

    client: httpx.AsyncClient
    headers: Wire
    data: Path
    said: Callable[[], str] = str
    token: Callable[[str], Awaitable[Wire]] | None = None  # a new one of a scope, as a header

    async def hook(self) -> str:
        """The path of a new webhook."""
        assert self.token is not None
        secret = (await self.token("hook"))["Authorization"].removeprefix("Bearer ")
        return f"/hooks/tradingview/{secret}"

    async def proposed(self, raw: bytes | None = None) -> Wire:
        """Send an export, the example where none is given; its strategy as the answer lists it."""
        answer = await self.client.post("/api/exports", headers=self.headers, content=raw or EXAMPLE.read_bytes())
        assert answer.status_code == 201, answer.text
        listed: list[Wire] = answer.json()["strategies"]
        return next(one for one in listed if one["kind"] == "strategy")

    async def state(self, identity: str) -> str:
        """Where a strategy stands."""
        answer = await self.client.get(f"/api/strategies/{identity}", headers=self.headers)
        return str(answer.json()["state"])

    def events(self, *kinds: str) -> list[Happened]:
        """The event log, of some kinds only if they are given."""
        with contextlib.closing(sqlite3.connect(self.data / "drawbridge.db")) as database:
            rows = database.execute("SELECT kind, subject, person, data FROM event ORDER BY seq").fetchall()
        return [
            Happened(kind, subject, person, json.loads(data))
            for kind, subject, person, data in rows
            if not kinds or kind in kinds
        ]


@contextlib.asynccontextmanager
async def team(**options: Any) -> AsyncIterator[Team]:
    """A workspace with its people, and our app in it as its manifest says: no scope and no event beyond."""
    async with Slack(**options) as slack:
        ada, bob, eve = (slack.space.user(name) for name in ("ada", "bob", "eve"))
        slack.installed(manifest("https://drawbridge.example", socket=True))
        yield Team(slack, ada, bob, eve, slack.space.channel("trading", ada, bob, eve))


@contextlib.asynccontextmanager
async def by_socket(team: Team, data: Path, **more: Any) -> AsyncIterator[House]:
    """The application in this process, connected by Socket Mode."""
    async with opened(data, **team.settings(slack_app_token=APP_TOKEN, **more)) as house:
        await team.slack.sockets.connected()
        yield house


@contextlib.asynccontextmanager
async def over_socket(team: Team, data: Path, **more: Any) -> AsyncIterator[Site]:
    """The same, as a site."""
    async with by_socket(team, data, **more) as house:
        yield Site(house.client, await house.token("export", "cat"), data, token=house.token)


@contextlib.asynccontextmanager
async def over_http(team: Team, data: Path, **more: Any) -> AsyncIterator[Site]:
    """The application in this process behind granian, which Slack sends signed requests to."""
    async with opened(data, **team.settings(slack_signing_secret=SECRET, **more)) as house, served(house.app) as base:
        team.slack.sends_to(f"{base}/slack/events")
        yield Site(house.client, await house.token("export", "cat"), data, token=house.token)


@contextlib.asynccontextmanager
async def served(app: Litestar) -> AsyncIterator[str]:
    """An application behind the server that ``drawbridge serve`` runs: its address."""
    port = free_port("127.0.0.1", 0)
    server = Server(app, address="127.0.0.1", port=port, interface=Interfaces.ASGINL, log_enabled=False)
    running = asyncio.create_task(server.serve())
    for _ in range(500):
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            break
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        app.state.gate.closing.set()
        server.stop()  # type: ignore[no-untyped-call]
        await asyncio.wait({running}, timeout=10)


async def minted(data: Path, scope: str, person: str) -> str:
    """A new token on a folder that no server has yet."""
    await copy_to(data / "drawbridge.db")
    store = Store(Settings(data_dir=data).database)
    await store.open()
    try:
        async with store.write() as work:
            return (await create_token(work, person, scope))[1]
    finally:
        await store.close()


@contextlib.asynccontextmanager
async def by_process(team: Team, data: Path, **more: Any) -> AsyncIterator[Site]:
    """The program in a process of its own, which Slack sends signed requests to."""
    given = team.settings(slack_signing_secret=SECRET, **more)
    settings = {name: one if isinstance(one, str) else json.dumps(one) for name, one in given.items()}
    secret = await minted(data, "export", "cat")
    served = running(data, **settings)
    server = await asyncio.to_thread(served.__enter__)
    team.slack.sends_to(f"{server.base}/slack/events")
    try:
        async with httpx.AsyncClient(base_url=server.base, timeout=30) as client:
            yield Site(client, {"Authorization": f"Bearer {secret}"}, data, lambda: server.err)
    finally:
        await asyncio.to_thread(served.__exit__, None, None, None)


MODES = [over_socket, over_http]


def together(
    mode: Any, data: Path, test: Callable[[Team, Site], Awaitable[None]], settings: Callable[[Team], Wire] | None = None
) -> None:
    """Runs a test with a team and a server; ``settings``: what it is set up with beyond the usual."""

    async def run() -> None:
        async with team() as people, mode(people, data, **(settings(people) if settings else {})) as site:
            await test(people, site)

    asyncio.run(run())


async def until(condition: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """What a condition gives once it gives something."""
    for _ in range(int(seconds / 0.02)):
        if found := condition():
            return found
        await asyncio.sleep(0.02)
    raise AssertionError("it did not come about")


def roots(team: Team, holding: str, channel: str = "") -> list[Wire]:
    """Root messages in which something is to be read or pressed."""
    return [one for one in team.slack.roots(channel or team.channel) if holding in str(one)]


async def root(team: Team, holding: str, channel: str = "") -> Wire:
    """A root message in which something is to be read or pressed, once it is there."""
    found: list[Wire] = await until(lambda: roots(team, holding, channel))
    return found[0]


async def privately(team: Team, user: str, holding: str) -> str:
    """What was said to one person alone, once it is: in the channel, or in a conversation with the bot."""

    def said() -> Iterator[str]:
        direct = [one for one in team.slack.space.channels.values() if one.kind == "im" and user in one.members]
        shown = [*team.slack.private(user), *(one for place in direct for one in team.slack.by_app(place.id))]
        return (text for text in map(words, shown) if holding in text)

    found: str = await until(lambda: next(said(), ""))
    return found


async def filled(team: Team, user: str, view: Wire, **fields: str) -> Wire:
    """Submit a window with these fields, by their blocks, beside what it is filled in with; what was answered."""
    payload = payloads.view_submission(team.slack, user, view, {})
    for block, value in fields.items():
        held = payload["view"]["state"]["values"][block]["value"]
        held.update({"value": value} if "value" in held else {"selected_option": {"value": value}})
    answer = await interact(team.slack, "interactive", payload, user)
    if not answer.payload:
        team.slack.space.views.pop(view["id"], None)
    return answer.payload
