"""Runs in the store: which there are, and a run's two logs as rows.

A run is named by its strategy, its digest and how many came before it. While it lives, the cursor of its name says
which commands it has heard; the last line of its strategy log takes the cursor away.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from execution.journal import Line
from execution.resuming import NotTheSame, began_of
from server.store.tables import Cursor, Entry, Event

if TYPE_CHECKING:
    from collections.abc import Iterable

    from execution import entries as say
    from server.store.store import Work

PREFIX = "run_"
STARTED = "strategy.started"
COLUMNS = ("log", "number", "at", "line", "previous", "hash")


async def next_run(work: Work, strategy: str, digest: str) -> str:
    """The name of the strategy's next run."""
    before = await Event.filter(kind=STARTED, subject=strategy).using_db(work.connection).count()
    return PREFIX + hashlib.sha256(f"{strategy}\n{digest}\n{before}".encode()).hexdigest()[:24]


async def living() -> list[tuple[str, str]]:
    """(strategy, run) of every run that has not ended, in the order in which they began."""
    names = set(await Cursor.filter(name__startswith=PREFIX).values_list("name", flat=True))
    rows = await Event.filter(kind=STARTED).order_by("seq").values_list("subject", "data")
    found = ((str(subject), json.loads(data).get("run")) for subject, data in rows)
    return [(subject, run) for subject, run in found if run in names]


async def beginnings(work: Work) -> list[Line]:
    """The first line of every run that has not ended."""
    names = await Cursor.filter(name__startswith=PREFIX).using_db(work.connection).values_list("name", flat=True)
    rows = Entry.filter(run__in=list(names), log="strategy", number=0).using_db(work.connection)
    return [Line(*row) for row in await rows.values_list(*COLUMNS)]


async def last_run(strategy: str) -> str | None:
    """The newest run of a strategy."""
    rows = Event.filter(kind=STARTED, subject=strategy).order_by("-seq").limit(1)
    data = await rows.values_list("data", flat=True)
    return json.loads(str(data[0])).get("run") if data else None


async def alive(strategy: str) -> str | None:
    """The run of a strategy that has not ended, if there is one."""
    run = await last_run(strategy)
    return run if run and await Cursor.exists(name=run) else None


async def lines_of(run: str, most: int | None = None) -> tuple[Line, ...]:
    """Both logs of a run, the strategy's first, each in order; at most so many of the first lines."""
    rows = Entry.filter(run=run).order_by("-log", "number")
    found = await (rows if most is None else rows.limit(most)).values_list(*COLUMNS)
    return tuple(Line(*row) for row in found)


async def length_of(run: str) -> int:
    """How many lines both logs of a run have."""
    return await Entry.filter(run=run).count()


async def order_lines_of(run: str) -> tuple[Line, ...]:
    """What tells a run's part of its account: its order log, and its last bar, or its first trade before any."""
    said = Entry.filter(run=run, log="strategy")
    newest = said.filter(line__startswith='{"is":"heard"').order_by("-number").limit(1)
    first = said.filter(line__startswith='{"is":"ticked"').order_by("number").limit(1)
    orders = Entry.filter(run=run, log="order").order_by("number")
    seen = await newest.values_list(*COLUMNS) or await first.values_list(*COLUMNS)
    return tuple(Line(*row) for row in (*seen, *await orders.values_list(*COLUMNS)))


async def began_of_run(run: str) -> say.Began | None:
    """What a run's first line says; None where it is missing."""
    try:
        return began_of(await lines_of(run, 1))
    except NotTheSame:
        return None


def write_lines(work: Work, lines: Iterable[tuple[str, Line]]) -> None:
    """Add lines to the logs of runs; where a number is taken, the work raises IntegrityError when it commits."""
    rows = [
        {
            "run": run,
            "log": line.log,
            "number": line.number,
            "at": line.at,
            "line": line.text,
            "previous": line.previous,
            "hash": line.hash,
        }
        for run, line in lines
    ]
    work.insert(Entry, rows)
