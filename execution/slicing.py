"""Slicing: an order worked over time as a schedule of smaller ones (TWAP, VWAP), computed as data.

``schedule`` says when which size is due; ``step(parent, event) -> (parent, effects)`` sends it, one child at a time.
What a child leaves unfilled goes to the next slice. At any moment what is filled, what works, what is owed and what is
still to come add up to the parent's size. To whoever asked for the parent its children are one order.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, TypeAlias, assert_never

import numpy as np
from msgspec import Meta, Struct
from msgspec.structs import replace

from execution.messages import CancelOrder, OrderDropped, OrderFilled, SubmitOrder
from execution.orders import Order, order_id
from execution.rounding import ARITHMETIC, exact, floor_size
from spec import timeframe as tf

if TYPE_CHECKING:
    from spec.bars import Bars

Seconds = Annotated[int, Meta(ge=1)]
NOTHING = Decimal(0)


class BadSchedule(ValueError):
    """A schedule that sends nothing: one sentence says why."""


class Twap(Struct, frozen=True, tag="twap", tag_field="by"):
    """Equal sizes, ``every`` so many seconds."""

    slices: Annotated[int, Meta(ge=1)]
    every: Seconds


class Vwap(Struct, frozen=True, tag="vwap", tag_field="by"):
    """Sizes in proportion to the volume expected of each interval, ``every`` so many seconds; see ``profile_of``."""

    volumes: tuple[float, ...]
    every: Seconds


Rule: TypeAlias = Twap | Vwap


class Slice(Struct, frozen=True):
    """A size that is due at a time, UNIX seconds UTC."""

    time: int
    size: Decimal


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


Event: TypeAlias = Due | OrderFilled | OrderDropped | CancelOrder
Effects: TypeAlias = tuple[SubmitOrder | CancelOrder | OrderFilled | OrderDropped, ...]
Step: TypeAlias = tuple[Parent, Effects]


def schedule(order: Order, rule: Rule, start: int) -> tuple[Slice, ...]:
    """The slices of an order from ``start`` on: rounded down, the last takes the rest; empty ones are left out.

    Raises BadSchedule for volumes that are not above 0 in all.
    """
    weights = (1.0,) * rule.slices if isinstance(rule, Twap) else rule.volumes
    if not (sum(weights) > 0 and min(weights) >= 0):
        msg = "the volumes of a schedule must be 0 or more, and above 0 in all"
        raise BadSchedule(msg)
    total = sum(map(exact, weights), NOTHING)
    sizes = [floor_size(ARITHMETIC.divide(ARITHMETIC.multiply(order.size, exact(one)), total)) for one in weights]
    last = max(at for at, weight in enumerate(weights) if weight > 0)
    sizes[last] = order.size - sum(sizes[:last], NOTHING)
    return tuple(Slice(start + at * rule.every, size) for at, size in enumerate(sizes) if size > 0)


def profile_of(bars: Bars, start: int, rule: Twap) -> Vwap:
    """The volumes to expect of so many intervals from ``start`` on: the mean of earlier days at that time of day.

    Only bars that opened before ``start`` count, so nothing is known beforehand; an interval without one counts as the
    mean of all bars. Raises BadSchedule where there is no bar before ``start``.
    """
    known = bars[bars.time < start]
    if len(known) == 0:
        msg = "no bar before the schedule tells its volumes; slice it by time"
        raise BadSchedule(msg)
    from_start = (known.time - start) % tf.DAY // rule.every
    overall = float(known.volume.mean())
    means = [known.volume[from_start == at] for at in range(rule.slices)]
    return Vwap(tuple(float(np.mean(one)) if len(one) else overall for one in means), rule.every)


def next_due(parent: Parent) -> int | None:
    """When a Due is wanted next, UNIX seconds; None where nothing more is to come."""
    return parent.slices[0].time if parent.slices else None


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
            ending = replace(parent, slices=(), ending=True)
            if parent.child is None:
                return ending, (OrderDropped(parent.order.id, "cancelled", "cancelled"),)
            return ending, (CancelOrder(parent.child[0]),)
        case _:
            assert_never(event)


def _send(parent: Parent) -> Step:
    """What is owed as a new child; one that still works is asked back first."""
    if parent.child is not None:
        return replace(parent, moving=True), (CancelOrder(parent.child[0]),)
    name = order_id(parent.order.id, parent.count, "slice", "child")
    child = replace(parent.order, id=name, size=parent.owed)
    after = replace(parent, owed=NOTHING, child=(name, child.size), count=parent.count + 1, moving=False)
    return after, (SubmitOrder(child),)


def _filled(parent: Parent, fill: OrderFilled) -> Step:
    filled = parent.filled + fill.size
    told = OrderFilled(parent.order.id, fill.size, fill.price, filled == parent.order.size)
    left = parent.child[1] - fill.size if parent.child else NOTHING
    after = replace(parent, filled=filled, child=None if fill.done else (fill.id, left))
    if fill.done and parent.ending and not told.done:
        return after, (told, OrderDropped(parent.order.id, "cancelled", "cancelled"))
    if not fill.done or not parent.moving or parent.ending:
        return after, (told,)
    after, effects = _send(after)
    return after, (told, *effects)


def _dropped(parent: Parent, drop: OrderDropped) -> Step:
    """The child's rest is owed: sent at once where the next slice is due already, else with it."""
    left = parent.child[1] if parent.child else NOTHING
    after = replace(parent, child=None, owed=parent.owed + left)
    ends = parent.ending or drop.status == "rejected" or not (parent.moving or parent.slices)
    if ends:
        told = OrderDropped(parent.order.id, drop.status, drop.reason)
        return replace(after, slices=(), ending=True), (told,)
    return _send(after) if parent.moving else (after, ())
