"""Questions: everything that is still open about the plans, each with its choices, the likeliest first.

They are asked of the plans as the answers given have made them: an answer may open a question and close another. The
questions of trades (stop, ended lines, risk, ticks) stand in ``trade_questions``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpreters import shaping, trade_questions
from interpreters.building import asks_action, likely_action, settle
from interpreters.draft import Choice, Free, Question
from interpreters.items import needs_scale
from interpreters.sketch import NotRead, parts_of
from interpreters.symbols import resolve_symbol, timeframe_of
from interpreters.trade_questions import WATCH
from interpreters.workshop import Workshop

if TYPE_CHECKING:
    from collections.abc import Iterable

    from interpreters.items import Item
    from interpreters.planning import Loose, Plan, Plans
    from interpreters.surroundings import World

TOPICS = ("market", "timeframe", "intent", "action", "scale", "belongs")
SHOWN = Choice("watch", "show it, and do not evaluate it")


def all_questions(plans: Plans, world: World) -> list[Question]:
    """What is asked at first, and what the likeliest answers would ask then: answering those leaves nothing open."""
    found: dict[str, Question] = {}
    while True:
        new = [one for one in questions(plans, Workshop(world, likely(found.values()))) if one.id not in found]
        if not new:
            return sorted(found.values(), key=lambda one: _rank(one.id))
        found |= {one.id: one for one in new}


def likely(asked: Iterable[Question]) -> dict[str, str]:
    """The first choice of each question; one that could only watch stays open."""
    return {one.id: one.choices[0].id for one in asked if one.choices[0] not in {WATCH, SHOWN}}


def _rank(question: str) -> int:
    """First what is about all of a symbol, last its tick; the questions of trades stand together between."""
    topic = question.partition(".")[0]
    return TOPICS.index(topic) if topic in TOPICS else len(TOPICS) + (topic == "tick")


def questions(plans: Plans, workshop: Workshop, only: str | None = None) -> list[Question]:
    """All questions in the light of the answers given, answered or not; ``only`` those about one plan, by its id.

    Raises NotRead and BadDraft where an answer leaves a plan without a shape or cannot be read.
    """
    now = tuple(plan for plan in settle(plans, workshop) if only in {None, plan.id})
    return [
        *_markets(now, workshop),
        *(question for plan in now for question in _timeframe(plan, workshop)),
        *_words(now),
        *(question for plan in now if plan.entry for question in _action(plan, plan.entry, workshop)),
        *_scale(now, plans, workshop),
        *(_belongs(loose, plans) for loose in plans.loose if only is None or only in loose.claims),
        *(question for plan in now if plan.entry for question in _trade(plan, plan.entry, plans, workshop)),
        *trade_questions.of_ticks(now, workshop),
    ]


def _trade(plan: Plan, entry: Item, plans: Plans, workshop: Workshop) -> list[Question]:
    """The questions of one trade; while a stop may still join it, none is asked for."""
    waits = any(plan.id in loose.claims and _open(loose, workshop) for loose in plans.loose)
    return trade_questions.of_plan(plan, entry, workshop, waits=waits)


def _markets(now: tuple[Plan, ...], workshop: Workshop) -> list[Question]:
    symbols = dict.fromkeys(plan.symbol for plan in now)
    return [_market(symbol, now, workshop) for symbol in symbols if workshop.world.market(symbol) is None]


def _market(symbol: str | None, now: tuple[Plan, ...], workshop: Workshop) -> Question:
    resolution = resolve_symbol(symbol)
    choices = tuple(
        Choice(f"{one.exchange}:{one.symbol}", f"{one.exchange} {one.symbol} ({one.type})")
        for one in resolution.candidates
    )
    return Question(
        workshop.world.topic("market", symbol),
        f"Which market is {symbol or 'the chart'}? {resolution.reason or ''}".strip(),
        tuple(plan.id for plan in now if plan.symbol == symbol),
        (*choices, SHOWN),
        answer=None,
        free=Free("market"),
    )


def _timeframe(plan: Plan, workshop: Workshop) -> list[Question]:
    basis = workshop.world.basis
    charted = timeframe_of(workshop.world.chart_of(plan.items[0].drawing).interval)
    offered, free = (plan.timeframe, charted), None
    if plan.timeframe is None:
        text = "The drawing does not say on which timeframe it was made; which one counts?"
        offered = (charted, basis.candles_on if workshop.world.is_charted(plan.symbol) else None)
        free = Free("timeframe")
    elif plan.entry is None or charted in {None, plan.timeframe}:
        return []
    else:
        text = f"It was drawn on {plan.timeframe} and exported on {charted}; which timeframe counts?"
    frames = [frame for frame in dict.fromkeys(offered) if frame is not None and drawable(plan, workshop, frame)]
    choices = tuple(Choice(frame, f"evaluate it on {frame} bars") for frame in frames)
    drawing = plan.entry.key if plan.entry else None
    return [Question(f"timeframe.{plan.id}", text, (plan.id,), choices or (SHOWN,), None, drawing, free)]


def drawable(plan: Plan, workshop: Workshop, timeframe: str) -> bool:
    """Whether every drawing of the plan has a shape on this timeframe."""
    return all(fits(item, workshop, timeframe) for item in plan.items)


def fits(item: Item, workshop: Workshop, timeframe: str | None) -> bool:
    """Whether a drawing has a shape on a timeframe; with none known, that is seen when one is answered."""
    canvas = shaping.Canvas(timeframe, workshop.scale(item), workshop.world.timeline(item.symbol))
    try:
        for part in parts_of(item.sketch):
            shaping.shape_of(part, canvas)
    except NotRead:
        return False
    return True


def _words(now: tuple[Plan, ...]) -> list[Question]:
    return [
        Question(
            f"intent.{item.name}",
            f"{' '.join(item.words.conflicts)} Change the text and export again, or watch the drawing.",
            (plan.id,),
            (WATCH,),
            None,
            item.key,
        )
        for plan in now
        for item in plan.items
        if item.words.conflicts
    ]


def _action(plan: Plan, item: Item, workshop: Workshop) -> list[Question]:
    if not asks_action(item):
        return []
    up = item.side == "long"
    both = {
        "break": Choice("break", f"when price breaks it {'upward' if up else 'downward'}"),
        "bounce": Choice("bounce", f"when price comes to it from {'above' if up else 'below'} and touches it"),
    }
    likely = likely_action(item, workshop.world)
    choices = (both.pop(likely), *both.values(), WATCH)
    text = f"The text says {item.side}, but not how: when price breaks the drawing, or when it bounces from it?"
    return [Question(f"action.{item.name}", text, (plan.id,), choices, None, item.key)]


def _scale(now: tuple[Plan, ...], plans: Plans, workshop: Workshop) -> list[Question]:
    """Asked once for all; a drawing that nobody has claimed yet makes all that may claim it wait."""

    def open_scale(item: Item) -> bool:
        return needs_scale(item) and workshop.world.scale(item.drawing) is None

    loose = {claim for one in plans.loose if open_scale(one.item) and _open(one, workshop) for claim in one.claims}
    ids = tuple(plan.id for plan in now if plan.id in loose or any(map(open_scale, plan.items)))
    text = "Was the price axis linear or logarithmic? The export does not say, and a sloped line depends on it."
    choices = (Choice("linear", "linear: straight in price"), Choice("log", "log: straight in the logarithm of price"))
    return [Question("scale", text, ids, choices, None)] if ids else []


def _open(loose: Loose, workshop: Workshop) -> bool:
    return f"belongs.{loose.item.name}" not in workshop.answers


def _belongs(loose: Loose, plans: Plans) -> Question:
    entries = {plan.id: plan.entry for plan in plans.plans if plan.entry}
    choices = tuple(Choice(claim, f"{claim} ({entries[claim].key})") for claim in loose.claims)
    nobody = Choice("none", "to none of them: it is listed, and no strategy uses it")
    what = loose.item.role if loose.item.role != "position" else "position tool"
    text = f"To which entry does this {what} belong?"
    question = f"belongs.{loose.item.name}"
    return Question(question, text, loose.claims, (*choices, nobody), None, loose.item.key)
