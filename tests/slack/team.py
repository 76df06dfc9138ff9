"""A team in Slack with a server of ours: the real application on a loopback Slack, over Socket Mode or signed HTTP."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, NamedTuple

from server.slack.manifest import manifest
from tests.server.house import House, opened
from tests.slack.core import APP_TOKEN, BOT_TOKEN
from tests.slack.loopback import Slack

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

PATIENCE = 30.0  # seconds


class Team(NamedTuple):
    """Three people of the team, a stranger, and the channel that the bot is in."""

    slack: Slack
    ada: str
    bob: str
    eve: str
    channel: str

    def settings(self, **more: Any) -> dict[str, Any]:
        """What the server is told of this workspace."""
        people = {self.ada: "ada", self.bob: "bob"}
        return {
            "slack_bot_token": BOT_TOKEN,
            "slack_channel": self.channel,
            "slack_people": people,
            "slack_api_url": self.slack.api,
            "public_url": "https://drawbridge.example",
            **more,
        }


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


async def until(condition: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """What a condition gives once it gives something."""
    for _ in range(int(seconds / 0.02)):
        if found := condition():
            return found
        await asyncio.sleep(0.02)
    raise AssertionError("it did not come about")
