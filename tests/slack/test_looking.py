"""Looking: App Home with its buttons, and links to strategies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from server.slack.actions import APPROVE, CLEAR, KILL, PAGE, REPLAY
from tests.interpreters.exports import layout, line
from tests.slack.sight import buttons, words
from tests.slack.team import MODES, Site, Team, over_socket, privately, root, together, until

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("quickly")


async def home(team: Team, user: str, holding: str) -> dict[str, Any]:
    """A person's App Home, once it says this."""
    shown: dict[str, Any] = await until(
        lambda: (one := team.slack.home(user)) and holding in words(one) and one  # it is published anew
    )
    return shown


@pytest.mark.parametrize("mode", MODES)
def test_app_home_shows_what_stands_and_its_kill_switch_works(mode: Any, tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        await site.proposed()
        await team.slack.open_home(team.ada)
        shown = await home(team, team.ada, "long break")
        await team.slack.click(team.ada, shown, KILL)
        shown = await home(team, team.ada, "The kill switch is set")
        await team.slack.click(team.ada, shown, CLEAR)
        await home(team, team.ada, "The kill switch is not set")
        assert [one.person for one in site.events("kill.set", "kill.cleared")] == ["ada", "ada"]
        await team.slack.open_home(team.eve)
        shown = await home(team, team.eve, "does not know you")
        assert "long break" not in str(shown)
        await team.slack.open_home(team.bob)
        assert KILL not in buttons(await home(team, team.bob, "long break"))
        await team.slack.click(team.bob, team.slack.home(team.ada) or {}, KILL)
        assert "you may not kill, bob" in await privately(team, team.bob, "may not kill")
        assert len(site.events("kill.set")) == 1

    together(mode, tmp_path / "data", test, lambda team: {"slack_may": {"kill": [team.ada]}})


def test_app_home_has_pages_and_replays_what_is_parked(tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        answer = await site.client.post(await site.hook(), content=b'{"price": {{close}}}')
        assert answer.status_code < 300
        several = [line(f"k{number:02}", f"long break stop=1990 group:g{number:02}") for number in range(23)]
        await site.proposed(layout(*several))
        await until(lambda: site.events("alert.parked"))
        await team.slack.open_home(team.ada)
        shown = await home(team, team.ada, "Page 1 of 2")
        await team.slack.click(team.ada, shown, f"{PAGE}.older")
        shown = await home(team, team.ada, "Page 2 of 2")
        await team.slack.click(team.ada, shown, f"{PAGE}.newer")
        shown = await home(team, team.ada, "Page 1 of 2")
        await team.slack.click(team.ada, shown, REPLAY)
        await until(lambda: site.events("alert.replayed"))
        assert site.events("alert.replayed")[0].person == "ada"

    together(over_socket, tmp_path / "data", test)


@pytest.mark.parametrize("mode", MODES)
def test_a_link_is_unfurled_only_where_its_strategy_is_told(mode: Any, tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        identity = (await site.proposed())["id"]
        desk = next(one.id for one in team.slack.space.channels.values() if one.name == "desk")
        await root(team, APPROVE, desk)  # by its market
        elsewhere = team.slack.space.channel("elsewhere", team.ada)
        url = f"https://drawbridge.example/strategies/{identity}"
        shared = {place: await team.slack.share_link(team.ada, place, url) for place in (elsewhere, team.channel, desk)}
        await until(lambda: "attachments" in team.slack.message(desk, shared[desk]["ts"]))
        assert "Waiting for a decision" in words(team.slack.message(desk, shared[desk]["ts"]))
        for place in (elsewhere, team.channel):
            assert "attachments" not in team.slack.message(place, shared[place]["ts"])
        missing = await team.slack.share_link(team.ada, desk, f"https://drawbridge.example/strategies/str_{'0' * 24}")
        assert "attachments" not in team.slack.message(desk, missing["ts"])
        assert team.slack.private(team.ada) == []

    def settings(team: Team) -> dict[str, Any]:
        return {"slack_channels": {"binance ETH/BTC": team.slack.space.channel("desk", team.ada, private=True)}}

    together(mode, tmp_path / "data", test, settings)


def test_a_link_is_unfurled_in_every_channel_where_its_strategy_has_none_of_its_own(tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        identity = (await site.proposed())["id"]
        await root(team, APPROVE)
        shared = await team.slack.share_link(
            team.ada, team.channel, f"https://drawbridge.example/strategies/{identity}"
        )
        await until(lambda: "attachments" in team.slack.message(team.channel, shared["ts"]))

    together(over_socket, tmp_path / "data", test)
