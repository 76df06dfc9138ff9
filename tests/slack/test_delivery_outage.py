"""While Slack is away, or its door is closed, few calls are made; afterwards everything is told, and nothing floods."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from server.doctor import examine
from server.settings import Settings
from tests.slack import web_api
from tests.slack.calls import Refused
from tests.slack.delivering import QUICK, SIGNAL, all_told, at_work, hasten, record, rooted, stamps
from tests.slack.sight import words
from tests.slack.team import until
from tests.slack.workspace import BOT_USER

if TYPE_CHECKING:
    from pathlib import Path

    from server.findings import Finding
    from tests.server.house import House
    from tests.slack.calls import Call, Method
    from tests.slack.core import Core
    from tests.slack.team import Team

KINDS = ("strategy.paused", "strategy.resumed", "signal.fired", "order.filled")


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    hasten(monkeypatch)


def test_an_hour_without_slack_costs_few_calls_loses_nothing_and_floods_nothing(tmp_path: Path) -> None:
    """Pauses are 150 times as short as in earnest, so 24 seconds are the hour."""

    async def run(crew: Team, house: House) -> None:
        keys = await rooted(crew, house, 4)
        await all_told(crew)
        slack = crew.slack
        slack.outage(fault="503")
        before, begun = len(slack.calls), asyncio.get_running_loop().time()
        for number in range(240):
            await record(house, (KINDS[number % 4], keys[number % 4], SIGNAL), ("alert.parked", f"alr_{number}", {}))
            await asyncio.sleep(0.05)
        chat = (await house.client.get("/health/ready")).json()["chat"]
        assert chat["trouble"].startswith("slack: Slack answered 503")
        await record(house, *(("strategy.stopped", key, {"reason": "enough"}) for key in keys))
        calls = [one for one in slack.calls[before:] if one.method != "apps.connections.open"]
        spent = asyncio.get_running_loop().time() - begun  # 12 seconds, or more on a busy machine
        assert len(calls) <= 8 + spent / QUICK.longest  # the hour: 7 tries until the pause is a minute, then 60
        await told_after(crew, house)

    async def told_after(crew: Team, house: House) -> None:
        before = len(crew.slack.asked("chat.postMessage"))
        crew.slack.faults.clear()
        await all_told(crew)
        sent = len(crew.slack.asked("chat.postMessage")) - before
        assert sent <= 20  # 484 events in five threads
        roots = [words(one) for one in crew.slack.roots(crew.channel)]
        assert len(roots) == len(stamps(crew))
        assert (await house.client.get("/health/ready")).json()["chat"]["trouble"] is None

    at_work(tmp_path, run)


async def closed(crew: Team, house: House, error: str) -> None:
    """What is said while a door is closed, and that few calls are made."""
    before, begun = len(crew.slack.calls), asyncio.get_running_loop().time()
    for number in range(30):
        await record(house, ("alert.parked", f"alr_{number}", {"reason": "no such market"}))
        await asyncio.sleep(0.05)
    calls = [one for one in crew.slack.calls[before:] if one.answer == error]
    spent = asyncio.get_running_loop().time() - begun  # a second and a half, or more on a busy machine
    assert 1 <= len(calls) <= 8 * max(1.0, spent / 1.5)
    ready = (await house.client.get("/health/ready")).json()["chat"]
    assert error in ready["trouble"]
    assert ready["waiting"] == 30
    metrics = (await house.client.get("/metrics")).text
    assert 'drawbridge_chat_waiting{chat="slack"} 30.0' in metrics
    assert 'drawbridge_chat_well{chat="slack"} 0.0' in metrics
    page = (await house.client.get("/", headers=(await house.session())[0])).text
    assert f"{error}" in page
    assert "30 events wait to be told." in page


def test_the_doctor_says_since_when_something_waits(tmp_path: Path) -> None:
    async def run(crew: Team, house: House) -> None:
        crew.slack.outage()
        await record(house, ("alert.parked", "alr_1", {}), ("kill.set", "kill", {}))
        await until(lambda: crew.slack.faults.injected)

    at_work(tmp_path, run)
    access: dict[str, Any] = {"slack_bot_token": "xoxb-1", "slack_app_token": "xapp-1", "slack_channel": "C1"}
    doctor = Settings(data_dir=tmp_path, slack_api_url="http://127.0.0.1:9/", **access)

    async def examined() -> dict[str, Finding]:
        return {one.what: one async for one in examine(doctor)}

    found = asyncio.run(examined())["Slack outbox"]
    assert found.said.startswith("2 waiting, the first since 20")
    assert found.well  # it may be telling them right now


@pytest.mark.parametrize("error", ["not_in_channel", "channel_not_found", "is_archived"])
def test_a_closed_channel_keeps_its_own_messages_only_and_is_said(tmp_path: Path, error: str) -> None:
    async def run(crew: Team, house: House) -> None:
        space = crew.slack.space
        channel = space.channels[crew.channel]
        match error:
            case "not_in_channel":
                channel.members.remove(BOT_USER)
            case "is_archived":
                channel.archived = True
            case _:
                del space.channels[crew.channel]
        await closed(crew, house, error)
        space.channels[crew.channel] = channel
        channel.archived = False
        if BOT_USER not in channel.members:
            channel.members.append(BOT_USER)
        await all_told(crew)

    at_work(tmp_path, run)


@pytest.mark.parametrize("error", ["invalid_auth", "account_inactive", "token_revoked"])
def test_a_token_that_is_not_taken_loses_nothing_and_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: str
) -> None:
    taken = web_api.allowed

    def refused(slack: Core, call: Call, token: str) -> Method:
        if call.method.startswith("chat."):
            raise Refused(error)
        return taken(slack, call, token)

    async def run(crew: Team, house: House) -> None:
        monkeypatch.setattr(web_api, "allowed", refused)
        await closed(crew, house, error)
        monkeypatch.setattr(web_api, "allowed", taken)
        await all_told(crew)

    at_work(tmp_path, run)
