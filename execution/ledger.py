"""The ledger: cash, what is held, and the trades that came of it.

Equity is cash plus the value of what is held, at every fill and close. A trade is one closed portion of a position:
its profit has the exit's fee and its share of the entry's fee taken off, so the profits of all trades add up to
the change of the equity once nothing is held.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct, UnsetType
from msgspec.structs import replace

from spec.strategy import Side

if TYPE_CHECKING:
    from execution.messages import Traded
    from execution.orders import BuySell


class Trade(Struct, frozen=True):
    """One closed portion: times are the open of the bar, UNIX seconds UTC; ``size`` in base, ``pnl`` in quote currency.

    ``reason`` is stop, target (target 1, target 2 … of several), exit, end of data, or what a stop command said.
    """

    side: Side
    entry_time: int
    entry_price: float
    exit_time: int
    exit_price: float
    size: float
    reason: str
    pnl: float


class Ledger(Struct, frozen=True):
    """``held`` is above 0 for a long, below for a short; the rest describes the open position's entry.

    ``other_fees`` are those of all fills that were paid in another currency than the quote's, by that currency: they
    are in no profit and in no cash.
    """

    cash: float
    held: Decimal = Decimal(0)
    opened: Decimal = Decimal(0)
    time: int = 0
    price: float = 0.0
    fees: float = 0.0
    other_fees: dict[str, Decimal] = {}

    def equity(self, price: float) -> float:
        """Cash and the value of what is held at a price."""
        return self.cash + float(self.held) * price


def opening(ledger: Ledger, fill: Traded, side: Side, time: int) -> Ledger:
    """The ledger after a fill of an entry."""
    signed = fill.size if side == "long" else -fill.size
    before = ledger.opened if ledger.held else Decimal(0)
    opened = before + fill.size
    share = float(fill.size) / float(opened)
    return Ledger(
        cash=ledger.cash - float(signed) * fill.price - fill.fee,
        held=ledger.held + signed,
        opened=opened,
        time=ledger.time if before else time,
        price=ledger.price + (fill.price - ledger.price) * share if before else fill.price,
        fees=(ledger.fees if before else 0.0) + fill.fee,
        other_fees=_other_fees(ledger, fill),
    )


def leaving(ledger: Ledger, fill: Traded, reason: str, time: int, side: BuySell) -> tuple[Ledger, Trade | None]:
    """The ledger after a fill of an exit on its side, and the trade that it makes; None where it closes nothing."""
    if ledger.held * (1 if side == "sell" else -1) > 0:
        return closing(ledger, fill, reason, time)
    signed = fill.size if side == "buy" else -fill.size
    cash = ledger.cash - float(signed) * fill.price - fill.fee
    return replace(ledger, cash=cash, held=ledger.held + signed, other_fees=_other_fees(ledger, fill)), None


def closing(ledger: Ledger, fill: Traded, reason: str, time: int) -> tuple[Ledger, Trade]:
    """The ledger after a fill of an exit, and the trade that it makes."""
    sign = 1 if ledger.held > 0 else -1
    size = float(fill.size)
    fees = fill.fee + ledger.fees * size / float(ledger.opened)
    trade = Trade(
        side="long" if sign > 0 else "short",
        entry_time=ledger.time,
        entry_price=ledger.price,
        exit_time=time,
        exit_price=fill.price,
        size=size,
        reason=reason,
        pnl=(fill.price - ledger.price) * size * sign - fees,
    )
    cash = ledger.cash + sign * size * fill.price - fill.fee
    held, others = ledger.held - sign * fill.size, _other_fees(ledger, fill)
    return replace(ledger, cash=cash, held=held, other_fees=others), trade


def _other_fees(ledger: Ledger, fill: Traded) -> dict[str, Decimal]:
    if isinstance(fill.other_fees, UnsetType):
        return ledger.other_fees
    found = dict(ledger.other_fees)
    for currency, cost in fill.other_fees.items():
        found[currency] = found.get(currency, Decimal(0)) + cost
    return found
