"""Group commit: what arrived while the last commit ran is written in one transaction, without a timer.

A sender is answered after the commit that holds its bytes. The queue is bounded: a full one refuses at once, so that
TradingView, which re-sends on 503, tries again instead of waiting past its three seconds.
"""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from interpreters.alerts import Alert, duplicate_key, read_alert
from msgspec import Struct

from server.clock import new_id, now_ms
from server.ingest.duplicates import copies
from server.store.store import StoreUnavailable
from server.store.tables import Alert as AlertTable

if TYPE_CHECKING:
    from server.store.store import Store, Work

MOST_AT_ONCE = 512  # rows a transaction; more only makes the first of them wait longer
EVENTS = {"accepted": "alert.received", "parked": "alert.parked", "duplicate": "alert.duplicated"}


class QueueFull(RuntimeError):
    """More webhooks wait than the limit allows."""


class Receipt(Struct, frozen=True, omit_defaults=True):
    """The contract's answer to a webhook."""

    id: str
    status: str
    reason: str = ""


class Arrival(Struct, frozen=True):
    """A webhook as it came: ``hook`` is the id of its token."""

    id: str
    hook: str
    at: int
    body: bytes
    alert: Alert
    key: str | None
    window: int | None
    answered: asyncio.Future[Receipt]
    replay_of: str | None = None


class Committer:
    """Takes webhooks and answers them once they are stored."""

    def __init__(self, store: Store, limit: int) -> None:
        self._store = store
        self._limit = limit
        self._waiting: list[Arrival] = []
        self._arrived = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to commit."""
        self._task = asyncio.create_task(self._run(), name="ingest")

    async def stop(self) -> None:
        """Commit what waits, then end."""
        while self._waiting and self._task and not self._task.done():
            await asyncio.sleep(0)
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    @property
    def depth(self) -> int:
        """How many wait for their commit."""
        return len(self._waiting)

    async def submit(self, hook: str, body: bytes) -> Receipt:
        """Store a webhook; answered after its commit. Raises QueueFull and StoreUnavailable."""
        if len(self._waiting) >= self._limit:
            msg = f"{self._limit} webhooks wait already"
            raise QueueFull(msg)
        arrival = arrival_of(hook, body, asyncio.get_running_loop().create_future())
        self._waiting.append(arrival)
        self._arrived.set()
        return await arrival.answered

    async def _run(self) -> None:
        while True:
            await self._arrived.wait()
            batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            if not self._waiting:
                self._arrived.clear()
            await self._commit(batch)

    async def _commit(self, batch: list[Arrival]) -> None:
        try:
            async with self._store.write() as work:
                rows = [row_of(*pair) for pair in zip(batch, await copies(batch, work), strict=True)]
                await write(work, rows)
        except Exception as error:  # noqa: BLE001 - told to every sender of the batch, which must not wait for ever
            trouble = error if isinstance(error, StoreUnavailable) else StoreUnavailable(str(error))
            for arrival in batch:
                if not arrival.answered.done():
                    arrival.answered.set_exception(trouble)
            return
        for arrival, row in zip(batch, rows, strict=True):
            if not arrival.answered.done():
                arrival.answered.set_result(Receipt(arrival.id, row["status"], row["reason"]))


def arrival_of(hook: str, body: bytes, answered: asyncio.Future[Receipt], replay_of: str | None = None) -> Arrival:
    """A webhook with what its bytes say."""
    alert = read_alert(body)
    found = duplicate_key(alert, body)
    key = hashlib.sha256(f"{hook}\n{found[0]}".encode()).hexdigest() if found else None
    return Arrival(new_id("alr"), hook, now_ms(), body, alert, key, found[1] if found else None, answered, replay_of)


def row_of(arrival: Arrival, duplicate_of: str | None) -> dict[str, Any]:
    """The alert's row."""
    alert = arrival.alert
    twice = "a copy of an alert that is stored already"
    return {
        "id": arrival.id,
        "hook": arrival.hook,
        "received_at": arrival.at,
        "body": arrival.body,
        "status": "duplicate" if duplicate_of else alert.status,
        "reason": f"{twice} ({duplicate_of})" if duplicate_of else alert.reason,
        "form": alert.form,
        "symbol": alert.symbol[:120] if alert.symbol else None,
        "duplicate_key": arrival.key,
        "duplicate_of": duplicate_of,
        "replay_of": arrival.replay_of,
    }


async def write(work: Work, rows: list[dict[str, Any]]) -> None:
    """Write alerts and their events in the transaction at hand."""
    await work.insert_many(AlertTable, rows)
    for row in rows:
        data = {name: row[name] for name in ("status", "reason", "symbol", "hook")}
        work.record(EVENTS[row["status"]], row["id"], data)
