"""The life of an order as a table: which state follows on which event, and why the odd rows exist.

The exchange's word on fills is the truth: reports arrive twice, late, in another order than they happened, and over
two channels, and each such row says why it exists. A pair that is not listed is an error, never a guess.
"""

from __future__ import annotations

from enum import StrEnum


class UnlistedTransition(RuntimeError):
    """Something was reported of an order that cannot happen in its state; a person has to look."""


class State(StrEnum):
    """Where an order stands; the last three are its ends.

    UNKNOWN: a request got no answer, so nobody knows what the exchange has. It is asked for, never sent again.
    """

    PENDING = "PENDING"
    UNKNOWN = "UNKNOWN"
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
    UNANSWERED = "unanswered"
    REST_FOUND = "rest found"
    MISSING = "missing"
    EXPIRED = "expired"


WORKING = (State.PENDING, State.UNKNOWN, State.SUBMITTED, State.PARTIALLY_FILLED)

_S, _E = State, EventKind
_CHECKED_AGAIN = "a stop is checked again when it triggers, a post-only order when it would take"
_OVERTAKEN = "another report overtook the answer to the question"
_TOO_LATE = "the answer overtook the timer"
_UNASKED = "the answer to a question of before the order was sent"
_LAST_MOMENT = "it ended just before its time was over"
ROWS: tuple[tuple[State, EventKind, State, str], ...] = (
    (_S.PENDING, _E.ACCEPTED, _S.SUBMITTED, ""),
    (_S.PENDING, _E.AMEND_ASKED, _S.PENDING, "asked before the acknowledgement: the client order id is enough"),
    (_S.PENDING, _E.CANCEL_ASKED, _S.PENDING, "asked before the acknowledgement: the client order id is enough"),
    (_S.PENDING, _E.PARTLY_FILLED, _S.PARTIALLY_FILLED, "the fill overtook the acknowledgement on its own channel"),
    (_S.PENDING, _E.FILLED, _S.FILLED, "a market order is often answered by its fill alone"),
    (_S.PENDING, _E.CANCELLED, _S.CANCELLED, "an immediate-or-cancel order that met nothing"),
    (_S.PENDING, _E.REJECTED, _S.REJECTED, ""),
    (_S.PENDING, _E.UNANSWERED, _S.UNKNOWN, "the request or its answer was lost: sending it again could fill it twice"),
    (_S.PENDING, _E.MISSING, _S.PENDING, _UNASKED),
    (_S.PENDING, _E.EXPIRED, _S.PENDING, "asked back before the acknowledgement"),
    (_S.UNKNOWN, _E.ACCEPTED, _S.SUBMITTED, ""),
    (_S.UNKNOWN, _E.REST_FOUND, _S.PARTIALLY_FILLED, ""),
    (_S.UNKNOWN, _E.AMEND_ASKED, _S.UNKNOWN, "kept until it is known whether there is anything to amend"),
    (_S.UNKNOWN, _E.CANCEL_ASKED, _S.UNKNOWN, "taking back twice does no harm, so it is asked for at once"),
    (_S.UNKNOWN, _E.PARTLY_FILLED, _S.PARTIALLY_FILLED, "a fill is an answer too: it arrived"),
    (_S.UNKNOWN, _E.FILLED, _S.FILLED, "a fill is an answer too: it arrived"),
    (_S.UNKNOWN, _E.REPEATED, _S.UNKNOWN, "an old trade says nothing of the rest"),
    (_S.UNKNOWN, _E.CANCELLED, _S.CANCELLED, ""),
    (_S.UNKNOWN, _E.REJECTED, _S.REJECTED, ""),
    (_S.UNKNOWN, _E.UNANSWERED, _S.UNKNOWN, "the question was lost as well: it is asked again"),
    (_S.UNKNOWN, _E.MISSING, _S.REJECTED, "it never arrived: the exchange's book is the truth"),
    (_S.UNKNOWN, _E.EXPIRED, _S.UNKNOWN, "taking back twice does no harm, so it is asked for at once"),
    (_S.SUBMITTED, _E.ACCEPTED, _S.SUBMITTED, "an amendment's acknowledgement, or one repeated after a reconnect"),
    (_S.SUBMITTED, _E.AMEND_ASKED, _S.SUBMITTED, ""),
    (_S.SUBMITTED, _E.CANCEL_ASKED, _S.SUBMITTED, "it works until the exchange says that it does not"),
    (_S.SUBMITTED, _E.PARTLY_FILLED, _S.PARTIALLY_FILLED, ""),
    (_S.SUBMITTED, _E.FILLED, _S.FILLED, ""),
    (_S.SUBMITTED, _E.CANCELLED, _S.CANCELLED, ""),
    (
        _S.SUBMITTED,
        _E.REJECTED,
        _S.REJECTED,
        _CHECKED_AGAIN,
    ),
    (_S.SUBMITTED, _E.UNANSWERED, _S.UNKNOWN, "an amendment or a cancellation was lost, or its answer"),
    (_S.SUBMITTED, _E.MISSING, _S.SUBMITTED, _OVERTAKEN),
    (_S.SUBMITTED, _E.EXPIRED, _S.SUBMITTED, "it works until the exchange says that it does not"),
    (_S.PARTIALLY_FILLED, _E.ACCEPTED, _S.PARTIALLY_FILLED, "the acknowledgement came after the first fill"),
    (_S.PARTIALLY_FILLED, _E.AMEND_ASKED, _S.PARTIALLY_FILLED, ""),
    (_S.PARTIALLY_FILLED, _E.CANCEL_ASKED, _S.PARTIALLY_FILLED, ""),
    (_S.PARTIALLY_FILLED, _E.PARTLY_FILLED, _S.PARTIALLY_FILLED, ""),
    (_S.PARTIALLY_FILLED, _E.REPEATED, _S.PARTIALLY_FILLED, "trades are sent again after a reconnect"),
    (_S.PARTIALLY_FILLED, _E.FILLED, _S.FILLED, ""),
    (_S.PARTIALLY_FILLED, _E.CANCELLED, _S.CANCELLED, "what was filled stays filled"),
    (_S.PARTIALLY_FILLED, _E.REJECTED, _S.CANCELLED, "the rest was refused; what was filled stays filled"),
    (_S.PARTIALLY_FILLED, _E.UNANSWERED, _S.UNKNOWN, "an amendment or a cancellation was lost, or its answer"),
    (_S.PARTIALLY_FILLED, _E.MISSING, _S.PARTIALLY_FILLED, _OVERTAKEN),
    (_S.PARTIALLY_FILLED, _E.EXPIRED, _S.PARTIALLY_FILLED, "it works until the exchange says that it does not"),
    (_S.FILLED, _E.ACCEPTED, _S.FILLED, "the acknowledgement came after the last fill"),
    (_S.FILLED, _E.AMEND_ASKED, _S.FILLED, "the fill was on its way when the amendment was asked for"),
    (_S.FILLED, _E.CANCEL_ASKED, _S.FILLED, "the fill was on its way when the cancellation was asked for"),
    (_S.FILLED, _E.FILLED, _S.FILLED, "it was made smaller while more of it filled: the fill is the truth"),
    (_S.FILLED, _E.REPEATED, _S.FILLED, "trades are sent again after a reconnect"),
    (_S.FILLED, _E.CANCELLED, _S.FILLED, "some exchanges answer a cancellation that came too late with a cancelled"),
    (_S.FILLED, _E.REJECTED, _S.FILLED, "a change of it was refused, as it had filled"),
    (_S.FILLED, _E.UNANSWERED, _S.FILLED, _TOO_LATE),
    (_S.FILLED, _E.MISSING, _S.FILLED, _OVERTAKEN),
    (_S.FILLED, _E.EXPIRED, _S.FILLED, _LAST_MOMENT),
    (_S.CANCELLED, _E.ACCEPTED, _S.CANCELLED, "the acknowledgement came after the cancellation"),
    (_S.CANCELLED, _E.AMEND_ASKED, _S.CANCELLED, "the cancellation was on its way when the amendment was asked for"),
    (_S.CANCELLED, _E.CANCEL_ASKED, _S.CANCELLED, "asked twice"),
    (_S.CANCELLED, _E.PARTLY_FILLED, _S.CANCELLED, "a fill from before the cancellation, told after it"),
    (_S.CANCELLED, _E.FILLED, _S.FILLED, "fill and cancellation crossed on the wire: the fill is the truth"),
    (_S.CANCELLED, _E.REPEATED, _S.CANCELLED, "trades are sent again after a reconnect"),
    (_S.CANCELLED, _E.CANCELLED, _S.CANCELLED, "told over two channels"),
    (_S.CANCELLED, _E.REJECTED, _S.CANCELLED, "told over two channels, each in words of its own"),
    (_S.CANCELLED, _E.UNANSWERED, _S.CANCELLED, _TOO_LATE),
    (_S.CANCELLED, _E.MISSING, _S.CANCELLED, "some exchanges forget an order once it is cancelled"),
    (_S.CANCELLED, _E.EXPIRED, _S.CANCELLED, _LAST_MOMENT),
    (_S.REJECTED, _E.ACCEPTED, _S.REJECTED, "it arrived after it was given up: it is taken back at once"),
    (_S.REJECTED, _E.PARTLY_FILLED, _S.REJECTED, "it filled after it was given up: the rest is taken back at once"),
    (_S.REJECTED, _E.FILLED, _S.FILLED, "it filled after it was given up: the fill is the truth"),
    (_S.REJECTED, _E.REPEATED, _S.REJECTED, "trades are sent again after a reconnect"),
    (_S.REJECTED, _E.CANCELLED, _S.REJECTED, "the answer to taking it back"),
    (_S.REJECTED, _E.AMEND_ASKED, _S.REJECTED, "the rejection was on its way when the amendment was asked for"),
    (_S.REJECTED, _E.CANCEL_ASKED, _S.REJECTED, "the rejection was on its way when the cancellation was asked for"),
    (_S.REJECTED, _E.REJECTED, _S.REJECTED, "told over two channels"),
    (_S.REJECTED, _E.UNANSWERED, _S.REJECTED, _TOO_LATE),
    (_S.REJECTED, _E.MISSING, _S.REJECTED, "the answer to a question that was asked twice"),
    (_S.REJECTED, _E.EXPIRED, _S.REJECTED, _LAST_MOMENT),
)
TRANSITIONS: dict[tuple[State, EventKind], State] = {(state, kind): to for state, kind, to, _ in ROWS}
REASONS: dict[tuple[State, EventKind], str] = {(state, kind): reason for state, kind, _, reason in ROWS if reason}
