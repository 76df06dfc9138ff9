"""What an interaction opens: views by a trigger, answers to a submission, and messages by a response_url."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientSession
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.bolt_app import QUESTION
from tests.slack.core import APP_TOKEN, BOT_TOKEN, ResponseUrl
from tests.slack.loopback import Slack

if TYPE_CHECKING:
    from slack_sdk.socket_mode.request import SocketModeRequest

Wire = dict[str, Any]


def test_a_trigger_opens_one_view_within_three_seconds() -> None:
    async def run() -> None:
        async with Slack() as slack:
            client = AsyncWebClient(BOT_TOKEN, base_url=slack.api)
            ada = slack.space.user("ada")
            good, late = slack.trigger(ada), slack.trigger(ada)
            view = (await client.views_open(trigger_id=good, view=QUESTION))["view"]
            slack.clock.skip(4)
            for trigger, error in ((good, "exchanged"), (late, "expired"), ("1.2", "invalid")):
                with pytest.raises(SlackApiError, match=f"{error}_trigger_id"):
                    await client.views_open(trigger_id=trigger, view=QUESTION)
            changed = (await client.views_update(view_id=view["id"], hash=view["hash"], view=QUESTION))["view"]
            with pytest.raises(SlackApiError, match="hash_conflict"):
                await client.views_update(view_id=view["id"], hash=view["hash"], view=QUESTION)
            for _ in range(2):
                await client.views_push(trigger_id=slack.trigger(ada, changed["id"]), view=QUESTION)
            with pytest.raises(SlackApiError, match="push_limit_reached"):
                await client.views_push(trigger_id=slack.trigger(ada, changed["id"]), view=QUESTION)
            long = QUESTION | {"title": {"type": "plain_text", "text": "t" * 25}}
            with pytest.raises(SlackApiError, match="must be less than 25 characters"):
                await client.views_open(trigger_id=slack.trigger(ada), view=long)

    asyncio.run(run())


async def answering(view: Wire) -> tuple[Slack, str, Wire | None]:
    """What is open after a submission that the app answers so."""
    slack = Slack()
    async with slack:
        ada = slack.space.user("ada")
        web_client = AsyncWebClient(BOT_TOKEN, base_url=slack.api)
        client = SocketModeClient(APP_TOKEN, web_client=web_client)

        async def hear(client: SocketModeClient, request: SocketModeRequest) -> None:
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, view))

        client.socket_mode_request_listeners.append(hear)  # type: ignore[arg-type]
        await client.connect()  # type: ignore[no-untyped-call]
        await slack.sockets.connected()
        opened = (await web_client.views_open(trigger_id=slack.trigger(ada), view=QUESTION))["view"]
        await slack.submit(ada, opened, {"amount": "1"})
        await client.close()  # type: ignore[no-untyped-call]
        return slack, opened["id"], slack.modal(ada)


def test_a_submission_is_answered_by_another_view_on_top_or_in_its_place_or_by_none() -> None:
    more = QUESTION | {"title": {"type": "plain_text", "text": "More"}}
    for answer, title, same in (
        ({"response_action": "update", "view": more}, "More", True),
        ({"response_action": "push", "view": more}, "More", False),
        ({"response_action": "clear"}, None, False),
        ({}, None, False),
    ):
        slack, first, shown = asyncio.run(answering(answer))
        assert (shown and shown["title"]["text"], bool(shown and shown["id"] == first)) == (title, same)
        assert slack.troubles == []


def test_a_view_beyond_a_limit_in_an_acknowledgement_is_only_told_to_the_user() -> None:
    long = QUESTION | {"title": {"type": "plain_text", "text": "t" * 25}}
    slack, first, shown = asyncio.run(answering({"response_action": "update", "view": long}))
    assert shown is not None
    assert (shown["id"], shown["title"]["text"], len(slack.troubles)) == (first, "Size", 1)


def test_a_response_url_takes_five_answers_within_half_an_hour() -> None:
    async def run() -> None:
        async with Slack() as slack, ClientSession() as session:
            ada = slack.space.user("ada")
            channel = slack.space.channel("trading", ada)
            url = slack.response_url(ResponseUrl(ada, channel, "", slack.clock.now()))
            statuses = [(await session.post(url, json={"text": f"{number}"})).status for number in range(6)]
            assert statuses == [200] * 5 + [404]
            late = slack.response_url(ResponseUrl(ada, channel, "", slack.clock.now()))
            slack.clock.skip(1_801)
            answer = await session.post(late, json={"text": "x", "response_type": "in_channel"})
            assert (answer.status, await answer.json()) == (404, {"ok": False, "error": "expired_url"})
            assert [one["text"] for one in slack.private(ada)] == ["0", "1", "2", "3", "4"]

    asyncio.run(run())
