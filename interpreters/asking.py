"""Questions: everything that is still open about the plans, each with its choices, the likeliest first.

A choice without consequences of its own is filled in later: what it changes is found by building with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpreters import shaping
from interpreters.building import asks_action, likely_action, own_risk, stops_of
from interpreters.draft import Choice, Free, Question
from interpreters.items import Item, needs_scale
from interpreters.sketch import Box, Corridor, Flat, NotRead, Position, Straight
from interpreters.symbols import timeframe_of
from spec import timeframe as tf

if TYPE_CHECKING:
    from interpreters.building import Workshop
    from interpreters.planning import Loose, Plan, Plans

WATCH = Choice("watch", "only watch it: a picture when it fires, no orders")
SHOWN = Choice("watch", "show it, and do not evaluate it")


def questions(plans: Plans, workshop: Workshop) -> list[Question]:
    """All open questions, in the order in which their answers are applied."""
    asked = [
        *_markets(plans, workshop),
        *(question for plan in plans.plans for question in _timeframe(plan, workshop)),
        *_words(plans),
        *(question for plan in plans.plans if plan.entry for question in _actions(plan, workshop)),
        *_scale(plans, workshop),
        *(_belongs(loose, plans) for loose in plans.loose),
        *(question for plan in plans.plans if plan.entry for question in _trade(plan, workshop)),
        *_ticks(plans, workshop),
    ]
    return [question for question in asked if question.strategies]


def _ids(plans: tuple[Plan, ...]) -> tuple[str, ...]:
    return tuple(plan.id for plan in plans)


def _markets(plans: Plans, workshop: Workshop) -> list[Question]:
    symbols = dict.fromkeys(plan.symbol for plan in plans.plans)
    return [_market(symbol, plans, workshop) for symbol in symbols if workshop.market(symbol) is None]


def _market(symbol: str | None, plans: Plans, workshop: Workshop) -> Question:
    resolution = workshop.world.resolution(symbol)
    choices = tuple(
        Choice(f"{one.exchange}:{one.symbol}", f"{one.exchange} {one.symbol} ({one.type})")
        for one in resolution.candidates
    )
    mine = tuple(plan for plan in plans.plans if plan.symbol == symbol)
    return Question(
        workshop.about("market", symbol),
        f"Which market is {symbol or 'the chart'}? {resolution.reason or ''}".strip(),
        _ids(mine),
        (*choices, SHOWN),
        free=Free("market", tuple(f"/{plan.id}/market" for plan in mine)),
    )


def _timeframe(plan: Plan, workshop: Workshop) -> list[Question]:
    item = plan.entry or plan.members[0]
    charted = timeframe_of(workshop.world.chart_of(item.drawing).interval)
    if plan.timeframe is None:
        candles = workshop.world.context.candles
        known = [candles.timeframe] if candles is not None and workshop.world.is_charted(plan.symbol) else []
        text, offered = "The drawing does not say on which timeframe it was made; which one counts?", known
    elif plan.entry is None or charted is None or charted == plan.timeframe:
        return []
    else:
        offered = [frame for frame in (plan.timeframe, charted) if _drawable(plan, workshop, frame)]
        text = f"It was drawn on {plan.timeframe} and exported on {charted}; which timeframe counts?"
    choices = tuple(Choice(frame, f"evaluate it on {frame} bars") for frame in offered)
    free = Free("timeframe", (f"/{plan.id}/timeframe",)) if plan.timeframe is None else None
    drawing = item.key if plan.entry else None
    return [Question(f"timeframe.{plan.id}", text, (plan.id,), choices or (SHOWN,), drawing, free)]


def _drawable(plan: Plan, workshop: Workshop, timeframe: str) -> bool:
    """Whether every line of the plan still spans a bar on this timeframe."""
    try:
        for item in plan.items:
            canvas = workshop.canvas(item, plan)
            moved = shaping.Canvas(timeframe, item.timeframe, canvas.scale, canvas.timeline)
            for part in parts_of(item):
                if isinstance(part, Straight):
                    shaping.line(part, moved)
    except NotRead:
        return False
    return True


def parts_of(item: Item) -> tuple[Straight | Flat | Box, ...]:
    """The parts of an item's sketch that have an extent."""
    match item.sketch:
        case Straight() | Flat() | Box() as part:
            return (part,)
        case Corridor(lower, upper):
            return (lower, upper)
        case Position(entry=entry):
            return (entry,)
        case tuple() as levels:
            return levels


