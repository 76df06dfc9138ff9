"""The order kernel: every listed pair does what its row says, every other pair is an error."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
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
    Traded,
    Unanswered,
    WithdrawOrder,
)
from execution.order_kernel import (
    REASONS,
    ROWS,
    TRANSITIONS,
    EventKind,
    Record,
    State,
    UnlistedTransition,
    expiry_of,
    settle,
    step,
    submit,
)
from execution.orders import BadOrder, Order, order_id

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
    EventKind.UNANSWERED: Unanswered("id"),
    EventKind.REST_FOUND: Accepted("id"),
    EventKind.MISSING: Missing("id"),
    EventKind.EXPIRED: Expired("id"),
}


def record(state: State) -> Record:
    """A record as it may stand in a state; an order of which some is filled remembers that trade."""
    some = state in {State.PARTIALLY_FILLED, State.FILLED, State.CANCELLED}
    return Record(LIMIT, state, FOUR if some else ZERO, ("old",) if some else ())


def can_be(state: State, kind: EventKind) -> bool:
    """Whether the pair can be made of this file's records; a found rest needs an UNKNOWN record, see ``part``."""
    return (kind is not EventKind.REPEATED or bool(record(state).trades)) and kind is not EventKind.REST_FOUND


PAIRS = [pair for pair in product(State, EventKind) if can_be(*pair)]


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
    assert {state for state, kind, _, _ in ROWS if kind is EventKind.REST_FOUND} == {State.UNKNOWN}


def test_a_new_order_is_placed() -> None:
    assert submit(LIMIT) == (Record(LIMIT, State.PENDING), (PlaceOrder(LIMIT),))


def test_a_working_order_is_amended_to_a_new_level_and_open_size_without_tearing_it_down() -> None:
    amended = replace(LIMIT, price=Decimal(98), size=Decimal(8))
    after, effects = step(record(State.PARTIALLY_FILLED), AmendOrder("id", Decimal(98), FOUR))
    assert (after.order, after.turn, after.changing, effects) == (amended, 1, True, (ReplaceOrder(amended),))
    assert step(after, Accepted("id", 0)) == (after, ())
    assert step(after, Accepted("id", 1)) == step(after, Accepted("id")) == (replace(after, changing=False), ())


def test_an_acknowledgement_of_what_an_order_was_does_not_hide_that_its_change_was_lost() -> None:
    """The placement is acknowledged after the amendment was asked for, and the amendment never arrives."""
    larger = replace(LIMIT, price=Decimal(98), size=Decimal(12))
    now, _ = submit(LIMIT)
    for event in (AmendOrder("id", Decimal(98), Decimal(12)), Accepted("id", 0), Unanswered("id")):
        now, _ = step(now, event)
    found, effects = step(now, Accepted("id", 0))
    assert (found, effects) == (Record(larger, State.SUBMITTED, turn=2, changing=True), (ReplaceOrder(larger),))
    assert step(found, Accepted("id", 2))[0].changing is False


def test_an_order_that_is_found_in_an_older_form_is_changed_also_where_the_change_was_acknowledged() -> None:
    lost, _ = step(replace(SILENT, turn=2), Unanswered("id"))
    assert step(lost, Accepted("id", 2)) == (replace(lost, state=State.SUBMITTED), ())
    assert step(lost, Accepted("id", 1))[1] == (ReplaceOrder(LIMIT),)


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


SILENT = Record(LIMIT, State.UNKNOWN)
PART = Record(LIMIT, State.UNKNOWN, FOUR, ("old",))


def test_a_request_without_an_answer_is_asked_for_and_never_sent_again() -> None:
    after, effects = step(record(State.PENDING), Unanswered("id"))
    assert (after, effects) == (SILENT, (QueryOrder("id"),))
    assert step(after, Unanswered("id")) == (SILENT, (QueryOrder("id"),))


