"""Asking the loopback Slack with the real slack_sdk: a workspace with one channel, and what Slack refuses."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.core import BOT_TOKEN
from tests.slack.loopback import Slack

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def with_slack(test: Callable[[Slack, AsyncWebClient, str], Awaitable[None]], **options: Any) -> None:
    """Runs the test with a client of a workspace that has one channel; retries of the SDK's own are off."""

    async def run() -> None:
        async with Slack(**options) as slack:
            client = AsyncWebClient(BOT_TOKEN, base_url=slack.api, timeout=1, retry_handlers=[])
            await test(slack, client, slack.space.channel("trading", slack.space.user("ada")))

    asyncio.run(run())


async def refusal(call: Awaitable[Any]) -> dict[str, Any]:
    """Slack's answer with the error."""
    with pytest.raises(SlackApiError) as refused:
        await call
    data: dict[str, Any] = refused.value.response.data
    return data
