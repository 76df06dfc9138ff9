"""Runs in the store: a run's two logs as rows, written in one transaction with the events that they make.

A run is named by its strategy, its digest and how many came before it. While it lives, the cursor of its name says
which commands it has heard; the last line of its strategy log takes the cursor away.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Protocol

from tortoise.expressions import F

from execution import entries as say
from execution.account import Account
from execution.bookkeeping import follow, stood
from execution.journal import Chain, Line
from execution.resuming import NotTheSame, began_of, link
from server.accounts import account_name, currency_of
from server.histories import kept
from server.ledger import Place, write_rows
from server.run_events import about, event_of
from server.store.events import set_cursor
from server.store.tables import Cursor, Entry, Event, Strategy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from execution.bookkeeping import Row, Sheet
    from server.store.store import Store, Work
    from spec.bars import Bars

PREFIX = "run_"
STARTED = "strategy.started"
OPEN = ("running", "paused", "approved")


async def next_run(work: Work, strategy: str, digest: str) -> str:
    """The name of the strategy's next run."""
    before = await Event.filter(kind=STARTED, subject=strategy).using_db(work.connection).count()
    return PREFIX + hashlib.sha256(f"{strategy}\n{digest}\n{before}".encode()).hexdigest()[:24]


async def living(work: Work | None = None) -> list[tuple[str, str]]:
    """(strategy, run) of every run that has not ended, in the order in which they began."""
    using = work.connection if work else None
    names = set(await Cursor.filter(name__startswith=PREFIX).using_db(using).values_list("name", flat=True))
    rows = await Event.filter(kind=STARTED).order_by("seq").using_db(using).values_list("subject", "data")
    found = ((str(subject), json.loads(data).get("run")) for subject, data in rows)
    return [(subject, run) for subject, run in found if run in names]


async def last_run(strategy: str) -> str | None:
    """The newest run of a strategy."""
    rows = Event.filter(kind=STARTED, subject=strategy).order_by("-seq").limit(1)
    data = await rows.values_list("data", flat=True)
    return json.loads(str(data[0])).get("run") if data else None


async def alive(strategy: str) -> str | None:
    """The run of a strategy that has not ended, if there is one."""
    run = await last_run(strategy)
    return run if run and await Cursor.exists(name=run) else None


async def lines_of(run: str, most: int | None = None, work: Work | None = None) -> tuple[Line, ...]:
    """Both logs of a run, the strategy's first, each in order; at most so many of the first lines."""
    columns = ("log", "number", "at", "line", "previous", "hash")
    rows = Entry.filter(run=run).order_by("-log", "number").using_db(work.connection if work else None)
    found = await (rows if most is None else rows.limit(most)).values_list(*columns)
    return tuple(Line(*row) for row in found)


async def order_lines_of(run: str) -> tuple[Line, ...]:
    """What tells a run's part of its account: its order log, and its last bar, or its first trade before any."""
    columns = ("log", "number", "at", "line", "previous", "hash")
    said = Entry.filter(run=run, log="strategy")
    newest = said.filter(line__startswith='{"is":"heard"').order_by("-number").limit(1)
    first = said.filter(line__startswith='{"is":"ticked"').order_by("number").limit(1)
    orders = Entry.filter(run=run, log="order").order_by("number")
    seen = await newest.values_list(*columns) or await first.values_list(*columns)
    return tuple(Line(*row) for row in (*seen, *await orders.values_list(*columns)))


async def began_of_run(run: str) -> say.Began | None:
    """What a run's first line says; None where it is missing."""
    try:
        return began_of(await lines_of(run, 1))
    except NotTheSame:
        return None


async def write_lines(work: Work, run: str, lines: Iterable[Line]) -> None:
    """Add lines to a run's logs; a number that is taken raises IntegrityError."""
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
        for line in lines
    ]
    await work.insert_many(Entry, rows)


class Seat(Protocol):
    """A run's place at its account, beside the other runs of it."""

    def put(self, sheet: Sheet) -> None:
        """Take the run's part as it stands now."""
        ...

    def rest(self, age: int) -> Account:
        """How the rest of the account stands."""
        ...


