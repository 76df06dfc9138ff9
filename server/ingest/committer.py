"""Group commit: what arrived while the last commit ran is written in one transaction, without a timer.

A sender is answered after the commit that holds its bytes. The queue is bounded: a full one refuses at once, so that
TradingView, which re-sends on 503, tries again instead of waiting past its three seconds.
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, Any

from interpreters.alerts import duplicate_key, read_alert
from server.clock import new_id, now_ms
from server.ingest.arrival import Arrival, Receipt
from server.ingest.duplicates import copies
from server.ingest.hooks import revoked
from server.logs import logger
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
        self._waiting: list[Arrival] = []
        self._arrived = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._open = False

    async def start(self) -> None:
        """Begin to commit."""
        self._open = True
        self._task = asyncio.create_task(self._run(), name="ingest")

    async def stop(self) -> None:
        """Take no more, commit what waits, then end."""
        self._open = False
        self._arrived.set()
        if self._task:
            await self._task

    @property
    def depth(self) -> int:
        """How many wait for their commit."""
        return len(self._waiting)

    async def submit(self, hook: str, body: bytes) -> Receipt:
        """Store a webhook; answered after its commit. Raises QueueFull, HookRevoked and StoreUnavailable."""
        if len(self._waiting) >= self._limit:
            msg = f"{self._limit} webhooks wait already"
            raise QueueFull(msg)
        if not self._open:
            msg = "the server is stopping"
            raise StoreUnavailable(msg)
        arrival = arrival_of(hook, body, asyncio.get_running_loop().create_future())
        self._waiting.append(arrival)
        self._arrived.set()
        return await arrival.answered

    async def _run(self) -> None:
        while self._open or self._waiting:
            await self._arrived.wait()
            batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            if not self._waiting and self._open:
                self._arrived.clear()
            if batch:
                await self._commit(batch)

    async def _commit(self, batch: list[Arrival]) -> None:
        try:
            async with self._store.write() as work:
                gone = await revoked((arrival.hook for arrival in batch), work)
                kept = [arrival for arrival in batch if arrival.hook not in gone] if gone else batch
                rows = [row_of(*pair) for pair in zip(kept, await copies(kept, work), strict=True)]
                await write(work, rows)
        except Exception as error:  # noqa: BLE001 - told to every sender of the batch, which must not wait for ever
            _refuse(batch, error)
            return
        if gone:
            _refuse([arrival for arrival in batch if arrival.hook in gone], HookRevoked())
        for arrival, row in zip(kept, rows, strict=True):
            if not arrival.answered.done():
                arrival.answered.set_result(Receipt(arrival.id, row["status"], row["reason"]))


def _refuse(batch: list[Arrival], error: Exception) -> None:
    if not isinstance(error, StoreUnavailable | HookRevoked):
        logger().error("failed", task="ingest", exc_info=error)
        error = StoreUnavailable("the webhooks could not be stored")
    for arrival in batch:
        if not arrival.answered.done():  # a sender that left has cancelled it
            arrival.answered.set_exception(error)


def arrival_of(hook: str, body: bytes, answered: asyncio.Future[Receipt]) -> Arrival:
    """A webhook with what its bytes say."""
    alert = read_alert(body)
    found = duplicate_key(alert, body)
    if found is None:
        return Arrival(new_id("alr"), hook, now_ms(), body, alert, None, None, answered)
    key = hashlib.sha256(f"{hook}\n{found[0]}".encode()).hexdigest()
    return Arrival(new_id("alr"), hook, now_ms(), body, alert, key, found[1], answered)


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


async def write(work: Work, rows: list[dict[str, Any]]) -> None:
    """Write alerts and their events in the transaction at hand."""
    await work.insert_many(AlertTable, rows)
    for row in rows:
        data = {name: row[name] for name in ("status", "reason", "symbol", "hook")}
        work.record(EVENTS[row["status"]], row["id"], data)
