"""Requests to ``/slack/events`` that are forged, old or shown again, and events that Slack tells again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from server.slack.actions import APPROVE
from tests.slack import payloads
from tests.slack.team import MODES, Site, Team, over_http, root, together, until
from tests.slack.telling import attempt

if TYPE_CHECKING:
    from pathlib import Path


def test_requests_that_are_forged_old_or_shown_again_do_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def test(team: Team, site: Site) -> None:
        identity = (await site.proposed())["id"]
        shown = await root(team, APPROVE)
        assert team.slack.door is not None
        payload = payloads.block_actions(
            team.slack, team.ada, shown, payloads.action_of(team.slack, *payloads.element_of(shown, APPROVE), None)
        )
        forged = await team.slack.door.post("interactive", payload, forged=True)
        old = await team.slack.door.post("interactive", payload, age=6 * 60)
        future = await team.slack.door.post("interactive", payload, age=-6 * 60)
        assert [forged.status, old.status, future.status] == [401, 401, 401]
        assert site.events("strategy.decided") == []

        door, sent = team.slack.door, []
        original = door._sent

        async def noted(body: str, headers: dict[str, str]) -> Any:
            sent.append((body, headers))
            return await original(body, headers)

        door._sent = noted  # type: ignore[method-assign]
        command = payloads.command(team.slack, team.ada, team.channel, "/drawbridge", "kill")
        clear = payloads.command(team.slack, team.ada, team.channel, "/drawbridge", "kill off")
        for one in (command, clear):
            await door.post("slash_commands", one)
        await until(lambda: site.events("kill.cleared"))
        again = await original(*sent[0])
        assert (again.status, again.text) == (200, "")
        await asyncio.sleep(0.3)
        assert [one.kind for one in site.events("kill.set", "kill.cleared")] == ["kill.set", "kill.cleared"]
        assert await site.state(identity) == "proposed"
        assert '"replayed"' in capsys.readouterr().err

    together(over_http, tmp_path / "data", test)


@pytest.mark.parametrize("mode", MODES)
def test_an_event_that_is_told_again_is_done_once(mode: Any, tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        message = await team.slack.say(team.ada, team.channel, "nothing of ours")
        place = {"channel": team.channel, "user": team.ada, "ts": message["ts"], "event_ts": message["ts"]}
        event = {"type": "app_mention", "text": "<@U0LOOPBOT> kill off", **place}
        body = {"type": "event_callback", "team_id": "T0LOOP", "api_app_id": "A0LOOP", "event": event}
        for number in range(4):  # as it came, and three times more
            answer = await attempt(team.slack, "events_api", {**body, "event_id": "Ev1"}, number, "http_timeout")
            assert answer.taken
        await until(lambda: team.slack.thread(team.channel, message["ts"]))
        await asyncio.sleep(0.5)
        assert len(team.slack.thread(team.channel, message["ts"])) == 1

    together(mode, tmp_path / "data", test)
