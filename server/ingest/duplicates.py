"""Duplicates, on the documented rule only.

The rule: an id that the template carries, or the same body naming the same moment (`timenow`) within 20 seconds. Two
alike bodies without either are two alerts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.store.tables import Alert

if TYPE_CHECKING:
    from server.ingest.arrival import Arrival
    from server.store.store import Work


async def copies(batch: list[Arrival], work: Work) -> list[str | None]:
    """For each arrival the id of the stored alert that it copies; None for an alert of its own."""
    stored = await _stored(batch, work)
    found: list[str | None] = []
    for arrival in batch:
        first = stored.get(arrival.key) if arrival.key else None
        copied = first[0] if first and _within(arrival, first[1]) else None
        if arrival.key and copied is None:
            stored[arrival.key] = (arrival.id, arrival.at)
        found.append(copied)
    return found


async def _stored(batch: list[Arrival], work: Work) -> dict[str, tuple[str, int]]:
    """The latest alert of each key that is no duplicate itself: (id, received at)."""
    keys = list({arrival.key for arrival in batch if arrival.key})
    if not keys:
        return {}
    rows = (
        await Alert.filter(duplicate_key__in=keys, duplicate_of=None)
        .using_db(work.connection)
        .order_by("received_at")
        .values_list("duplicate_key", "id", "received_at")
    )
    return {key: (identity, at) for key, identity, at in rows}


def _within(arrival: Arrival, first: int) -> bool:
    return arrival.window is None or arrival.at - first <= arrival.window * 1000
