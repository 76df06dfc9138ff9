"""The order kernel: every listed pair does what its row says, every other pair is an error."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from execution.messages import (
    Accepted,
    AmendOrder,
    BadOrder,
    Cancelled,
    CancelOrder,
    Order,
    OrderDropped,
    OrderFilled,
    PlaceOrder,
    Rejected,
    ReplaceOrder,
    Traded,
    WithdrawOrder,
    order_id,
)
from execution.order_kernel import (
    REASONS,
    ROWS,
    TRANSITIONS,
    EventKind,
    Record,
    State,
    UnlistedTransition,
    step,
    submit,
)

if TYPE_CHECKING:
    from execution.messages import Report
    from execution.order_kernel import Asked

TEN, FOUR, SIX, ZERO = (Decimal(number) for number in (10, 4, 6, 0))
LIMIT = Order("id", "ETH/USDT", "buy", "limit", TEN, price=Decimal(99))
ASKED: dict[EventKind, Asked | Report] = {
    EventKind.ACCEPTED: Accepted("id"),
    EventKind.AMEND_ASKED: AmendOrder("id", Decimal(98), FOUR),
    EventKind.CANCEL_ASKED: CancelOrder("id"),
    EventKind.PARTLY_FILLED: Traded("id", "new", Decimal(1), 99.0),
    EventKind.FILLED: Traded("id", "new", TEN, 99.0),
    EventKind.REPEATED: Traded("id", "old", FOUR, 99.0),
    EventKind.CANCELLED: Cancelled("id"),
    EventKind.REJECTED: Rejected("id", "no"),
}


def record(state: State) -> Record:
    """A record as it may stand in a state; an order of which some is filled remembers that trade."""
    some = state in {State.PARTIALLY_FILLED, State.FILLED, State.CANCELLED}
    return Record(LIMIT, state, FOUR if some else ZERO, ("old",) if some else ())


PAIRS = [pair for pair in product(State, EventKind) if pair[1] is not EventKind.REPEATED or record(pair[0]).trades]


@pytest.mark.parametrize(("state", "kind"), [pair for pair in PAIRS if pair in TRANSITIONS])
def test_a_listed_pair_leads_to_the_state_of_its_row(state: State, kind: EventKind) -> None:
    after, _ = step(record(state), ASKED[kind])
    assert after.state is TRANSITIONS[state, kind]


@pytest.mark.parametrize(("state", "kind"), [pair for pair in PAIRS if pair not in TRANSITIONS])
def test_an_unlisted_pair_is_an_error(state: State, kind: EventKind) -> None:
    with pytest.raises(UnlistedTransition, match=f"the order id is {state} and cannot be {kind}"):
        step(record(state), ASKED[kind])


def test_the_table_lists_each_pair_once_and_explains_every_row_that_surprises() -> None:
    assert len(TRANSITIONS) == len(ROWS)
    stays = {(state, kind) for state, kind, to, _ in ROWS if state is to}
    plain = {
        (State.SUBMITTED, EventKind.AMEND_ASKED),
        (State.PARTIALLY_FILLED, EventKind.AMEND_ASKED),
        (State.PARTIALLY_FILLED, EventKind.CANCEL_ASKED),
        (State.PARTIALLY_FILLED, EventKind.PARTLY_FILLED),
    }
    assert stays - set(REASONS) == plain


def test_a_new_order_is_placed() -> None:
    assert submit(LIMIT) == (Record(LIMIT, State.PENDING), (PlaceOrder(LIMIT),))


def test_a_working_order_is_amended_to_a_new_level_and_open_size_without_tearing_it_down() -> None:
    amended = replace(LIMIT, price=Decimal(98), size=Decimal(8))
    after, effects = step(record(State.PARTIALLY_FILLED), AmendOrder("id", Decimal(98), FOUR))
    assert (after.order, effects) == (amended, (ReplaceOrder(amended),))


def test_amending_a_stop_moves_its_trigger() -> None:
    stop = Order("id", "ETH/USDT", "sell", "stop", TEN, stop_price=Decimal(95))
    after, _ = step(Record(stop, State.SUBMITTED), AmendOrder("id", Decimal(96), SIX))
    assert after.order == replace(stop, stop_price=Decimal(96), size=SIX)


def test_a_working_order_is_withdrawn_when_its_cancellation_is_asked_for() -> None:
    assert step(record(State.SUBMITTED), CancelOrder("id"))[1] == (WithdrawOrder("id"),)


@pytest.mark.parametrize("state", [State.FILLED, State.CANCELLED, State.REJECTED])
@pytest.mark.parametrize("kind", [EventKind.AMEND_ASKED, EventKind.CANCEL_ASKED])
def test_nothing_is_asked_of_the_broker_for_an_order_that_ended(state: State, kind: EventKind) -> None:
    assert step(record(state), ASKED[kind]) == (record(state), ())


def test_fills_are_told_one_by_one_and_the_last_one_says_so() -> None:
    first, told = step(record(State.SUBMITTED), Traded("id", "a", FOUR, 99.0))
    assert (first.filled, told) == (FOUR, (OrderFilled("id", FOUR, 99.0, done=False),))
    last, told = step(first, Traded("id", "b", SIX, 98.5))
    assert last == Record(LIMIT, State.FILLED, TEN, ("a", "b"))
    assert told == (OrderFilled("id", SIX, 98.5, done=True),)


def test_a_trade_that_is_delivered_twice_counts_once() -> None:
    once, _ = step(record(State.SUBMITTED), Traded("id", "a", FOUR, 99.0))
    assert step(once, Traded("id", "a", FOUR, 99.0)) == (once, ())


def test_a_fill_that_crosses_a_cancellation_on_the_wire_is_the_truth() -> None:
    after, told = step(record(State.CANCELLED), Traded("id", "b", SIX, 99.0))
    assert (after.state, told) == (State.FILLED, (OrderFilled("id", SIX, 99.0, done=True),))


def test_the_strategy_hears_once_that_an_order_was_dropped() -> None:
    cancelled, told = step(record(State.PARTIALLY_FILLED), Cancelled("id", "by the exchange"))
    assert told == (OrderDropped("id", "cancelled", "by the exchange"),)
    assert step(cancelled, Cancelled("id"))[1] == ()
    rejected, told = step(record(State.PENDING), Rejected("id", "too small"))
    assert told == (OrderDropped("id", "rejected", "too small"),)
    assert step(rejected, Rejected("id", "too small"))[1] == ()


@pytest.mark.parametrize(
    "change",
    [{"price": None}, {"stop_price": Decimal(1)}, {"type": "market"}, {"type": "stop"}, {"size": ZERO}],
)
def test_an_order_that_is_not_fully_specified_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadOrder):
        replace(LIMIT, **change)


def test_ids_follow_from_what_an_order_is_for() -> None:
    ids = [order_id(*parts) for parts in product(("a", "b"), (1, 2), ("n", "m"), ("entry", "stop"))]
    assert len(set(ids)) == len(ids)
    assert order_id("a", 1, "n", "entry") == "6dc2b224a4100ce961c7204f77402863"
