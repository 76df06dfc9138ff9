"""``drawbridge doctor`` about Slack: each thing that may be wrong is said, with what to do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from server.doctor import examine
from server.settings import Settings
from server.slack.manifest import SCOPES
from tests.slack.core import APP_TOKEN, SECRET
from tests.slack.team import Team, team

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Said = dict[str, tuple[bool, str]]


def examined(data: Path, prepare: Callable[[Team], dict[str, Any]]) -> Said:
    """What is said about Slack; ``prepare`` gives settings beyond the usual."""

    async def run() -> Said:
        async with team() as people:
            given = people.settings(**{"slack_app_token": APP_TOKEN, **prepare(people)})
            found = [one async for one in examine(Settings(data_dir=data, **given))]
            assert [one for one in people.slack.calls if one.method.startswith("chat.")] == []
            return {one.what: (one.well, one.said) for one in found if one.what.startswith("Slack")}

    return asyncio.run(run())


def test_a_workspace_that_is_set_up_is_well(tmp_path: Path) -> None:
    group: list[str] = []

    def prepare(people: Team) -> dict[str, Any]:
        group.append(people.slack.space.group("deciders", people.ada))
        return {"slack_may": {"approve": group}}

    said = examined(tmp_path, prepare)
    assert {what: well for what, (well, _) in said.items() if not well} == {}
    assert said["Slack"][1] == "drawbridge in loop"
    assert said["Slack scopes"][1] == f"all {len(SCOPES)}"
    assert said["Slack events"][1] == "by Socket Mode"
    assert said["Slack channel C0001"][1] == "#trading"
    assert said["Slack people"][1] == "ada, bob"
    assert said[f"Slack user group {group[0]}"][1] == "1 member"


def unknown_token(_: Team) -> dict[str, Any]:
    return {"slack_bot_token": "xoxb-wrong"}


def other_prefix(_: Team) -> dict[str, Any]:
    return {"slack_bot_token": "xoxp-of-a-user"}


def half(_: Team) -> dict[str, Any]:
    return {"slack_app_token": None}


def unknown_app_token(_: Team) -> dict[str, Any]:
    return {"slack_app_token": "xapp-wrong"}


def scope_gone(people: Team) -> dict[str, Any]:
    people.slack.scopes -= {"files:write", "links:read"}
    return {}


def not_invited(people: Team) -> dict[str, Any]:
    return {"slack_channels": {"x": people.slack.space.channel("desk", people.ada, bot=False)}}


def no_such_channel(_: Team) -> dict[str, Any]:
    return {"slack_channel": "C9999"}


def archived(people: Team) -> dict[str, Any]:
    people.slack.space.channels[people.channel].archived = True
    return {}


def nobody(_: Team) -> dict[str, Any]:
    return {"slack_people": {}}


def turned_round(people: Team) -> dict[str, Any]:
    return {"slack_people": {"ada": people.ada}}


def by_name(_: Team) -> dict[str, Any]:
    return {"slack_channel": "#trading"}


def unreachable(_: Team) -> dict[str, Any]:
    return {"slack_api_url": "http://127.0.0.1:9/"}


def right_of_a_name(_: Team) -> dict[str, Any]:
    return {"slack_may": {"approve": ["ada"]}}


def no_such_group(_: Team) -> dict[str, Any]:
    return {"slack_may": {"kill": ["S9999"]}}


def late_clock(people: Team) -> dict[str, Any]:
    people.slack.clock.skip(600)
    return {}


@pytest.mark.parametrize(
    ("prepare", "what", "words"),
    [
        (unknown_token, "Slack", "the bot token is not taken (invalid_auth)"),
        (other_prefix, "Slack", "DRAWBRIDGE_SLACK_BOT_TOKEN does not begin with xoxb-"),
        (half, "Slack", "DRAWBRIDGE_SLACK_APP_TOKEN for Socket Mode, or DRAWBRIDGE_SLACK_SIGNING_SECRET"),
        (unknown_app_token, "Slack events", "the app token is not taken (invalid_auth)"),
        (scope_gone, "Slack scopes", "missing: files:write, links:read; take the manifest anew"),
        (not_invited, "Slack channel C0002", "#desk: the bot is not in it; /invite @Drawbridge there"),
        (no_such_channel, "Slack channel C9999", "channel_not_found; write the channel's id"),
        (archived, "Slack channel C0001", "#trading is archived"),
        (nobody, "Slack people", "name people in DRAWBRIDGE_SLACK_PEOPLE"),
        (turned_round, "Slack people", "ada is no id of a Slack user"),
        (by_name, "Slack channel #trading", "write the channel's id, C0001, in place of its name"),
        (unreachable, "Slack", "ClientConnectorError; this machine has to reach http://127.0.0.1:9/"),
        (right_of_a_name, "Slack rights", "ada is not in DRAWBRIDGE_SLACK_PEOPLE"),
        (no_such_group, "Slack user group S9999", "until then it lets nobody in"),
        (late_clock, "Slack clock", "set this machine's clock by NTP"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(
    prepare: Callable[[Team], dict[str, Any]], what: str, words: str, tmp_path: Path
) -> None:
    said = examined(tmp_path, prepare)
    wrong = {name: text for name, (well, text) in said.items() if not well}
    assert list(wrong) == [what]
    assert words in wrong[what]


def test_http_needs_no_app_token(tmp_path: Path) -> None:
    said = examined(tmp_path, lambda _: {"slack_app_token": None, "slack_signing_secret": SECRET})
    assert said["Slack events"] == (True, "by HTTP at /slack/events, which Slack has to reach over HTTPS")
