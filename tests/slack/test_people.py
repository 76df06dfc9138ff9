"""Who may do what in Slack: by user, by user group; and which channel a strategy is told in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from server.slack.actions import APPROVE, EDIT
from tests.slack.sight import words
from tests.slack.team import MODES, Site, Team, over_socket, privately, root, roots, together, until

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("quickly")


def by_group(team: Team) -> dict[str, Any]:
    group = team.slack.space.group("deciders", team.ada)
    return {"slack_may": {"approve": [group], "operate": [team.bob], "kill": [group]}}


@pytest.mark.parametrize("mode", MODES)
def test_a_right_may_be_a_user_groups(mode: Any, tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        identity = (await site.proposed())["id"]
        shown = await root(team, APPROVE)
        for action in (APPROVE, EDIT):
            await team.slack.click(team.bob, shown, action)
        await until(lambda: len(site.events("access.refused")) == 2)
        assert "you may not approve, bob" in await privately(team, team.bob, "may not approve")
        assert team.slack.modal(team.bob) is None
        await team.slack.click(team.ada, shown, APPROVE)
        await until(lambda: [one for one in site.events("strategy.started") if one.subject == identity])
        await team.slack.type_command(team.ada, team.channel, f"pause {identity}")
        assert "you may not operate, ada" in await privately(team, team.ada, "may not operate")
        await team.slack.type_command(team.bob, team.channel, f"pause {identity}")
        await until(lambda: site.events("strategy.paused"))
        refused = [(one.person, one.data["why"]) for one in site.events("access.refused")]
        assert [person for person, _ in refused] == ["bob", "bob", "ada"]

    together(mode, tmp_path / "data", test, by_group)


@pytest.mark.parametrize("mode", MODES)
def test_a_user_group_that_cannot_be_asked_lets_nobody_in(mode: Any, tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        await site.proposed()
        shown = await root(team, APPROVE)
        team.slack.faults.next("500", "usergroups.*")
        await team.slack.click(team.ada, shown, APPROVE)
        await privately(team, team.ada, "Slack did not take it")
        team.slack.scopes.discard("usergroups:read")
        await team.slack.type_command(team.ada, team.channel, "kill")
        await privately(team, team.ada, "missing_scope")
        assert site.events("strategy.decided", "kill.set") == []

    together(mode, tmp_path / "data", test, by_group)


def test_a_strategy_is_told_in_the_channel_of_its_name_or_market(tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        await site.proposed()
        desk = next(one.id for one in team.slack.space.channels.values() if one.name == "desk")
        shown = await root(team, APPROVE, desk)
        assert "long break" in words(shown)
        await team.slack.click(team.ada, shown, APPROVE)
        await until(lambda: "approved by ada" in str(team.slack.message(desk, shown["ts"])))
        assert roots(team, "long break") == []

    def settings(team: Team) -> dict[str, Any]:
        desk = team.slack.space.channel("desk", team.ada, private=True)
        return {"slack_channels": {"long break on BINANCE:ETHBTC 5m": desk}}

    together(over_socket, tmp_path / "data", test, settings)
