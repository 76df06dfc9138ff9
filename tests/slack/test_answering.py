"""Questions as menus, edits in a window, asking: what people do beside deciding, and what is remembered of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from server.slack.actions import ANSWER, ANSWER_ALL, APPROVE, ASK, EDIT, FREE
from tests.interpreters.exports import envelope, layout, line, read_back
from tests.server.house import asking
from tests.slack import payloads
from tests.slack.limits import options_of
from tests.slack.sight import notifies, words
from tests.slack.team import MODES, Site, Team, filled, over_socket, privately, root, roots, together, until
from tests.slack.telling import interact

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("quickly")

Wire = dict[str, Any]
UNSURE = envelope(
    read_back("trend_line", (0, 2000), (5, 2010), text="long break stop=1990", extendRight=True),
    read_back("horizontal_line", (0, 1900), key="bbbbbb", text="stop"),
    resolution=None,
    symbol="ETHUSD",
    priceScaleMode=0,
)


async def asked(team: Team, holding: str) -> Wire:
    """The root of an export that asks this."""
    return await root(team, holding)


async def gone(team: Team, shown: Wire, text: str) -> Wire:
    """The root as it is once it asks this no more."""
    now: Wire = await until(
        lambda: (one := team.slack.message(team.channel, shown["ts"])) and text not in str(one) and one
    )
    return now


async def chosen(team: Team, shown: Wire, action: str, option: str) -> None:
    """Choose in the first menu of this action that offers it."""
    block, menu = next(
        (block, one)
        for block in shown["blocks"]
        for one in block.get("elements", ())
        if one.get("action_id") == action and option in [choice["value"] for choice in options_of(one)]
    )
    told = payloads.action_of(team.slack, block, menu, option)
    await interact(team.slack, "interactive", payloads.block_actions(team.slack, team.ada, shown, told), team.ada)


@pytest.mark.parametrize("mode", MODES)
def test_an_answer_in_a_menu_closes_the_question_and_proposes(mode: Any, tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        await site.proposed(asking())
        shown = await asked(team, ANSWER)
        assert "Nothing is proposed before it is answered" in words(shown)
        await team.slack.choose(team.ada, shown, ANSWER, "extend")
        await root(team, APPROVE)
        await gone(team, shown, ANSWER)
        assert site.events("export.answered")[0].person == "ada"
        await team.slack.choose(team.bob, shown, ANSWER, "ended")  # the message as bob saw it before
        assert "answered already" in await privately(team, team.bob, "answered already")
        assert len(site.events("export.answered")) == 1

    together(mode, tmp_path / "data", test)


def test_one_answer_for_all_of_a_kind_and_values_of_ones_own(tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        several = [line(key, f"long break group:{key}", state_extendRight=False) for key in ("aaa", "bbb", "ccc")]
        await site.proposed(layout(*several))
        shown = await asked(team, ANSWER_ALL)
        assert "The same for all 3" in str(shown)
        await chosen(team, shown, ANSWER_ALL, "extend")
        shown = await gone(team, shown, "extend.trend_line")
        await team.slack.click(team.ada, shown, FREE)
        view = await until(lambda: team.slack.modal(team.ada))
        await team.slack.submit(team.ada, view, {FREE: "<!channel> not a price"})
        (said,) = team.slack.errors(team.ada).values()
        assert "price" in said
        await team.slack.submit(team.ada, view, {FREE: "1990"})
        assert team.slack.modal(team.ada) is None
        await root(team, APPROVE)
        answers = [one.data["answers"] for one in site.events("export.answered")]
        assert answers == [
            {f"extend.trend_line.{key}": "extend" for key in ("aaa", "bbb", "ccc")}, {"stop.ethusdt-1h-aaa": "1990"},
        ]  # fmt: skip
        assert [ring for one in team.slack.by_app(team.channel) for ring in notifies(one)] == []

    together(over_socket, tmp_path / "data", test)


def test_more_questions_than_a_message_holds_follow_as_they_are_answered(tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        keys = [f"k{number:02}" for number in range(28)]
        await site.proposed(layout(*(line(key, f"long break group:{key}", state_extendRight=False) for key in keys)))
        shown = await asked(team, ANSWER_ALL)
        assert "More questions follow when these are answered" in words(shown)
        await chosen(team, shown, ANSWER_ALL, "extend")
        shown = await gone(team, shown, "extend.trend_line")
        await chosen(team, shown, ANSWER_ALL, "atr")
        await gone(team, shown, ANSWER)
        await until(lambda: len(site.events("strategy.proposed")) == len(keys))

    together(over_socket, tmp_path / "data", test)


def test_the_last_market_and_timeframe_are_offered_first(tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        for time in range(2):
            text = UNSURE if time == 0 else UNSURE.replace(b"aaaaaa", b"cccccc")
            await team.slack.upload(team.ada, team.channel, "drawings.json", text)
            await until(partial(told, team, time + 1))
            shown = threads(team)[time]
            options = [option["value"] for option in options_of(menu(shown, "market"))]
            assert options[0] == ("okx:ETH/USD" if time == 0 else "kraken:ETH/USD")
            await team.slack.click(team.ada, shown, FREE)
            view = await until(lambda: team.slack.modal(team.ada))
            assert view["blocks"][0]["element"].get("initial_value") == (None if time == 0 else "kraken:ETH/USD")
            await team.slack.close(team.ada, view)
            if time == 0:
                await chosen(team, shown, ANSWER, "kraken:ETH/USD")
                await until(lambda: site.events("export.answered"))

    def told(team: Team, count: int) -> bool:
        return len(threads(team)) == count

    def threads(team: Team) -> list[Wire]:
        return [one for one in team.slack.by_app(team.channel) if "thread_ts" in one and ANSWER in str(one)]

    def menu(shown: Wire, kind: str) -> Wire:
        block = next(one for one in shown["blocks"] if one.get("block_id", "").endswith(f" {kind}"))
        found: Wire = block["elements"][0]
        return found

    together(over_socket, tmp_path / "data", test)


@pytest.mark.parametrize("mode", MODES)
def test_an_edit_makes_a_version_and_shows_the_difference(mode: Any, tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        found = await site.proposed()
        shown = await root(team, APPROVE)
        before = team.slack.pictures(shown)
        await team.slack.click(team.ada, shown, EDIT)
        view = await until(lambda: team.slack.modal(team.ada))
        state = payloads.state_of(view, {})["values"]
        assert (state["risk_percent"]["value"]["value"], state["stop_amount"]["value"]["value"]) == ("1", "0.0938")
        wrong = await filled(team, team.ada, view, risk_percent="101")
        assert list(wrong["errors"]) == ["risk_percent"]
        wrong = await filled(team, team.ada, view)
        assert "the edit changes nothing" in str(wrong["errors"])
        assert await filled(team, team.ada, view, risk_percent="0.5", stop_amount="0.094") == {}
        (edited,) = site.events("strategy.edited")
        assert edited.data["before"] == found["digest"]
        now = await gone(team, shown, found["digest"][:12])
        assert edited.data["digest"] in words(now)
        assert "*Risk* 0.5 %" in words(now)
        assert team.slack.pictures(now) != before
        difference = await until(
            lambda: [one for one in team.slack.thread(team.channel, shown["ts"]) if "Edited by ada" in words(one)]
        )
        assert "now: Stop at 0.094" in words(difference[0])
        assert f"`{found['digest'][:12]}` → `{edited.data['digest'][:12]}`" in words(difference[0])
        wrong = await filled(team, team.ada, view, risk_percent="0.2")  # the window as it stood open elsewhere
        assert "is not the current version any more" in str(wrong["errors"])

    together(mode, tmp_path / "data", test)


def test_the_last_risk_is_said_and_the_versions_own_filled_in(tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        await site.proposed()
        await team.slack.click(team.ada, await root(team, APPROVE), EDIT)
        await filled(team, team.ada, await until(lambda: team.slack.modal(team.ada)), risk_percent="0.25")
        await site.proposed()
        await until(lambda: len(roots(team, APPROVE)) == 2)
        for user, said in ((team.ada, "What you chose last: 0.25"), (team.bob, "")):
            await team.slack.click(user, roots(team, APPROVE)[1], EDIT)
            view = await until(partial(team.slack.modal, user))
            risk = next(one for one in view["blocks"] if one["block_id"] == "risk_percent")
            assert risk["element"]["initial_value"] == "1"
            assert said in str(risk.get("hint", ""))

    together(over_socket, tmp_path / "data", test)


@pytest.mark.parametrize("mode", MODES)
def test_a_question_is_put_to_the_proposer_in_the_thread(mode: Any, tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        await site.proposed()
        shown = await root(team, APPROVE)
        await team.slack.click(team.ada, shown, ASK)
        view = await until(lambda: team.slack.modal(team.ada))
        await team.slack.submit(team.ada, view, {"text": "   "})
        assert "write what you want to know" in str(team.slack.errors(team.ada))
        await team.slack.submit(team.ada, view, {"text": "Why this line, <!channel>?"})
        assert team.slack.modal(team.ada) is None
        question = await until(
            lambda: [one for one in team.slack.thread(team.channel, shown["ts"]) if "ada asks" in words(one)]
        )
        assert notifies(question[0]) == [f"<@{team.bob}>"]

    together(mode, tmp_path / "data", test, lambda team: {"slack_people": {team.ada: "ada", team.bob: "cat"}})


def test_who_may_not_is_refused_in_windows_as_well(tmp_path: Path) -> None:
    async def test(team: Team, site: Site) -> None:
        await site.proposed()
        shown = await root(team, APPROVE)
        await team.slack.click(team.ada, shown, EDIT)
        view = await until(lambda: team.slack.modal(team.ada))
        payload = payloads.view_submission(team.slack, team.ada, view, {}) | {"user": {"id": team.eve}}
        answer = await interact(team.slack, "interactive", payload, team.eve)
        assert (answer.taken, answer.payload) == (True, {})
        assert "does not know you" in await privately(team, team.eve, "know you")
        assert site.events("strategy.edited") == []
        assert site.events("access.refused")[0].data["did"] == "edit"

    together(over_socket, tmp_path / "data", test)
