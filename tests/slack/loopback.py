"""A Slack on 127.0.0.1 for the real slack_sdk and slack-bolt: Web API, uploads, Socket Mode, signed HTTP, people.

    async with Slack(upload_takes=2) as slack:
        ada = slack.space.user("ada")
        channel = slack.space.channel("trading", ada)
        client = AsyncWebClient(BOT_TOKEN, base_url=slack.api)  # Socket Mode dials by it, too
        slack.sends_to("http://127.0.0.1:8000/slack/events")  # for signed HTTP instead of Socket Mode
        await slack.mention(ada, channel, "list")  # persons.py: what people do
        (answer,) = slack.by_app(channel)  # sight.py: what they see
        await slack.click(ada, answer, "approve")
        slack.faults.next("lost", "chat.*")  # faults.py; limiter.py: slack.limiter.on = True

Slack's seconds pass ``pace`` times as fast as ours, and ``slack.clock.skip(60)`` passes a minute at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from aiohttp import web

from tests.slack import responding, web_api
from tests.slack.door import Door
from tests.slack.persons import Persons
from tests.slack.sight import Sight

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.slack.core import Core
    from tests.slack.faults import Fault

MOST = 64 << 20  # bytes of a request


class Slack(Persons, Sight):
    """``async with Slack() as slack``: tokens are in tests.slack.core, ``slack.api`` is slack_sdk's ``base_url``."""

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=MOST)
        app.add_routes(
            [
                web.post("/api/{method}", self._route(web_api.handle)),
                web.get("/api/{method}", self._route(web_api.handle)),
                web.post("/upload/v1/{id}", self._route(web_api.upload)),
                web.get("/files-pri/{team}-{id}/{name}", self._route(web_api.download)),
                web.get("/login", self._route(web_api.login)),
                web.post("/actions/{key}", self._route(responding.handle)),
                web.get("/link/", self.sockets.handle),
            ]
        )
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stopped()
        await self.sockets.close()
        await self._runner.cleanup()

    def outage(self, seconds: float = float("inf"), fault: Fault = "503") -> None:
        """Everything is down: calls meet ``fault``, connections are cut and not taken again."""
        self.faults.down(seconds, fault)
        self.sockets.drop()

    def sends_to(self, url: str) -> Door:
        """From now on by signed HTTP to this address, not over Socket Mode."""
        self.door = Door(self, url)
        return self.door

    def _route(
        self, handler: Callable[[Core, web.Request], Awaitable[web.StreamResponse]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            return await handler(self, request)

        return handle
