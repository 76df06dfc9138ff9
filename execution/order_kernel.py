"""The order kernel: one order's way from a request to its end.

``step(record, event) -> (record, effects)`` for one order. Nothing here knows a clock, a socket or another order.
Which state follows is the table's matter (``order_table``); what is asked of the broker and told to the strategy, that
of the actions below. A request without an answer is never sent again: the order is asked for, and ``settle`` takes
the answer.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias, assert_never

from msgspec import Struct
from msgspec.structs import replace

from execution.messages import (
    Accepted,
    AmendOrder,
    Cancelled,
    CancelOrder,
    Expired,
    Found,
    Missing,
    OrderDropped,
    OrderFilled,
    PlaceOrder,
    QueryOrder,
    Rejected,
    ReplaceOrder,
    Report,
    ToBroker,
    Traded,
    Unanswered,
    WithdrawOrder,
)
from execution.order_table import REASONS, ROWS, TRANSITIONS, WORKING, EventKind, State, UnlistedTransition
from execution.orders import Order, at_level

__all__ = [
    "REASONS",
    "ROWS",
    "TRANSITIONS",
    "Effects",
    "EventKind",
    "Record",
    "State",
    "UnlistedTransition",
    "expiry_of",
    "settle",
    "step",
    "submit",
]
EXPIRED = "the time it was valid for is over"
NEVER_ARRIVED = "the exchange does not know it: it never arrived"


class Record(Struct, frozen=True):
    """An order as last asked for, its state, how much of it is filled, and the trades that were counted.

    An amendment gives the order its new level and a size of what was filled plus what is to stay open; ``turn`` counts
    them, those that are asked for again included. ``changing`` says that the newest was not acknowledged yet,
    ``expired`` that it is taken back because its time is over, ``leaving`` that it was asked back at all.
    """

    order: Order
    state: State = State.PENDING
    filled: Decimal = Decimal(0)
    trades: tuple[str, ...] = ()
    turn: int = 0
    changing: bool = False
    expired: bool = False
    leaving: bool = False


Asked: TypeAlias = AmendOrder | CancelOrder | Expired
Answer: TypeAlias = Accepted | Cancelled | Rejected | Unanswered | Missing
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


def settle(record: Record, found: Found) -> tuple[Record, Effects]:
    """Take the exchange's answer to the question for an order: its trades first, then how it stands.

    Raises UnlistedTransition where it is said to be filled and its trades do not add up to that.
    """
    effects: Effects = ()
    for trade in found.trades:
        record, more = step(record, trade)
        effects += more
    match found.status:
        case "open":
            record, more = step(record, Accepted(found.id))
        case "cancelled":
            record, more = step(record, Cancelled(found.id))
        case "rejected":
            record, more = step(record, Rejected(found.id, "the exchange rejected it"))
        case "filled":
            more = ()
        case _:
            assert_never(found.status)
    if found.status == "filled" and record.state is not State.FILLED:
        msg = f"the order {found.id} is filled, but its trades add up to {record.filled} of {record.order.size}"
        raise UnlistedTransition(f"{msg}; compare it with the exchange's book")
    return record, effects + more


def expiry_of(record: Record) -> int | None:
    """When an Expired is due, UNIX seconds: the time until which a working order is valid, once."""
    return record.order.valid_until if record.state in WORKING and not record.expired else None


def kind_of(record: Record, event: Asked | Report) -> EventKind:
    """What an event means for this order."""
    match event:
        case Traded(trade=trade, size=size):
            if trade in record.trades:
                return EventKind.REPEATED
            return EventKind.FILLED if record.filled + size >= record.order.size else EventKind.PARTLY_FILLED
        case Accepted() | Missing() if record.state is State.UNKNOWN and record.filled:
            return EventKind.REST_FOUND if isinstance(event, Accepted) else EventKind.CANCELLED
        case _:
            return KINDS[type(event)]


KINDS: dict[type, EventKind] = {
    Accepted: EventKind.ACCEPTED,
    AmendOrder: EventKind.AMEND_ASKED,
    CancelOrder: EventKind.CANCEL_ASKED,
    Expired: EventKind.EXPIRED,
    Cancelled: EventKind.CANCELLED,
    Rejected: EventKind.REJECTED,
    Unanswered: EventKind.UNANSWERED,
    Missing: EventKind.MISSING,
}


def _act(record: Record, event: Asked | Report, kind: EventKind) -> tuple[Record, Effects]:
    if isinstance(event, Traded):
        repeated = kind is EventKind.REPEATED
        return (record, ()) if repeated else _fill(record, event, done=kind is EventKind.FILLED)
    return _act_on_working(record, event) if record.state in WORKING else _act_on_ended(record, event)


def _act_on_ended(record: Record, event: Asked | Answer) -> tuple[Record, Effects]:
    late = record.state is State.REJECTED and isinstance(event, Accepted)
    return record, (WithdrawOrder(event.id),) if late else ()


def _act_on_working(record: Record, event: Asked | Answer) -> tuple[Record, Effects]:
    match event:
        case AmendOrder():
            return _amend(record, event)
        case CancelOrder(name):
            return replace(record, leaving=True), (WithdrawOrder(name),)
        case Expired(name):
            return replace(record, expired=True, leaving=True), (WithdrawOrder(name),)
        case _:
            return _hear(record, event)


def _hear(record: Record, answer: Answer) -> tuple[Record, Effects]:
    match answer:
        case Accepted(turn=turn):
            return _accept(record, record.turn if turn is None else turn)
        case Unanswered(name):
            return record, (QueryOrder(name),)
        case Cancelled(name, reason):
            return record, (OrderDropped(name, "cancelled", EXPIRED if record.expired else reason),)
        case Rejected(name, reason):
            return record, (OrderDropped(name, "rejected", reason),)
        case Missing(name):
            return record, _gone(record, name)
        case _:
            assert_never(answer)


def _amend(record: Record, event: AmendOrder) -> tuple[Record, Effects]:
    after = replace(record, order=amended(record, event), turn=record.turn + 1, changing=True)
    return after, () if record.state is State.UNKNOWN else (ReplaceOrder(after.order),)


def _accept(record: Record, turn: int) -> tuple[Record, Effects]:
    """It rests as it was after so many amendments; an older form says nothing of the newest, which may be under way."""
    behind = turn < record.turn
    after = replace(record, changing=behind and (record.changing or record.state is State.UNKNOWN))
    return _asked_again(after)


def _asked_again(record: Record) -> tuple[Record, Effects]:
    """What is found after silence gets its cancellation or amendment again: both say what is to be, and may come twice.

    A cancellation that was lost must not be forgotten; one that is repeated does no harm.
    """
    if record.state is not State.UNKNOWN:
        return record, ()
    if record.leaving:
        return record, (WithdrawOrder(record.order.id),)
    if not record.changing:
        return record, ()
    return replace(record, turn=record.turn + 1), (ReplaceOrder(record.order),)


def _gone(record: Record, name: str) -> Effects:
    if record.state is not State.UNKNOWN:
        return ()
    return (OrderDropped(name, "cancelled" if record.filled else "rejected", NEVER_ARRIVED),)


def amended(record: Record, event: AmendOrder) -> Order:
    """The order at its new level, open for the new size."""
    size = record.order.size if event.size is None else record.filled + event.size
    price = record.order.price if event.price is None else event.price
    return at_level(replace(record.order, size=size, price=price), event.level)


def _fill(record: Record, event: Traded, *, done: bool) -> tuple[Record, Effects]:
    filled = replace(record, filled=record.filled + event.size, trades=(*record.trades, event.trade))
    told = OrderFilled(event.id, event.size, event.price, done)
    if done:
        return filled, (told,)
    if record.state is State.REJECTED:  # it was given up, and arrived all the same
        return filled, (told, WithdrawOrder(event.id))
    after, again = _asked_again(filled)
    return after, (told, *again)
