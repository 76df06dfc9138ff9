"""Access to a workspace: what the settings say about Slack, checked, and the client that they make."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from msgspec import Struct

from server.settings import BadSettings
from server.slack.routing import Channels
from server.slack.team import Team

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from slack_sdk.web.async_client import AsyncWebClient

    from server.settings import Settings

SECONDS = 15  # for Slack to answer


class Access(Struct, frozen=True):
    """How Slack is reached: Socket Mode where there is an app token, else HTTP with a signing secret."""

    bot: str
    app: str | None
    signing: str | None
    api: str
    channels: Channels
    team: Team

    def __repr__(self) -> str:
        """Without what is secret."""
        return f"Access(api={self.api!r}, channels={self.channels!r})"

    @property
    def socket(self) -> bool:
        """Whether Slack is spoken to over a socket that we open."""
        return self.app is not None

    def client(self) -> AsyncWebClient:
        """A client that never waits on its own: what Slack asks for is heard by the delivery."""
        from slack_sdk.web.async_client import AsyncWebClient  # noqa: PLC0415 - only where there is a chat

        return AsyncWebClient(
            token=self.bot, base_url=self.api, timeout=SECONDS, logger=logging.getLogger("slack"), retry_handlers=[]
        )


@asynccontextmanager
async def connected(client: AsyncWebClient) -> AsyncIterator[None]:
    """Keep a client's connections between calls: by itself it makes a new one, with a new handshake, for each."""
    import aiohttp  # noqa: PLC0415 - only where there is a chat

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as session:
        client.session = session
        try:
            yield
        finally:
            client.session = None


def access_of(settings: Settings) -> Access | None:
    """The access to Slack; None where it is not set up. Raises BadSettings where half of it is missing."""
    if settings.slack_bot_token is None:
        return None
    if settings.slack_channel is None:
        msg = "DRAWBRIDGE_SLACK_CHANNEL is missing: the id of the channel that is told everything, like C0123ABCD"
        raise BadSettings(msg)
    app, signing = settings.slack_app_token, settings.slack_signing_secret
    if app is None and not (signing and signing.get_secret_value()):
        msg = "Slack needs DRAWBRIDGE_SLACK_APP_TOKEN for Socket Mode, or DRAWBRIDGE_SLACK_SIGNING_SECRET for HTTP"
        raise BadSettings(msg)
    _check_prefix("DRAWBRIDGE_SLACK_BOT_TOKEN", settings.slack_bot_token.get_secret_value(), "xoxb-")
    if app is not None:
        _check_prefix("DRAWBRIDGE_SLACK_APP_TOKEN", app.get_secret_value(), "xapp-")
    return Access(
        bot=settings.slack_bot_token.get_secret_value(),
        app=app.get_secret_value() if app else None,
        signing=signing.get_secret_value() if signing else None,
        api=settings.slack_api_url,
        channels=Channels(settings.slack_channel, settings.slack_channels),
        team=Team(settings.slack_people, settings.slack_may),
    )


def _check_prefix(name: str, secret: str, prefix: str) -> None:
    if not secret.startswith(prefix):
        msg = f"{name} does not begin with {prefix}; Slack's page of the app shows it"
        raise BadSettings(msg)