@pytest.mark.parametrize(
    ("before", "found", "state", "told"),
    [
        (SILENT, Found("id", "open"), State.SUBMITTED, ()),
        (PART, Found("id", "open"), State.PARTIALLY_FILLED, ()),
        (PART, Found("id", "open", (Traded("id", "old", FOUR, 99.0),)), State.PARTIALLY_FILLED, ()),
        (SILENT, Found("id", "cancelled"), State.CANCELLED, (OrderDropped("id", "cancelled", "cancelled"),)),
        (
            SILENT,
            Found("id", "rejected"),
            State.REJECTED,
            (OrderDropped("id", "rejected", "the exchange rejected it"),),
        ),
        (
            SILENT,
            Found("id", "open", (Traded("id", "a", FOUR, 99.0),)),
            State.PARTIALLY_FILLED,
            (OrderFilled("id", FOUR, 99.0, done=False),),
        ),
        (
            PART,
            Found("id", "filled", (Traded("id", "old", FOUR, 99.0), Traded("id", "b", SIX, 98.0))),
            State.FILLED,
            (OrderFilled("id", SIX, 98.0, done=True),),
        ),
        (
            SILENT,
            Found("id", "cancelled", (Traded("id", "a", FOUR, 99.0),)),
            State.CANCELLED,
            (OrderFilled("id", FOUR, 99.0, done=False), OrderDropped("id", "cancelled", "cancelled")),
        ),
    ],
)
def test_the_exchanges_answer_settles_an_unknown_order(
    before: Record, found: Found, state: State, told: tuple[object, ...]
) -> None:
    after, effects = settle(before, found)
    assert (after.state, effects) == (state, told)


def test_an_order_that_is_said_to_be_filled_needs_its_trades() -> None:
    with pytest.raises(UnlistedTransition, match="the order id is filled, but its trades add up to 4 of 10; compare"):
        settle(PART, Found("id", "filled"))


def test_an_order_that_never_arrived_is_rejected_and_what_had_filled_of_it_stays_filled() -> None:
    never = "the exchange does not know it: it never arrived"
    assert step(SILENT, Missing("id")) == (
        Record(LIMIT, State.REJECTED),
        (OrderDropped("id", "rejected", never),),
    )
    assert step(PART, Missing("id")) == (
        replace(PART, state=State.CANCELLED),
        (OrderDropped("id", "cancelled", never),),
    )
    assert step(record(State.SUBMITTED), Missing("id")) == (record(State.SUBMITTED), ())


def test_an_order_that_arrives_after_it_was_given_up_is_taken_back() -> None:
    given_up, _ = step(SILENT, Missing("id"))
    assert step(given_up, Accepted("id")) == (given_up, (WithdrawOrder("id"),))
    assert step(given_up, Cancelled("id")) == (given_up, ())
    cancelled = record(State.CANCELLED)
    assert step(cancelled, Accepted("id")) == (cancelled, ())


def test_an_amendment_of_an_unknown_order_waits_until_the_order_is_found() -> None:
    amended = replace(LIMIT, price=Decimal(98), size=FOUR)
    asked, effects = step(SILENT, AmendOrder("id", Decimal(98), FOUR))
    assert (asked, effects) == (Record(amended, State.UNKNOWN, turn=1, changing=True), ())
    found, effects = step(asked, Accepted("id", 0))
    assert (found, effects) == (Record(amended, State.SUBMITTED, turn=2, changing=True), (ReplaceOrder(amended),))
    assert step(found, Accepted("id", 2)) == (Record(amended, State.SUBMITTED, turn=2), ())
    met, effects = step(asked, Traded("id", "a", Decimal(1), 98.0))
    assert (met.state, effects) == (
        State.PARTIALLY_FILLED,
        (OrderFilled("id", Decimal(1), 98.0, done=False), ReplaceOrder(amended)),
    )
    assert step(asked, Traded("id", "a", FOUR, 98.0))[1] == (OrderFilled("id", FOUR, 98.0, done=True),)


def test_an_unknown_order_is_taken_back_at_once_when_asked_to() -> None:
    leaving = replace(SILENT, leaving=True)
    assert step(SILENT, CancelOrder("id")) == (leaving, (WithdrawOrder("id"),))


