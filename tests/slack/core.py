"""What every part of the loopback Slack holds on to: the workspace, the clock, the record of calls, the ways out."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.slack.calls import Call
from tests.slack.clock import RETRIES, Clock
from tests.slack.faults import Faults
from tests.slack.limiter import Limiter
from tests.slack.sockets import Sockets
from tests.slack.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from tests.slack.door import Door

BOT_TOKEN, APP_TOKEN, SECRET = "xoxb-loop", "xapp-loop", "signing-secret-of-the-loopback"
SCOPES = (
    "app_mentions:read channels:history channels:read chat:write commands files:read files:write groups:history "
    "groups:read im:history im:read im:write links:read links:write reactions:write usergroups:read users:read"
)
EVENTS = "app_home_opened app_mention file_shared link_shared message.channels message.groups message.im reaction_added"
Wire = dict[str, Any]


@dataclass
class Trigger:
    user: str
    at: float
    view: str = ""  # the view it came from
    used: bool = False


@dataclass
class ResponseUrl:
    """``ts``: the message that it may replace, empty after a command."""

    user: str
    channel: str
    ts: str
    at: float
    left: int = 5
    ephemeral: bool = False
    thread_ts: str | None = None


class Core:
    """``events`` and ``commands``: what the app subscribed to. ``upload_takes``: seconds of a file's processing."""

    def __init__(self, *, pace: float = 1.0, upload_takes: float = 0.0, domains: tuple[str, ...] = ()) -> None:
        self.clock = Clock(pace)
        self.space = Workspace(self.clock)
        self.faults = Faults(self.clock)
        self.limiter = Limiter()
        self.sockets = Sockets(self)
        self.door: Door | None = None  # signed HTTP instead of Socket Mode
        self.upload_takes = upload_takes
        self.retries = RETRIES
        self.domains = domains  # of links that are told (link_shared)
        self.scopes = set(SCOPES.split())
        self.events = set(EVENTS.split())
        self.commands = {"/drawbridge"}
        self.echoes = False  # whether the app's own messages are told to it, as Slack does
        self.port = 0
        self.calls: list[Call] = []
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.picked: defaultdict[str, Wire] = defaultdict(dict)  # what stands in a message's or view's elements
        self.troubles: list[tuple[str, str]] = []  # user, and what Slack told them when an app failed them
        self._tasks: set[asyncio.Task[Any]] = set()
        self._hanging: set[asyncio.Event] = set()

    def installed(self, manifest: Mapping[str, Any]) -> None:
        """Scopes, events and commands of an app manifest, and nothing beyond."""
        self.scopes = set(manifest["oauth_config"]["scopes"]["bot"])
        settings = manifest.get("settings", {})
        self.events = set(settings.get("event_subscriptions", {}).get("bot_events", ()))
        features = manifest.get("features", {})
        self.commands = {one["command"] for one in features.get("slash_commands", ())}
        self.domains = tuple(features.get("unfurl_domains", ()))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def api(self) -> str:
        """What slack_sdk takes as ``base_url``."""
        return f"{self.url}/api/"

    def note(self, method: str, args: Wire) -> Call:
        self.calls.append(Call(method, args, self.clock.now()))
        return self.calls[-1]

    def trigger(self, user: str, view: str = "") -> str:
        """A new trigger's id; it opens one view within 3 seconds."""
        new = f"{self.space.id('1')}.{self.space.id('2')}"
        self.triggers[new] = Trigger(user, self.clock.now(), view)
        return new

    def response_url(self, url: ResponseUrl) -> str:
        key = self.space.id("R")
        self.response_urls[key] = url
        return f"{self.url}/actions/{key}"

    async def hang(self) -> None:
        """Until the loopback stops."""
        event = asyncio.Event()
        self._hanging.add(event)
        await event.wait()

    def background(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def settled(self) -> None:
        """Until every event has been taken, or tried for the last time."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def stopped(self) -> None:
        for event in self._hanging:
            event.set()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
