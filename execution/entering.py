"""Entering: how an entry is asked for, and what becomes of one that waits or is sent in slices, from bar to bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from execution.exits import price_of
from execution.managing import TOO_LATE, follows_line, is_late, tightest, why_void
from execution.messages import AT_MARKET, AmendOrder, CancelOrder, Note, Quote, RequestEntry
from execution.orders import order_id
from execution.plan import NOTHING, levels, mark_of
from execution.rounding import to_tick
from execution.rounds import Working

if TYPE_CHECKING:
    from decimal import Decimal

    from execution.messages import BarOpened, Marks
    from execution.orders import BuySell
    from execution.plan import Plan
    from execution.rounds import Asked, Round
    from spec.managing import EntryOrder

TAKEN_BACK = "the entry did not fill in its time and is taken back"
OVERTAKEN = "the price is at or beyond the stop or a target: what is left of the entry is not sent"


def request(plan: Plan, now: Round, price: float, marks: Marks) -> Asked:
    """Ask for the entry at about this price."""
    asked, level = wish(plan, now, price, marks)
    entry = Working("entry", asked.id, level, NOTHING)
    return replace(now, marks=marks, working=(*now.working, entry)), (asked,)


def wish(plan: Plan, now: Round, price: float, marks: Marks) -> tuple[RequestEntry, Decimal | None]:
    """What is asked of risk, and the level of the entry's order."""
    name = order_id(plan.digest, now.time, plan.node, "entry")
    level = None if plan.order is None else quoted(plan, plan.order, price, marks)
    at = price if level is None else float(level)
    stop, *targets = levels(plan, marks, at)
    side: BuySell = "buy" if plan.sign > 0 else "sell"
    unknown = plan.order is not None and level is None
    asked = RequestEntry(
        id=name,
        symbol=plan.symbol,
        side=side,
        price=at,
        stop=None if unknown else stop,
        targets=tuple(targets),
        venue=plan.venue,
        quote=AT_MARKET if plan.order is None or level is None else _quote(plan, plan.order, level),
        void=now.void or why_void(plan, now.bar, None),
    )
    return asked, level


def quoted(plan: Plan, order: EntryOrder, price: float, marks: Marks) -> Decimal | None:
    """The level of the entry where the market stands at ``price``; None where its rule has no price yet."""
    sign = -plan.sign if order.type == "limit" else plan.sign
    level = price_of(order.at, mark_of(plan, marks, "entry"), price, sign)
    return None if level is None else to_tick(level, plan.tick)


def _quote(plan: Plan, order: EntryOrder, level: Decimal) -> Quote:
    worst = float(level) * (1 + plan.sign * (order.slack or 0.0) / 100)
    limits = {"limit": level, "stop": None, "stop_limit": to_tick(worst, plan.tick)}
    return Quote(
        type=order.type,
        price=limits[order.type],
        stop_price=None if order.type == "limit" else level,
        time_in_force=order.time_in_force or "gtc",
        valid_until=plan.managing.until,
    )


def wait(plan: Plan, now: Round, event: BarOpened) -> Asked:
    """What becomes, at the open of a bar, of an entry that has not filled (completely)."""
    entry = _entry(now)
    if entry is None or now.closing is not None:
        return now, ()
    if plan.slices is not None:
        return now, _why_unsent(plan, now, event)
    if plan.order is None:
        return now, ()
    if plan.order.bars is not None and now.waited >= plan.order.bars:
        return now, (CancelOrder(entry.id), Note(TAKEN_BACK))
    if now.opened:  # what has filled is managed; the rest stays where it is
        return now, ()
    level = _next_level(plan, plan.order, now, event)
    if level is None or level == entry.level:
        return now, ()
    working = tuple(replace(one, level=level) if one is entry else one for one in now.working)
    return replace(now, working=working), (AmendOrder(entry.id, level, None),)


def unsent(plan: Plan, now: Round) -> tuple[CancelOrder, ...]:
    """The end of an entry in slices: nothing more of it is sent."""
    entry = _entry(now)
    return (CancelOrder(entry.id),) if entry is not None and plan.slices is not None else ()


def _entry(now: Round) -> Working | None:
    return next((one for one in now.working if one.role == "entry"), None)


def _why_unsent(plan: Plan, now: Round, event: BarOpened) -> tuple[CancelOrder | Note, ...]:
    """What ends an entry in slices at the open of a bar, and why."""
    if is_late(plan, event.time):
        return *unsent(plan, now), Note(TOO_LATE)
    return (*unsent(plan, now), Note(OVERTAKEN)) if _is_overtaken(plan, now, event) else ()


def _is_overtaken(plan: Plan, now: Round, event: BarOpened) -> bool:
    """Whether what is bought at this open would be left again at once."""
    price = event.price
    stop, *targets = levels(plan, now.marks, now.price) if now.opened else levels(plan, event.marks, price)
    stop = tightest(plan, now, stop) if now.opened else stop
    gone = [(float(stop) - price) * plan.sign >= 0] if stop is not None else []
    return any(gone + [(price - float(one)) * plan.sign >= 0 for one in targets if one is not None])


def _next_level(plan: Plan, order: EntryOrder, now: Round, event: BarOpened) -> Decimal | None:
    if follows_line(plan):
        return quoted(plan, order, event.price, event.marks)
    rule = order.requote
    if rule is None or now.waited % rule.bars or now.waited > rule.bars * rule.times:
        return None
    return quoted(plan, order, event.price, event.marks)
