"""A run's journal: its logs as its loop reads and adds to them, and what follows for its account and the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from execution import entries as say
from execution.account import Account
from execution.bookkeeping import Snapshot, follow, stood
from execution.journal import Chain, Line
from execution.resuming import NotTheSame, began_of, link
from server.accounts import account_name, currency_of
from server.histories import kept
from server.journals import Part, abandon
from server.ledger import Booked, Place, last_snapshot
from server.runs import lines_of

if TYPE_CHECKING:
    from execution.bookkeeping import Row, Sheet
    from server.journals import Journals
    from spec.bars import Bars


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

    def __init__(self, journals: Journals, run: str, began: say.Began, seat: Seat | None = None) -> None:
        self.run = run
        self.began = began
        self._journals = journals
        self._seat = seat
        self._sheet: Sheet | None = None  # of a run that goes on; one that only ends makes no rows
        self._read: tuple[Line, ...] = ()
        self._last: Snapshot | None = None  # the newest that is written, which nobody else does

    async def read(self) -> tuple[Line, ...]:
        """Both logs, each in order."""
        self._read, self._last = await lines_of(self.run), await last_snapshot(self.run)
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
        """Write lines with their events and ledger rows; raises IntegrityError and StoreUnavailable.

        Nothing is waited for before the account has heard of them and they stand in the queue: no other run sees what
        is over, and what was decided first is written first. Where it raises, the journal is over: the run goes on with
        a new one, from the lines that are there.
        """
        entries = tuple(say.read(line.text) for line in lines)
        rows = self._follow(entries)
        booked = Booked(self._place(), rows, self._last) if rows else None
        await self._journals.write(Part(self.run, self.began, lines, entries, booked, heard))
        self._last = next((row for row in reversed(rows) if isinstance(row, Snapshot)), self._last)

    def _follow(self, entries: tuple[say.Entry, ...]) -> tuple[Row, ...]:
        self._take_up()
        if self._sheet is None or self._seat is None:
            return ()
        self._sheet, rows = follow(self._sheet, entries)
        self._seat.put(self._sheet)
        return rows

    def _place(self) -> Place:
        return Place(account_name(self.began), currency_of(self.began.market), self.began.strategy, self.run)


async def fail(journals: Journals, which: tuple[str, str], reason: str, fault: str) -> None:
    """End a (strategy, run) where it stands; raises StoreUnavailable."""
    identity, run = which
    lines = await lines_of(run)
    try:
        began = began_of(lines)
    except NotTheSame:
        await abandon(journals.store, identity, run, reason)
        return
    time = max(line.at for line in lines) // 1000
    last = say.Ended(time, reason, "feed" if fault == "feed" else "strategy")
    await Journal(journals, run, began).append(link(Chain(lines), [last]))
