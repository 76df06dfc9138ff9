"""The words of the command, by ``/drawbridge``, by mention and to the bot alone."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from server.slack.actions import APPROVE
from tests.slack.sight import words
from tests.slack.team import MODES, Site, Team, over_socket, privately, root, together, until

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("quickly")


LATER = {"replay_start": "2018-01-27"}  # so that the recording has candles before


async def answered(team: Team, user: str, text: str, holding: str) -> str:
    """What the command says to whoever typed it."""
    await team.slack.type_command(user, team.channel, text)
    return await privately(team, user, holding)


async def running(team: Team, site: Site) -> str:
    """The id of a strategy that runs on paper."""
    identity = str((await site.proposed())["id"])
    await team.slack.click(team.ada, await root(team, APPROVE), APPROVE)
    await until(lambda: [one for one in site.events("strategy.started") if one.subject == identity])
    return identity


@pytest.mark.parametrize("mode", MODES)
def test_every_word_is_answered_to_the_one_who_said_it(mode: Any, tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        identity = await running(team, site)
        assert "2 strategies and watches" in await answered(team, team.ada, "list", "strategies and watches")
        said = await answered(team, team.ada, f"status `{identity}`", "Running on paper")
        assert "Go long" in said
        assert "after: out of sample" in await answered(team, team.ada, f"backtest {identity}", "Backtest")
        await answered(team, team.ada, f"pause {identity}", "is paused.")
        await until(lambda: site.events("strategy.paused"))
        await answered(team, team.ada, f"resume {identity}", "is resumed.")
        await answered(team, team.ada, "kill", "nothing enters the market")
        await answered(team, team.ada, "kill off", "may enter the market again")
        await answered(team, team.ada, "kill bill", "kill stops everything")
        await answered(team, team.ada, f"stop {identity}", "is stopped.")
        await until(lambda: site.events("strategy.stopped"))
        await answered(team, team.ada, "alerts", "No alert is parked")
        await answered(team, team.ada, "help", "What you can say")
        await answered(team, team.ada, "make me rich", "is none of the words")
        await answered(team, team.ada, f"resume {identity}", "a strategy that is stopped cannot resume")
        did = [one.kind for one in site.events("kill.set", "kill.cleared", "strategy.paused", "strategy.resumed")]
        assert did == ["strategy.paused", "strategy.resumed", "kill.set", "kill.cleared"]
        assert {one.person for one in site.events("kill.set", "strategy.paused", "strategy.stopped")} == {"ada"}
        assert team.slack.troubles == []

    together(mode, tmp_path / "data", test)


def test_a_name_is_enough_where_it_is_one_and_several_are_listed(tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        first = await site.proposed()
        second = await site.proposed()
        said = await answered(team, team.ada, "status long break", "may be any of 2")
        assert first["id"] in said
        assert second["id"] in said
        said = await answered(team, team.ada, "stop long break", "needs the whole name or id")
        assert first["id"] in said
        await answered(team, team.ada, "pause %", "there is no strategy '%'")
        await answered(team, team.ada, "status %", "there is no strategy '%'")
        await answered(team, team.ada, f"stop {first['id'][:-1]}", "needs the whole name or id, and 'str_")
        await answered(team, team.ada, f"stop {first['name']}", "may be any of 2")
        with sqlite3.connect(site.data / "drawbridge.db") as database:
            database.execute("UPDATE strategy SET name = ? WHERE id = ?", (first["id"], second["id"]))
        assert site.events("strategy.stopped") == []
        await answered(team, team.ada, f"stop {first['id']}", "is stopped.")  # an id wins over a name
        assert [one.subject for one in site.events("strategy.stopped")] == [first["id"]]
        await answered(team, team.ada, "status nobody", "there is no strategy 'nobody'")
        await answered(team, team.ada, "status", "say which one")

    together(over_socket, tmp_path / "data", test)


@pytest.mark.parametrize("mode", MODES)
def test_a_chart_is_posted_for_everybody_with_its_picture(mode: Any, tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        team.slack.upload_takes = 0.3
        await team.slack.type_command(team.ada, team.channel, "chart binance ETH/BTC 1h")
        shown = await root(team, "Chart of binance ETH/BTC 1h")
        assert "binance ETH/BTC 1h" in words(shown)
        assert team.slack.pictures(shown)[0].startswith(b"\x89PNG")
        await answered(team, team.ada, "chart", "say which: chart MARKET TIMEFRAME")
        await answered(team, team.ada, "chart binance ETH/BTC 7x", "is no timeframe")
        await answered(team, team.ada, "chart kraken ETH/BTC 1h", "no feed")
        assert site.events("access.refused") == []

    together(mode, tmp_path / "data", test, lambda _: LATER)


@pytest.mark.parametrize("mode", MODES)
def test_the_same_words_work_by_mention_and_to_the_bot_alone(mode: Any, tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        await site.proposed()
        message = await team.slack.mention(team.ada, team.channel, "status long break")
        (answer,) = await until(lambda: team.slack.thread(team.channel, message["ts"]))
        assert "Waiting for a decision" in words(answer)
        direct = await team.slack.direct(team.ada, "kill")
        there = team.slack.space.direct(team.ada).id
        await until(lambda: "kill switch is set" in str(team.slack.thread(there, direct["ts"])))
        refused = await team.slack.mention(team.eve, team.channel, "kill off")
        assert "does not know you" in await privately(team, team.eve, "know you")
        assert team.slack.thread(team.channel, refused["ts"]) == []
        assert site.events("kill.cleared") == []
        assert site.events("access.refused")[0].data["did"] == "mention kill"

    together(mode, tmp_path / "data", test)


def test_a_command_where_the_bot_is_not_is_answered_in_a_conversation_with_it(tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        elsewhere = team.slack.space.channel("elsewhere", team.ada, private=True, bot=False)
        await team.slack.type_command(team.ada, elsewhere, "list")
        assert await privately(team, team.ada, "Nothing runs")
        await team.slack.type_command(team.ada, elsewhere, "chart binance ETH/BTC 1h")
        assert "channel" in await privately(team, team.ada, "Slack did not take it")
        assert site.events("access.refused") == []

    together(over_socket, tmp_path / "data", test, lambda _: LATER)


def test_other_talk_is_not_answered(tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        for text in ("[shrug] who knows", "{nothing}", "list", "see https://drawbridge.example"):
            await team.slack.say(team.ada, team.channel, text)
        await team.slack.upload(team.eve, team.channel, "cat.png", b"\x89PNG")
        await answered(team, team.ada, "alerts", "No alert is parked")
        assert team.slack.by_app(team.channel) == []
        assert team.slack.private(team.eve) == []
        assert site.events("access.refused") == []

    together(over_socket, tmp_path / "data", test)
