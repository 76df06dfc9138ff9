"""A real bolt app hears people through the loopback Slack: over Socket Mode and by signed HTTP alike."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.bolt_app import PROPOSAL, Heard, Sample, by_http, over_sockets
from tests.slack.core import BOT_TOKEN
from tests.slack.loopback import Slack
from tests.slack.sight import buttons, words

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

MODES = [over_sockets, by_http]


def with_app(mode: Any, test: Callable[[Slack, Heard, str, str], Awaitable[None]]) -> None:
    """Runs the test with a workspace, what the app heard, Ada and a channel with her and the app."""

    async def run() -> None:
        heard: Heard = []
        async with Slack(domains=("drawbridge.example",)) as slack:
            ada = slack.space.user("ada")
            channel = slack.space.channel("trading", ada)
            slack.events.discard("file_shared")  # bolt acknowledges no event that it has no handler for
            async with mode(slack, Sample(slack, heard).app):
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
        said = await slack.mention(ada, channel, "price < 5 & <!channel> https://x.example/a")
        (proposal,) = await until(lambda: slack.thread(channel, said["ts"]))
        assert heard[0] == ("message", [])
        assert heard[1][1].endswith("price &lt; 5 &amp; &lt;!channel&gt; <https://x.example/a>")
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


@pytest.mark.parametrize("mode", MODES)
def test_a_private_message_is_seen_used_and_replaced_by_its_reader_only(mode: Any) -> None:
    async def test(slack: Slack, heard: Heard, ada: str, channel: str) -> None:
        client = AsyncWebClient(BOT_TOKEN, base_url=slack.api)
        await client.chat_postEphemeral(channel=channel, user=ada, text="Buy?", blocks=PROPOSAL)
        (asked,) = slack.private(ada)
        eve = slack.space.user("eve")
        assert slack.private(eve) == slack.messages(channel) == []
        with pytest.raises(LookupError, match="only the one it is for"):
            await slack.click(eve, asked, "approve")
        await slack.click(ada, asked, "approve")
        await until(lambda: [words(one) for one in slack.private(ada)] == ["approved", "thank you"])

    with_app(mode, test)


def test_an_outage_is_over_when_the_app_has_dialled_again() -> None:
    async def test(slack: Slack, heard: Heard, ada: str, channel: str) -> None:
        slack.retries = (0.1, 0.5, 2.0)
        slack.outage(seconds=0.3)
        await slack.say(ada, channel, "hello")
        await slack.settled()
        assert heard == [("message", [])]

    with_app(over_sockets, test)


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
