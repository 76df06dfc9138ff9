"""The strategy kernel: a life told by events, and what is asked for on the way."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from execution.lifecycle import REASONS, ROWS, TRANSITIONS, EventKind, State, UnlistedTransition, next_state
from execution.messages import (
    AmendOrder,
    BarClosed,
    BarOpened,
    CancelOrder,
    EntryRefused,
    NodeFired,
    Note,
    OrderDropped,
    OrderFilled,
    Pause,
    RequestEntry,
    Start,
    Stop,
    SubmitOrder,
)
from execution.orders import Order, order_id
from execution.plan import plan_of
from execution.strategy_kernel import IGNORED, Lifecycle, kind_of, purpose_of, step
from spec.managing import Managing
from spec.strategy import AtPrice, BadStrategy, Strategy, Target
from tests.execution.scenes import MARKET, Scene, on_bar, rising, strategy_of

if TYPE_CHECKING:
    from execution.messages import Effect, Event
    from execution.orders import OrderType

HALVES = (Target(AtPrice(103.0), 0.5), Target(AtPrice(105.0), 0.5))
PLAN = plan_of(strategy_of(Scene("", (), (), stop=rising(96.0, 1.0), targets=HALVES)), "digest")
MARKS = (97.0, None, None)
TEN, FIVE, TWO, ZERO = (Decimal(number) for number in (10, 5, 2, 0))


def name(role: str) -> str:
    return order_id("digest", 0, "in", role)


def order(role: str, kind: OrderType, size: Decimal, level: str | None = None) -> SubmitOrder:
    price = Decimal(level) if level else None
    return SubmitOrder(
        Order(
            name(role),
            "ETH/USDT",
            "sell",
            kind,
            size,
            price=price if kind == "limit" else None,
            stop_price=price if kind == "stop" else None,
            time_in_force="ioc" if kind == "market" else "gtc",
            reduce_only=True,
            venue="binance",
        )
    )


STOP, FIRST, SECOND = (
    order("stop", "stop", TEN, "97.00"),
    order("target 1", "limit", FIVE, "103.00"),
    order("target 2", "limit", FIVE, "105.00"),
)
OPENED, SIGNAL = BarOpened(60, 100.0, MARKS), BarClosed(0, entry=True)
ENTRY_FILLED = OrderFilled(name("entry"), TEN, 100.0, done=True)
STOPPED = OrderFilled(name("stop"), TEN, 97.0, done=True)


def live(*events: Event) -> tuple[Lifecycle, tuple[Effect, ...]]:
    """The life after a history that begins with a start, and what the last event asked for."""
    now, effects = step(Lifecycle(PLAN), Start())
    for event in events:
        now, effects = step(now, event)
    return now, effects


TO_ENTERED = (SIGNAL, OPENED)
TO_MANAGING = (*TO_ENTERED, ENTRY_FILLED)


def test_a_signal_on_a_close_is_asked_for_at_the_next_open() -> None:
    now, effects = live(SIGNAL)
    assert (now.state, effects) == (State.ENTERED, ())
    now, effects = live(*TO_ENTERED)
    wish = RequestEntry(
        name("entry"), "ETH/USDT", "buy", 100.0, Decimal(97), (Decimal(103), Decimal(105)), venue="binance"
    )
    assert (now.state, effects) == (State.ENTERED, (wish,))
    assert step(now, OPENED)[1] == ()


def test_a_node_that_fires_within_the_bar_is_asked_for_at_once() -> None:
    now, effects = live(NodeFired("entry", 0, 99.5, MARKS))
    assert now.state is State.ENTERED
    assert [(wish.id, wish.price) for wish in effects if isinstance(wish, RequestEntry)] == [(name("entry"), 99.5)]


def test_a_filled_entry_is_protected_by_its_stop_and_targets() -> None:
    now, effects = live(*TO_MANAGING)
    assert (now.state, effects) == (State.MANAGING, (STOP, FIRST, SECOND))


def test_every_part_of_an_entry_is_protected_as_it_fills() -> None:
    part = OrderFilled(name("entry"), TWO, 99.0, done=False)
    now, effects = live(*TO_ENTERED, part)
    assert [effect.order.size for effect in effects if isinstance(effect, SubmitOrder)] == [TWO, 1, 1]
    now, effects = step(now, OrderFilled(name("entry"), Decimal(8), 100.0, done=True))
    assert effects == (
        AmendOrder(name("stop"), Decimal("97.00"), TEN),
        AmendOrder(name("target 1"), Decimal("103.00"), FIVE),
        AmendOrder(name("target 2"), Decimal("105.00"), FIVE),
    )
    assert now.round is not None
    assert now.round.price == 99.8


def test_a_stop_on_a_line_moves_with_each_bar_and_rests_where_the_line_does() -> None:
    now, effects = live(*TO_MANAGING, BarOpened(120, 100.0, (98.0, None, None)))
    assert effects == (AmendOrder(name("stop"), Decimal("98.00"), TEN),)
    assert step(now, BarOpened(180, 100.0, (98.0, None, None)))[1] == ()


def test_a_line_without_a_value_leaves_the_stop_where_it_is() -> None:
    _, effects = live(*TO_MANAGING, BarOpened(120, 100.0, (float("inf"), None, None)))
    assert effects == ()


def test_a_filled_target_shrinks_the_stop() -> None:
    now, effects = live(*TO_MANAGING, OrderFilled(name("target 1"), FIVE, 103.0, done=True))
    assert (now.state, effects) == (State.MANAGING, (AmendOrder(name("stop"), Decimal("97.00"), FIVE),))


def test_a_target_that_fills_in_parts_keeps_its_rest_working() -> None:
    now, effects = live(*TO_MANAGING, OrderFilled(name("target 1"), TWO, 103.0, done=False))
    assert effects == (AmendOrder(name("stop"), Decimal("97.00"), Decimal(8)),)
    assert now.round is not None
    assert [(working.role, working.size) for working in now.round.working] == [
        ("stop", Decimal(8)),
        ("target 1", Decimal(3)),
        ("target 2", FIVE),
    ]


def test_the_end_of_a_position_cancels_what_still_works() -> None:
    now, effects = live(*TO_MANAGING, STOPPED)
    assert (now.state, now.round) == (State.EXITED, None)
    assert effects == (CancelOrder(name("target 1")), CancelOrder(name("target 2")))


def test_an_exit_leaves_at_the_market() -> None:
    now, effects = live(*TO_MANAGING, BarClosed(60, exit=True))
    cancels = (CancelOrder(name("stop")), CancelOrder(name("target 1")), CancelOrder(name("target 2")))
    assert (now.state, effects) == (State.MANAGING, (*cancels, order("exit", "market", TEN)))
    assert purpose_of(now, name("exit")) == "exit"
    assert step(now, BarClosed(120, exit=True))[1] == ()
    assert step(now, OPENED)[1] == ()


def test_a_signal_while_a_position_is_open_is_noted() -> None:
    now, effects = live(*TO_MANAGING, BarClosed(60, entry=True))
    assert (now.state, effects) == (State.MANAGING, (Note(IGNORED),))


def test_of_an_entry_and_an_exit_on_one_close_the_exit_counts_while_a_position_is_open_and_the_entry_before() -> None:
    both = BarClosed(60, entry=True, exit=True)
    assert kind_of(live()[0], both) is EventKind.ENTRY_FIRED
    assert kind_of(live(*TO_MANAGING)[0], both) is EventKind.EXIT_FIRED


def test_after_the_end_it_looks_again() -> None:
    assert live(*TO_MANAGING, STOPPED, BarClosed(60))[0].state is State.LOOKING
    assert live(*TO_MANAGING, STOPPED, BarOpened(120, 100.0, MARKS))[0].state is State.LOOKING
    assert live(*TO_MANAGING, STOPPED, BarClosed(60, entry=True))[0].state is State.ENTERED
    assert live(*TO_MANAGING, STOPPED, BarClosed(60, exit=True))[0].state is State.EXITED


def test_a_refused_entry_ends_the_round_without_a_trade() -> None:
    now, effects = live(*TO_ENTERED, EntryRefused(name("entry"), "why"))
    assert (now.state, now.round, effects) == (State.EXITED, None, (Note("entry refused: why"),))


def test_an_entry_that_the_exchange_drops_ends_the_round_without_a_trade() -> None:
    now, effects = live(*TO_ENTERED, OrderDropped(name("entry"), "rejected", "too small"))
    assert (now.state, now.round, effects) == (State.EXITED, None, (Note("the entry order was rejected: too small"),))


def test_what_filled_of_a_dropped_entry_is_managed() -> None:
    part = OrderFilled(name("entry"), TWO, 100.0, done=False)
    now, _ = live(*TO_ENTERED, part, OrderDropped(name("entry"), "cancelled", "no more"))
    assert now.state is State.MANAGING
    assert now.round is not None
    assert [working.role for working in now.round.working] == ["stop", "target 1", "target 2"]


def test_a_pause_starts_nothing_and_ends_nothing() -> None:
    assert live(Pause(), SIGNAL)[0].state is State.IDLE
    now, effects = live(*TO_MANAGING, Pause())
    assert (now.state, effects) == (State.MANAGING, ())
    assert step(now, STOPPED)[0].state is State.IDLE
    resumed, _ = step(now, Start())
    assert step(resumed, STOPPED)[0].state is State.EXITED


def test_a_pause_withdraws_an_entry_that_has_not_filled() -> None:
    now, effects = live(*TO_ENTERED, Pause())
    assert (now.state, effects) == (State.IDLE, (CancelOrder(name("entry")),))
    assert step(now, OPENED) == (now, ())
    assert step(now, OrderDropped(name("entry"), "cancelled", ""))[0].round is None
    overtaken, effects = step(now, ENTRY_FILLED)
    assert (overtaken.state, effects) == (State.MANAGING, (STOP, FIRST, SECOND))


def test_a_pause_takes_back_what_has_not_filled_of_an_entry_and_keeps_what_has() -> None:
    part = OrderFilled(name("entry"), TWO, 100.0, done=False)
    now, effects = live(*TO_ENTERED, part, Pause())
    assert (now.state, effects) == (State.MANAGING, (CancelOrder(name("entry")),))
    overtaken, effects = step(now, OrderFilled(name("entry"), TWO, 100.0, done=False))
    assert AmendOrder(name("stop"), Decimal("97.00"), Decimal(4)) in effects
    after, _ = step(overtaken, OrderDropped(name("entry"), "cancelled", ""))
    assert after.round is not None
    assert (after.state, after.round.held) == (State.MANAGING, Decimal(4))
    assert step(after, Pause())[1] == ()


def test_a_pause_before_the_entry_was_asked_for_forgets_it() -> None:
    now, effects = live(SIGNAL, Pause())
    assert (now.state, now.round, len(effects)) == (State.IDLE, None, 1)


def test_a_stop_leaves_the_position_at_the_market_and_rests() -> None:
    now, effects = live(*TO_MANAGING, Stop("end of data"))
    assert effects[-1] == order("exit", "market", TEN)
    assert purpose_of(now, name("exit")) == "end of data"
    assert step(now, OrderFilled(name("exit"), TEN, 99.0, done=True))[0].state is State.IDLE


def test_a_fill_that_overtakes_a_stop_is_left_at_once_in_all_its_parts() -> None:
    now, _ = live(*TO_ENTERED, Stop())
    now, effects = step(now, OrderFilled(name("entry"), TWO, 100.0, done=False))
    assert effects == (CancelOrder(name("entry")), order("exit", "market", TWO))
    now, effects = step(now, OrderFilled(name("entry"), Decimal(8), 100.0, done=True))
    again = order_id("digest", 0, "in", "exit again 1")
    assert [(effect.order.id, effect.order.size) for effect in effects if isinstance(effect, SubmitOrder)] == [
        (again, Decimal(8))
    ]


def test_a_position_whose_stop_is_dropped_is_closed() -> None:
    now, effects = live(*TO_MANAGING, OrderDropped(name("stop"), "rejected", "margin"))
    cancels = (CancelOrder(name("target 1")), CancelOrder(name("target 2")))
    note = Note("the stop order was dropped: margin")
    assert (now.state, effects) == (State.MANAGING, (note, *cancels, order("exit", "market", TEN)))
    assert purpose_of(now, name("exit")) == "stop lost"


def test_a_dropped_target_is_noted_and_the_stop_stays() -> None:
    now, effects = live(*TO_MANAGING, OrderDropped(name("target 1"), "cancelled", "delisted"))
    assert effects == (Note("the target 1 order was dropped: delisted"),)
    assert step(now, OPENED)[1] == ()


def test_a_position_whose_exit_is_dropped_is_protected_again_under_new_ids_at_once_three_times() -> None:
    now, _ = live(*TO_MANAGING, BarClosed(60, exit=True))
    sent: list[list[str]] = []
    effects: tuple[Effect, ...] = ()
    for _ in range(4):
        lost = next(working for working in now.round.working if working.role in {"exit", "stop"})  # type: ignore[union-attr]
        now, effects = step(now, OrderDropped(lost.id, "rejected", "down"))
        sent.append([effect.order.id for effect in effects if isinstance(effect, SubmitOrder)])
    again = [name(f"{role} again 1") for role in ("stop", "target 1", "target 2")]
    assert sent == [
        again,
        [name("exit again 1")],
        [name(f"{role} again 2") for role in ("stop", "target 1", "target 2")],
        [],
    ]
    assert effects[-1] == Note("too many orders were dropped; the next is tried in 1 bars")
    left = step(now, Stop())[1]
    assert left[-2] == CancelOrder(name("target 2 again 2"))
    assert isinstance(left[-1], SubmitOrder)


def test_after_that_it_is_tried_at_later_and_later_opens_its_stop_first() -> None:
    now, _ = live(*TO_MANAGING)
    tried: list[tuple[int, str]] = []
    for bar in range(60):
        while lost := [one for one in now.round.working if one.role in {"exit", "stop"}]:  # type: ignore[union-attr]
            tried.append((bar, lost[0].role))
            now, _ = step(now, OrderDropped(lost[0].id, "rejected", "down"))
        now, _ = step(now, BarOpened(120 + 60 * bar, 100.0, MARKS))
    assert tried[:4] == [(0, "stop"), (0, "exit"), (0, "stop"), (0, "exit")]
    assert tried[4:] == [(1, "stop"), (3, "exit"), (7, "stop"), (15, "exit"), (31, "stop"), (47, "exit")]


def test_once_a_stop_rests_again_it_follows_its_line_and_a_position_that_waits_is_not_left_for_its_time() -> None:
    plan = replace(PLAN, managing=Managing(bars=1))
    now, _ = live(*TO_MANAGING)
    now = replace(now, plan=plan)
    for _ in range(4):
        lost = next(one for one in now.round.working if one.role in {"exit", "stop"})  # type: ignore[union-attr]
        now, _ = step(now, OrderDropped(lost.id, "rejected", "down"))
    assert now.round is not None
    now = replace(now, round=replace(now.round, rests=2, closing=None))
    now, effects = step(now, BarOpened(180, 100.0, MARKS))
    assert effects == ()
    now, effects = step(replace(now, plan=PLAN), BarOpened(240, 100.0, MARKS))
    assert [one.order.type for one in effects if isinstance(one, SubmitOrder)] == ["stop", "limit", "limit"]
    _, effects = step(now, BarOpened(300, 100.0, (98.0, None, None)))
    assert [one.level for one in effects if isinstance(one, AmendOrder)] == [98]


def test_where_no_stop_has_a_price_the_market_is_tried() -> None:
    now, _ = live(*TO_MANAGING)
    assert now.round is not None
    now = replace(now, round=replace(now.round, drops=4, rests=1, working=(), marks=(None, None, None)))
    _, effects = step(now, BarOpened(180, 100.0, (None, None, None)))
    assert [one.order.type for one in effects if isinstance(one, SubmitOrder)] == ["market"]


def test_an_exit_of_which_a_part_filled_is_followed_by_one_for_the_rest() -> None:
    now, _ = live(*TO_MANAGING, BarClosed(60, exit=True), OrderFilled(name("exit"), FIVE, 99.0, done=False))
    for turn in (1, 2, 3, 4, 5):
        lost = name("exit again " + str(turn - 1)) if turn > 1 else name("exit")
        now, effects = step(now, OrderDropped(lost, "cancelled", "no more"))
        again = order("exit", "market", Decimal(6 - turn))
        again = SubmitOrder(replace(again.order, id=name(f"exit again {turn}")))
        assert effects == (Note("the exit order was dropped: no more"), again)
        assert purpose_of(now, again.order.id) == "exit"
        now, _ = step(now, OrderFilled(again.order.id, Decimal(1), 99.0, done=turn == 5))
    assert (now.state, now.round) == (State.EXITED, None)


def test_a_stop_that_filled_in_part_leaves_the_targets_no_more_than_is_held() -> None:
    now, effects = live(*TO_MANAGING, OrderFilled(name("stop"), Decimal(7), 97.0, done=False))
    assert effects == (
        CancelOrder(name("target 2")),
        AmendOrder(name("target 1"), Decimal("103.00"), Decimal(3)),
    )
    assert now.round is not None
    assert [(one.role, one.size) for one in now.round.working] == [("stop", Decimal(3)), ("target 1", Decimal(3))]


def test_the_answer_to_a_cancellation_of_a_leftover_changes_nothing() -> None:
    now, _ = live(*TO_MANAGING, STOPPED)
    assert step(now, OrderDropped(name("target 1"), "cancelled", "")) == (now, ())


def test_a_fill_of_an_order_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(UnlistedTransition, match="is not one of this round's"):
        step(live()[0], OrderFilled("unknown", TEN, 100.0, done=True))
    assert purpose_of(live()[0], "unknown") is None


@pytest.mark.parametrize(("state", "kind"), [pair for pair in product(State, EventKind) if pair not in TRANSITIONS])
def test_an_unlisted_pair_is_an_error(state: State, kind: EventKind) -> None:
    with pytest.raises(UnlistedTransition, match=f"the strategy is {state}, where this cannot happen: {kind}"):
        next_state(state, kind)


HISTORIES: dict[State, tuple[Event, ...]] = {
    State.IDLE: (Pause(),),
    State.LOOKING: (),
    State.ENTERED: TO_ENTERED,
    State.MANAGING: TO_MANAGING,
    State.EXITED: (*TO_MANAGING, STOPPED),
}
PLAIN: dict[EventKind, Event] = {
    EventKind.START: Start(),
    EventKind.PAUSE: Pause(),
    EventKind.STOP: Stop(),
    EventKind.BAR_OPENED: OPENED,
    EventKind.BAR_CLOSED: BarClosed(60),
    EventKind.ENTRY_FIRED: NodeFired("entry", 60, 100.0, MARKS),
    EventKind.EXIT_FIRED: NodeFired("exit", 60, 100.0, MARKS),
    EventKind.LEFTOVER_DROPPED: OrderDropped("leftover", "cancelled", ""),
}


@pytest.mark.parametrize(("state", "kind"), list(product(State, PLAIN)))
def test_what_can_come_at_any_time_is_listed_for_every_state(state: State, kind: EventKind) -> None:
    before, _ = live(*HISTORIES[state])
    assert before.state is state
    assert step(before, PLAIN[kind])[0].state is TRANSITIONS[state, kind]


@pytest.mark.parametrize("state", [State.IDLE, State.LOOKING])
def test_answers_to_a_withdrawn_entry_may_come_after_the_pause_is_over(state: State) -> None:
    after = (Start(),) if state is State.LOOKING else ()
    withdrawn, _ = live(*TO_ENTERED, Pause(), *after)
    assert withdrawn.state is state
    assert step(withdrawn, EntryRefused(name("entry"), "late"))[0].state is state
    assert step(withdrawn, OrderDropped(name("entry"), "cancelled", ""))[0].state is state
    assert step(withdrawn, ENTRY_FILLED)[0].state is State.MANAGING


def test_the_table_lists_each_pair_once_and_explains_every_row_that_surprises() -> None:
    assert len(TRANSITIONS) == len(ROWS)
    stays = {(state, kind) for state, kind, to, _ in ROWS if state is to}
    assert stays - set(REASONS) == {
        (State.LOOKING, EventKind.BAR_OPENED),
        (State.LOOKING, EventKind.BAR_CLOSED),
        (State.MANAGING, EventKind.BAR_CLOSED),
    }


def test_every_state_can_be_reached_and_left() -> None:
    assert {to for _, _, to, _ in ROWS} == set(State)
    assert {state for state, _, to, _ in ROWS if to is not state} == set(State)


def test_a_watch_has_no_trades() -> None:
    watch = Strategy("watch", MARKET, "1h", {"seen": on_bar(0)})
    with pytest.raises(BadStrategy, match=r"^a watch has no trades; use signals$"):
        plan_of(watch, "digest")
