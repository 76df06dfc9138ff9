"""Where a message goes, and the stamp by which it is known again."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

EVENT_TYPE = "drawbridge"  # of the metadata that carries a stamp


class Place(Struct, frozen=True):
    """Where a message goes: a channel, and the root of its thread (Slack's ts) unless it is one itself."""

    channel: str
    thread: str | None = None


class Stamp(Struct, frozen=True):
    """What a message carries so that it is known again: its thread's key and the events that it tells.

    A root tells none: ``first`` and ``last`` are 0.
    """

    key: str
    first: int = 0
    last: int = 0


def metadata_of(stamp: Stamp) -> dict[str, Any]:
    """The stamp as a message's metadata."""
    return {"event_type": EVENT_TYPE, "event_payload": {"key": stamp.key, "first": stamp.first, "last": stamp.last}}


def stamp_of(message: dict[str, Any]) -> Stamp | None:
    """The stamp of a message, if it is one of ours."""
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != EVENT_TYPE:
        return None
    payload = metadata.get("event_payload") or {}
    return Stamp(str(payload.get("key")), int(payload.get("first") or 0), int(payload.get("last") or 0))
