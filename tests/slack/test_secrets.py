"""No token of Slack's, and no signing secret, reaches a log, an error, an event, a message or the database."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from server.logs import hidden
from server.settings import Settings
from server.slack.access import access_of
from server.slack.actions import APPROVE
from tests.server.house import opened
from tests.slack.core import BOT_TOKEN
from tests.slack.team import Site, Team, by_process, over_socket, privately, root, team, together, until

if TYPE_CHECKING:
    from pathlib import Path

BOT = "xoxb-1234567890-0987654321-cAnArYcAnArYcAnArYcAnArY"
APP = "xapp-1-A0CANARY-123-cafe0cafe0cafe0cafe0cafe0cafe0cafe0"
SIGNING = "cafe0123cafe0123cafe0123cafe0123"


def test_the_settings_show_no_secret_whatever_prints_them() -> None:
    settings = Settings(
        slack_bot_token=BOT,
        slack_app_token=APP,
        slack_signing_secret=SIGNING,
        slack_channel="C1",
    )
    for text in (repr(settings), str(settings), settings.model_dump_json(), repr(access_of(settings))):
        assert [secret for secret in (BOT, APP, SIGNING) if secret in text] == []


@pytest.mark.parametrize(
    "secret", [BOT, APP, "xoxe.xoxp-1-Mi0yLTEyMzQ1", "xoxp-1-2-3", "https://hooks.slack.com/a/T/B"]
)
def test_what_has_the_form_of_slacks_is_hidden_whatever_stands_around_it(secret: str) -> None:
    for text in (secret, f"a {secret} b", f'"{secret}"', f"token={secret}&x", f"Bearer {secret}"):
        assert secret not in hidden(text)


def test_what_people_put_into_slack_reaches_no_log_and_no_event(tmp_path: Path) -> None:
    async def test(people: Team, site: Site) -> None:
        for text in (f"status {BOT}", APP, f"chart {BOT} 5m", f"kill {APP}"):
            await people.slack.type_command(people.ada, people.channel, text)
            await people.slack.mention(people.eve, people.channel, text)
        await privately(people, people.eve, "know you")
        await people.slack.upload(people.ada, people.channel, "a.json", f'{{"token": "{BOT}"}}'.encode())
        people.slack.faults.next("reset", "chat.*", 3)
        await people.slack.type_command(people.ada, people.channel, "list")
        await until(lambda: "chat trouble" in site.said())
        files = b"".join(path.read_bytes() for path in site.data.glob("drawbridge.db*"))
        places = {"log": site.said().encode(), "database": files}
        secrets = (BOT, APP, "signing-secret-of-the-loopback", BOT_TOKEN)
        found = [(where, one) for where, text in places.items() for one in secrets if one.encode() in text]
        assert found == []

    together(by_process, tmp_path / "data", test)


def test_tokens_that_are_not_taken_are_not_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async def run() -> None:
        async with team() as people, over_socket(people, tmp_path / "data", slack_bot_token=BOT) as site:
            await site.proposed()
            await until(lambda: [one for one in people.slack.calls if one.answer == "invalid_auth"])
            await people.slack.type_command(people.ada, people.channel, "list")

    asyncio.run(run())
    said = capfd.readouterr()
    assert BOT not in said.out + said.err
    assert "invalid_auth" in said.out + said.err


def test_an_app_token_that_is_not_taken_leaves_the_telling_alone(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async def run() -> None:
        async with team() as people, opened(tmp_path / "data", **people.settings(slack_app_token=APP)) as house:
            await house.proposed()
            await root(people, APPROVE)

    asyncio.run(run())
    said = capfd.readouterr()
    assert APP not in said.out + said.err
    assert "Failed to retrieve WSS URL" in said.out + said.err  # and tries again every few seconds
    assert "task failed" not in said.out + said.err
