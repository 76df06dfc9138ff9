"""Where a resting exit locks what it would sell, each target rests with a stop for its own portion."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from execution import order_kernel
from execution.messages import AmendOrder, BarOpened, CancelOrder, OrderDropped, OrderFilled, Start, SubmitOrder
from execution.orders import Order
from execution.strategy_kernel import Lifecycle, State, purpose_of, step
from tests.execution.test_strategy_kernel import ENTRY_FILLED, FIVE, MARKS, PLAN, TEN, TO_ENTERED, TWO, name

if TYPE_CHECKING:
    from execution.messages import Effect, Event
    from execution.plan import Plan

LOCKS = replace(PLAN, locks=True)


def live(*events: Event, plan: Plan = LOCKS) -> tuple[Lifecycle, tuple[Effect, ...]]:
    now, effects = step(Lifecycle(plan), Start())
    for event in events:
        now, effects = step(now, event)
    return now, effects


def sent(effects: tuple[Effect, ...]) -> list[tuple[str, Decimal, Decimal | None, Decimal | None]]:
    orders = [one.order for one in effects if isinstance(one, SubmitOrder)]
    return [(one.type, one.size, one.stop_price, one.price) for one in orders]


TO_MANAGING = (*TO_ENTERED, ENTRY_FILLED)
BRACKETS = [("bracket", FIVE, Decimal(97), Decimal(103)), ("bracket", FIVE, Decimal(97), Decimal(105))]


def test_each_target_has_a_stop_for_its_portion() -> None:
    now, effects = live(*TO_MANAGING)
    assert (now.state, sent(effects)) == (State.MANAGING, BRACKETS)


def test_what_no_target_covers_has_a_stop_of_its_own() -> None:
    plan = replace(LOCKS, shares=(0.5, 0.3))
    _, effects = live(*TO_MANAGING, plan=plan)
    assert [(kind, size) for kind, size, *_ in sent(effects)] == [
        ("stop", TWO),
        ("bracket", FIVE),
        ("bracket", Decimal(3)),
    ]


def test_a_part_of_the_entry_is_protected_and_the_brackets_grow_with_it() -> None:
    now, effects = live(*TO_ENTERED, OrderFilled(name("entry"), TWO, 100.0, done=False))
    assert [size for _, size, *_ in sent(effects)] == [1, 1]
    _, effects = step(now, OrderFilled(name("entry"), Decimal(8), 100.0, done=True))
    assert effects == (
        AmendOrder(name("bracket 1"), Decimal(97), FIVE, Decimal(103)),
        AmendOrder(name("bracket 2"), Decimal(97), FIVE, Decimal(105)),
    )


@pytest.mark.parametrize(("price", "reason"), [(103.0, "target 1"), (102.9, "target 1"), (96.5, "stop")])
def test_a_bracket_that_fills_says_which_of_its_levels_was_met(price: float, reason: str) -> None:
    now, _ = live(*TO_MANAGING)
    assert purpose_of(now, name("bracket 1"), price) == reason
    now, effects = step(now, OrderFilled(name("bracket 1"), FIVE, price, done=True))
    assert (now.state, effects) == (State.MANAGING, ())
    now, effects = step(now, OrderFilled(name("bracket 2"), FIVE, price, done=True))
    assert (now.state, effects) == (State.EXITED, ())


def test_a_bracket_of_which_a_part_filled_is_asked_for_anew_once_a_part() -> None:
    """Its stop is gone by then, so what is left must not rest."""
    now, _ = live(*TO_MANAGING)
    now, effects = step(now, OrderFilled(name("bracket 1"), TWO, 103.0, done=False))
    again = AmendOrder(name("bracket 1"), Decimal(97), Decimal(3), Decimal(103))
    assert effects == (again,)
    assert step(now, BarOpened(120, 103.0, MARKS))[1] == ()
    now, effects = step(now, OrderFilled(name("bracket 1"), Decimal(3), 102.9, done=True))
    assert effects == ()


def test_every_stop_moves_with_its_line() -> None:
    now, _ = live(*TO_MANAGING)
    _, effects = step(now, BarOpened(120, 100.0, (98.0, None, None)))
    assert effects == (
        AmendOrder(name("bracket 1"), Decimal(98), FIVE, Decimal(103)),
        AmendOrder(name("bracket 2"), Decimal(98), FIVE, Decimal(105)),
    )


def test_a_bracket_that_is_dropped_took_a_stop_with_it_and_the_position_is_left() -> None:
    now, _ = live(*TO_MANAGING)
    now, effects = step(now, OrderDropped(name("bracket 1"), "rejected", "overtaken"))
    assert effects[1] == CancelOrder(name("bracket 2"))
    assert sent(effects) == [("market", TEN, None, None)]
    assert purpose_of(now, name("exit"), 99.0) == "stop lost"
    assert purpose_of(now, name("bracket 2"), 97.0) == "stop"


def test_an_amended_bracket_keeps_its_limit_unless_another_is_given() -> None:
    order = Order("a", "ETH/USDT", "sell", "bracket", TEN, Decimal(103), Decimal(97))
    record, _ = order_kernel.submit(order)
    for price, expected in ((None, Decimal(103)), (Decimal(104), Decimal(104))):
        after, _ = order_kernel.step(record, AmendOrder("a", Decimal(98), FIVE, price))
        assert (after.order.stop_price, after.order.price, after.order.size) == (Decimal(98), expected, FIVE)
