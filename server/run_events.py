"""What the rest of the server hears of a run: each line of its logs that matters to a person, as an event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from execution import entries as say

if TYPE_CHECKING:
    from execution.entries import Began, Entry

Told: TypeAlias = tuple[str, dict[str, Any]]  # an event's kind and data

KINDS: dict[type, str] = {
    say.Fired: "signal.fired",
    say.Placed: "order.submitted",
    say.Filled: "order.filled",
    say.Cancelled: "order.cancelled",
    say.Rejected: "order.rejected",
    say.Refused: "risk.refused",
    say.Closed: "trade.closed",
}


def event_of(entry: Entry, began: Began, run: str) -> Told | None:
    """The event of a line, if it has one; sizes and order prices stay texts, times UNIX seconds of the bar's open."""
    match entry:
        case say.Fired(role=None) | say.Fired(resting=True):
            return None
        case say.Told(word="finish"):
            return "feed.ended", {**about(began, run), "feed": began.feed, "time": entry.time}
        case say.Ended(fault="feed", reason=reason):
            return "feed.failed", {**about(began, run), "feed": began.feed, "time": entry.time, "reason": reason}
        case say.Differed(time=time, what=what):
            return "market.differed", {**about(began, run), "time": time, "reason": what}
        case _ if type(entry) in KINDS:
            return KINDS[type(entry)], {**about(began, run), **_flat(entry)}
        case _:
            return None


def about(began: Began, run: str) -> dict[str, Any]:
    """What every event of a run says of it."""
    return {"run": run, "digest": began.digest, "market": began.market, "timeframe": began.timeframe}


def _flat(entry: Entry) -> dict[str, Any]:
    """The line's fields, those of its order or trade beside them."""
    fields: dict[str, Any] = msgspec.to_builtins(entry)
    for name in ("is", "resting"):
        fields.pop(name, None)
    inner = fields.pop("order", None) or fields.pop("trade", None) if isinstance(entry, say.Placed | say.Closed) else {}
    return {**fields, **inner}
