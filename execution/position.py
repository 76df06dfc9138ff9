"""Position: one round of a strategy, from the signal to the last exit, and the orders that work for it.

The orders that should work follow from the round alone. Whatever happened, ``protect`` compares them with those
that do, and asks for the difference: so a moving stop, a filled target and a refused order are one case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from execution.managing import entered, tightest
from execution.messages import AmendOrder, CancelOrder, Effect, Note, OrderFilled, SubmitOrder
from execution.orders import Order, OrderType, order_id
from execution.plan import NOTHING, Plan, levels, portions, role_of, target_index
from execution.rounds import Asked, Round, Working

if TYPE_CHECKING:
    from decimal import Decimal

ATTEMPTS = 3  # stops and exits of a round that may be dropped before nothing more is sent without a person


def enter(plan: Plan, now: Round, fill: OrderFilled) -> Asked:
    """Count a fill of the entry and protect what was opened."""
    opened = now.opened + fill.size
    share = float(fill.size) / float(opened)
    price = fill.price if now.opened == 0 else now.price + (fill.price - now.price) * share
    working = tuple(order for order in now.working if not (fill.done and order.id == fill.id))
    taken = now.taken or (NOTHING,) * len(plan.shares)
    after = replace(now, opened=opened, held=now.held + fill.size, price=price, taken=taken, working=working)
    after = entered(plan, after) if now.opened == 0 else after
    return leave(plan, after, now.closing) if now.closing is not None else protect(plan, after)


def reduce(now: Round, fill: OrderFilled) -> Round:
    """Count a fill of an exit order."""
    order = now.order(fill.id)
    taken = list(now.taken)
    if order is not None and order.role.startswith("target"):
        taken[target_index(order.role)] += fill.size
    working = tuple(
        replace(other, size=other.size - fill.size, met=True) if other.id == fill.id else other
        for other in now.working
        if not (fill.done and other.id == fill.id)
    )
    leaving = tuple(other for other in now.leaving if not (fill.done and other.id == fill.id))
    return replace(now, held=now.held - fill.size, taken=tuple(taken), working=working, leaving=leaving)


def protect(plan: Plan, now: Round) -> Asked:
    """Ask for what is missing between the stop and targets that should work and the orders that do."""
    if now.closing is not None:
        return now, ()
    wanted = _wanted(plan, now)
    gone = [order for order in now.working if order.role != "entry" and order.role not in wanted]
    working = tuple(order for order in now.working if order not in gone)
    after = replace(now, working=working, leaving=(*now.leaving, *gone))
    effects: list[Effect] = [CancelOrder(order.id) for order in gone]
    for role, (level, size) in wanted.items():
        after, more = _bring_about(plan, after, role, (level, size))
        effects += more
    return after, tuple(effects)


def _bring_about(plan: Plan, now: Round, role: str, ask: tuple[Decimal, Decimal]) -> Asked:
    """One exit order at this level and open size: left alone, amended or submitted."""
    order = next((order for order in now.working if order.role == role), None)
    if order is None:
        return _send(plan, now, role, ask)
    if (order.level, order.size) == ask:
        return now, ()
    level, size = ask
    working = tuple(replace(other, level=level, size=size) if other is order else other for other in now.working)
    return replace(now, working=working), (AmendOrder(order.id, level, size),)


def _wanted(plan: Plan, now: Round) -> dict[str, tuple[Decimal, Decimal]]:
    """Level and open size of each exit order that should work, the stop first."""
    stop, *targets = levels(plan, now.marks, now.price)
    wanted = {"stop": (tightest(plan, now, stop), now.held)}
    rest = now.held  # less than the targets' portions once a stop has filled in part
    for at, (level, whole) in enumerate(zip(targets, portions(plan, now.opened), strict=True)):
        size = min(whole - now.taken[at], rest)
        wanted[role_of(at, len(targets))] = (level, size)
        rest -= size
    return {
        role: (level, size)
        for role, (level, size) in wanted.items()
        if level is not None and size > 0 and role not in now.lost
    }


def leave(plan: Plan, now: Round, reason: str) -> Asked:
    """Cancel what works and close what is held at the market."""
    cancels = tuple(CancelOrder(order.id) for order in now.working if order.role != "exit")
    working = tuple(order for order in now.working if order.role in {"entry", "exit"})
    gone = tuple(order for order in now.working if order not in working)
    after = replace(now, closing=reason, working=working, leaving=(*now.leaving, *gone))
    missing = now.held - sum((order.size for order in working if order.role == "exit"), NOTHING)
    if missing <= 0 or now.drops > ATTEMPTS:
        return after, cancels
    after, effects = _send(plan, after, "exit", (None, missing))
    return after, (*cancels, *effects)


def lose(plan: Plan, now: Round, order: Working, text: str) -> Asked:
    """The exchange dropped an exit order: without its stop a position is closed, without its exit protected again."""
    note = Note(f"the {order.role} order was dropped: {text}")
    after = replace(now, working=tuple(other for other in now.working if other.id != order.id))
    if order.role.startswith("target"):
        return replace(after, lost=(*now.lost, order.role)), (note,)
    if order.role == "exit" and order.met:  # the market had no more for it at once; what is left follows
        after, effects = leave(plan, after, now.closing or "exit")
        return after, (note, *effects)
    after = replace(after, drops=now.drops + 1)
    if after.drops > ATTEMPTS:
        return after, (note, Note("too many orders were dropped; the position waits for a person"))
    after, effects = (
        leave(plan, after, "stop lost") if order.role == "stop" else protect(plan, replace(after, closing=None))
    )
    return after, (note, *effects)


def _send(plan: Plan, now: Round, role: str, ask: tuple[Decimal | None, Decimal]) -> Asked:
    """Submit an exit order; a second one of the same role in a round has an id of its own."""
    level, size = ask
    turn = now.sent.count(role)
    kind: OrderType = "market" if level is None else "stop" if role == "stop" else "limit"
    order = Order(
        id=order_id(plan.digest, now.time, plan.node, f"{role} again {turn}" if turn else role),
        symbol=plan.symbol,
        side="sell" if plan.sign > 0 else "buy",
        type=kind,
        size=size,
        price=level if kind == "limit" else None,
        stop_price=level if kind == "stop" else None,
        time_in_force="ioc" if kind == "market" else "gtc",
        reduce_only=True,
        venue=plan.venue,
    )
    working = Working(role, order.id, level, size)
    return replace(now, working=(*now.working, working), sent=(*now.sent, role)), (SubmitOrder(order),)
