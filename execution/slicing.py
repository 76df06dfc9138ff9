"""Slicing: an order worked over time as a schedule of smaller ones (TWAP, VWAP), computed as data.

``schedule`` says when which size is due; ``step(parent, event) -> (parent, effects)`` sends it, one child at a time.
What a child leaves unfilled goes to the next slice. At any moment what is filled, what works, what is owed and what is
still to come add up to the parent's size. To whoever asked for the parent its children are one order.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias, assert_never

from msgspec import Struct
from msgspec.structs import replace

from execution.messages import CancelOrder, OrderDropped, OrderFilled, SubmitOrder
from execution.orders import Order, Slice, order_id
from execution.rounding import ARITHMETIC, exact, floor_size
from execution.volumes import profile_of
from spec import timeframe as tf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from execution.volumes import Volumes
    from spec.managing import Slices

NOTHING = Decimal(0)
NO_PROFILE = "no bar before the entry tells the volumes of its slices; slice it by twap"
NO_VOLUME = "the volumes of a schedule must be 0 or more, and above 0 in all"


class BadSchedule(ValueError):
    """A schedule that sends nothing: one sentence says why."""


class Due(Struct, frozen=True):
    """It is this time, UNIX seconds UTC."""

    time: int


class Parent(Struct, frozen=True):
    """An order that is sent in parts: the slices to come, what is due and not sent, and the child that works.

    ``child`` is its id and open size, ``count`` how many were sent, ``moving`` says that the child was asked back for
    the next slice, ``ending`` that nothing more is sent.
    """

    order: Order
    slices: tuple[Slice, ...]
    owed: Decimal = NOTHING
    child: tuple[str, Decimal] | None = None
    count: int = 0
    filled: Decimal = NOTHING
    moving: bool = False
    ending: bool = False

    @property
    def left(self) -> Decimal:
        """What may still fill: it works, is owed or is to come."""
        works = self.child[1] if self.child else NOTHING
        return works + self.owed + sum((one.size for one in self.slices), NOTHING)


Event: TypeAlias = Due | OrderFilled | OrderDropped | CancelOrder
Effects: TypeAlias = tuple[SubmitOrder | CancelOrder | OrderFilled | OrderDropped, ...]
Step: TypeAlias = tuple[Parent, Effects]


def begin(order: Order, rule: Slices, clock: tuple[int, str], past: Volumes) -> Parent:
    """The order in slices, the first of which is due; ``clock``: the open of the bar of now and the bars' timeframe.

    Raises BadSchedule for volumes that tell nothing.
    """
    start, timeframe = clock
    times = [tf.shift_by_clock(start, at * rule.bars, timeframe) for at in range(rule.parts)]
    weights: Sequence[float] | None = (1.0,) * rule.parts
    if rule.by == "vwap":
        weights = profile_of(past, times, rule.bars * tf.seconds(timeframe))
    if weights is None:
        raise BadSchedule(NO_PROFILE)
    return Parent(order, schedule(order, times, weights))


def schedule(order: Order, times: Sequence[int], weights: Sequence[float]) -> tuple[Slice, ...]:
    """The slices of an order at these times: rounded down, the last takes the rest; empty ones are left out.

    Raises BadSchedule for weights that are not above 0 in all.
    """
    if not (sum(weights) > 0 and min(weights) >= 0):
        raise BadSchedule(NO_VOLUME)
    total = sum(map(exact, weights), NOTHING)
    sizes = [floor_size(ARITHMETIC.divide(ARITHMETIC.multiply(order.size, exact(one)), total)) for one in weights]
    last = max(at for at, weight in enumerate(weights) if weight > 0)
    sizes[last] = order.size - sum(sizes[:last], NOTHING)
    return tuple(Slice(time, size) for time, size in zip(times, sizes, strict=True) if size > 0)


def step(parent: Parent, event: Event) -> Step:
    """The parent after an event, and what is asked of the order kernel or told to whoever asked for the parent."""
    match event:
        case Due(time):
            due = sum((one.size for one in parent.slices if one.time <= time), NOTHING)
            rest = tuple(one for one in parent.slices if one.time > time)
            return _send(replace(parent, slices=rest, owed=parent.owed + due)) if due else (parent, ())
        case OrderFilled():
            return _filled(parent, event)
        case OrderDropped():
            return _dropped(parent, event)
        case CancelOrder():
            return (parent, ()) if parent.ending else _end(parent)
        case _:
            assert_never(event)


def _end(parent: Parent) -> Step:
    ending = replace(parent, slices=(), ending=True)
    if parent.child is None:
        return ending, (OrderDropped(parent.order.id, "cancelled", "cancelled"),)
    return ending, (CancelOrder(parent.child[0]),)


def _send(parent: Parent) -> Step:
    """What is owed as a new child; one that still works is asked back first."""
    if parent.child is not None:
        return replace(parent, moving=True), (CancelOrder(parent.child[0]),)
    name = order_id(parent.order.id, parent.count, "slice", "child")
    child = replace(parent.order, id=name, size=parent.owed)
    after = replace(parent, owed=NOTHING, child=(name, child.size), count=parent.count + 1, moving=False)
    return after, (SubmitOrder(child),)


def _filled(parent: Parent, fill: OrderFilled) -> Step:
    """A fill of the child, or of one before it that was told late: what is owed and to come shrinks by that."""
    works = parent.child is not None and parent.child[0] == fill.id
    after = _counted(parent, fill, works=works)
    told = OrderFilled(parent.order.id, fill.size, fill.price, done=not after.left)
    if not (works and fill.done and after.left):
        return after, (told,)
    if after.ending:
        return after, (told, OrderDropped(parent.order.id, "cancelled", "cancelled"))
    after, effects = _send(after) if after.moving and after.owed else (replace(after, moving=False), ())
    return after, (told, *effects)


def _counted(parent: Parent, fill: OrderFilled, *, works: bool) -> Parent:
    left = parent.child[1] if parent.child and works else NOTHING
    child = (fill.id, max(left - fill.size, NOTHING)) if works else parent.child
    after = replace(parent, filled=parent.filled + fill.size, child=None if works and fill.done else child)
    return _shrunk(after, fill.size - left) if fill.size > left else after


def _shrunk(parent: Parent, size: Decimal) -> Parent:
    """Less is owed and, from the end, less is to come."""
    over, slices = max(size - parent.owed, NOTHING), list(parent.slices)
    while slices and over:
        last = slices.pop()
        if last.size > over:
            slices.append(Slice(last.time, last.size - over))
        over = max(over - last.size, NOTHING)
    return replace(parent, owed=max(parent.owed - size, NOTHING), slices=tuple(slices))


def _dropped(parent: Parent, drop: OrderDropped) -> Step:
    """The child's rest is owed: sent at once where the next slice is due already, else with it."""
    left = parent.child[1] if parent.child else NOTHING
    after = replace(parent, child=None, owed=parent.owed + left)
    ends = parent.ending or drop.status == "rejected" or not (parent.moving or parent.slices)
    if ends:
        told = OrderDropped(parent.order.id, drop.status, drop.reason)
        return replace(after, slices=(), ending=True), (told,)
    return _send(after) if parent.moving else (after, ())
