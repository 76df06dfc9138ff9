"""What an event means for a strategy at a moment of its life: the column of the table that it belongs to."""

from __future__ import annotations

from typing import assert_never

from msgspec import Struct

from execution.lifecycle import EventKind, State, UnlistedTransition
from execution.messages import (
    BarClosed,
    BarOpened,
    EntryRefused,
    Event,
    NodeFired,
    OrderDropped,
    OrderFilled,
    Pause,
    Start,
    Stop,
)
from execution.plan import BRACKET, Plan
from execution.rounds import Round, Working


class Lifecycle(Struct, frozen=True):
    """What a strategy remembers: its plan, its state, the round it is in, and whether it will look again."""

    plan: Plan
    state: State = State.IDLE
    round: Round | None = None
    again: bool = False


PLAIN: dict[type, EventKind] = {
    Start: EventKind.START,
    Pause: EventKind.PAUSE,
    Stop: EventKind.STOP,
    BarOpened: EventKind.BAR_OPENED,
    EntryRefused: EventKind.ENTRY_REFUSED,
}


def kind_of(now: Lifecycle, event: Event) -> EventKind:
    """What an event means for this strategy at this moment; raises UnlistedTransition for a fill of no known order."""
    match event:
        case Start() | Pause() | Stop() | BarOpened() | EntryRefused():
            return PLAIN[type(event)]
        case BarClosed():
            return _close_kind(now, event)
        case NodeFired(role=role):
            return EventKind.ENTRY_FIRED if role == "entry" else EventKind.EXIT_FIRED
        case OrderFilled():
            return _fill_kind(now, event)
        case OrderDropped():
            return _drop_kind(now, event)
        case _:
            assert_never(event)


def _close_kind(now: Lifecycle, event: BarClosed) -> EventKind:
    """Of both nodes true on one bar, the one that matters: the exit while a position is open, else the entry."""
    if event.exit and (now.state is State.MANAGING or not event.entry):
        return EventKind.EXIT_FIRED
    return EventKind.ENTRY_FIRED if event.entry else EventKind.BAR_CLOSED


def _fill_kind(now: Lifecycle, event: OrderFilled) -> EventKind:
    order = now.round.order(event.id) if now.round else None
    if now.round is None or order is None:
        msg = f"the order {event.id} was filled but is not one of this round's; compare with the exchange"
        raise UnlistedTransition(msg)
    if order.role == "entry":
        return EventKind.ENTRY_FILLED
    if now.round.held > event.size:
        return EventKind.EXIT_FILLED
    return EventKind.POSITION_CLOSED if now.again else EventKind.LAST_POSITION_CLOSED


def _drop_kind(now: Lifecycle, event: OrderDropped) -> EventKind:
    order = now.round.order(event.id) if now.round else None
    if now.round is None or order is None or order in now.round.leaving:
        return EventKind.LEFTOVER_DROPPED
    return EventKind.ENTRY_DROPPED if order.role == "entry" else EventKind.EXIT_DROPPED


def purpose_of(now: Lifecycle, name: str, price: float | None = None) -> str | None:
    """What an order of the present round is for: entry, stop, target, or the reason for leaving at the market.

    Of a bracket that filled at a price: stop or target.
    """
    order = now.round.order(name) if now.round else None
    if now.round is None or order is None:
        return None
    if price is not None and order.role.startswith(BRACKET):
        return _leg_of(order, price)
    return now.round.closing if order.role == "exit" else order.role


def _leg_of(bracket: Working, price: float) -> str:
    """Which of its two levels a bracket filled at: the nearer one, as the market passes one only."""
    to_stop, to_target = (abs(price - float(level or 0)) for level in (bracket.level, bracket.price))
    return "stop" if to_stop < to_target else bracket.role.replace(BRACKET, "target")
