"""The life of a strategy as a table: which state follows on which event, and why the odd rows exist.

A round runs from LOOKING through ENTERED (the entry is decided) and MANAGING (a position is open) to EXITED, and
starts again. A pair that is not listed is an error, never a guess.
"""

from __future__ import annotations

from enum import StrEnum


class UnlistedTransition(RuntimeError):
    """Something happened that cannot happen in this state of the strategy; a person has to look."""


class State(StrEnum):
    """Where a strategy is in its round."""

    IDLE = "IDLE"
    LOOKING = "LOOKING"
    ENTERED = "ENTERED"
    MANAGING = "MANAGING"
    EXITED = "EXITED"


class EventKind(StrEnum):
    """What an event means for the strategy."""

    START = "start"
    PAUSE = "pause"
    STOP = "stop"
    BAR_OPENED = "bar opened"
    BAR_CLOSED = "bar closed"
    ENTRY_FIRED = "entry fired"
    EXIT_FIRED = "exit fired"
    ENTRY_REFUSED = "entry refused"
    ENTRY_FILLED = "entry filled"
    ENTRY_DROPPED = "entry dropped"
    EXIT_FILLED = "exit filled"
    EXIT_DROPPED = "exit dropped"
    POSITION_CLOSED = "position closed"
    LAST_POSITION_CLOSED = "last position closed"
    LEFTOVER_DROPPED = "leftover dropped"