def _words(plans: Plans) -> list[Question]:
    return [
        Question(
            f"intent.{item.name}",
            f"{' '.join(item.words.conflicts)} Change the text and export again, or watch the drawing.",
            (plan.id,),
            (WATCH,),
            item.key,
        )
        for plan in plans.plans
        for item in plan.items
        if item.words.conflicts
    ]


def _actions(plan: Plan, workshop: Workshop) -> list[Question]:
    item = plan.entry
    if item is None or not asks_action(item):
        return []
    up = item.side == "long"
    both = {
        "break": Choice("break", f"when price breaks it {'upward' if up else 'downward'}"),
        "bounce": Choice("bounce", f"when price comes to it from {'above' if up else 'below'} and touches it"),
    }
    likely = likely_action(item, workshop.world)
    choices = (both.pop(likely), *both.values(), WATCH)
    text = f"The text says {item.side}, but not how: when price breaks the drawing, or when it bounces from it?"
    return [Question(f"action.{item.name}", text, (plan.id,), choices, item.key, trade_only=True)]


def _scale(plans: Plans, workshop: Workshop) -> list[Question]:
    waiting = [
        plan for plan in plans.plans if any(needs_scale(item) and workshop.scale(item) is None for item in plan.items)
    ]
    loose = {claim for one in plans.loose if needs_scale(one.item) for claim in one.claims}
    ids = tuple(plan.id for plan in plans.plans if plan in waiting or plan.id in loose)
    text = "Was the price axis linear or logarithmic? The export does not say, and a sloped line depends on it."
    choices = (Choice("linear", "linear: straight in price"), Choice("log", "log: straight in the logarithm of price"))
    return [Question("scale", text, ids, choices)]


def _belongs(loose: Loose, plans: Plans) -> Question:
    entries = {plan.id: plan.entry for plan in plans.plans if plan.entry}
    choices = tuple(Choice(claim, f"{claim} ({entries[claim].key})") for claim in loose.claims)
    what = loose.item.role if loose.item.role != "position" else "position tool"
    text = f"To which entry does this {what} belong?"
    return Question(
        f"belongs.{loose.item.name}", text, loose.claims, (*choices, WATCH), loose.item.key, trade_only=True
    )


def _trade(plan: Plan, workshop: Workshop) -> list[Question]:
    if plan.entry is None:
        return []
    return [
        *(question for item in plan.items for question in _ended(item, plan, workshop)),
        *_bars(plan, workshop),
        *_stop(plan, plan.entry, workshop),
        *_risk(plan, workshop),
        *(question for item in plan.items for question in _valid(item, plan, workshop)),
    ]


def _ended(item: Item, plan: Plan, workshop: Workshop) -> list[Question]:
    """A drawing that does not run past the last bar known can no longer fire, unless it was meant to go on."""
    canvas = workshop.canvas(item, plan)
    parts = parts_of(item)
    if item.role in {"stop", "target"}:
        parts = tuple(part for part in parts if isinstance(part, Straight))
    if item.words.extend is not None or not parts or canvas.timeframe is None or item.role == "position":
        return []
    end = shaping.ended_at(parts, canvas)
    if end is None:
        return []
    last = canvas.timeline.last_bar(canvas.timeframe)
    at = tf.shift_by_clock(end.time, end.offset, canvas.timeframe)
    if last is not None and at > last:
        return []
    choices = (
        Choice("extend", "extend it to the right, without end"),
        Choice("ended", f"leave it as drawn: it ends at {tf.text_of(at)} and does not fire after that"),
        WATCH,
    )
    text = "The drawing ends at or before the last bar of the export; should it go on to the right?"
    return [Question(f"extend.{item.name}", text, (plan.id,), choices, item.key, trade_only=True)]


