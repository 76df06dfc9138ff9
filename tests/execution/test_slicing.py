"""Slicing: nothing of a parent is lost, sent twice or told twice, whatever becomes of its children."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from execution.messages import CancelOrder, OrderDropped, OrderFilled, SubmitOrder
from execution.orders import Order, Slice
from execution.slicing import BadSchedule, Due, Parent, begin, schedule, step
from execution.volumes import NO_VOLUMES, Volumes, profile_of
from spec.bars import make_bars
from spec.managing import Slices

ZERO, TEN = Decimal(0), Decimal(10)
ORDER = Order("parent", "ETH/USDT", "buy", "limit", TEN, price=Decimal(99), venue="binance")
DAY = 86_400


def sizes(slices: tuple[Slice, ...]) -> list[tuple[int, str]]:
    return [(one.time, str(one.size.normalize())) for one in slices]


def test_a_twap_is_equal_parts_of_which_the_last_takes_the_rest() -> None:
    assert sizes(begin(ORDER, Slices("twap", 3), (1_000, "1m"), NO_VOLUMES).slices) == [
        (1_000, "3.33333333"),
        (1_060, "3.33333333"),
        (1_120, "3.33333334"),
    ]
    assert sizes(begin(ORDER, Slices("twap", 2, 4), (0, "1h"), NO_VOLUMES).slices) == [(0, "5"), (14_400, "5")]


def test_slices_of_months_stand_at_their_first_days() -> None:
    """31, 28 and 31 days after the first of January 1970."""
    assert sizes(begin(ORDER, Slices("twap", 4), (0, "1M"), NO_VOLUMES).slices) == [
        (0, "2.5"),
        (31 * DAY, "2.5"),
        (59 * DAY, "2.5"),
        (90 * DAY, "2.5"),
    ]


def test_a_schedule_follows_its_weights_and_leaves_out_what_is_empty() -> None:
    assert sizes(schedule(ORDER, (0, 60, 120, 180), (1.0, 0.0, 3.0, 0.0))) == [(0, "2.5"), (120, "7.5")]


@pytest.mark.parametrize("volumes", [(), (0.0, 0.0), (2.0, -1.0), (float("nan"),)])
def test_volumes_that_send_nothing_are_refused(volumes: tuple[float, ...]) -> None:
    with pytest.raises(BadSchedule, match="the volumes of a schedule must be 0 or more, and above 0 in all"):
        schedule(ORDER, range(len(volumes)), volumes)


def volumes(days: int, hours: int) -> Volumes:
    """Hourly bars whose volume is that of the hour and the day."""
    table = [
        (float(day * DAY + hour * 3_600), 1.0, 1.0, 1.0, 1.0, float(hour + day))
        for day in range(days)
        for hour in range(hours)
    ]
    return NO_VOLUMES.then(make_bars("1h", table))


def test_a_profile_is_the_mean_of_earlier_days_at_that_time_and_knows_nothing_beforehand() -> None:
    hourly, past = [2 * DAY + at * 3_600 for at in range(4)], volumes(3, 3)
    assert profile_of(past, hourly, 3_600) == (0.5, 1.5, 2.5, 1.5)
    assert profile_of(past, [2 * DAY + 3_600], 7_200) == (2.0,)
    assert profile_of(past, [0], 3_600) is None
    with pytest.raises(BadSchedule, match="no bar before the entry tells the volumes of its slices; slice it by twap"):
        begin(ORDER, Slices("vwap", 4), (0, "1h"), past)


def test_slices_by_volume_have_the_sizes_of_their_hours() -> None:
    """The hours had 0.5, 1.5 and 2.5 on average, 4.5 in all."""
    parent = begin(replace(ORDER, size=Decimal(9)), Slices("vwap", 3), (2 * DAY, "1h"), volumes(3, 3))
    assert sizes(parent.slices) == [(2 * DAY, "1"), (2 * DAY + 3_600, "3"), (2 * DAY + 7_200, "5")]


def test_a_profile_repeats_after_a_day() -> None:
    """Slices every 12 hours of bars of 12 hours: mornings and evenings in turn."""
    table = [(float(at * DAY / 2), 1.0, 1.0, 1.0, 1.0, 1.0 + at % 2) for at in range(8)]
    past = NO_VOLUMES.then(make_bars("12h", table))
    assert profile_of(past, [4 * DAY + at * DAY // 2 for at in range(4)], DAY // 2) == (1.0, 2.0, 1.0, 2.0)


@given(st.lists(st.integers(0, 40), max_size=5), st.integers(0, 25 * 24 - 1))
def test_however_many_bars_come_at_once_a_profile_is_that_of_the_last_ten_days(cuts: list[int], row: int) -> None:
    table = [(float(at * 3_600), 1.0, 1.0, 1.0, 1.0, float(at % 7 + at % 24)) for at in range(25 * 24)]
    bars, start, past, done = make_bars("1h", table), (row + 1) * 3_600, NO_VOLUMES, 0
    whole = profile_of(Volumes(bars.time, bars.volume), [start], 3_600)
    for size in [*cuts, row + 1]:
        part = bars[done : min(done + size, row + 1)]
        past, done = past.then(part), done + len(part)
    window = [one for time, *_, one in table if start - 10 * DAY <= time < start and (time - start) % DAY == 0]
    seen = [one for time, *_, one in table if start - 10 * DAY <= time < start]
    assert profile_of(past, [start], 3_600) == whole == (float(np.mean(window or seen)),)


def begun() -> Parent:
    return begin(ORDER, Slices("twap", 2), (0, "1m"), NO_VOLUMES)


def child_of(parent: Parent) -> str:
    assert parent.child is not None
    return parent.child[0]


def test_a_slice_becomes_a_child_when_it_is_due() -> None:
    parent = begun()
    assert step(parent, Due(-1)) == (parent, ())
    now, effects = step(parent, Due(0))
    assert effects == (SubmitOrder(replace(ORDER, id=child_of(now), size=Decimal(5))),)
    assert (now.slices, now.owed, now.child) == ((Slice(60, Decimal(5)),), ZERO, (child_of(now), Decimal(5)))


def test_slices_that_were_missed_are_sent_as_one() -> None:
    now, effects = step(begun(), Due(500))
    assert effects == (SubmitOrder(replace(ORDER, id=child_of(now), size=TEN)),)
    assert now.slices == ()


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
    assert (effects, now.slices) == ((OrderDropped("parent", "cancelled", "cancelled"),), ())
    assert step(now, CancelOrder("parent")) == (now, ())  # asked twice
    working, _ = step(begun(), Due(0))
    now, effects = step(working, CancelOrder("parent"))
    assert effects == (CancelOrder(child_of(working)),)
    dropped_told = OrderDropped("parent", "cancelled", "cancelled")
    dropped, told = step(now, OrderDropped(child_of(now), "cancelled", "cancelled"))
    assert (told, dropped.child) == ((dropped_told,), None)
    filled, told = step(now, OrderFilled(child_of(now), Decimal(5), 99.0, done=True))
    assert (told, filled.child) == ((OrderFilled("parent", Decimal(5), 99.0, done=True),), None)
    owing, _ = step(step(working, OrderDropped(child_of(working), "cancelled", ""))[0], Due(60))
    assert owing.child == (child_of(owing), TEN)


def test_a_parent_that_ends_while_something_is_owed_is_told_as_dropped_once_its_child_has_filled() -> None:
    parent = replace(begun(), slices=(), owed=Decimal(4), child=("child", Decimal(6)))
    now, _ = step(parent, CancelOrder("parent"))
    assert step(now, OrderFilled("child", Decimal(6), 99.0, done=True))[1] == (
        OrderFilled("parent", Decimal(6), 99.0, done=False),
        OrderDropped("parent", "cancelled", "cancelled"),
    )


def test_a_fill_that_is_told_after_its_childs_end_is_taken_off_what_is_owed_and_then_off_the_last_slices() -> None:
    parent = begin(ORDER, Slices("twap", 4), (0, "1m"), NO_VOLUMES)
    now, _ = step(parent, Due(0))
    first = child_of(now)
    now, _ = step(now, OrderDropped(first, "cancelled", "cancelled"))
    now, told = step(now, OrderFilled(first, Decimal("2.5"), 99.0, done=True))
    assert told == (OrderFilled("parent", Decimal("2.5"), 99.0, done=False),)
    assert (now.owed, now.left) == (ZERO, Decimal("7.5"))
    now, told = step(now, OrderFilled(first, Decimal(4), 99.0, done=True))  # more than it was sent for
    assert sizes(now.slices) == [(60, "2.5"), (120, "1")]
    now, told = step(now, OrderFilled(first, Decimal(9), 99.0, done=True))
    assert told == (OrderFilled("parent", Decimal(9), 99.0, done=True),)
    assert (now.slices, now.left) == ((), ZERO)


def test_where_late_fills_leave_nothing_for_the_next_slice_none_is_sent() -> None:
    parent = begin(ORDER, Slices("twap", 3), (0, "1m"), NO_VOLUMES)
    now, _ = step(parent, Due(0))
    first = child_of(now)
    now, _ = step(now, OrderDropped(first, "cancelled", ""))
    now, _ = step(now, Due(60))
    second = child_of(now)
    now = replace(now, moving=True)
    now, told = step(now, OrderFilled(second, Decimal("6.66666666"), 99.0, done=True))
    assert told == (OrderFilled("parent", Decimal("6.66666666"), 99.0, done=False),)
    assert (now.child, now.moving, sizes(now.slices)) == (None, False, [(120, "3.33333334")])


STORY = st.lists(st.tuples(st.sampled_from(["due", "part", "whole", "drop", "late"]), st.integers(1, 9)), max_size=30)


@given(st.integers(1, 10**12), st.lists(st.integers(0, 9), min_size=1, max_size=8).filter(any), STORY, st.booleans())
def test_filled_working_owed_and_to_come_add_up_to_the_parent(
    units: int, weights: list[int], story: list[tuple[str, int]], honest: bool
) -> None:
    """At every moment; where more is told to have filled than was sent, nothing is sent beyond it any more."""
    order = replace(ORDER, size=Decimal(units) / 10**8)
    times = [60 * at for at in range(len(weights))]
    now, time, told = Parent(order, schedule(order, times, [float(one) for one in weights])), -60, ZERO
    sent: dict[str, Decimal] = {}
    ended: list[str] = []
    for what, tenths in story:
        effects: tuple[object, ...] = ()
        if what == "due":
            time += 60
            now, effects = step(now, Due(time))
        elif what == "late":
            if ended and not honest:
                now, effects = step(now, OrderFilled(ended[tenths % len(ended)], Decimal(tenths), 99.0, done=True))
        elif now.child is not None:
            name, left = now.child
            part = min(left, Decimal(tenths) / 10**8) if what == "part" else left
            whole = part == left
            ended += [name] if whole or what == "drop" else []
            drop = OrderDropped(name, "cancelled", "")
            now, effects = step(now, drop if what == "drop" else OrderFilled(name, part, 99.0, done=whole))
        told += sum((one.size for one in effects if isinstance(one, OrderFilled)), ZERO)
        new = {one.order.id: one.order.size for one in effects if isinstance(one, SubmitOrder)}
        assert sent.keys().isdisjoint(new)
        sent |= new
        works = now.child[1] if now.child else ZERO
        assert now.left == works + now.owed + sum((one.size for one in now.slices), ZERO)
        if honest:
            assert now.filled + now.left == order.size
        assert now.filled + now.left - works <= max(order.size, now.filled)
        assert told == now.filled
