"""The journals of all runs of this process: what they have to write at one moment is one transaction.

A run waits for its own part: nothing that it asks for is sent before that is on the disk. Parts that came while the
last transaction ran are written together (``server.store.group_commit``), their lines, events, ledger rows and cursors
in one way to the database; a part that cannot be written, as another server wrote its lines, fails by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tortoise.expressions import F

from execution import entries as say
from server.ledger import write_rows
from server.run_events import about, event_of
from server.runs import write_lines
from server.store.events import set_cursors
from server.store.group_commit import GroupCommit
from server.store.tables import Cursor, Strategy

if TYPE_CHECKING:
    from execution.journal import Line
    from server.ledger import Booked
    from server.store.store import Store, Work

MOST_LINES = 2_000  # a transaction; more only makes an order wait longer for lines of other runs
OPEN = ("running", "paused", "approved")


class Part(NamedTuple):
    """What one run has to write; ``heard`` is the number of the command that it comes of."""

    run: str
    began: say.Began
    lines: tuple[Line, ...]
    entries: tuple[say.Entry, ...]  # what the lines say
    booked: Booked | None = None
    heard: int | None = None


class Journals:
    """Writes the parts of runs."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._group: GroupCommit[Part, None] = GroupCommit(self._commit, MOST_LINES, lambda part: len(part.lines))

    async def write(self, part: Part) -> None:
        """Write a part, whole or not at all; raises IntegrityError where a line is there already, StoreUnavailable."""
        await self._group.submit(part)

    async def _commit(self, parts: list[Part]) -> list[None]:
        async with self.store.write() as work:
            write_lines(work, ((part.run, line) for part in parts for line in part.lines))
            await write_rows(work, (part.booked for part in parts if part.booked is not None))
            await set_cursors(work, {part.run: part.heard for part in parts if part.heard is not None})
            for part in parts:
                for entry in part.entries:
                    await _follow(work, part, entry)
        return [None] * len(parts)


async def _follow(work: Work, part: Part, entry: say.Entry) -> None:
    """What else changes with a line."""
    began, run = part.began, part.run
    told = event_of(entry, began, run)
    if told is not None:
        work.record(told[0], began.strategy, told[1])
    match entry:
        case say.Told(word="resume"):
            await _move(work, began, ("approved",), "running")
        case say.Differed():
            await _move(work, began, ("running", "approved"), "paused")
        case say.Ended(reason=reason):
            await Cursor.filter(name=run).using_db(work.connection).delete()
            if await _move(work, began, OPEN, "stopped"):
                work.record("strategy.stopped", began.strategy, {**about(began, run), "reason": reason})
        case _:
            pass


async def _move(work: Work, began: say.Began, before: tuple[str, ...], after: str) -> int:
    """Move the strategy, if it is still this version and in one of these states."""
    purpose = "live" if isinstance(began.account, str) else "paper"
    rows = Strategy.filter(id=began.strategy, digest=began.digest, state__in=before)
    rows = rows.filter(approved_for=purpose)  # what goes live is no more the paper run's to move
    return await rows.using_db(work.connection).update(state=after, revision=F("revision") + 1)


async def abandon(store: Store, identity: str, run: str, reason: str) -> None:
    """End a run whose log cannot even be added to."""
    async with store.write() as work:
        await Cursor.filter(name=run).using_db(work.connection).delete()
        rows = Strategy.filter(id=identity, state__in=OPEN).using_db(work.connection)
        if await rows.update(state="stopped", revision=F("revision") + 1):
            work.record("strategy.stopped", identity, {"run": run, "reason": reason})
