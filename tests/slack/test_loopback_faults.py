"""What goes wrong between the real slack_sdk and the loopback Slack: limits, refusals, lost answers, outages."""

from __future__ import annotations

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.slack.asking import refusal, with_slack
from tests.slack.core import BOT_TOKEN
from tests.slack.loopback import Slack


def test_the_limiter_takes_a_burst_and_then_one_message_a_second_and_channel() -> None:
    async def test(slack: Slack, client: AsyncWebClient, channel: str) -> None:
        slack.limiter.on = True
        for _ in range(3):
            await client.chat_postMessage(channel=channel, text="x")
        with pytest.raises(SlackApiError) as refused:
            await client.chat_postMessage(channel=channel, text="x")
        response = refused.value.response
        assert (response.status_code, response["error"], response.headers["Retry-After"]) == (429, "ratelimited", "1")
        other = slack.space.channel("other")
        await client.chat_postMessage(channel=other, text="x")
        assert [one.answer for one in slack.asked("chat.postMessage")] == ["ok", "ok", "ok", "ratelimited", "ok"]
        assert slack.busiest(channel) == 3

    with_slack(test)


def test_faults_come_by_script_and_a_lost_answer_leaves_the_message_there() -> None:
    async def test(slack: Slack, client: AsyncWebClient, channel: str) -> None:
        slack.faults.next("429", "chat.*")
        slack.faults.next("500")
        slack.faults.next("reset")
        slack.faults.next("lost")
        slack.faults.next("swallowed")
        for _ in range(5):
            with pytest.raises(Exception):  # noqa: B017, PT011  # the SDK lets through whatever aiohttp raises
                await client.chat_postMessage(channel=channel, text="x")
        assert [fault for _, fault in slack.faults.injected] == ["429", "500", "reset", "lost", "swallowed"]
        assert len(slack.messages(channel)) == 2
        slack.faults.down(seconds=60)
        with pytest.raises(SlackApiError):
            await client.auth_test()
        slack.clock.skip(61)
        assert (await client.auth_test())["ok"]

    with_slack(test)


def test_every_second_call_may_be_refused() -> None:
    async def test(slack: Slack, client: AsyncWebClient, channel: str) -> None:
        slack.faults.every(2, "429", "chat.postMessage")
        for number in range(4):
            await client.auth_test()
            call = client.chat_postMessage(channel=channel, text=f"{number}")
            assert (await refusal(call))["error"] == "ratelimited" if number % 2 else (await call)["ok"]
        assert [one["text"] for one in slack.by_app(channel)] == ["0", "2"]

    with_slack(test)


def test_faults_by_a_seed_are_the_same_each_time() -> None:
    def met() -> list[str | None]:
        faults = Slack().faults
        faults.seeded(7, 0.3)
        return [faults.of("chat.postMessage") for _ in range(50)]

    assert met() == met()
    assert 5 < sum(one is not None for one in met()) < 25


def test_the_sdk_s_own_retry_shows_a_message_twice_when_its_answer_is_lost() -> None:
    """Why our client has to be built without it: chat.postMessage is not idempotent."""

    async def test(slack: Slack, client: AsyncWebClient, channel: str) -> None:
        slack.faults.next("lost")
        await AsyncWebClient(BOT_TOKEN, base_url=slack.api).chat_postMessage(channel=channel, text="x")
        assert len(slack.messages(channel)) == 2

    with_slack(test)
