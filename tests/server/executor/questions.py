"""What the tests of the executor ask the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from execution.firings import firings
from execution.firings import rows as as_rows
from server.runs import last_run
from server.store.events import read_after
from server.store.tables import Entry, Event, Strategy
from server.strategies import move
from spec.timeframe import close_time
from tests.server.executor.executing import (
    HISTORY,
    candles,
)

if TYPE_CHECKING:
    from server.store.store import Store

ABOUT = ("run", "digest", "market", "timeframe")  # what every event of a run says


async def told(kind: str, subject: str | None = None) -> list[dict[str, Any]]:
    """The data of the events of a kind, without what all events of a run say."""
    rows = await read_after(0, limit=100_000, kinds=(kind,))
    data = [row.data for row in rows if subject in {None, row.subject}]
    return [{name: value for name, value in one.items() if name not in ABOUT} for one in data]


async def state(identity: str) -> str:
    return (await Strategy.get(id=identity)).state


async def bars_heard(identity: str) -> int:
    name = await last_run(identity)
    return await Entry.filter(run=name, log="strategy", line__startswith='{"is":"heard"').count() if name else 0


async def reason(identity: str) -> str:
    """Why it was stopped; there is one word on it."""
    stopped = await told("strategy.stopped", identity)
    assert len(stopped) == 1
    assert await state(identity) == "stopped"
    return str(stopped[0]["reason"])


async def signals(node: str) -> list[tuple[Any, ...]]:
    return [(one["time"], one["event"], one["price"]) for one in await told("signal.fired") if one["node"] == node]


def expected(strategy: Any, node: str) -> list[tuple[Any, ...]]:
    """What ``drawbridge signals`` says of a node after the history."""
    found, _ = firings(strategy, candles())
    after = candles()[:HISTORY].end
    frame = strategy.timeframe
    said = [one for one in as_rows(found) if one["node"] == node and close_time(one["time"], frame) > after]
    return [(one["time"], one["event"], one["price"]) for one in said]


async def say(store: Store, identity: str, word: str) -> None:
    async with store.write() as work:
        await move(work, identity, word, "ann")


async def more_than(kind: str, count: int) -> bool:
    return await Event.filter(kind=kind).count() > count


async def more_bars(identity: str, count: int) -> bool:
    return await bars_heard(identity) > count


async def is_in(identity: str, wanted: str) -> bool:
    return await state(identity) == wanted


async def heard(identity: str, word: str) -> bool:
    return await Entry.filter(run=await last_run(identity), line__contains=f'"word":"{word}"').exists()
