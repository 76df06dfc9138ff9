"""Events in words: a mood, a headline and what is said beside it, for every kind that a trader needs to see."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Mood: TypeAlias = Literal["signal", "quiet", "good", "bad"]
PICTURED = frozenset({"signal.fired", "order.filled"})  # a closed trade is on the picture of its last fill
# What goes without saying beside what it led to: told together, folded away.
CHATTER = frozenset(
    {"order.submitted", "order.cancelled", "feed.started", "feed.ended", "strategy.decided", "strategy.started"}
)


class Told(Struct, frozen=True):
    """An event in words."""

    mood: Mood
    title: str
    text: str


def told(kind: str, data: Mapping[str, Any]) -> Told | None:
    """An event in words; None for those that no trader needs to see."""
    if kind not in WORDS:
        return None
    mood, words = WORDS[kind]
    title, text = words(dict(data))
    lost = kind == "trade.closed" and (data.get("pnl") or 0) < 0
    return Told("bad" if lost else mood, title, text)


def when(at: int) -> str:
    """UNIX milliseconds as ``2018-01-27 09:25:00 UTC``."""
    return datetime.fromtimestamp(at / 1000, tz=UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _bar(data: Mapping[str, Any]) -> str:
    """The bar of an event's data, its open in UNIX seconds, as text."""
    value = data.get("time")
    at = datetime.fromtimestamp(value, tz=UTC).strftime("%Y-%m-%d %H:%M UTC") if isinstance(value, int) else ""
    return f"bar {at}" if at else ""


def _number(value: Any) -> str:
    """A price or size in ten digits at most; orders carry theirs as texts."""
    try:
        return f"{float(value):.10g}"
    except (TypeError, ValueError):
        return ""


def _at(value: Any) -> str:
    return f"at {_number(value)}" if _number(value) else ""


def _joined(*parts: str) -> str:
    return " \u00b7 ".join(part for part in parts if part)


def _signal(data: dict[str, Any]) -> tuple[str, str]:
    role = f" for the {data['role']}" if data.get("role") else ""
    return f"Signal{role}: {data.get('node', '')} {data.get('event', '')}", _joined(_at(data.get("price")), _bar(data))


def _order(word: str) -> Callable[[dict[str, Any]], tuple[str, str]]:
    def words(data: dict[str, Any]) -> tuple[str, str]:
        parts = dict.fromkeys(str(data.get(name) or "") for name in ("role", "type", "side"))  # a stop is one twice
        what = " ".join(parts)
        price = data.get("price") or data.get("stop_price")
        text = _joined(" ".join((_number(data.get("size")), _at(price))).strip(), _bar(data), data.get("reason") or "")
        return f"Order {word}: {' '.join(what.split())}", text

    return words


def _filled(data: dict[str, Any]) -> tuple[str, str]:
    gone = data.get("role") == "written off"
    deal = "Written off" if gone else "Sold" if data.get("side") == "sell" else "Bought"
    role = f" ({data['role']})" if data.get("role") and not gone else ""
    return f"{deal} {_number(data.get('size'))} {_at(data.get('price'))}{role}", _bar(data)


def _trade(data: dict[str, Any]) -> tuple[str, str]:
    pnl = data.get("pnl")
    result = f" {pnl:+.6g}" if isinstance(pnl, int | float) else ""
    way = " \u2192 ".join(_number(data.get(name)) for name in ("entry_price", "exit_price"))
    return f"Trade closed: {data.get('side', '')}{result}", _joined(str(data.get("reason", "")), way, _bar(data))


def _alert(data: dict[str, Any]) -> tuple[str, str]:
    return f"Alert received {data.get('symbol') or ''}".strip(), str(data.get("reason", ""))


def _plain(title: str, key: str = "") -> Callable[[dict[str, Any]], tuple[str, str]]:
    return lambda data: (title, str(data.get(key) or "") if key else "")


def _peak(data: dict[str, Any]) -> tuple[str, str]:
    return "Peak reset", f"made {data.get('peak')} {data.get('currency')} at the peak; it was {data.get('before')}"


def _decided(data: dict[str, Any]) -> tuple[str, str]:
    return f"Decided: {data.get('decision', '')} for {data.get('for', 'paper')}", str(data.get("digest", ""))[:12]


WORDS: dict[str, tuple[Mood, Callable[[dict[str, Any]], tuple[str, str]]]] = {
    "signal.fired": ("signal", _signal),
    "order.submitted": ("quiet", _order("submitted")),
    "order.filled": ("good", _filled),
    "order.cancelled": ("quiet", _order("cancelled")),
    "order.rejected": ("bad", _order("rejected")),
    "trade.closed": ("good", _trade),
    "risk.refused": ("bad", _plain("Refused by risk", "reason")),
    "strategy.proposed": ("quiet", _plain("Proposed", "kind")),
    "strategy.decided": ("quiet", _decided),
    "strategy.approved": ("good", _plain("Approved", "for")),
    "strategy.rejected": ("bad", _plain("Rejected")),
    "strategy.expired": ("bad", _plain("Proposal expired")),
    "strategy.started": ("good", _plain("Started", "market")),
    "strategy.paused": ("quiet", _plain("Paused")),
    "strategy.resumed": ("quiet", _plain("Resumed")),
    "strategy.stopped": ("bad", _plain("Stopped", "reason")),
    "strategy.contested": ("bad", _plain("Another server writes this run", "reason")),
    "market.differed": ("bad", _plain("Paused: the account is not as it was left", "reason")),
    "strategy.asked": ("quiet", _plain("Asked", "text")),
    "strategy.edited": ("quiet", _plain("Edited", "difference")),
    "alert.received": ("signal", _alert),
    "alert.parked": ("bad", _plain("Alert parked", "reason")),
    "alert.replayed": ("quiet", _plain("Alert replayed", "reason")),
    "export.received": ("quiet", lambda data: ("Export received", f"{data.get('drawings', 0)} drawings")),
    "export.answered": ("quiet", _plain("Questions answered")),
    "feed.started": ("quiet", _plain("Feed started", "feed")),
    "feed.ended": ("quiet", _plain("Feed ended", "feed")),
    "feed.corrected": ("bad", lambda data: (f"The exchange corrected a bar of {data.get('market')}", _bar(data))),
    "feed.failed": ("bad", _plain("Feed failed", "reason")),
    "peak.reset": ("quiet", _peak),
    "kill.set": ("bad", _plain("Kill switch set: nothing trades")),
    "kill.cleared": ("good", _plain("Kill switch cleared")),
    "access.refused": ("bad", _plain("Refused", "why")),
}
