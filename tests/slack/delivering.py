"""Delivery under test: everything quicker than with Slack itself, and what the stamps of its messages prove."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest

from server.slack import outbox
from server.slack.pace import Rate
from server.slack.reach import Patience
from server.slack.stamps import Stamp, stamp_of
from server.store.events import find_cursor, latest
from server.store.tables import SlackMessage, SlackThread
from tests.slack.team import by_socket, team, until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tests.server.house import House
    from tests.slack.team import Team

SIGNAL: dict[str, Any] = {"node": "line", "event": "cross", "price": 0.09, "time": 1_517_043_900}
QUICK = Patience(update=0.05, back_off=0.05, longest=0.4)


def hasten(patch: pytest.MonkeyPatch, apart: float = 0.01, seconds: float = 1.2) -> None:
    """Turns, pauses and the time for an answer, so that a test need not wait as one does for Slack."""
    patch.setattr("server.slack.workspace.RATE", Rate(apart))
    patch.setattr("server.slack.workspace.PATIENCE", QUICK)
    patch.setattr("server.slack.pace.METHODS", {})
    patch.setattr("server.slack.access.SECONDS", seconds)
    patch.setattr("server.slack.line.UPLOAD_SECONDS", seconds)


def at_work(data: Path, test: Callable[[Team, House], Awaitable[None]], **options: Any) -> None:
    """Runs a test beside a server of ours in a workspace of a team."""

    async def run() -> None:
        async with team(**options) as crew, by_socket(crew, data) as house:
            await test(crew, house)

    asyncio.run(run())


async def record(house: House, *events: tuple[str, str, dict[str, Any]]) -> list[int]:
    """Commit events of (kind, subject, data) at once; their numbers."""
    async with house.store.write() as work:
        for kind, subject, data in events:
            work.record(kind, subject, data)
    return list(range(house.store.last_seq - len(events) + 1, house.store.last_seq + 1))


def stamps(team: Team) -> dict[str, list[Stamp]]:
    """The stamps that stand in the workspace, by thread, in the order in which people see them."""
    found: defaultdict[str, list[Stamp]] = defaultdict(list)
    for channel in team.slack.space.channels:
        for one in team.slack.by_app(channel):
            if stamp := stamp_of(one):
                found[stamp.key].append(stamp)
    return found


async def all_told(team: Team, seconds: float = 12.0) -> None:
    """Wait until nothing waits, then hold what stands in Slack to the outbox: each event once, in order."""
    for _ in range(int(seconds / 0.1)):
        is_noted = await find_cursor("slack") == (await latest(1))[0].seq
        noted = await due()  # before it is asked what waits: what comes meanwhile need not be sent yet
        if is_noted and await unsent() == ([], []):
            await told_once(team, noted)
            return
        await asyncio.sleep(0.1)
    pytest.fail(f"after {seconds:g} s it still waits: {await unsent()}")


async def unsent() -> tuple[Any, Any]:
    """What is to be sent, and the roots that are to show something else."""
    return await outbox.unfinished(), await outbox.behind()


async def due() -> dict[str, list[int]]:
    """The events that each thread is to tell."""
    noted: defaultdict[str, list[int]] = defaultdict(list)
    for row in await SlackMessage.filter(refused=None).order_by("seq"):
        noted[row.thread].append(row.seq)
    return noted


async def told_once(team: Team, noted: dict[str, list[int]]) -> None:
    """Each thread has one root, and its messages tell every event that is due once, in the log's order."""
    stand = stamps(team)
    kinds = {row.key: row.kind for row in await SlackThread.all()}
    assert set(stand) <= set(kinds)
    for key, kind in kinds.items():
        roots = [one for one in stand[key] if not one.last]
        assert len(roots) == (kind != outbox.NOTICE), (key, stand[key])
        spans = [(one.first, one.last) for one in stand[key] if one.last]
        told = [seq for first, last in spans for seq in noted[key] if first <= seq <= last]
        assert told == noted[key], (key, spans, noted[key])


async def rooted(team: Team, house: House, count: int = 1) -> list[str]:
    """Strategies whose proposals stand in Slack."""
    made = [(await house.proposed(f"p{number}"))["id"] for number in range(count)]
    await until(lambda: all(any(not one.last for one in stamps(team)[key]) for key in made))
    return made
