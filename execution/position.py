"""Position: one round of a strategy, from the signal to the last exit, and the orders that work for it.

The orders that should work follow from the round alone. Whatever happened, ``protect`` compares them with those
that do, and asks for the difference: so a moving stop, a filled target and a refused order are one case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from execution.managing import entered, tightest
from execution.messages import AmendOrder, CancelOrder, Effect, Note, OrderFilled, SubmitOrder
from execution.orders import Order, OrderType, order_id
from execution.plan import BRACKET, NOTHING, Plan, is_target, levels, portions, role_of, target_index
from execution.rounds import Asked, Round, Working

if TYPE_CHECKING:
    from decimal import Decimal

ATTEMPTS = 3  # stops and exits of a round that may be dropped and are followed by the next at once
LONGEST_REST = 16  # bars until the next is tried after that
STRANDED = "too many orders were dropped; the next is tried in {} bars"
STOP_LOST = "stop lost"
WRITTEN_OFF = "written off"


class Exit(NamedTuple):
    """What an exit order should be: its level, its open size, and of a bracket the limit."""

    level: Decimal | None
    size: Decimal
    price: Decimal | None = None


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
    if order is not None and is_target(order.role):
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
    for role, ask in wanted.items():
        after, more = _bring_about(plan, after, role, ask)
        effects += more
    return after, tuple(effects)


def _bring_about(plan: Plan, now: Round, role: str, ask: Exit) -> Asked:
    """One exit order at this level and open size: left alone, amended or submitted.

    A bracket of which a part has filled is amended even so: its other half is gone by then.
    """
    order = next((order for order in now.working if order.role == role), None)
    if order is None:
        return _send(plan, now, role, ask)
    broken = order.met and role.startswith(BRACKET)
    level, size, price = ask
    if level is None or ((order.level, order.size, order.price) == ask and not broken):
        return now, ()
    changed = replace(order, level=level, size=size, price=price, met=order.met and not broken)
    working = tuple(changed if other is order else other for other in now.working)
    return replace(now, working=working), (AmendOrder(order.id, level, size, price),)


def _wanted(plan: Plan, now: Round) -> dict[str, Exit]:
    """Each exit order that should work, the stop first."""
    stop, *targets = levels(plan, now.marks, now.price)
    stop = tightest(plan, now, stop)
    wanted = {"stop": Exit(stop, now.held)}
    rest = now.held  # less than the targets' portions once a stop has filled in part
    for at, (level, whole) in enumerate(zip(targets, portions(plan, now.opened), strict=True)):
        size = min(whole - now.taken[at], rest)
        wanted[role_of(at, len(targets))] = Exit(level, size)
        rest -= size
    if plan.locks:
        wanted = _in_brackets_or_whole(plan, now, wanted, len(targets))
    small = _small(plan, now, wanted)
    return {
        role: ask
        for role, ask in wanted.items()
        if ask.level is not None and ask.size > 0 and role not in now.lost and role not in small
    }


def _in_brackets_or_whole(plan: Plan, now: Round, wanted: dict[str, Exit], count: int) -> dict[str, Exit]:
    """A bracket for each target, once all of them are large enough; one stop for the whole until then."""
    brackets = _in_brackets(wanted, count)
    begun = any(order.role.startswith(BRACKET) for order in now.working)
    return brackets if begun or not _small(plan, now, brackets) else {"stop": wanted["stop"]}


def _small(plan: Plan, now: Round, wanted: dict[str, Exit]) -> frozenset[str]:
    """The exits that no exchange would take yet, as small as they are: they wait while the entry may fill further."""
    works = {order.role for order in now.working}
    if "entry" not in works:
        return frozenset()
    return frozenset(role for role, ask in wanted.items() if role not in works and _is_too_small(plan, ask))


def _is_too_small(plan: Plan, ask: Exit) -> bool:
    prices = [price for price in (ask.level, ask.price) if price is not None]
    size = ask.size - ask.size % plan.step if plan.step else ask.size
    return ask.size > 0 and bool(prices) and (size < plan.least or size * min(prices) < plan.worth)


def _in_brackets(wanted: dict[str, Exit], count: int) -> dict[str, Exit]:
    """The same where one resting order locks what it would sell: each target with a stop for its portion.

    What no target covers keeps a stop of its own. It comes first: it shrinks before a bracket grows.
    """
    stop = wanted["stop"]
    targets = [wanted[role_of(at, count)] for at in range(count)]
    covered = sum((ask.size for ask in targets if ask.level is not None), NOTHING)
    brackets = {
        role_of(at, count, BRACKET): Exit(stop.level, ask.size, ask.level)
        for at, ask in enumerate(targets)
        if ask.level is not None
    }
    return {"stop": Exit(stop.level, stop.size - covered), **brackets}


def leave(plan: Plan, now: Round, reason: str) -> Asked:
    """Cancel what works and close what is held at the market."""
    cancels = tuple(CancelOrder(order.id) for order in now.working if order.role != "exit")
    working = tuple(order for order in now.working if order.role in {"entry", "exit"})
    gone = tuple(order for order in now.working if order not in working)
    after = replace(now, closing=reason, working=working, leaving=(*now.leaving, *gone))
    missing = now.held - sum((order.size for order in working if order.role == "exit"), NOTHING)
    if missing <= 0:
        return after, cancels
    after, effects = _send(plan, after, "exit", Exit(None, missing))
    return after, (*cancels, *effects)


def lose(plan: Plan, now: Round, order: Working, text: str) -> Asked:
    """The exchange dropped an exit order: without its stop a position is closed, without its exit protected again.

    What follows comes at once a few times, then at the open of bars that lie further and further apart (``persist``).
    """
    note = Note(f"the {order.role} order was dropped: {text}")
    after = replace(now, working=tuple(other for other in now.working if other.id != order.id))
    if order.role.startswith("target"):
        return replace(after, lost=(*now.lost, order.role)), (note,)
    if order.role == "exit" and order.met:  # the market had no more for it at once; what is left follows
        after, effects = leave(plan, after, now.closing or "exit")
        return after, (note, *effects)
    after = replace(after, drops=now.drops + 1)
    if after.drops > ATTEMPTS:
        rests = min(LONGEST_REST, 2 ** (after.drops - ATTEMPTS - 1))
        return replace(after, rests=rests), (note, Note(STRANDED.format(rests)))
    after, effects = _leave_or_protect(plan, after, protected=order.role != "exit")
    return after, (note, *effects)


def _leave_or_protect(plan: Plan, now: Round, *, protected: bool) -> Asked:
    """The other way out of a position: the market where it was protected last, else its stop and targets."""
    if protected:
        return leave(plan, now, now.closing or STOP_LOST)
    wish = now.wish if now.closing in {None, STOP_LOST} else now.closing
    return protect(plan, replace(now, closing=None, wish=wish))


def is_stranded(now: Round) -> bool:
    """Whether nothing works that would end a position, because too many orders were dropped."""
    return now.drops > ATTEMPTS and all(
        order.role == "entry" or order.role.startswith("target") for order in now.working
    )


def persist(plan: Plan, now: Round) -> Asked:
    """Try again, at the open of a bar, what ends a stranded position: its stop first, then the market, in turn."""
    if now.rests > 1:
        return replace(now, rests=now.rests - 1), ()
    after, effects = _leave_or_protect(plan, now, protected=(now.drops - ATTEMPTS) % 2 == 0)
    return (after, effects) if not is_stranded(after) else leave(plan, now, now.closing or STOP_LOST)


def _send(plan: Plan, now: Round, role: str, ask: Exit) -> Asked:
    """Submit an exit order; a second one of the same role in a round has an id of its own."""
    order = _order(plan, now, role, ask)
    working = Working(role, order.id, ask.level, ask.size, price=ask.price)
    return replace(now, working=(*now.working, working), sent=(*now.sent, role)), (SubmitOrder(order),)


def give_up(plan: Plan, now: Round, size: Decimal) -> tuple[Round, Order]:
    """The round with an exit of which nobody is asked: so much of the position is not there any more."""
    order = _order(plan, now, WRITTEN_OFF, Exit(None, size))
    gone = Working(WRITTEN_OFF, order.id, None, size)
    return replace(now, leaving=(*now.leaving, gone), sent=(*now.sent, WRITTEN_OFF)), order


def _order(plan: Plan, now: Round, role: str, ask: Exit) -> Order:
    level, size, limit = ask
    turn = now.sent.count(role)
    kind = _kind_of(role, level)
    return Order(
        id=order_id(plan.digest, now.time, plan.node, f"{role} again {turn}" if turn else role),
        symbol=plan.symbol,
        side="sell" if plan.sign > 0 else "buy",
        type=kind,
        size=size,
        price=level if kind == "limit" else limit,
        stop_price=level if kind in {"stop", "bracket"} else None,
        time_in_force="ioc" if kind == "market" else "gtc",
        reduce_only=True,
        venue=plan.venue,
    )


def _kind_of(role: str, level: Decimal | None) -> OrderType:
    if level is None:
        return "market"
    return "stop" if role == "stop" else "bracket" if role.startswith(BRACKET) else "limit"
