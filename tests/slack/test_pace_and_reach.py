"""Turns are as far apart as Slack wants them, and a closed door is tried by one at a time, ever less often."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from server.slack.jobs import Jobs
from server.slack.pace import METHODS, Pace, Rate
from server.slack.reach import SLACK, Patience, Reach
from server.slack.trouble import Limited, Unconfirmed, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable


def clock() -> Callable[[], float]:
    return lambda: asyncio.get_running_loop().time()


def test_turns_of_a_channel_are_apart_and_a_burst_is_allowed_where_slack_allows_it() -> None:
    async def run() -> None:
        now, pace = clock(), Pace(clock(), Rate(0.05))
        began = now()
        came = []

        async def come(name: str) -> None:
            await pace.turn(name)
            came.append((name, now() - began))

        await asyncio.gather(*(come(name) for name in "aabab"), *(come("chat.update") for _ in range(5)))
        at = {name: [round(when, 2) for one, when in came if one == name] for name in ("a", "b", "chat.update")}
        assert max(at["chat.update"]) < METHODS["chat.update"].apart  # five at once
        assert METHODS["chat.update"].burst == 5
        for name in "ab":
            assert at[name][-1] >= 0.05 * (len(at[name]) - 1) - 0.01

    asyncio.run(run())


def test_after_a_hold_up_those_that_waited_do_not_go_at_once() -> None:
    async def run() -> None:
        now, pace, came = clock(), Pace(clock(), Rate(0.05)), list[float]()

        async def come() -> None:
            await pace.turn("a")
            came.append(now())

        waits = [asyncio.create_task(come()) for _ in range(4)]
        await waits[0]
        await asyncio.sleep(0)
        time.sleep(0.3)  # noqa: ASYNC251 - the whole process is held up
        await asyncio.gather(*waits)
        assert min(late - early for early, late in pairwise(came)) >= 0.04

    asyncio.run(run())


def test_nobody_goes_while_a_channel_rests() -> None:
    async def run() -> None:
        now, pace = clock(), Pace(clock(), Rate(0.01))
        began = now()
        waits = [asyncio.create_task(pace.turn("a")) for _ in range(3)]
        await waits[0]
        pace.rest("a", 0.2)
        await asyncio.gather(*waits, pace.rested("a"))
        assert now() - began >= 0.2

    asyncio.run(run())


def trials(failing: Exception | None, patience: Patience, seconds: float, people: int) -> tuple[list[float], Reach]:
    """When trials took place in so many seconds, while each fails."""

    async def run() -> tuple[list[float], Reach]:
        now, made = clock(), []
        reach = Reach(clock(), lambda: 0, patience)

        async def person() -> None:
            while True:
                try:
                    async with reach.trial("C1"):
                        made.append(now())
                        await asyncio.sleep(0)
                        if failing:
                            raise failing
                except (Unconfirmed, Unreachable, Limited):
                    await asyncio.sleep(0)

        tasks = [asyncio.create_task(person()) for _ in range(people)]
        await asyncio.sleep(seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return made, reach

    return asyncio.run(run())


@pytest.mark.parametrize("failing", [Unconfirmed("away"), Unreachable("invalid_auth"), Unreachable("not_in_channel")])
def test_however_many_wait_a_closed_door_is_tried_by_one_at_a_time(failing: Exception) -> None:
    made, reach = trials(failing, Patience(back_off=0.02, longest=0.1), seconds=0.6, people=50)
    assert 50 + 4 <= len(made) <= 50 + 9  # those under way when it closed; then 0.02, 0.04, 0.08, 0.1, 0.1 …
    assert reach.trouble == f"{'C1' if 'channel' in str(failing) else SLACK}: {failing}"


def test_thousands_of_failures_do_not_overflow_a_pause() -> None:
    assert Patience().after(100_000) == 60.0
    assert [Patience().after(number) for number in (1, 2, 3)] == [1.0, 2.0, 4.0]


def test_whoever_gets_through_opens_the_door_to_all() -> None:
    async def run() -> None:
        reach = Reach(clock(), lambda: 7, Patience(back_off=0.05))
        with pytest.raises(Unconfirmed):
            async with reach.trial("C1"):
                raise Unconfirmed("away")
        through: list[Any] = []

        async def person(number: int) -> None:
            async with reach.trial("C1") as waited:
                if not through:
                    await asyncio.sleep(0.1)
                    reach.delivered("C1")
                    reach.proved(SLACK)
                through.append((number, waited))

        await asyncio.gather(*map(person, range(5)))
        assert sorted(through) == [(number, True) for number in range(5)]
        assert (reach.trouble, reach.last, reach.failures) == (None, 7, 1)

    asyncio.run(run())


def test_a_job_does_each_key_by_itself_and_again_where_it_was_wanted_meanwhile() -> None:
    async def run() -> None:
        done: list[str] = []

        async def step(key: str) -> float | None:
            done.append(key)
            if key == "slow" and done.count(key) == 1:
                await asyncio.sleep(0.05)
            return 0.01 if done.count(key) < 2 and key == "twice" else None

        jobs = Jobs(step)
        jobs.want(["before"])
        running = asyncio.create_task(jobs.run())
        await asyncio.sleep(0)
        jobs.want(["slow", "twice"])
        await asyncio.sleep(0.02)
        jobs.want(["slow", "slow"])
        await asyncio.sleep(0.1)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert {key: done.count(key) for key in done} == {"before": 1, "slow": 2, "twice": 2}

    asyncio.run(run())
