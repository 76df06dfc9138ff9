"""Routing: which thread of which channel is told an event, and whose root has something new to show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from server.slack.outbox import NOTICE, Thread

if TYPE_CHECKING:
    from server.store.events import EventRow
    from server.store.tables import Strategy

STRATEGY, EXPORT, ALERTS = "strategy", "export", "alerts"
UNTOLD = frozenset({"strategy.proposed", "strategy.decided", "feed.started", "access.refused"})  # the root shows them
SHOWN = ("strategy.", "order.filled", "trade.closed", "feed.failed", "market.")  # what a strategy's root shows
NOTICES = frozenset({"kill.set", "kill.cleared", "feed.corrected"})


class Channels(Struct, frozen=True):
    """The settings: the channel of everything, and others by a strategy's id or name, or by its market."""

    default: str
    others: Mapping[str, str] = {}

    def of(self, strategy: Strategy, market: str | None = None) -> str:
        """The channel of a strategy."""
        names = (strategy.id, strategy.name, strategy.slug, market, strategy.symbol)
        return next((self.others[name] for name in names if name and name in self.others), self.default)


def key_of(event: EventRow) -> tuple[str, str] | None:
    """The (kind, key) of the thread that an event belongs to; None for what no chat is told."""
    match event.kind.partition(".")[0]:
        case "alert":
            day = datetime.fromtimestamp(event.at / 1000, tz=UTC).strftime("%Y-%m-%d")
            return ALERTS, f"alerts {day}"
        case "export":
            return EXPORT, event.subject
        case _ if event.kind in NOTICES:
            return NOTICE, NOTICE
        case "strategy" | "signal" | "order" | "trade" | "risk" | "feed" | "market":
            return (STRATEGY, event.subject) if event.subject.startswith("str_") else None
        case _:
            return None


def is_told(event: EventRow, words: frozenset[str]) -> bool:
    """Whether an event is a reply; ``words`` are the kinds that a trader needs to see."""
    return event.kind in words and event.kind not in UNTOLD and not event.kind.startswith("export.")


def changes_root(event: EventRow) -> bool:
    """Whether the root of its thread has to show something new."""
    return event.kind.startswith((*SHOWN, "export."))


def thread_of_export(event: EventRow, channel: str) -> Thread:
    """The thread of an export: under the message that it came by, where it came by chat."""
    origin = event.data.get("origin") or {}
    came = origin.get("chat") == "slack"
    at, parent = (origin["channel"], origin["ts"]) if came else (channel, None)
    return Thread(event.subject, EXPORT, at, parent)
