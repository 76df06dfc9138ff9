"""The strategy kernel: ``step(now, event) -> (now, effects)``, facts in, requests out.

It knows no clock, socket or log, and sends nothing itself: its effects go through risk to the order kernel. Which
state follows is the table's matter (``lifecycle``), what is asked for that of the actions below, one an event kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, assert_never

from msgspec import Struct
from msgspec.structs import replace

from execution.exits import moved
from execution.lifecycle import REASONS, TRANSITIONS, EventKind, State, UnlistedTransition, next_state
from execution.messages import (
    BarClosed,
    BarOpened,
    CancelOrder,
    Effect,
    EntryRefused,
    Event,
    NodeFired,
    Note,
    OrderDropped,
    OrderFilled,
    Pause,
    Start,
    Stop,
)
from execution.plan import Plan
from execution.position import Round, enter, leave, lose, protect, reduce, request

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "IGNORED",
    "REASONS",
    "TRANSITIONS",
    "EventKind",
    "Lifecycle",
    "State",
    "UnlistedTransition",
    "purpose_of",
    "step",
]


class Lifecycle(Struct, frozen=True):
    """What a strategy remembers: its plan, its state, the round it is in, and whether it will look again."""

    plan: Plan
    state: State = State.IDLE
    round: Round | None = None
    again: bool = False


IGNORED = "an entry signal came while a position was open: one position at a time"
PLAIN: dict[type, EventKind] = {
    Start: EventKind.START,
    Pause: EventKind.PAUSE,
    Stop: EventKind.STOP,
    BarOpened: EventKind.BAR_OPENED,
    EntryRefused: EventKind.ENTRY_REFUSED,
}
Step: TypeAlias = tuple[Lifecycle, tuple[Effect, ...]]


def step(now: Lifecycle, event: Event) -> Step:
    """The life after an event, and what is asked for; raises UnlistedTransition."""
    kind = kind_of(now, event)
    state = next_state(now.state, kind)
    act = ACTIONS.get(kind)
    after, effects = act(now, event) if act else (now, ())
    return replace(after, state=state), effects


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
    if order is None:
        return EventKind.LEFTOVER_DROPPED
    return EventKind.ENTRY_DROPPED if order.role == "entry" else EventKind.EXIT_DROPPED


def purpose_of(now: Lifecycle, name: str) -> str | None:
    """What an order of the present round is for: entry, stop, target, or the reason for leaving at the market."""
    order = now.round.order(name) if now.round else None
    if now.round is None or order is None:
        return None
    return now.round.closing if order.role == "exit" else order.role


def _start(now: Lifecycle, _: Start) -> Step:
    return replace(now, again=True), ()


def _pause(now: Lifecycle, _: Pause) -> Step:
    return _withdraw(replace(now, again=False), None)


def _stop(now: Lifecycle, event: Stop) -> Step:
    rests = replace(now, again=False)
    if now.state is State.MANAGING and now.round is not None:
        return _with_round(rests, leave(now.plan, now.round, event.reason))
    return _withdraw(rests, event.reason)


def _withdraw(now: Lifecycle, reason: str | None) -> Step:
    """Take back an entry that has not filled; with a reason, whatever fills of it all the same is left at once."""
    if now.state is not State.ENTERED or now.round is None:
        return now, ()
    if not now.round.working:
        return replace(now, round=None), (
            Note("stopped between the decision for an entry and the next open: it was not asked for"),
        )
    cancels = tuple(CancelOrder(order.id) for order in now.round.working)
    return replace(now, round=replace(now.round, closing=reason)), cancels


def _bar_opened(now: Lifecycle, event: BarOpened) -> Step:
    if now.round is None:
        return now, ()
    if now.state is State.ENTERED and not now.round.working:
        return _with_round(now, request(now.plan, now.round, event.price, event.marks))
    if now.state is State.MANAGING:
        marks = moved(now.plan.rules, now.round.marks, event.marks)
        return _with_round(now, protect(now.plan, replace(now.round, marks=marks)))
    return now, ()


def _entry_fired(now: Lifecycle, event: NodeFired | BarClosed) -> Step:
    if now.state in {State.ENTERED, State.MANAGING}:
        return now, (Note(IGNORED),)
    if now.state is State.IDLE:
        return now, ()
    begun = Round(event.time)
    if isinstance(event, NodeFired):
        return _with_round(now, request(now.plan, begun, event.price, event.marks))
    return replace(now, round=begun), ()


def _exit_fired(now: Lifecycle, _: NodeFired | BarClosed) -> Step:
    if now.state is not State.MANAGING or now.round is None or now.round.closing is not None:
        return now, ()
    return _with_round(now, leave(now.plan, now.round, "exit"))


def _entry_refused(now: Lifecycle, event: EntryRefused) -> Step:
    return replace(now, round=None), (Note(f"entry refused: {event.reason}"),)


def _entry_filled(now: Lifecycle, event: OrderFilled) -> Step:
    return _with_round(now, enter(now.plan, now.round, event)) if now.round else (now, ())


def _entry_dropped(now: Lifecycle, event: OrderDropped) -> Step:
    note = Note(f"the entry order was {event.status}: {event.reason}")
    if now.round is None or now.state is not State.MANAGING:
        return replace(now, round=None), (note,)
    rest = tuple(order for order in now.round.working if order.id != event.id)
    return replace(now, round=replace(now.round, working=rest)), (note,)


def _exit_filled(now: Lifecycle, event: OrderFilled) -> Step:
    return _with_round(now, protect(now.plan, reduce(now.round, event))) if now.round else (now, ())


def _exit_dropped(now: Lifecycle, event: OrderDropped) -> Step:
    order = now.round.order(event.id) if now.round else None
    return _with_round(now, lose(now.plan, now.round, order, event.reason)) if now.round and order else (now, ())


def _position_closed(now: Lifecycle, event: OrderFilled) -> Step:
    rest = reduce(now.round, event).working if now.round else ()
    return replace(now, round=None), tuple(CancelOrder(order.id) for order in rest)


def _with_round(now: Lifecycle, asked: tuple[Round, tuple[Effect, ...]]) -> Step:
    return replace(now, round=asked[0]), asked[1]


ACTIONS: dict[EventKind, Callable[[Lifecycle, Any], Step]] = {
    EventKind.START: _start,
    EventKind.PAUSE: _pause,
    EventKind.STOP: _stop,
    EventKind.BAR_OPENED: _bar_opened,
    EventKind.ENTRY_FIRED: _entry_fired,
    EventKind.EXIT_FIRED: _exit_fired,
    EventKind.ENTRY_REFUSED: _entry_refused,
    EventKind.ENTRY_FILLED: _entry_filled,
    EventKind.ENTRY_DROPPED: _entry_dropped,
    EventKind.EXIT_FILLED: _exit_filled,
    EventKind.EXIT_DROPPED: _exit_dropped,
    EventKind.POSITION_CLOSED: _position_closed,
    EventKind.LAST_POSITION_CLOSED: _position_closed,
}
