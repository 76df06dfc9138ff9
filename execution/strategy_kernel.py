"""The strategy kernel: ``step(now, event) -> (now, effects)``, facts in, requests out.

It knows no clock, socket or log, and sends nothing itself: its effects go through risk to the order kernel. Which
state follows is the table's matter (``lifecycle``), what is asked for that of the actions below, one an event kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec.structs import replace

from execution import managing
from execution.entering import request, unsent, wait
from execution.lifecycle import REASONS, TRANSITIONS, EventKind, State, UnlistedTransition, next_state
from execution.meaning import Lifecycle, kind_of, purpose_of
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
from execution.position import enter, is_stranded, leave, lose, persist, protect, reduce
from execution.rounds import Asked, Round

if TYPE_CHECKING:
    from collections.abc import Callable

    from execution.plan import Plan

__all__ = [
    "IGNORED",
    "REASONS",
    "TRANSITIONS",
    "EventKind",
    "Lifecycle",
    "State",
    "UnlistedTransition",
    "kind_of",
    "purpose_of",
    "step",
]


IGNORED = "an entry signal came while a position was open: one position at a time"
Step: TypeAlias = tuple[Lifecycle, tuple[Effect, ...]]


def step(now: Lifecycle, event: Event) -> Step:
    """The life after an event, and what is asked for; raises UnlistedTransition."""
    kind = kind_of(now, event)
    state = next_state(now.state, kind)
    act = ACTIONS.get(kind)
    after, effects = act(now, event) if act else (now, ())
    return replace(after, state=state), effects


def _start(now: Lifecycle, _: Start) -> Step:
    return replace(now, again=True), ()


def _pause(now: Lifecycle, _: Pause) -> Step:
    rests = replace(now, again=False)
    if now.state is State.MANAGING and now.round is not None:
        return rests, _entry_taken_back(now.round)
    return _withdraw(rests, None)


def _entry_taken_back(turn: Round) -> tuple[Effect, ...]:
    """What has not filled of an entry is asked back; what has filled stays managed."""
    return tuple(CancelOrder(order.id) for order in turn.working if order.role == "entry")


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
        return _with_round(now, request(now.plan, replace(now.round, bar=event.time), event.price, event.marks))
    turn = managing.opened(now.plan, now.round, event)
    if now.state is State.ENTERED:
        return _with_round(now, wait(now.plan, turn, event))
    return _with_round(now, _managed(now, turn, event)) if now.state is State.MANAGING else (now, ())


def _managed(now: Lifecycle, turn: Round, event: BarOpened) -> Asked:
    """Stop and targets at a bar's open, and what is still to fill of the entry; or the end of its time."""
    stranded = is_stranded(turn)
    if turn.closing is None and not stranded and managing.is_over(now.plan, turn):
        return leave(now.plan, turn, managing.OVER)
    turn, waiting = wait(now.plan, turn, event)
    turn, effects = persist(now.plan, turn) if stranded else protect(now.plan, turn)
    return turn, (*waiting, *effects)


def _bar_closed(now: Lifecycle, event: BarClosed) -> Step:
    """What the bar showed; beyond the invalidation a waiting entry is taken back and a position left."""
    if now.round is None or event.seen is None:
        return now, ()
    turn = managing.closed(now.plan, now.round, event.seen)
    asked = {order.role for order in turn.working}
    if not asked or turn.closing is not None or not managing.is_invalid(now.plan, event.seen):
        return replace(now, round=turn), ()
    return _with_round(now, leave(now.plan, turn, managing.INVALIDATED))


def _entry_fired(now: Lifecycle, event: NodeFired | BarClosed) -> Step:
    if now.state in {State.ENTERED, State.MANAGING}:
        after, effects = _bar_closed(now, event) if isinstance(event, BarClosed) else (now, ())
        return after, (Note(IGNORED), *effects)
    if now.state is State.IDLE:
        return now, ()
    if isinstance(event, NodeFired):
        return _with_round(now, request(now.plan, Round(event.time, bar=event.time), event.price, event.marks))
    return replace(now, round=Round(event.time, void=managing.why_void(now.plan, event.time, event.seen))), ()


def _exit_fired(now: Lifecycle, event: NodeFired | BarClosed) -> Step:
    if now.state is not State.MANAGING or now.round is None or now.round.closing is not None:
        return _bar_closed(now, event) if isinstance(event, BarClosed) else (now, ())
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
    turn = replace(now.round, working=rest)
    if is_stranded(turn):
        return replace(now, round=turn), (note,)
    turn, effects = protect(now.plan, turn)  # what waited for more of the entry does not any more
    return _with_round(now, (turn, (note, *effects)))


def _exit_filled(now: Lifecycle, event: OrderFilled) -> Step:
    return _with_round(now, _lessened(now.plan, reduce(now.round, event))) if now.round else (now, ())


def _lessened(plan: Plan, turn: Round) -> Asked:
    """A part is closed: from then on nothing is added to the position."""
    after, effects = protect(plan, turn)
    return after, (*unsent(plan, turn), *effects)


def _exit_dropped(now: Lifecycle, event: OrderDropped) -> Step:
    order = now.round.order(event.id) if now.round else None
    return _with_round(now, lose(now.plan, now.round, order, event.reason)) if now.round and order else (now, ())


def _leftover_dropped(now: Lifecycle, event: OrderDropped) -> Step:
    if now.round is None:
        return now, ()
    leaving = tuple(order for order in now.round.leaving if order.id != event.id)
    return replace(now, round=replace(now.round, leaving=leaving)), ()


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
    EventKind.BAR_CLOSED: _bar_closed,
    EventKind.ENTRY_FIRED: _entry_fired,
    EventKind.EXIT_FIRED: _exit_fired,
    EventKind.ENTRY_REFUSED: _entry_refused,
    EventKind.ENTRY_FILLED: _entry_filled,
    EventKind.ENTRY_DROPPED: _entry_dropped,
    EventKind.EXIT_FILLED: _exit_filled,
    EventKind.EXIT_DROPPED: _exit_dropped,
    EventKind.LEFTOVER_DROPPED: _leftover_dropped,
    EventKind.POSITION_CLOSED: _position_closed,
    EventKind.LAST_POSITION_CLOSED: _position_closed,
}
