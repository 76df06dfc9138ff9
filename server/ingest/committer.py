"""Webhooks on their way to the store, in groups (``server.store.group_commit``).

A sender is answered after the commit that holds its bytes. The queue is bounded: a full one refuses at once, so that
TradingView, which re-sends on 503, tries again instead of waiting past its three seconds.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from interpreters.alerts import duplicate_key, read_alert
from server.clock import new_id, now_ms
from server.ingest.arrival import Arrival, Receipt
from server.ingest.duplicates import copies
from server.ingest.hooks import revoked
from server.logs import logger
from server.store.group_commit import GroupCommit
from server.store.store import StoreUnavailable
from server.store.tables import Alert as AlertTable

if TYPE_CHECKING:
    from server.store.store import Store, Work

MOST_AT_ONCE = 512  # rows a transaction; more only makes the first of them wait longer
EVENTS = {"accepted": "alert.received", "parked": "alert.parked", "duplicate": "alert.duplicated"}


class QueueFull(RuntimeError):
    """More webhooks wait than the limit allows."""


class HookRevoked(RuntimeError):
    """The hook's token was revoked before the webhook was stored."""


class Committer:
    """Takes webhooks and answers them once they are stored."""

    def __init__(self, store: Store, limit: int) -> None:
        self._store = store
        self._limit = limit
        self._group: GroupCommit[Arrival, Receipt | None] = GroupCommit(self._commit, MOST_AT_ONCE)
        self._open = False

    async def start(self) -> None:
        """Begin to commit."""
        self._open = True

    async def stop(self) -> None:
        """Take no more, commit what waits, then end."""
        self._open = False
        await self._group.settle()

    @property
    def depth(self) -> int:
        """How many wait for their commit."""
        return self._group.depth

    async def submit(self, hook: str, body: bytes) -> Receipt:
        """Store a webhook; answered after its commit. Raises QueueFull, HookRevoked and StoreUnavailable."""
        if self.depth >= self._limit:
            msg = f"{self._limit} webhooks wait already"
            raise QueueFull(msg)
        if not self._open:
            msg = "the server is stopping"
            raise StoreUnavailable(msg)
        receipt = await self._stored(arrival_of(hook, body))
        if receipt is None:
            raise HookRevoked
        return receipt

    async def _stored(self, arrival: Arrival) -> Receipt | None:
        try:
            return await self._group.submit(arrival)
        except StoreUnavailable:
            raise
        except Exception as error:
            logger().error("failed", task="ingest", exc_info=error)
            msg = "the webhook could not be stored"
            raise StoreUnavailable(msg) from error

    async def _commit(self, batch: list[Arrival]) -> list[Receipt | None]:
        """Store webhooks; None in place of a receipt for one whose hook no longer holds."""
        async with self._store.write() as work:
            gone = await revoked((arrival.hook for arrival in batch), work)
            kept = [arrival for arrival in batch if arrival.hook not in gone] if gone else batch
            rows = [row_of(*pair) for pair in zip(kept, await copies(kept, work), strict=True)]
            write(work, rows)
        found = {row["id"]: Receipt(row["id"], row["status"], row["reason"]) for row in rows}
        return [found.get(arrival.id) for arrival in batch]


def arrival_of(hook: str, body: bytes) -> Arrival:
    """A webhook with what its bytes say."""
    alert = read_alert(body)
    found = duplicate_key(alert, body)
    if found is None:
        return Arrival(new_id("alr"), hook, now_ms(), body, alert, None, None)
    key = hashlib.sha256(f"{hook}\n{found[0]}".encode()).hexdigest()
    return Arrival(new_id("alr"), hook, now_ms(), body, alert, key, found[1])


def row_of(arrival: Arrival, duplicate_of: str | None) -> dict[str, Any]:
    """The alert's row."""
    alert = arrival.alert
    status, reason = alert.status, alert.reason
    return {
        "id": arrival.id,
        "hook": arrival.hook,
        "received_at": arrival.at,
        "body": arrival.body,
        "status": "duplicate" if duplicate_of else status,
        "reason": f"a copy of an alert that is stored already ({duplicate_of})" if duplicate_of else reason,
        "form": alert.form,
        "symbol": alert.symbol[:120] if alert.symbol else None,
        "duplicate_key": arrival.key,
        "duplicate_of": duplicate_of,
        "replay_of": None,
    }


def write(work: Work, rows: list[dict[str, Any]]) -> None:
    """Write alerts and their events in the transaction at hand."""
    work.insert(AlertTable, rows)
    for row in rows:
        data = {name: row[name] for name in ("status", "reason", "symbol", "hook")}
        work.record(EVENTS[row["status"]], row["id"], data)
