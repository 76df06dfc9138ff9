"""Questions that only a trade asks: lines that have ended, bars nobody counted, stop, shares, risk, life and ticks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interpreters import shaping
from interpreters.building import own_risk
from interpreters.draft import Choice, Free, Question
from interpreters.exits import BY_ATR, IN_WORDS, shares_fit, stops_of, takes_of
from interpreters.sketch import Position, Straight, parts_of
from interpreters.workshop import WATCHED
from spec import timeframe as tf

if TYPE_CHECKING:
    from interpreters.items import Item
    from interpreters.planning import Plan
    from interpreters.workshop import Workshop

WATCH = Choice(WATCHED, "only watch it: a picture when it fires, no orders")


def of_plan(plan: Plan, entry: Item, workshop: Workshop, *, waits: bool) -> list[Question]:
    """The questions of one trade; one that ``waits`` for a drawing to join it is not asked for stop and shares yet."""
    return [
        *(question for item in plan.items for question in _ended(item, plan, workshop)),
        *_bars(plan, workshop),
        *([] if waits else _stop(plan, entry, workshop)),
        *([] if waits else _shares(plan, entry, workshop)),
        *_risk(plan, workshop),
        *(question for item in plan.items for question in _valid(item, plan, workshop)),
    ]


def ended_at(item: Item, plan: Plan, workshop: Workshop) -> int | None:
    """When a drawing ended, as drawn or as its words say: at or before the last bar known. None while it goes on."""
    canvas = workshop.canvas(item, plan)
    frame, last = canvas.timeframe or shaping.FINEST, canvas.timeline.last
    drawn = shaping.Canvas(canvas.timeframe, canvas.scale, canvas.timeline, extended=item.words.extend)
    end = shaping.ends_at(parts_of(item.sketch), drawn)
    return None if end is None or (last is not None and end > last.open_on(frame)) else end


def _ended(item: Item, plan: Plan, workshop: Workshop) -> list[Question]:
    """A drawing that does not run past the last bar known can no longer fire, unless it was meant to go on.

    A level that is a stop or a target holds its price without an extent.
    """
    moves = any(isinstance(part, Straight) for part in parts_of(item.sketch))
    if item.words.extend is not None or (item.role in {"stop", "target"} and not moves):
        return []
    end = ended_at(item, plan, workshop)
    if end is None:
        return []
    choices = (
        Choice("extend", "extend it to the right, without end"),
        Choice("ended", f"leave it as drawn: it ends at {tf.text_of(end)} and does not fire after that"),
        WATCH,
    )
    text = "The drawing ends at or before the last bar of the export; should it go on to the right?"
    return [Question(f"extend.{item.name}", text, (plan.id,), choices, None, item.key)]


def _bars(plan: Plan, workshop: Workshop) -> list[Question]:
    counted = [item for item in plan.items if _by_clock(item, plan, workshop)]
    if not counted:
        return []
    clock = Choice("clock", "count them by the clock, as if every interval had a bar; the line is then approximate")
    text = (
        "The bars between the anchors are not known, and this market leaves intervals without a trade out. "
        "Give candles that reach the first anchor (--candles), or decide:"
    )
    return [Question(f"bars.{plan.id}", text, (plan.id,), (clock, WATCH), None, counted[0].key)]


def _by_clock(item: Item, plan: Plan, workshop: Workshop) -> bool:
    canvas = workshop.canvas(item, plan)
    lines = (part for part in parts_of(item.sketch) if isinstance(part, Straight))
    return any(shaping.line(part, canvas)["approximate"] for part in lines)


def _stop(plan: Plan, entry: Item, workshop: Workshop) -> list[Question]:
    stops = stops_of(plan, entry, workshop)
    if len(stops) == 1:
        return []
    if stops:
        choices = [
            Choice(name, f"the stop of {name}" if name != IN_WORDS else "the stop in the text") for name in stops
        ]
        text = "There is more than one stop for this entry; which one holds?"
    else:
        choices = [Choice(BY_ATR, "2 x ATR(14) away from the entry price")]
        text = "The entry has no stop, and its size comes from the distance to it; where should it be?"
    return [Question(f"stop.{plan.id}", text, (plan.id,), (*choices, WATCH), None, entry.key, Free("price"))]


def _shares(plan: Plan, entry: Item, workshop: Workshop) -> list[Question]:
    if shares_fit(takes_of(plan, entry, workshop)):
        return []
    text = "The targets together take more than the whole position; how is it divided?"
    choices = (Choice("even", "evenly among the targets"), WATCH)
    return [Question(f"shares.{plan.id}", text, (plan.id,), choices, None, entry.key)]


def _risk(plan: Plan, workshop: Workshop) -> list[Question]:
    risk = own_risk(plan)
    settings = workshop.world.basis.risk_percent
    if risk is None or risk == settings:
        return []
    choices = (
        Choice("settings", f"{settings:g} % of the equity, as in the settings"),
        Choice("tool", f"{risk:g} % of the equity, as the position tool says"),
    )
    text = "The position tool carries a risk of its own; how much may one trade lose?"
    return [Question(f"risk.{plan.id}", text, (plan.id,), choices, None)]


def _valid(item: Item, plan: Plan, workshop: Workshop) -> list[Question]:
    if item.words.valid_seconds is None or workshop.world.basis.boundary is not None:
        return []
    choices = (
        Choice("anchor", "from the drawing's last point on"),
        Choice("endless", "it does not expire"),
    )
    text = "The text says how long it is valid, but not since when: the export does not say when it was made."
    return [Question(f"valid.{item.name}", text, (plan.id,), choices, None, item.key)]


def of_ticks(now: tuple[Plan, ...], workshop: Workshop) -> list[Question]:
    """The tick sizes that orders, and tolerances in ticks, need."""
    needing = [plan for plan in now if plan.entry or any(_in_ticks(item) for item in plan.items)]
    symbols = dict.fromkeys(plan.symbol for plan in needing)
    return [question for symbol in symbols for question in _tick(symbol, needing, workshop)]


def _in_ticks(item: Item) -> bool:
    return item.words.action == "near" and item.words.tolerance is not None and item.words.tolerance.unit == "ticks"


def _tick(symbol: str | None, needing: list[Plan], workshop: Workshop) -> list[Question]:
    mine = [plan for plan in needing if plan.symbol == symbol]
    known = workshop.world.tick(symbol)
    tools = (item.sketch for plan in mine for item in plan.items)
    implied = {tool.tick for tool in tools if isinstance(tool, Position) and tool.tick is not None}
    if known is not None and implied <= {known}:
        return []
    ticks = dict.fromkeys([*([known] if known is not None else []), *sorted(implied)])
    choices = tuple(Choice(repr(tick), f"{tick:.12g}{_whence(tick, known)}") for tick in ticks)
    text = "What is the market's tick size, the smallest step of its price? Orders are placed on it."
    if known is not None:
        text = "The tick size given and the one that the position tool's amounts imply differ; which one is right?"
    question = workshop.world.topic("tick", symbol)
    ids = tuple(plan.id for plan in mine)
    return [Question(question, text, ids, (*choices, WATCH), None, free=Free("tick"))]


def _whence(tick: float, known: float | None) -> str:
    return ", as given" if tick == known else ", as the position tool's amounts imply"
