"""The inbox's timeline: events of the log as lines that a trader reads."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.store.events import EventRow

PICTURED = frozenset({"signal.fired", "order.filled", "trade.closed"})


class Line(Struct, frozen=True):
    """One event for the page: when, a headline, more words, its colour, and the picture's address."""

    seq: int
    at: str
    mood: str
    title: str
    text: str
    subject: str
    picture: str | None


def line_of(event: EventRow) -> Line | None:
    """The line of an event; None for those that no trader needs to see."""
    if event.kind not in WORDS:
        return None
    mood, words = WORDS[event.kind]
    title, text = words(event.data)
    picture = f"/pictures/{event.seq}" if event.kind in PICTURED else None
    by = f" · {event.person}" if event.person else ""
    return Line(event.seq, when(event.at), mood, title, text + by, event.subject, picture)


def when(at: int) -> str:
    """UNIX milliseconds as ``2018-01-27 09:25:00 UTC``."""
    return datetime.fromtimestamp(at / 1000, tz=UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def bar_time(data: dict[str, Any], name: str = "time") -> str:
    """A bar's time in an event's data, UNIX seconds, as text."""
    value = data.get(name)
    return datetime.fromtimestamp(value, tz=UTC).strftime("%Y-%m-%d %H:%M UTC") if isinstance(value, int) else ""


def price(value: Any) -> str:
    """A price in ten digits at most."""
    return f"{value:.10g}" if isinstance(value, int | float) else "unknown"


def _signal(data: dict[str, Any]) -> tuple[str, str]:
    return (
        f"{data.get('node', 'a node')}: {data.get('event', 'fired')}",
        f"at {price(data.get('price'))}, bar {bar_time(data)}",
    )


def _order(word: str) -> Callable[[dict[str, Any]], tuple[str, str]]:
    def words(data: dict[str, Any]) -> tuple[str, str]:
        parts = (data.get("side", ""), data.get("role", ""), str(data.get("size", "")))
        text = f"at {price(data.get('price'))}" if data.get("price") is not None else ""
        return " ".join(part for part in (f"Order {word}:", *parts) if part), f"{text} {bar_time(data)}".strip()

    return words


def _trade(data: dict[str, Any]) -> tuple[str, str]:
    pnl = data.get("pnl")
    result = f"{pnl:+.2f}" if isinstance(pnl, int | float) else ""
    return (
        f"Trade closed: {data.get('side', '')} {result}",
        f"{data.get('reason', '')} at {price(data.get('exit_price'))}",
    )


def _plain(title: str, key: str = "") -> Callable[[dict[str, Any]], tuple[str, str]]:
    return lambda data: (title, str(data.get(key, "")) if key else "")


def _decided(data: dict[str, Any]) -> tuple[str, str]:
    return f"Decided: {data.get('decision', '')} for {data.get('for', 'paper')}", str(data.get("digest", ""))[:12]


WORDS: dict[str, tuple[str, Callable[[dict[str, Any]], tuple[str, str]]]] = {
    "signal.fired": ("signal", _signal),
    "order.submitted": ("quiet", _order("submitted")),
    "order.filled": ("good", _order("filled")),
    "order.cancelled": ("quiet", _order("cancelled")),
    "order.rejected": ("bad", _order("rejected")),
    "trade.closed": ("good", _trade),
    "risk.refused": ("bad", _plain("Refused by risk", "reason")),
    "strategy.proposed": ("quiet", _plain("Proposed", "name")),
    "strategy.decided": ("quiet", _decided),
    "strategy.approved": ("good", _plain("Approved", "for")),
    "strategy.rejected": ("bad", _plain("Rejected")),
    "strategy.expired": ("bad", _plain("Proposal expired")),
    "strategy.started": ("good", _plain("Started")),
    "strategy.paused": ("quiet", _plain("Paused")),
    "strategy.resumed": ("quiet", _plain("Resumed")),
    "strategy.stopped": ("bad", _plain("Stopped", "reason")),
    "strategy.edited": ("quiet", _plain("Edited", "difference")),
    "alert.received": ("quiet", _plain("Alert received", "reason")),
    "alert.parked": ("bad", _plain("Alert parked", "reason")),
    "alert.replayed": ("quiet", _plain("Alert replayed", "reason")),
    "export.received": ("quiet", _plain("Export received")),
    "feed.started": ("quiet", _plain("Feed started", "feed")),
    "feed.ended": ("quiet", _plain("Feed ended", "feed")),
    "feed.failed": ("bad", _plain("Feed failed", "reason")),
    "kill.set": ("bad", _plain("Kill switch set: nothing trades")),
    "kill.cleared": ("good", _plain("Kill switch cleared")),
    "access.refused": ("bad", _plain("Refused", "why")),
}