class Journal:
    """A run's logs, for its loop: lines, events, ledger and the strategy's state are written together or not at all."""

    def __init__(self, store: Store, run: str, began: say.Began, seat: Seat | None = None) -> None:
        self.store = store
        self.run = run
        self.began = began
        self._seat = seat
        self._sheet: Sheet | None = None  # of a run that goes on; one that only ends makes no rows
        self._read: tuple[Line, ...] = ()

    async def read(self) -> tuple[Line, ...]:
        """Both logs, each in order."""
        self._read = await lines_of(self.run)
        return self._read

    def rest(self, age: int) -> Account:
        """How the rest of the account stands."""
        self._take_up()
        return Account() if self._seat is None else self._seat.rest(age)

    def _take_up(self) -> None:
        """The run's part by the lines that were read, once those were verified and the run goes on."""
        if self._read and self._seat is not None:
            self._sheet, self._read = stood(self.began, self._read), ()
            self._seat.put(self._sheet)

    async def history(self) -> Bars | None:
        """The bars before the run, where they were stored; raises BrokenChain."""
        return await kept(self.began)

    async def append(self, lines: tuple[Line, ...], heard: int | None = None) -> None:
        """Write lines with their events and ledger rows; raises StoreUnavailable."""
        entries = [say.read(line.text) for line in lines]
        rows = self._follow(entries)  # before anything is waited for, so that no other run sees what is over
        async with self.store.write() as work:
            await write_lines(work, self.run, lines)
            if rows:
                await write_rows(work, self._place(), rows)
            if heard is not None:
                await set_cursor(work, self.run, heard)
            for entry in entries:
                await self._follow_from(work, entry)

    def _follow(self, entries: list[say.Entry]) -> tuple[Row, ...]:
        self._take_up()
        if self._sheet is None or self._seat is None:
            return ()
        self._sheet, rows = follow(self._sheet, entries)
        self._seat.put(self._sheet)
        return rows

    def _place(self) -> Place:
        return Place(account_name(self.began), currency_of(self.began.market), self.began.strategy, self.run)

    async def _follow_from(self, work: Work, entry: say.Entry) -> None:
        """What else changes with a line."""
        told = event_of(entry, self.began, self.run)
        if told is not None:
            work.record(told[0], self.began.strategy, told[1])
        match entry:
            case say.Told(word="resume"):
                await self._move(work, ("approved",), "running")
            case say.Differed():
                await self._move(work, ("running", "approved"), "paused")
            case say.Ended(reason=reason):
                await Cursor.filter(name=self.run).using_db(work.connection).delete()
                if await self._move(work, OPEN, "stopped"):
                    work.record(
                        "strategy.stopped", self.began.strategy, {**about(self.began, self.run), "reason": reason}
                    )
            case _:
                pass

    async def _move(self, work: Work, before: tuple[str, ...], after: str) -> int:
        """Move the strategy, if it is still this version and in one of these states."""
        purpose = "live" if isinstance(self.began.account, str) else "paper"
        rows = Strategy.filter(id=self.began.strategy, digest=self.began.digest, state__in=before)
        rows = rows.filter(approved_for=purpose)  # what goes live is no more the paper run's to move
        return await rows.using_db(work.connection).update(state=after, revision=F("revision") + 1)


async def fail(store: Store, which: tuple[str, str], reason: str, fault: str) -> None:
    """End a (strategy, run) where it stands; raises StoreUnavailable."""
    identity, run = which
    lines = await lines_of(run)
    try:
        began = began_of(lines)
    except NotTheSame:
        await _abandon(store, identity, run, reason)
        return
    time = max(line.at for line in lines) // 1000
    last = say.Ended(time, reason, "feed" if fault == "feed" else "strategy")
    await Journal(store, run, began).append(link(Chain(lines), [last]))


async def _abandon(store: Store, identity: str, run: str, reason: str) -> None:
    """End a run whose log cannot even be added to."""
    async with store.write() as work:
        await Cursor.filter(name=run).using_db(work.connection).delete()
        rows = Strategy.filter(id=identity, state__in=OPEN).using_db(work.connection)
        if await rows.update(state="stopped", revision=F("revision") + 1):
            work.record("strategy.stopped", identity, {"run": run, "reason": reason})
