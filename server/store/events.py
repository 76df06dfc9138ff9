"""Reading the event log: pages after a number, following it as it grows, and how far a reader has come."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import msgspec

from server.store.tables import Cursor, Event

if TYPE_CHECKING:
    from server.store.store import Store, Work

PAGE = 500
COLUMNS = ("seq", "at", "kind", "subject", "person", "data")


class EventRow(msgspec.Struct, frozen=True):
    """One event; ``at`` in UNIX milliseconds UTC."""

    seq: int
    at: int
    kind: str
    subject: str
    person: str | None
    data: dict[str, Any]


async def read_after(seq: int, limit: int = PAGE, kinds: tuple[str, ...] | None = None) -> list[EventRow]:
    """At most ``limit`` events after number ``seq``, oldest first, of these kinds if any are given."""
    query = Event.filter(seq__gt=seq)
    if kinds is not None:
        query = query.filter(kind__in=kinds)
    rows = await query.order_by("seq").limit(limit).values_list(*COLUMNS)
    return [_row(row) for row in rows]


def _row(row: tuple[Any, ...]) -> EventRow:
    return EventRow(*row[:5], json.loads(row[5]))


async def latest(limit: int) -> list[EventRow]:
    """The newest events, newest first."""
    rows = await Event.all().order_by("-seq").limit(limit).values_list(*COLUMNS)
    return [_row(row) for row in rows]


async def of_subject(subject: str, limit: int = PAGE, before: int | None = None) -> list[EventRow]:
    """The newest events about one subject, newest first; those before number ``before`` if it is given."""
    query = Event.filter(subject=subject)
    if before is not None:
        query = query.filter(seq__lt=before)
    rows = await query.order_by("-seq").limit(limit).values_list(*COLUMNS)
    return [_row(row) for row in rows]


async def event_at(seq: int) -> EventRow | None:
    """One event; None where there is none of that number."""
    rows = await Event.filter(seq=seq).values_list(*COLUMNS)
    return _row(rows[0]) if rows else None


async def follow(store: Store, seq: int) -> AsyncIterator[EventRow]:
    """Every event after number ``seq``, in order, once; then each new one as it is committed."""
    while True:
        page = await read_after(seq)
        for row in page:
            yield row
            seq = row.seq
        if not page:
            async with store.changed:
                await store.changed.wait_for(lambda: store.last_seq > seq)


async def get_cursor(name: str) -> int:
    """How far this reader has come; 0 before its first event."""
    cursor = await Cursor.get_or_none(name=name)
    return cursor.seq if cursor else 0


async def set_cursor(work: Work, name: str, seq: int) -> None:
    """Note how far this reader has come, in the transaction of what it did."""
    await Cursor.update_or_create({"seq": seq}, name=name, using_db=work.connection)
