"""When two deliveries are one firing: TradingView sends no id of its own, so only what the template wrote can tell.

The facts behind the rule: identical legitimate alerts exist (two fills of one bar), so equal bodies prove nothing;
several fills share a second, so ticker and time prove nothing; an order's id and a strategy's name repeat by design.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from interpreters.alerts.alert import FiringId
from interpreters.alerts.names import NORMAL, plain

if TYPE_CHECKING:
    from interpreters.alerts.alert import Alert

WINDOW = 20  # seconds; TradingView resends after a 5xx three times at most, 5 s apart (help centre 43000735201)
# Names that mean: once per firing.
ONCE = (
    "idempotencykey", "idempotencyid", "idempotencytoken", "dedupekey", "dedupkey", "dedupeid", "dedupid",
    "deduplicationkey", "deduplicationid", "deliveryid", "firingid", "nonce",
)  # fmt: skip
# Names that hold a firing's id in one template, and in the next a bot's id or {{strategy.order.id}}.
DOUBTFUL = ("alertid", "signalid", "eventid", "messageid", "id", "uuid", "uid", "guid")
NAMES = {name: rank for rank, name in enumerate((*ONCE, *DOUBTFUL))}
# Never inside order, strategy or position: their ids repeat.
AROUND_IDS = frozenset({"data", "payload", "body", "alert", "signal", "general", "meta", "event"})
# As {{time}} is written, or Pine's milliseconds; ten digits may be anybody's constant number.
A_TIME = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}[T _][0-9]{2}:?[0-9]{2}|(?<![0-9])1[6-9][0-9]{11}(?![0-9])")
# Eight characters or more, one of them a digit, no blanks: not an order's id like Long Entry, nor a counter.
AN_ID = re.compile(r"(?=.*[0-9])[^\s{}]{8,200}")


def firing_id(fields: dict[str, Any]) -> FiringId | None:
    """The id that the template carries; one with a time in it cannot come again."""
    inner = (value for name, value in fields.items() if type(value) is dict and plain(name) in AROUND_IDS)
    found: dict[str, Any] = {}
    for record in (fields, *inner):
        for name, value in record.items():
            if (normal := NORMAL[name]) in NAMES:
                found.setdefault(normal, value)
    for name in sorted(found, key=NAMES.__getitem__):
        text = str(found[name]) if type(found[name]) in {str, int} else ""
        if AN_ID.fullmatch(text):
            alone = name in ONCE
            return FiringId(text, alone=alone, lasting=alone or A_TIME.search(text) is not None)
    return None


def duplicate_key(alert: Alert, body: bytes) -> tuple[str, int | None] | None:
    """What marks another delivery of the same firing: a key within one hook, and its seconds (None: for ever).

    - an id under a name that means once (``idempotency_key``, ``nonce``): the id, for ever;
    - an id under a doubtful name (``id``, ``alert_id``): the body's hash, for ever if a time is in the id, else 20 s;
    - else a field like ``timenow``: the body's hash, 20 s;
    - else None: never a duplicate. A parked alert never is one either, for a person has to see it.
    """
    if alert.status == "parked":
        return None
    found = alert.firing
    if found is not None and found.alone:
        return f"id:{found.text}", None
    if found is None and not alert.told:
        return None
    return f"body:{hashlib.sha256(body).hexdigest()}", None if found is not None and found.lasting else WINDOW
