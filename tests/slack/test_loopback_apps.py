"""A real bolt app hears people through the loopback Slack: over Socket Mode and by signed HTTP alike."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.core import APP_TOKEN, BOT_TOKEN, SECRET
from tests.slack.loopback import Slack
from tests.slack.sight import buttons, words

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from slack_bolt.context.ack.async_ack import AsyncAck
    from slack_bolt.context.respond.async_respond import AsyncRespond

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


def bolt_app(slack: Slack, heard: Heard) -> AsyncApp:
    """An app that notes what it hears, and does a little of everything."""
    app = AsyncApp(
        client=AsyncWebClient(BOT_TOKEN, base_url=slack.api), signing_secret=SECRET, process_before_response=False
    )

    @app.event("app_mention")
    async def mentioned(event: Wire, client: AsyncWebClient) -> None:
        heard.append(("mention", event["text"]))
        await client.chat_postMessage(channel=event["channel"], thread_ts=event["ts"], text="Buy?", blocks=PROPOSAL)

    @app.event("message")
    async def message(event: Wire) -> None:
        heard.append(("message", [one["name"] for one in event.get("files", ())]))

    @app.event("app_home_opened")
    async def home(event: Wire, client: AsyncWebClient) -> None:
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": PROPOSAL})

    @app.event("link_shared")
    async def link(event: Wire, client: AsyncWebClient) -> None:
        unfurls = {one["url"]: {"blocks": PROPOSAL[:1]} for one in event["links"]}
        await client.chat_unfurl(channel=event["channel"], ts=event["message_ts"], unfurls=unfurls)

    @app.action("approve")
    async def approve(ack: AsyncAck, body: Wire, respond: AsyncRespond) -> None:
        await ack()
        heard.append(("approve", (body["user"]["id"], body["actions"][0]["value"], body["state"]["values"])))
        await respond(text="thank you", replace_original=False)
        await respond(text="approved", replace_original=True)

    @app.action("reject")
    async def reject(ack: AsyncAck, respond: AsyncRespond) -> None:
        await ack()
        await respond(delete_original=True)

    @app.action("frame")
    async def frame(ack: AsyncAck, action: Wire) -> None:
        await ack()
        heard.append(("frame", action["selected_option"]["value"]))

    @app.action("edit")
    async def edit(ack: AsyncAck, body: Wire, client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=QUESTION)

    @app.view("sizing")
    async def sized(ack: AsyncAck, view: Wire) -> None:
        amount = view["state"]["values"]["size"]["amount"]["value"]
        heard.append(("size", amount))
        if not amount.isdigit():
            await ack(response_action="errors", errors={"size": "a number"})
        else:
            await ack()

    @app.command("/drawbridge")
    async def command(ack: AsyncAck, command: Wire) -> None:
        await ack(f"heard {command['text']}")

    return app


@asynccontextmanager
async def over_sockets(slack: Slack, app: AsyncApp) -> AsyncIterator[None]:
    handler = AsyncSocketModeHandler(app, APP_TOKEN, ping_interval=0.2)
    await handler.connect_async()
    await slack.sockets.connected()
    try:
        yield
    finally:
        await handler.close_async()


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


MODES = [over_sockets, by_http]


def with_app(mode: Any, test: Callable[[Slack, Heard, str, str], Awaitable[None]]) -> None:
    """Runs the test with a workspace, what the app heard, Ada and a channel with her and the app."""

    async def run() -> None:
        heard: Heard = []
        async with Slack(domains=("drawbridge.example",)) as slack:
            ada = slack.space.user("ada")
            channel = slack.space.channel("trading", ada)
            slack.events.discard("file_shared")  # bolt acknowledges no event that it has no handler for
            async with mode(slack, bolt_app(slack, heard)):
                await test(slack, heard, ada, channel)

    asyncio.run(run())


async def until(condition: Callable[[], Any]) -> Any:
    """Handlers go on after their acknowledgement."""
    for _ in range(500):
        if found := condition():
            return found
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come about")


@pytest.mark.parametrize("mode", MODES)
def test_a_mention_is_answered_in_its_thread_and_the_buttons_there_work(mode: Any) -> None:
    async def test(slack: Slack, heard: Heard, ada: str, channel: str) -> None:
        said = await slack.mention(ada, channel, "price < 5 & <!channel>")
        (proposal,) = await until(lambda: slack.thread(channel, said["ts"]))
        assert heard[0] == ("message", [])
        assert heard[1][1].endswith("price &lt; 5 &amp; &lt;!channel&gt;")
        assert buttons(proposal) == {"approve": "Approve", "reject": "Reject", "edit": "Edit"}
        await slack.choose(ada, proposal, "frame", "4h")
        await slack.click(ada, proposal, "approve")
        await until(lambda: words(slack.message(channel, proposal["ts"])) == "approved")
        assert heard[2] == ("frame", "4h")
        user, value, state = heard[3][1]
        chosen = state[proposal["blocks"][1]["block_id"]]["frame"]["selected_option"]["value"]
        assert (user, value, chosen) == (ada, "spec-1", "4h")
        assert [one["text"] for one in slack.private(ada)] == ["thank you"]
        await slack.click(ada, proposal, "reject")
        await until(lambda: not slack.thread(channel, said["ts"]))

    with_app(mode, test)


@pytest.mark.parametrize("mode", MODES)
def test_a_modal_opens_refuses_what_is_wrong_and_closes(mode: Any) -> None:
    async def test(slack: Slack, heard: Heard, ada: str, channel: str) -> None:
        await slack.open_home(ada)
        home = await until(lambda: slack.home(ada))
        await slack.click(ada, home, "edit")
        view = await until(lambda: slack.modal(ada))
        with pytest.raises(ValueError, match="Size has to be filled in"):
            await slack.submit(ada, view, {})
        with pytest.raises(ValueError, match="Size takes 0 to 8 characters"):
            await slack.submit(ada, view, {"amount": "123456789"})
        await slack.submit(ada, view, {"amount": "much"})
        assert slack.errors(ada) == {"size": "a number"}
        await slack.submit(ada, view, {"amount": "12"})
        assert (slack.modal(ada), heard) == (None, [("size", "much"), ("size", "12")])

    with_app(mode, test)


@pytest.mark.parametrize("mode", MODES)
def test_commands_links_and_files_reach_the_app(mode: Any) -> None:
    async def test(slack: Slack, heard: Heard, ada: str, channel: str) -> None:
        assert (await slack.type_command(ada, channel, "list")).taken
        assert [one["text"] for one in slack.private(ada, channel)] == ["heard list"]
        shared = await slack.share_link(ada, channel, "https://drawbridge.example/s/1")
        await until(lambda: words(slack.message(channel, shared["ts"])) == "Buy?")
        await slack.upload(ada, channel, "drawing.json", b"{}", shared["ts"])
        await until(lambda: ("message", ["drawing.json"]) in heard)
        with pytest.raises(LookupError, match="nothing here to use is called sell"):
            await slack.click(ada, slack.message(channel, shared["ts"]), "sell")

    with_app(mode, test)


def test_signatures_that_are_wrong_or_old_are_refused_and_the_address_is_verified() -> None:
    async def test(slack: Slack, heard: Heard, ada: str, channel: str) -> None:
        assert slack.door is not None
        event = {"type": "event_callback", "event": {"type": "message", "channel": channel, "user": ada}}
        assert (await slack.door.post("events_api", event, forged=True)).status == 401
        assert (await slack.door.post("events_api", event, age=301)).status == 401
        assert (await slack.door.verify_url("abc")).payload == {"challenge": "abc"}
        assert heard == []

    with_app(by_http, test)


def test_a_command_that_nobody_takes_is_told_to_the_user() -> None:
    async def run() -> None:
        async with Slack() as slack:
            ada = slack.space.user("ada")
            channel = slack.space.channel("trading", ada)
            assert not (await slack.type_command(ada, channel, "list")).taken
            assert slack.troubles == [(ada, "We had some trouble connecting. Try again?")]

    asyncio.run(run())
