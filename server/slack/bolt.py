"""Bolt: Slack's own framework, put together for one workspace, by Socket Mode or HTTP."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from server.logs import logger
from server.slack.pressing import Pressing
from server.slack.talking import Talking
from server.slack.windows import Windows

if TYPE_CHECKING:
    from server.slack.access import Access
    from server.slack.desk import Desk

LOGGER = logging.getLogger("slack")
PING = 5.0  # seconds between looks at the connection
LOST = 60.0  # seconds after which a connection is given up


def _brief(record: logging.LogRecord) -> bool:
    """A wrong token is tried again every few seconds, and the library tells its whole stack each time."""
    record.exc_info = None
    return True


LOGGER.addFilter(_brief)


def bolt_of(access: Access, desk: Desk) -> AsyncApp:
    """The app with everything that it listens to.

    A signature older than five minutes, or a wrong one, is refused by Bolt itself before anything is read.
    """
    app = AsyncApp(
        logger=LOGGER,
        client=desk.client,
        signing_secret=access.signing or "",
        request_verification_enabled=not access.socket,
        raise_error_for_unhandled_request=False,
    )
    Pressing(desk).register(app)
    Windows(desk).register(app)
    Talking(desk, access.channels).register(app)
    app.error(_failed)
    return app


async def _failed(error: Exception, body: dict[str, object]) -> None:
    """What a listener did not expect: told in our log, never to Slack."""
    logger().error("chat failed", chat="slack", kind=str(body.get("type", "")), exc_info=error)


async def keep_socket(access: Access, app: AsyncApp) -> None:
    """Listen by Socket Mode until cancelled.

    The library's client connects again by itself, but for ever to an address that Slack gave once: after a minute
    without a connection a new client takes its place.
    """
    while True:
        web = AsyncWebClient(token=access.bot, base_url=access.api, logger=LOGGER)
        handler = AsyncSocketModeHandler(app, access.app, logger=LOGGER, web_client=web, ping_interval=PING)
        try:
            async with asyncio.timeout(LOST):
                await handler.client.connect()  # type: ignore[no-untyped-call]
            logger().info("chat connected", chat="slack", by="Socket Mode")
            await _until_lost(handler)
        except TimeoutError:
            pass
        finally:
            await handler.client.close()  # type: ignore[no-untyped-call]
        logger().warning("chat connects anew", chat="slack")


async def _until_lost(handler: AsyncSocketModeHandler) -> None:
    """Wait until there was no connection for a minute."""
    looks = 0
    while looks * PING < LOST:
        await asyncio.sleep(PING)
        looks = 0 if await handler.client.is_connected() else looks + 1
