"""An answer that Slack asked to wait with is given after that time, and whatever comes next keeps its distance."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

import pytest

from server.slack.pace import Pace, Rate
from tests.slack.sight import words
from tests.slack.team import Site, Team, over_socket, privately, together, until

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.usefixtures("quickly")


def test_an_answer_is_not_lost_to_a_429_and_nothing_is_sent_before_its_time(tmp_path: Path) -> None:
    async def test(team: Team, _: Site) -> None:
        slack = team.slack
        slack.faults.next("429", "chat.postEphemeral", 2)
        slack.faults.next("429", "views.publish")
        await asyncio.gather(slack.type_command(team.ada, team.channel, "help"), slack.open_home(team.bob))
        await privately(team, team.ada, "What you can say")
        shown = await until(lambda: slack.home(team.bob))
        assert "kill switch" in words(shown)
        for method, tries in (("chat.postEphemeral", 3), ("views.publish", 2)):
            times = [one.at for one in slack.asked(method)]
            assert len(times) == tries
            assert all(later - sooner >= slack.faults.retry_after for sooner, later in itertools.pairwise(times))

    together(over_socket, tmp_path / "data", test)


def test_answers_to_many_at_once_are_all_given_at_the_pace_of_their_channel(tmp_path: Path) -> None:
    async def test(team: Team, _: Site) -> None:
        team.slack.limiter.on, team.slack.limiter.burst = True, 2
        for _number in range(4):
            await team.slack.type_command(team.ada, team.channel, "alerts")
        await until(lambda: len(team.slack.private(team.ada)) == 4)

    together(over_socket, tmp_path / "data", test)


def test_what_goes_out_of_turn_makes_the_next_turn_later() -> None:
    async def run() -> None:
        now = asyncio.get_running_loop().time
        pace, began = Pace(now, Rate(0.05)), now()
        pace.passed("C1")
        pace.passed("C1")
        await pace.turn("C2")
        assert now() - began < 0.05
        await pace.turn("C1")
        assert now() - began >= 0.1

    asyncio.run(run())
