"""Events are repeated until they are taken, and connections are renewed, several at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientSession, web
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.core import APP_TOKEN, BOT_TOKEN
from tests.slack.loopback import Slack

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_sdk.socket_mode.request import SocketModeRequest

Wire = dict[str, Any]


async def until(condition: Callable[[], Any]) -> None:
    for _ in range(1_000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come about")


class Listener:
    """Socket Mode by slack_sdk alone; acknowledges what it is sent, and notes it."""

    def __init__(self, slack: Slack) -> None:
        web_client = AsyncWebClient(BOT_TOKEN, base_url=slack.api)
        self.client = SocketModeClient(APP_TOKEN, web_client=web_client, ping_interval=0.1)
        self.client.socket_mode_request_listeners.append(self.hear)  # type: ignore[arg-type]
        self.heard: list[tuple[str, int | None, str | None]] = []

    async def hear(self, client: SocketModeClient, request: SocketModeRequest) -> None:
        self.heard.append((request.type, request.retry_attempt, request.retry_reason))
        await client.send_socket_mode_response(SocketModeResponse(request.envelope_id))


def test_an_event_whose_acknowledgement_is_lost_comes_again_with_its_number_and_a_click_does_not() -> None:
    async def run() -> None:
        async with Slack(pace=10) as slack:
            slack.retries = (0, 1, 1)
            ada = slack.space.user("ada")
            channel = slack.space.channel("trading", ada)
            listener = Listener(slack)
            await listener.client.connect()  # type: ignore[no-untyped-call]
            await slack.sockets.connected()
            slack.sockets.dropped_acks = 2
            await slack.say(ada, channel, "hello")
            await slack.settled()
            first, second, third = (("events_api", number, "timeout" if number else "") for number in range(3))
            assert listener.heard == [first, second, third]
            slack.sockets.dropped_acks = 1
            assert not (await slack.type_command(ada, channel, "list")).taken
            assert len(listener.heard) == 4
            await listener.client.close()  # type: ignore[no-untyped-call]

    asyncio.run(run())


def test_a_client_dials_again_after_a_refresh_a_warning_or_a_cut_and_misses_nothing() -> None:
    async def run() -> None:
        async with Slack(pace=10) as slack:
            ada = slack.space.user("ada")
            channel = slack.space.channel("trading", ada)
            listener = Listener(slack)
            await listener.client.connect()  # type: ignore[no-untyped-call]
            await slack.sockets.connected()
            for number, ending in enumerate(("refresh_requested", "warning", "cut")):
                dials = len(slack.asked("apps.connections.open"))
                if ending == "cut":
                    slack.sockets.drop()
                else:
                    await slack.sockets.disconnect(ending)  # type: ignore[arg-type]
                await until(lambda dials=dials: len(slack.asked("apps.connections.open")) > dials)  # type: ignore[misc]
                await slack.sockets.connected()
                await slack.say(ada, channel, ending)
                await slack.settled()
                assert len(listener.heard) > number
            await listener.client.close()  # type: ignore[no-untyped-call]

    asyncio.run(run())


def test_a_connection_that_is_half_open_swallows_a_click() -> None:
    async def run() -> None:
        async with Slack(pace=10) as slack:
            ada = slack.space.user("ada")
            channel = slack.space.channel("trading", ada)
            listener = Listener(slack)
            await listener.client.connect()  # type: ignore[no-untyped-call]
            await slack.sockets.connected()
            slack.sockets.connections[0].stalled = True
            assert not (await slack.type_command(ada, channel, "list")).taken
            assert listener.heard == []
            await listener.client.close()  # type: ignore[no-untyped-call]

    asyncio.run(run())


def test_envelopes_go_to_all_connections_in_turn_and_an_eleventh_is_refused() -> None:
    async def run() -> None:
        async with Slack() as slack:
            ada = slack.space.user("ada")
            channel = slack.space.channel("trading", ada)
            listeners = [Listener(slack) for _ in range(2)]
            for listener in listeners:
                await listener.client.connect()  # type: ignore[no-untyped-call]
            await slack.sockets.connected(2)
            for number in range(4):
                await slack.say(ada, channel, f"{number}")
            assert [len(one.heard) for one in listeners] == [2, 2]
            for listener in listeners:
                await listener.client.close()  # type: ignore[no-untyped-call]
            async with ClientSession() as session:
                client = AsyncWebClient(session=session, base_url=slack.api)
                urls = [(await client.apps_connections_open(app_token=APP_TOKEN))["url"] for _ in range(11)]
                sockets = [await session.ws_connect(url) for url in urls]
                told = [await one.receive_json() for one in sockets]
                assert [one.get("num_connections") for one in told] == [*range(1, 11), None]
                assert told[-1]["reason"] == "too_many_websockets"

    asyncio.run(run())


async def refusing(answers: list[tuple[int, dict[str, str]]], seen: list[Any]) -> web.AppRunner:
    """An app that answers so in turn, and notes the numbers of retries."""

    async def handle(request: web.Request) -> web.Response:
        seen.append((request.headers.get("X-Slack-Retry-Num"), request.headers.get("X-Slack-Retry-Reason")))
        status, headers = answers.pop(0)
        if status == 0:
            await asyncio.sleep(0.5)
        return web.Response(status=status or 200, headers=headers)

    server = web.Application()
    server.add_routes([web.post("/slack/events", handle)])
    runner = web.AppRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([(500, {}), (0, {}), (200, {})], [(None, None), ("1", "http_error"), ("2", "http_timeout")]),
        ([(500, {})] * 4, [(None, None), ("1", "http_error"), ("2", "http_error"), ("3", "http_error")]),
        ([(500, {"X-Slack-No-Retry": "1"})], [(None, None)]),
    ],
)
def test_an_event_by_http_is_sent_three_times_more_unless_it_is_taken_or_declined(
    answers: list[tuple[int, dict[str, str]]], expected: list[Any]
) -> None:
    async def run() -> None:
        seen: list[Any] = []
        runner = await refusing(list(answers), seen)
        async with Slack(pace=10) as slack:
            slack.retries = (0, 1, 1)
            ada = slack.space.user("ada")
            channel = slack.space.channel("trading", ada)
            slack.sends_to(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
            await slack.say(ada, channel, "hello")
            await slack.settled()
        await runner.cleanup()
        assert seen == expected

    asyncio.run(run())
