"""Tracking: what was told of each order, so that ccxt's rows become reports, each once and the trades before the end.

Pure. An order is as many orders at the exchange as it had amendments, plus one; only the newest one's state counts.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from execution.brokers.exchange.names import version_id
from execution.brokers.exchange.translation import Facts, Row, traded
from execution.messages import Accepted, Cancelled, Rejected, Report, Request, Traded
from execution.rounding import exact

if TYPE_CHECKING:
    from execution.orders import Order

NOTHING = Decimal(0)
NEVER = -1  # was it sent
REST = "the rest is a fee taken in kind, or less than the exchange's step"
GIVEN_UP = "-given-up"  # the end of such a trade's name
ENDS = {"canceled": "cancelled at the exchange", "expired": "the exchange ended it unfilled"}


class Tracked:
    """One order of ours. ``sent_at`` is when it was last sent, on the clock of whoever sends.

    ``sent_turn`` is the newest version that was, as far as is known: those of before this process count as sent.
    """

    def __init__(self, request: Request, facts: Facts, sent_at: float) -> None:
        self.facts = facts
        self.order: Order = request.order
        self.turn = request.turn
        self.filled = request.filled
        self.trades = set(request.trades)
        self.sent_at = sent_at
        self.sent_turn = request.turn
        self.ended = False
        self.met = False  # it filled whole as it was sent, so that no end was told
        self.leaving = False  # it was asked back
        self.asked: Decimal | None = None  # of its size, what was sent and what had filled before
        self.exchange_ids: dict[str, str] = {}  # of each version
        self._open_turn = -1
        self._gross: dict[str, dict[str, Decimal]] = {}  # of each version, its trades' amounts

    def renew(self, request: Request) -> None:
        """Take up the order as it is asked for now."""
        self.order, self.turn = request.order, request.turn
        self.trades |= set(request.trades)
        self.filled = max(self.filled, request.filled)

    @property
    def version(self) -> str:
        """The id of what is the order now."""
        return version_id(self.order.id, self.turn)

    @property
    def is_bracket(self) -> bool:
        """Whether it is two orders at the exchange, of which one fills."""
        return self.order.type == "bracket"

    @property
    def versions(self) -> list[str]:
        """All of its ids, the newest first."""
        return [version_id(self.order.id, turn) for turn in range(self.turn, -1, -1)]

    def turn_of(self, version: str) -> int:
        """After how many amendments it was that."""
        return self.turn - self.versions.index(version)

    @property
    def left(self) -> Decimal:
        """What is not filled yet."""
        return self.order.size - self.filled

    def hear_trade(self, row: Row, version: str) -> tuple[Report, ...]:
        """A trade, if it was not told before."""
        name = str(row["id"])
        self._gross.setdefault(version, {})[name] = exact(row["amount"])
        if name in self.trades:
            return ()
        report = traded(row, self.order, (self.filled, self.asked or self.order.size), self.facts)
        self.filled += report.size
        self.trades.add(name)
        return (report,)

    def write_off(self, size: Decimal) -> tuple[Report, ...]:
        """Give up what no order can be sent for: it stays in the account, and brought nothing."""
        self.filled += size
        self.ended = True
        given_up = Traded(self.order.id, f"{self.version}{GIVEN_UP}", size, 0.0)
        return (given_up, Cancelled(self.order.id, REST)) if self.left > 0 else (given_up,)

    def lacks_trades(self, row: Row, version: str) -> bool:
        """Whether the exchange counts more of a version as filled than its trades that were heard."""
        return exact(row.get("filled") or 0.0) > sum(self._gross.get(version, {}).values(), NOTHING)

    def hear(self, row: Row, *, asked: bool = False) -> tuple[Report, ...]:
        """How the newest version stands; what was told before is told again only where it was ``asked``."""
        match row.get("status"):
            case "closed":
                return self._end(Cancelled(self.order.id, REST), asked=asked) if self.left > 0 else self._filled()
            case "canceled" | "expired":
                return self._end(Cancelled(self.order.id, ENDS[row["status"]]), asked=asked)
            case "rejected":
                return self._end(Rejected(self.order.id, "the exchange rejected it"), asked=asked)
            case _:
                return self._rests(asked=asked)

    def _filled(self) -> tuple[Report, ...]:
        self.ended = self.met = True
        return ()

    def _end(self, report: Report, *, asked: bool) -> tuple[Report, ...]:
        told, self.ended = self.ended, True
        return () if told and not asked else (report,)

    def _rests(self, *, asked: bool) -> tuple[Report, ...]:
        told, self._open_turn = self._open_turn == self.turn, self.turn
        if (told or self.ended) and not asked:
            return ()
        self.ended = False
        return (Accepted(self.order.id, self.turn),)
