"""The order kernel: one order's way from a request to its end, as a table of transitions.

``step(record, event) -> (record, effects)`` for one order. Nothing here knows a clock, a socket or another order. The
exchange's word on fills is the truth: reports arrive twice, late, in another order than they happened, and over
two channels, and each such row says why it exists. A pair that is not listed is an error, never a guess.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias, assert_never

from msgspec import Struct
from msgspec.structs import replace

from execution.messages import (
    Accepted,
    AmendOrder,
    Cancelled,
    CancelOrder,
    Order,
    OrderDropped,
    OrderFilled,
    PlaceOrder,
    Rejected,
    ReplaceOrder,
    Report,
    ToBroker,
    Traded,
    WithdrawOrder,
)


class UnlistedTransition(RuntimeError):
    """Something was reported of an order that cannot happen in its state; a person has to look."""


class State(StrEnum):
    """Where an order stands; the last three are its ends."""

    PENDING = "PENDING"
    SUBMITTED = "SUBMITTED"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"


class EventKind(StrEnum):
    """What can happen to an order."""

    ACCEPTED = "accepted"
    AMEND_ASKED = "amend asked"
    CANCEL_ASKED = "cancel asked"
    PARTLY_FILLED = "partly filled"
    FILLED = "filled"
    REPEATED = "fill repeated"
    CANCELLED = "cancelled"
    REJECTED = "rejected"


WORKING = (State.PENDING, State.SUBMITTED, State.PARTIALLY_FILLED)

_S, _E = State, EventKind
ROWS: tuple[tuple[State, EventKind, State, str], ...] = (
    (_S.PENDING, _E.ACCEPTED, _S.SUBMITTED, ""),
    (_S.PENDING, _E.AMEND_ASKED, _S.PENDING, "asked before the acknowledgement: the client order id is enough"),
    (_S.PENDING, _E.CANCEL_ASKED, _S.PENDING, "asked before the acknowledgement: the client order id is enough"),
    (_S.PENDING, _E.PARTLY_FILLED, _S.PARTIALLY_FILLED, "the fill overtook the acknowledgement on its own channel"),
    (_S.PENDING, _E.FILLED, _S.FILLED, "a market order is often answered by its fill alone"),
    (_S.PENDING, _E.CANCELLED, _S.CANCELLED, "an immediate-or-cancel order that met nothing"),
    (_S.PENDING, _E.REJECTED, _S.REJECTED, ""),
    (_S.SUBMITTED, _E.ACCEPTED, _S.SUBMITTED, "an amendment's acknowledgement, or one repeated after a reconnect"),
    (_S.SUBMITTED, _E.AMEND_ASKED, _S.SUBMITTED, ""),
    (_S.SUBMITTED, _E.CANCEL_ASKED, _S.SUBMITTED, "it works until the exchange says that it does not"),
    (_S.SUBMITTED, _E.PARTLY_FILLED, _S.PARTIALLY_FILLED, ""),
    (_S.SUBMITTED, _E.FILLED, _S.FILLED, ""),
    (_S.SUBMITTED, _E.CANCELLED, _S.CANCELLED, ""),
    (_S.SUBMITTED, _E.REJECTED, _S.REJECTED, "a stop is checked again when it triggers, and may fail then"),
    (_S.PARTIALLY_FILLED, _E.ACCEPTED, _S.PARTIALLY_FILLED, "the acknowledgement came after the first fill"),
    (_S.PARTIALLY_FILLED, _E.AMEND_ASKED, _S.PARTIALLY_FILLED, ""),
    (_S.PARTIALLY_FILLED, _E.CANCEL_ASKED, _S.PARTIALLY_FILLED, ""),
    (_S.PARTIALLY_FILLED, _E.PARTLY_FILLED, _S.PARTIALLY_FILLED, ""),
    (_S.PARTIALLY_FILLED, _E.REPEATED, _S.PARTIALLY_FILLED, "trades are sent again after a reconnect"),
    (_S.PARTIALLY_FILLED, _E.FILLED, _S.FILLED, ""),
    (_S.PARTIALLY_FILLED, _E.CANCELLED, _S.CANCELLED, "what was filled stays filled"),
    (_S.FILLED, _E.ACCEPTED, _S.FILLED, "the acknowledgement came after the last fill"),
    (_S.FILLED, _E.AMEND_ASKED, _S.FILLED, "the fill was on its way when the amendment was asked for"),
    (_S.FILLED, _E.CANCEL_ASKED, _S.FILLED, "the fill was on its way when the cancellation was asked for"),
    (_S.FILLED, _E.REPEATED, _S.FILLED, "trades are sent again after a reconnect"),
    (_S.FILLED, _E.CANCELLED, _S.FILLED, "some exchanges answer a cancellation that came too late with a cancelled"),
    (_S.CANCELLED, _E.ACCEPTED, _S.CANCELLED, "the acknowledgement came after the cancellation"),
    (_S.CANCELLED, _E.AMEND_ASKED, _S.CANCELLED, "the cancellation was on its way when the amendment was asked for"),
    (_S.CANCELLED, _E.CANCEL_ASKED, _S.CANCELLED, "asked twice"),
    (_S.CANCELLED, _E.PARTLY_FILLED, _S.CANCELLED, "a fill from before the cancellation, told after it"),
    (_S.CANCELLED, _E.FILLED, _S.FILLED, "fill and cancellation crossed on the wire: the fill is the truth"),
    (_S.CANCELLED, _E.REPEATED, _S.CANCELLED, "trades are sent again after a reconnect"),
    (_S.CANCELLED, _E.CANCELLED, _S.CANCELLED, "told over two channels"),
    (_S.REJECTED, _E.AMEND_ASKED, _S.REJECTED, "the rejection was on its way when the amendment was asked for"),
    (_S.REJECTED, _E.CANCEL_ASKED, _S.REJECTED, "the rejection was on its way when the cancellation was asked for"),
    (_S.REJECTED, _E.REJECTED, _S.REJECTED, "told over two channels"),
)
TRANSITIONS: dict[tuple[State, EventKind], State] = {(state, kind): to for state, kind, to, _ in ROWS}
REASONS: dict[tuple[State, EventKind], str] = {(state, kind): reason for state, kind, _, reason in ROWS if reason}


class Record(Struct, frozen=True):
    """An order as last asked for, its state, how much of it is filled, and the trades that were counted.

    An amendment gives the order its new level and a size of what was filled plus what is to stay open.
    """

    order: Order
    state: State = State.PENDING
    filled: Decimal = Decimal(0)
    trades: tuple[str, ...] = ()


Asked: TypeAlias = AmendOrder | CancelOrder
Effects: TypeAlias = tuple[ToBroker | OrderFilled | OrderDropped, ...]


def submit(order: Order) -> tuple[Record, Effects]:
    """A new order on its way to the broker."""
    return Record(order), (PlaceOrder(order),)


def step(record: Record, event: Asked | Report) -> tuple[Record, Effects]:
    """The next state and what follows; raises UnlistedTransition."""
    kind = kind_of(record, event)
    if (record.state, kind) not in TRANSITIONS:
        msg = f"the order {record.order.id} is {record.state} and cannot be {kind}; compare it with the exchange's book"
        raise UnlistedTransition(msg)
    after, effects = _act(record, event, kind)
    return replace(after, state=TRANSITIONS[record.state, kind]), effects


def kind_of(record: Record, event: Asked | Report) -> EventKind:
    """What an event means for this order."""
    match event:
        case Accepted():
            return EventKind.ACCEPTED
        case AmendOrder():
            return EventKind.AMEND_ASKED
        case CancelOrder():
            return EventKind.CANCEL_ASKED
        case Traded(trade=trade, size=size):
            if trade in record.trades:
                return EventKind.REPEATED
            return EventKind.FILLED if record.filled + size >= record.order.size else EventKind.PARTLY_FILLED
        case Cancelled():
            return EventKind.CANCELLED
        case Rejected():
            return EventKind.REJECTED
        case _:
            assert_never(event)


def _act(record: Record, event: Asked | Report, kind: EventKind) -> tuple[Record, Effects]:
    ended = record.state not in WORKING
    match event:
        case AmendOrder() if not ended:
            order = amended(record, event)
            return replace(record, order=order), (ReplaceOrder(order),)
        case CancelOrder(id=name) if not ended:
            return record, (WithdrawOrder(name),)
        case Traded() if kind is not EventKind.REPEATED:
            return _fill(record, event, done=kind is EventKind.FILLED)
        case Cancelled(id=name, reason=reason) if not ended:
            return record, (OrderDropped(name, "cancelled", reason),)
        case Rejected(id=name, reason=reason) if not ended:
            return record, (OrderDropped(name, "rejected", reason),)
        case _:
            return record, ()


def amended(record: Record, event: AmendOrder) -> Order:
    """The order at its new level, open for the new size."""
    order = replace(record.order, size=record.filled + event.size)
    return replace(order, price=event.level) if order.type == "limit" else replace(order, stop_price=event.level)


def _fill(record: Record, event: Traded, *, done: bool) -> tuple[Record, Effects]:
    filled = replace(record, filled=record.filled + event.size, trades=(*record.trades, event.trade))
    return filled, (OrderFilled(event.id, event.size, event.price, done),)
