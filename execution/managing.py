"""Managing: what moves a stop, ends a position or voids an entry between two bars. Pure functions of a round.

What a bar showed counts from the next open on: the best price is that of closed bars (of the entry's own bar, its
close), and a trail or a break-even moves the stop at an open, or when a target fills.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from execution.exits import known, moved, price_of
from execution.plan import NOTHING, level_of, mark_of, portions
from execution.rounding import to_tick
from spec import timeframe as tf
from spec.block import ON_THE_LINE
from spec.strategy import AtLine

if TYPE_CHECKING:
    from decimal import Decimal

    from execution.messages import BarOpened, Marks, Seen
    from execution.plan import Plan
    from execution.rounds import Round

OVER = "time"
INVALIDATED = "invalidated"
BEYOND = "the bar closed beyond the level that invalidates the entry"
TOO_LATE = "the time until which the strategy enters is over"


def entered(plan: Plan, now: Round) -> Round:
    """The round with its first fill, which stands on the bar it is on."""
    stop = level_of(plan, 0, now.marks, now.price)
    risk = 0.0 if stop is None else abs(now.price - float(stop))
    return replace(now, entered=now.bar, best=now.price, first_risk=risk)


def opened(plan: Plan, now: Round, event: BarOpened) -> Round:
    """The round on a new bar: lines move, a trail tightens."""
    held = now.opened > 0
    after = replace(
        now,
        bar=event.time,
        marks=_renewed(plan, now.marks, event.marks) if held else now.marks,
        age=now.age + 1 if held else 0,
        waited=now.waited + 1,
    )
    return replace(after, tight=_trailed(plan, after)) if held else after


def _renewed(plan: Plan, before: Marks, now: Marks) -> Marks:
    """Lines move on and distances stay as they were at the entry, but a trail's distance is that of now."""
    marks = moved(plan.every_rule, before, now)
    newest = mark_of(plan, now, "trail") if "trail" in plan.more else None
    if known(newest) is None:
        return marks
    at = len(plan.rules) + list(plan.more).index("trail")
    return (*marks[:at], newest, *marks[at + 1 :])


def _trailed(plan: Plan, now: Round) -> Decimal | None:
    """Where the trail stands: never further from the price than before."""
    trail = plan.managing.trail
    if trail is None or _gone(plan, now) < trail.after * now.first_risk:
        return now.tight
    level = price_of(trail.by, mark_of(plan, now.marks, "trail"), now.best, -plan.sign)
    return now.tight if level is None else _tighter(plan, now.tight, to_tick(level, plan.tick))


def _gone(plan: Plan, now: Round) -> float:
    """How far the price has gone in favour of the position."""
    return (now.best - now.price) * plan.sign


def _tighter(plan: Plan, one: Decimal | None, other: Decimal | None) -> Decimal | None:
    levels_ = [level for level in (one, other) if level is not None]
    return max(levels_, key=lambda level: level * plan.sign, default=None)


def tightest(plan: Plan, now: Round, stop: Decimal | None) -> Decimal | None:
    """The level of the stop: its rule's, the trail's or the entry's price, whichever stands nearest to the market."""
    even = to_tick(now.price, plan.tick) if _is_even(plan, now) else None
    return _tighter(plan, _tighter(plan, stop, now.tight), even)


def _is_even(plan: Plan, now: Round) -> bool:
    rule = plan.managing.break_even
    if rule is None:
        return False
    if rule.after_r is not None and now.first_risk > 0 and _gone(plan, now) >= rule.after_r * now.first_risk:
        return True
    at = (rule.after_target or 0) - 1
    return at >= 0 and portions(plan, now.opened)[at] <= now.taken[at] > NOTHING


def closed(plan: Plan, now: Round, seen: Seen) -> Round:
    """The round after a bar: of that of the entry nobody knows what came before the fill, so its close alone counts."""
    if now.opened == 0:
        return now
    extreme = seen.high if plan.sign > 0 else seen.low
    price = seen.close if now.bar == now.entered else extreme
    return replace(now, best=max(now.best, price, key=lambda one: one * plan.sign))


def is_over(plan: Plan, now: Round) -> bool:
    """Whether the position's time is over at the open of the bar that it is on."""
    rule = plan.managing
    if (rule.bars is not None and now.age >= rule.bars) or is_late(plan, now.bar):
        return True
    return rule.minute is not None and _day(now.bar, rule.minute) > _day(now.entered, rule.minute)


def _day(time: int, minute: int) -> int:
    """The day of a time where days begin at a minute of the day."""
    return (time - minute * 60) // tf.DAY


def is_late(plan: Plan, time: int) -> bool:
    """Whether nothing is entered any more."""
    return plan.managing.until is not None and time >= plan.managing.until


def is_invalid(plan: Plan, seen: Seen) -> bool:
    """Whether a bar closed beyond the invalidation: under it for a long, above it for a short; on it is not beyond."""
    rule = plan.managing.invalidation
    if rule is None:
        return False
    level = price_of(rule, mark_of(plan, seen.marks, "invalidation"), seen.close, plan.sign)
    return level is not None and (level - seen.close) * plan.sign > abs(level) * ON_THE_LINE


def why_void(plan: Plan, time: int, seen: Seen | None) -> str | None:
    """Why an entry signalled on a bar must not be asked for, if so; None of ``seen``: within the bar."""
    if is_late(plan, time):
        return TOO_LATE
    return BEYOND if seen is not None and is_invalid(plan, seen) else None


def follows_line(plan: Plan) -> bool:
    """Whether a waiting entry moves with a line."""
    return isinstance(plan.more.get("entry"), AtLine)
