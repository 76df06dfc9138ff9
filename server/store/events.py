"""Reading the event log: pages after a number, following it as it grows, and how far a reader has come."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import msgspec

from server.store.tables import Cursor, Event
from server.store.unavailable import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from server.store.store import Store, Work
    from server.store.tail import Row

PAGE = 500
RETRY_SECONDS = 0.5
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
    return [_row(row) for row in await rows_after(seq, limit, kinds)]


async def rows_after(seq: int, limit: int = PAGE, kinds: tuple[str, ...] | None = None) -> Sequence[Row]:
    """As ``read_after``, the rows as they are stored: their data is JSON still."""
    query = Event.filter(seq__gt=seq)
    if kinds is not None:
        query = query.filter(kind__in=kinds)
    rows: list[Row] = await query.order_by("seq").limit(limit).values_list(*COLUMNS)
    return rows


def _row(row: Row) -> EventRow:
    seq, at, kind, subject, person, data = row
    return EventRow(seq, at, kind, subject, person, json.loads(data))


async def read_on(store: Store, seq: int, limit: int = PAGE, kinds: tuple[str, ...] | None = None) -> list[EventRow]:
    """As ``read_after``, from memory where the number is among the newest: for whoever reads after every commit."""
    rows = store.tail.after(seq, limit, kinds)
    return await read_after(seq, limit, kinds) if rows is None else [_row(row) for row in rows]


async def latest(limit: int, kinds: tuple[str, ...] | None = None) -> list[EventRow]:
    """The newest events, newest first, of these kinds if any are given."""
    query = Event.filter(kind__in=kinds) if kinds else Event.all()
    rows = await query.order_by("-seq").limit(limit).values_list(*COLUMNS)
    return [_row(row) for row in rows]


async def of_subject(subject: str, limit: int = PAGE, before: int | None = None) -> list[EventRow]:
    """The newest events about one subject, newest first; those before number ``before`` if it is given."""
    query = Event.filter(subject=subject)
    if before is not None:
        query = query.filter(seq__lt=before)
    rows = await query.order_by("-seq").limit(limit).values_list(*COLUMNS)
    return [_row(row) for row in rows]


async def of_person(person: str, kind: str, limit: int) -> list[EventRow]:
    """The newest events of a kind that one person caused, newest first."""
    rows = await Event.filter(kind=kind, person=person).order_by("-seq").limit(limit).values_list(*COLUMNS)
    return [_row(row) for row in rows]


async def event_at(seq: int) -> EventRow | None:
    """One event; None where there is none of that number."""
    rows = await Event.filter(seq=seq).values_list(*COLUMNS)
    return _row(rows[0]) if rows else None


async def events_at(numbers: Sequence[int]) -> list[EventRow]:
    """The events of these numbers, in order."""
    rows = await Event.filter(seq__in=list(numbers)).order_by("seq").values_list(*COLUMNS)
    return [_row(row) for row in rows]


async def follow(store: Store, seq: int, kinds: tuple[str, ...] | None = None) -> AsyncIterator[EventRow]:
    """Every event after number ``seq``, in order, once; then each new one as it is committed, until the store closes.

    While the database does not answer it waits and goes on from where it was.
    """
    async for page in pages(store, seq, kinds):
        for row in page:
            yield row


async def pages(store: Store, seq: int, kinds: tuple[str, ...] | None = None) -> AsyncIterator[list[EventRow]]:
    """As ``follow``, at most 500 events at once."""
    while not store.closed:
        end = store.last_seq  # everything up to here was there before the page is read
        try:
            page = await read_on(store, seq, kinds=kinds)
        except StoreUnavailable:
            await asyncio.sleep(RETRY_SECONDS)
            continue
        if page:
            yield page
            seq = page[-1].seq
        else:
            seq = max(seq, end)
            await _grown(store, seq)


async def _grown(store: Store, seq: int) -> None:
    async with store.changed:
        await store.changed.wait_for(lambda: store.closed or store.last_seq > seq)


async def get_cursor(name: str) -> int:
    """How far this reader has come; 0 before its first event."""
    return await find_cursor(name) or 0


async def find_cursor(name: str) -> int | None:
    """As ``get_cursor``; None for a reader that has never been here."""
    cursor = await Cursor.get_or_none(name=name)
    return cursor.seq if cursor else None


async def set_cursor(work: Work, name: str, seq: int) -> None:
    """Note how far this reader has come, in the transaction of what it did."""
    await set_cursors(work, {name: seq})


async def set_cursors(work: Work, places: dict[str, int]) -> None:
    """As ``set_cursor``, for several readers."""
    cursors = [Cursor(name=name, seq=seq) for name, seq in places.items()]
    if cursors:
        await Cursor.bulk_create(cursors, on_conflict=["name"], update_fields=["seq"], using_db=work.connection)