_S, _E = State, EventKind
_RESTS = "it rests: nothing is looked for"
_LEFTOVER = "the answer to a cancellation that closing the position asked for"
_OVERTAKEN = "the fill overtook the withdrawal of the entry"
ROWS: tuple[tuple[State, EventKind, State, str], ...] = (
    (_S.IDLE, _E.START, _S.LOOKING, ""),
    (_S.IDLE, _E.PAUSE, _S.IDLE, "asked twice"),
    (_S.IDLE, _E.STOP, _S.IDLE, "asked twice"),
    (_S.IDLE, _E.BAR_OPENED, _S.IDLE, _RESTS),
    (_S.IDLE, _E.BAR_CLOSED, _S.IDLE, _RESTS),
    (_S.IDLE, _E.ENTRY_FIRED, _S.IDLE, _RESTS),
    (_S.IDLE, _E.EXIT_FIRED, _S.IDLE, _RESTS),
    (_S.IDLE, _E.ENTRY_REFUSED, _S.IDLE, "risk answered after the pause"),
    (_S.IDLE, _E.ENTRY_FILLED, _S.MANAGING, _OVERTAKEN),
    (_S.IDLE, _E.ENTRY_DROPPED, _S.IDLE, "the withdrawal of the entry is confirmed"),
    (_S.IDLE, _E.LEFTOVER_DROPPED, _S.IDLE, _LEFTOVER),
    (_S.LOOKING, _E.START, _S.LOOKING, "asked twice"),
    (_S.LOOKING, _E.PAUSE, _S.IDLE, ""),
    (_S.LOOKING, _E.STOP, _S.IDLE, ""),
    (_S.LOOKING, _E.BAR_OPENED, _S.LOOKING, ""),
    (_S.LOOKING, _E.BAR_CLOSED, _S.LOOKING, ""),
    (_S.LOOKING, _E.ENTRY_FIRED, _S.ENTERED, ""),
    (_S.LOOKING, _E.EXIT_FIRED, _S.LOOKING, "there is nothing to leave"),
    (_S.LOOKING, _E.ENTRY_REFUSED, _S.LOOKING, "risk answered after a pause that is over already"),
    (_S.LOOKING, _E.ENTRY_FILLED, _S.MANAGING, _OVERTAKEN),
    (_S.LOOKING, _E.ENTRY_DROPPED, _S.LOOKING, "the withdrawal of the entry is confirmed"),
    (_S.LOOKING, _E.LEFTOVER_DROPPED, _S.LOOKING, _LEFTOVER),
    (_S.ENTERED, _E.START, _S.ENTERED, "asked twice"),
    (_S.ENTERED, _E.PAUSE, _S.IDLE, "an entry that has not filled is withdrawn"),
    (_S.ENTERED, _E.STOP, _S.IDLE, "an entry that has not filled is withdrawn"),
    (_S.ENTERED, _E.BAR_OPENED, _S.ENTERED, "an entry decided on a close is asked for at the next bar's first price"),
    (_S.ENTERED, _E.BAR_CLOSED, _S.ENTERED, "the exchange has not filled the entry yet"),
    (_S.ENTERED, _E.ENTRY_FIRED, _S.ENTERED, "one entry at a time"),
    (_S.ENTERED, _E.EXIT_FIRED, _S.ENTERED, "there is nothing to leave"),
    (_S.ENTERED, _E.ENTRY_REFUSED, _S.EXITED, "risk refused it: the round ends without a trade"),
    (_S.ENTERED, _E.ENTRY_FILLED, _S.MANAGING, ""),
    (_S.ENTERED, _E.ENTRY_DROPPED, _S.EXITED, "the exchange refused it: the round ends without a trade"),
    (_S.ENTERED, _E.LEFTOVER_DROPPED, _S.ENTERED, _LEFTOVER),
    (_S.MANAGING, _E.START, _S.MANAGING, "it will look again after this position"),
    (_S.MANAGING, _E.PAUSE, _S.MANAGING, "a pause ends no position; what has not filled of the entry is withdrawn"),
    (_S.MANAGING, _E.STOP, _S.MANAGING, "the position is left at the market"),
    (_S.MANAGING, _E.BAR_OPENED, _S.MANAGING, "stops and targets on lines move"),
    (_S.MANAGING, _E.BAR_CLOSED, _S.MANAGING, ""),
    (_S.MANAGING, _E.ENTRY_FIRED, _S.MANAGING, "one position at a time: the signal is noted"),
    (_S.MANAGING, _E.EXIT_FIRED, _S.MANAGING, "the position is left at the market"),
    (_S.MANAGING, _E.ENTRY_FILLED, _S.MANAGING, "another part of the entry: stop and targets grow with it"),
    (_S.MANAGING, _E.ENTRY_DROPPED, _S.MANAGING, "the rest of the entry will not fill: what is held is managed"),
    (_S.MANAGING, _E.EXIT_FILLED, _S.MANAGING, "a part is closed: the stop shrinks to the rest"),
    (_S.MANAGING, _E.EXIT_DROPPED, _S.MANAGING, "the exchange dropped a stop, target or exit"),
    (_S.MANAGING, _E.POSITION_CLOSED, _S.EXITED, ""),
    (_S.MANAGING, _E.LAST_POSITION_CLOSED, _S.IDLE, "paused or stopped meanwhile: it does not look again"),
    (_S.MANAGING, _E.LEFTOVER_DROPPED, _S.MANAGING, _LEFTOVER),
    (_S.EXITED, _E.START, _S.LOOKING, ""),
    (_S.EXITED, _E.PAUSE, _S.IDLE, ""),
    (_S.EXITED, _E.STOP, _S.IDLE, ""),
    (_S.EXITED, _E.BAR_OPENED, _S.LOOKING, "a new round"),
    (_S.EXITED, _E.BAR_CLOSED, _S.LOOKING, "a new round"),
    (_S.EXITED, _E.ENTRY_FIRED, _S.ENTERED, "a new round, in the very bar in which the last one ended"),
    (_S.EXITED, _E.EXIT_FIRED, _S.EXITED, "there is nothing to leave any more"),
    (_S.EXITED, _E.ENTRY_FILLED, _S.MANAGING, "an entry filled after its round was over: it is left at the market"),
    (_S.EXITED, _E.LEFTOVER_DROPPED, _S.EXITED, _LEFTOVER),
)
TRANSITIONS: dict[tuple[State, EventKind], State] = {(state, kind): to for state, kind, to, _ in ROWS}
REASONS: dict[tuple[State, EventKind], str] = {(state, kind): reason for state, kind, _, reason in ROWS if reason}


def next_state(state: State, kind: EventKind) -> State:
    """The state after an event; raises UnlistedTransition."""
    if (state, kind) not in TRANSITIONS:
        msg = f"the strategy is {state}, where this cannot happen: {kind}; stop it and compare with the exchange"
        raise UnlistedTransition(msg)
    return TRANSITIONS[state, kind]
