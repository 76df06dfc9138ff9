"""Arrivals: a webhook as it came, and the answer that its sender gets."""

from __future__ import annotations

from msgspec import Struct

from interpreters.alerts import Alert


class Receipt(Struct, frozen=True, omit_defaults=True):
    """The contract's answer to a webhook."""

    id: str
    status: str
    reason: str = ""


class Arrival(Struct, frozen=True):
    """A webhook as it came: ``hook`` is the id of its token, ``window`` the seconds in which its key is one firing."""

    id: str
    hook: str
    at: int
    body: bytes
    alert: Alert
    key: str | None
    window: int | None