def test_a_cancellation_whose_answer_was_lost_is_asked_for_again_once_the_order_is_found() -> None:
    asked, _ = step(record(State.SUBMITTED), CancelOrder("id"))
    lost, effects = step(asked, Unanswered("id"))
    assert (lost.state, effects) == (State.UNKNOWN, (QueryOrder("id"),))
    assert step(lost, Accepted("id"))[1] == (WithdrawOrder("id"),)
    assert step(lost, Traded("id", "a", Decimal(1), 98.0))[1][-1] == WithdrawOrder("id")
    assert step(lost, Cancelled("id"))[1] == (OrderDropped("id", "cancelled", "cancelled"),)


def test_an_order_is_taken_back_once_when_its_time_is_over_and_it_says_why() -> None:
    timed = Record(replace(LIMIT, valid_until=900), State.SUBMITTED)
    assert (expiry_of(timed), expiry_of(record(State.SUBMITTED))) == (900, None)
    over, effects = step(timed, Expired("id"))
    assert (over.state, effects, expiry_of(over)) == (State.SUBMITTED, (WithdrawOrder("id"),), None)
    ended, effects = step(over, Cancelled("id"))
    assert effects == (OrderDropped("id", "cancelled", "the time it was valid for is over"),)
    assert expiry_of(replace(timed, state=State.FILLED)) is None
    assert step(ended, Expired("id")) == (ended, ())


@given(st.lists(st.sampled_from(["accept", "trade", "again", "silence", "open", "missing", "cancel"]), max_size=12))
def test_no_more_is_filled_than_was_traded_and_none_of_it_twice(story: list[str]) -> None:
    now, _ = submit(LIMIT)
    told: list[OrderFilled] = []
    traded: dict[str, Traded] = {}
    for event in story:
        if event == "trade" and sum((one.size for one in traded.values()), ZERO) < TEN:
            traded[f"t{len(traded)}"] = Traded("id", f"t{len(traded)}", Decimal(3 if len(traded) < 3 else 1), 99.0)
        reports: dict[str, list[Asked | Report]] = {
            "accept": [Accepted("id")],
            "trade": [*list(traded.values())[-1:]],
            "again": [*list(traded.values())[:1]],
            "silence": [Unanswered("id")],
            "open": [*traded.values(), Accepted("id")],
            "missing": [Missing("id")],
            "cancel": [CancelOrder("id")],
        }
        for report in reports[event]:
            try:
                now, effects = step(now, report)
            except UnlistedTransition:
                assert now.state in {State.PENDING, State.REJECTED}
                return
            told += [effect for effect in effects if isinstance(effect, OrderFilled)]
            assert not any(isinstance(effect, PlaceOrder) for effect in effects)
    assert now.filled == sum((one.size for one in told), ZERO) <= now.order.size
    assert now.filled == sum((traded[name].size for name in now.trades), ZERO)
    assert (now.state is State.FILLED) == (now.filled == TEN)


STOP_LIMIT = Order("id", "ETH/USDT", "sell", "stop_limit", TEN, price=Decimal(94), stop_price=Decimal(95))


def test_amending_a_stop_limit_moves_trigger_and_limit_together() -> None:
    after, _ = step(Record(STOP_LIMIT, State.SUBMITTED), AmendOrder("id", Decimal(96), SIX))
    assert after.order == replace(STOP_LIMIT, stop_price=Decimal(96), price=Decimal(95), size=SIX)


@pytest.mark.parametrize(
    "change",
    [{"price": None}, {"stop_price": Decimal(1)}, {"type": "market"}, {"type": "stop"}, {"type": "stop_limit"},
     {"size": ZERO}],
)  # fmt: skip
def test_an_order_that_is_not_fully_specified_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadOrder):
        replace(LIMIT, **change)


def test_only_a_limit_can_be_post_only() -> None:
    assert replace(LIMIT, time_in_force="post_only").price == 99
    with pytest.raises(BadOrder, match=r"^a stop_limit order cannot be post_only: only a limit can rest before it"):
        replace(STOP_LIMIT, time_in_force="post_only")


def test_ids_follow_from_what_an_order_is_for() -> None:
    ids = [order_id(*parts) for parts in product(("a", "b"), (1, 2), ("n", "m"), ("entry", "stop"))]
    assert len(set(ids)) == len(ids)
    assert order_id("a", 1, "n", "entry") == "6dc2b224a4100ce961c7204f77402863"