def _bars(plan: Plan, workshop: Workshop) -> list[Question]:
    counted = [item for item in plan.items if _by_clock(item, plan, workshop)]
    if not counted:
        return []
    clock = Choice("clock", "count them by the clock, as if every interval had a bar; the line is then approximate")
    text = (
        "The bars between the anchors are not known, and this market leaves intervals without a trade out. "
        "Give candles that reach the first anchor (--candles), or decide:"
    )
    return [Question(f"bars.{plan.id}", text, (plan.id,), (clock, WATCH), counted[0].key, trade_only=True)]


def _by_clock(item: Item, plan: Plan, workshop: Workshop) -> bool:
    canvas = workshop.canvas(item, plan)
    lines = (part for part in parts_of(item) if isinstance(part, Straight))
    return any(shaping.line(part, canvas)["approximate"] for part in lines)


def _stop(plan: Plan, entry: Item, workshop: Workshop) -> list[Question]:
    stops = stops_of(plan, entry, workshop)
    if len(stops) == 1:
        return []
    free = Free("price", (f"/{plan.id}/stop",))
    if stops:
        choices = tuple(
            Choice(key, f"the stop of {key}" if key != "words" else "the stop in the text") for key in stops
        )
        text = "There is more than one stop for this entry; which one holds?"
    else:
        choices = (Choice("atr", "2 x ATR(14) away from the entry price"),)
        text = "The entry has no stop, and its size comes from the distance to it; where should it be?"
    return [Question(f"stop.{plan.id}", text, (plan.id,), (*choices, WATCH), entry.key, free, trade_only=True)]


def _risk(plan: Plan, workshop: Workshop) -> list[Question]:
    risk = own_risk(plan)
    settings = workshop.world.context.risk_percent
    if risk is None or risk == settings:
        return []
    choices = (
        Choice("settings", f"{settings:g} % of the equity, as in the settings"),
        Choice("tool", f"{risk:g} % of the equity, as the position tool says"),
    )
    text = "The position tool carries a risk of its own; how much may one trade lose?"
    return [Question(f"risk.{plan.id}", text, (plan.id,), choices, trade_only=True)]


def _valid(item: Item, plan: Plan, workshop: Workshop) -> list[Question]:
    if item.words.valid_seconds is None or workshop.world.boundary() is not None:
        return []
    choices = (
        Choice("anchor", "from the drawing's last point on"),
        Choice("endless", "it does not expire"),
    )
    text = "The text says how long it is valid, but not since when: the export does not say when it was made."
    return [Question(f"valid.{item.name}", text, (plan.id,), choices, item.key)]


def _ticks(plans: Plans, workshop: Workshop) -> list[Question]:
    symbols = dict.fromkeys(plan.symbol for plan in plans.plans if plan.entry)
    return [question for symbol in symbols for question in _tick(symbol, plans, workshop)]


def _tick(symbol: str | None, plans: Plans, workshop: Workshop) -> list[Question]:
    mine = tuple(plan for plan in plans.plans if plan.entry and plan.symbol == symbol)
    known = workshop.tick(symbol)
    implied = {item.sketch.tick for plan in mine for item in plan.items if isinstance(item.sketch, Position)} - {None}
    if known is not None and all(tick == known for tick in implied):
        return []
    ticks = dict.fromkeys([known] if known else []) | dict.fromkeys(sorted(tick for tick in implied if tick))
    choices = tuple(Choice(repr(tick), f"{tick:.12g}".rstrip() + _whence(tick, known)) for tick in ticks if tick)
    text = "What is the market's tick size, the smallest step of its price? Stops and targets are counted in it."
    if known is not None:
        text = "The tick size given and the one that the position tool's amounts imply differ; which one is right?"
    free = Free("tick", tuple(f"/{plan.id}/market/tick_size" for plan in mine))
    question = workshop.about("tick", symbol)
    return [Question(question, text, _ids(mine), (*choices, WATCH), None, free, trade_only=True)]


def _whence(tick: float, known: float | None) -> str:
    return ", as given" if tick == known else ", as the position tool's amounts imply"
