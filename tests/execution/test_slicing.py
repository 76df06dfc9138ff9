"""Slicing: nothing of a parent is lost, sent twice or told twice, whatever becomes of its children."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from execution.messages import CancelOrder, OrderDropped, OrderFilled, SubmitOrder
from execution.orders import Order
from execution.slicing import BadSchedule, Due, Parent, Slice, Twap, Vwap, next_due, profile_of, schedule, step
from spec.bars import make_bars

ZERO, TEN = Decimal(0), Decimal(10)
ORDER = Order("parent", "ETH/USDT", "buy", "limit", TEN, price=Decimal(99), venue="binance")
DAY = 86_400


def sizes(slices: tuple[Slice, ...]) -> list[tuple[int, str]]:
    return [(one.time, str(one.size.normalize())) for one in slices]


def test_a_twap_is_equal_parts_of_which_the_last_takes_the_rest() -> None:
    assert sizes(schedule(ORDER, Twap(3, 60), 1_000)) == [
        (1_000, "3.33333333"),
        (1_060, "3.33333333"),
        (1_120, "3.33333334"),
    ]
    assert sizes(schedule(ORDER, Twap(1, 60), 1_000)) == [(1_000, "1E+1")]


def test_a_vwap_follows_its_volumes_and_leaves_out_what_is_empty() -> None:
    assert sizes(schedule(ORDER, Vwap((1.0, 0.0, 3.0, 0.0), 60), 0)) == [(0, "2.5"), (120, "7.5")]


@pytest.mark.parametrize("volumes", [(), (0.0, 0.0), (2.0, -1.0), (float("nan"),)])
def test_volumes_that_send_nothing_are_refused(volumes: tuple[float, ...]) -> None:
    with pytest.raises(BadSchedule, match="the volumes of a schedule must be 0 or more, and above 0 in all"):
        schedule(ORDER, Vwap(volumes, 60), 0)


def test_a_profile_is_the_mean_of_earlier_days_at_that_time_and_knows_nothing_beforehand() -> None:
    table = [
        (float(day * DAY + hour * 3_600), 1.0, 1.0, 1.0, 1.0, float(hour + day))
        for day in (0, 1, 2)
        for hour in (0, 1, 2)
    ]
    bars = make_bars("1h", table)
    assert profile_of(bars, 2 * DAY, Twap(4, 3_600)) == Vwap((0.5, 1.5, 2.5, 1.5), 3_600)
    assert profile_of(bars, 2 * DAY + 3_600, Twap(1, 7_200)) == Vwap((2.0,), 7_200)
    with pytest.raises(BadSchedule, match="no bar before the schedule tells its volumes; slice it by time"):
        profile_of(bars, 0, Twap(4, 3_600))


def begun() -> Parent:
    return Parent(ORDER, schedule(ORDER, Twap(2, 60), 0))


def child_of(parent: Parent) -> str:
    assert parent.child is not None
    return parent.child[0]


def test_a_slice_becomes_a_child_when_it_is_due() -> None:
    parent = begun()
    assert (next_due(parent), step(parent, Due(-1))) == (0, (parent, ()))
    now, effects = step(parent, Due(0))
    assert effects == (SubmitOrder(replace(ORDER, id=child_of(now), size=Decimal(5))),)
    assert (next_due(now), now.owed, now.child) == (60, ZERO, (child_of(now), Decimal(5)))


def test_slices_that_were_missed_are_sent_as_one() -> None:
    now, effects = step(begun(), Due(500))
    assert effects == (SubmitOrder(replace(ORDER, id=child_of(now), size=TEN)),)
    assert next_due(now) is None


def test_children_are_one_order_to_whoever_asked_for_it() -> None:
    now, _ = step(begun(), Due(0))
    now, told = step(now, OrderFilled(child_of(now), Decimal(2), 99.0, done=False))
    assert told == (OrderFilled("parent", Decimal(2), 99.0, done=False),)
    now, told = step(now, OrderFilled(child_of(now), Decimal(3), 98.0, done=True))
    assert (told, now.child) == ((OrderFilled("parent", Decimal(3), 98.0, done=False),), None)
    now, _ = step(now, Due(60))
    now, told = step(now, OrderFilled(child_of(now), Decimal(5), 98.0, done=True))
    assert told == (OrderFilled("parent", Decimal(5), 98.0, done=True),)
    assert now.filled == TEN


def test_what_a_child_leaves_goes_to_the_next_slice() -> None:
    now, _ = step(begun(), Due(0))
    first = child_of(now)
    now, _ = step(now, OrderFilled(first, Decimal(2), 99.0, done=False))
    now, effects = step(now, Due(60))
    assert (effects, now.moving) == ((CancelOrder(first),), True)
    now, effects = step(now, OrderDropped(first, "cancelled", "cancelled"))
    assert child_of(now) != first
    assert effects == (SubmitOrder(replace(ORDER, id=child_of(now), size=Decimal(8))),)
    assert not now.moving


def test_a_fill_that_overtakes_the_asking_back_is_followed_by_the_next_slice() -> None:
    now, _ = step(begun(), Due(0))
    first = child_of(now)
    now, _ = step(now, Due(60))
    now, effects = step(now, OrderFilled(first, Decimal(5), 99.0, done=True))
    assert effects == (
        OrderFilled("parent", Decimal(5), 99.0, done=False),
        SubmitOrder(replace(ORDER, id=child_of(now), size=Decimal(5))),
    )


def test_the_rest_of_a_child_that_was_dropped_waits_for_the_next_slice_and_after_the_last_ends_the_parent() -> None:
    now, _ = step(begun(), Due(0))
    now, effects = step(now, OrderDropped(child_of(now), "cancelled", "nothing there"))
    assert (effects, now.owed) == ((), Decimal(5))
    now, _ = step(now, Due(60))
    now, effects = step(now, OrderDropped(child_of(now), "cancelled", "nothing there"))
    assert (effects, now.ending) == ((OrderDropped("parent", "cancelled", "nothing there"),), True)


def test_a_rejected_child_ends_the_parent() -> None:
    now, _ = step(begun(), Due(0))
    now, effects = step(now, OrderDropped(child_of(now), "rejected", "margin"))
    assert (effects, now.slices, now.ending) == ((OrderDropped("parent", "rejected", "margin"),), (), True)


def test_a_cancelled_parent_sends_nothing_more() -> None:
    now, effects = step(begun(), CancelOrder("parent"))
    assert (effects, next_due(now)) == ((OrderDropped("parent", "cancelled", "cancelled"),), None)
    working, _ = step(begun(), Due(0))
    now, effects = step(working, CancelOrder("parent"))
    assert effects == (CancelOrder(child_of(working)),)
    filled, told = step(now, OrderFilled(child_of(now), Decimal(5), 99.0, done=True))
    dropped_told = OrderDropped("parent", "cancelled", "cancelled")
    assert told == (OrderFilled("parent", Decimal(5), 99.0, done=False), dropped_told)
    last, _ = step(step(begun(), Due(500))[0], CancelOrder("parent"))
    assert step(last, OrderFilled(child_of(last), TEN, 99.0, done=True))[1] == (
        OrderFilled("parent", TEN, 99.0, done=True),
    )
    dropped, told = step(now, OrderDropped(child_of(now), "cancelled", "cancelled"))
    assert told == (dropped_told,)
    assert (filled.child, dropped.child) == (None, None)


@given(
    st.integers(1, 10**12),
    st.lists(st.integers(0, 9), min_size=1, max_size=8).filter(any),
    st.lists(st.tuples(st.sampled_from(["due", "part", "whole", "drop"]), st.integers(1, 9)), max_size=30),
)
def test_filled_working_owed_and_to_come_add_up_to_the_parent(
    units: int, volumes: list[int], story: list[tuple[str, int]]
) -> None:
    order = replace(ORDER, size=Decimal(units) / 10**8)
    now, time, told = Parent(order, schedule(order, Vwap(tuple(map(float, volumes)), 60), 0)), -60, ZERO
    sent: set[str] = set()
    for what, tenths in story:
        effects: tuple[object, ...] = ()
        if what == "due":
            time += 60
            now, effects = step(now, Due(time))
        elif now.child is not None:
            name, left = now.child
            part = min(left, Decimal(tenths) / 10**8) if what == "part" else left
            whole = part == left
            drop = OrderDropped(name, "cancelled", "")
            now, effects = step(now, drop if what == "drop" else OrderFilled(name, part, 99.0, done=whole))
        told += sum((one.size for one in effects if isinstance(one, OrderFilled)), ZERO)
        new = [one.order.id for one in effects if isinstance(one, SubmitOrder)]
        assert sent.isdisjoint(new)
        sent.update(new)
        works = now.child[1] if now.child else ZERO
        assert now.filled + works + now.owed + sum((one.size for one in now.slices), ZERO) == order.size
        assert told == now.filled
