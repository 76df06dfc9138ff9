"""Reading a stored alert once more, for a person: the bytes and the time are those of its first arrival."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpreters.alerts import read_alert
from server.clock import new_id, now_ms
from server.ingest.arrival import Receipt
from server.refused import Refused
from server.store.tables import Alert

if TYPE_CHECKING:
    from server.store.store import Store

LONGEST_ID = 40  # letters, as the table has them
OLDEST_MS = 300_000  # an alert that came longer ago than this fires nothing any more


async def replay(store: Store, identity: str, person: str) -> Receipt:
    """Store what the alert says to today's reader, as an alert of its own; raises Refused and StoreUnavailable.

    The event says in ``fires`` whether it may still act: an accepted one that is not over age. A replay is never a
    duplicate, and what arrives later is never a duplicate of it, since a person asked for it.
    """
    async with store.write() as work:
        known = len(identity) <= LONGEST_ID  # Tortoise refuses to look for a longer one
        first = await Alert.get_or_none(id=identity, using_db=work.connection) if known else None
        if first is None:
            raise Refused(404, "there is no such alert")
        alert, age = read_alert(bytes(first.body)), now_ms() - first.received_at
        fires = alert.status == "accepted" and age <= OLDEST_MS
        reason = alert.reason if fires or alert.status == "parked" else f"{alert.reason}; {_too_old(age)}"
        row = {
            "id": new_id("alr"),
            "hook": first.hook,
            "received_at": first.received_at,
            "body": bytes(first.body),
            "status": alert.status,
            "reason": reason,
            "form": alert.form,
            "symbol": alert.symbol[:120] if alert.symbol else None,
            "duplicate_key": None,
            "duplicate_of": None,
            "replay_of": first.id,
        }
        work.insert(Alert, [row])
        told = ("status", "reason", "symbol", "hook", "received_at", "replay_of")
        work.record("alert.replayed", row["id"], {**{name: row[name] for name in told}, "fires": fires}, person)
    return Receipt(row["id"], alert.status, reason)


def _too_old(age: int) -> str:
    return f"it came {age // 60_000} minutes ago and fires nothing, as alerts do for {OLDEST_MS // 60_000} minutes"
