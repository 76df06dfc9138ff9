"""A bolt app that does a little of everything, and its two ways in: the loopback Slack is tried on it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.core import APP_TOKEN, BOT_TOKEN, SECRET

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from slack_bolt.context.ack.async_ack import AsyncAck
    from slack_bolt.context.respond.async_respond import AsyncRespond

    from tests.slack.loopback import Slack

Wire = dict[str, Any]
Heard = list[tuple[str, Any]]
QUESTION: Wire = {
    "type": "modal",
    "callback_id": "sizing",
    "title": {"type": "plain_text", "text": "Size"},
    "submit": {"type": "plain_text", "text": "Save"},
    "blocks": [
        {
            "type": "input",
            "block_id": "size",
            "label": {"type": "plain_text", "text": "Size"},
            "element": {"type": "plain_text_input", "action_id": "amount", "max_length": 8},
        }
    ],
}


def button(action: str, **more: Any) -> Wire:
    return {"type": "button", "action_id": action, "text": {"type": "plain_text", "text": action.title()}, **more}


def options(*values: str) -> list[Wire]:
    return [{"text": {"type": "plain_text", "text": one}, "value": one} for one in values]


PROPOSAL: list[Wire] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "Buy?"}},
    {
        "type": "actions",
        "elements": [
            button("approve", value="spec-1"),
            button("reject"),
            button("edit"),
            {"type": "static_select", "action_id": "frame", "options": options("1h", "4h")},
        ],
    },
]


class Sample:
    """Notes what it hears in ``heard``."""

    def __init__(self, slack: Slack, heard: Heard) -> None:
        self.heard = heard
        client = AsyncWebClient(BOT_TOKEN, base_url=slack.api)
        self.app = app = AsyncApp(client=client, signing_secret=SECRET)
        app.event("app_mention")(self.mentioned)
        app.event("message")(self.message)
        app.event("app_home_opened")(self.home)
        app.event("link_shared")(self.link)
        app.action("approve")(self.approve)
        app.action("reject")(self.reject)
        app.action("frame")(self.frame)
        app.action("edit")(self.edit)
        app.view("sizing")(self.sized)
        app.command("/drawbridge")(self.command)

    async def mentioned(self, event: Wire, client: AsyncWebClient) -> None:
        self.heard.append(("mention", event["text"]))
        await client.chat_postMessage(channel=event["channel"], thread_ts=event["ts"], text="Buy?", blocks=PROPOSAL)

    async def message(self, event: Wire) -> None:
        self.heard.append(("message", [one["name"] for one in event.get("files", ())]))

    async def home(self, event: Wire, client: AsyncWebClient) -> None:
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": PROPOSAL})

    async def link(self, event: Wire, client: AsyncWebClient) -> None:
        unfurls = {one["url"]: {"blocks": PROPOSAL[:1]} for one in event["links"]}
        await client.chat_unfurl(channel=event["channel"], ts=event["message_ts"], unfurls=unfurls)

    async def approve(self, ack: AsyncAck, body: Wire, respond: AsyncRespond) -> None:
        await ack()
        self.heard.append(("approve", (body["user"]["id"], body["actions"][0]["value"], body["state"]["values"])))
        await respond(text="thank you", replace_original=False)
        await respond(text="approved", replace_original=True)

    async def reject(self, ack: AsyncAck, respond: AsyncRespond) -> None:
        await ack()
        await respond(delete_original=True)

    async def frame(self, ack: AsyncAck, action: Wire) -> None:
        await ack()
        self.heard.append(("frame", action["selected_option"]["value"]))

    async def edit(self, ack: AsyncAck, body: Wire, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=QUESTION)

    async def sized(self, ack: AsyncAck, view: Wire) -> None:
        amount = view["state"]["values"]["size"]["amount"]["value"]
        self.heard.append(("size", amount))
        if amount.isdigit():
            await ack()
        else:
            await ack(response_action="errors", errors={"size": "a number"})

    async def command(self, ack: AsyncAck, command: Wire) -> None:
        await ack(f"heard {command['text']}")


@asynccontextmanager
async def over_sockets(slack: Slack, app: AsyncApp) -> AsyncIterator[None]:
    handler = AsyncSocketModeHandler(app, APP_TOKEN, ping_interval=0.2)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await slack.sockets.connected()
    try:
        yield
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def by_http(slack: Slack, app: AsyncApp) -> AsyncIterator[None]:
    async def events(request: web.Request) -> web.Response:
        asked = AsyncBoltRequest(body=await request.text(), headers=dict(request.headers))
        answer = await app.async_dispatch(asked)
        kinds = answer.first_headers_without_set_cookie()
        return web.Response(status=answer.status, text=answer.body, headers=kinds)

    server = web.Application()
    server.add_routes([web.post("/slack/events", events)])
    runner = web.AppRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.sends_to(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
    try:
        yield
    finally:
        await runner.cleanup()
