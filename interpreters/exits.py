"""Exits: stop and target rules from drawings, position tools and prices in words, as plain data for a draft.

A stop drawn as a zone stands at its far edge, a target at its near one. A sloped line moves the order with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from msgspec import Struct

from interpreters import shaping
from interpreters.answers import price_of
from interpreters.sketch import Box, Corridor, Flat, Position, Straight, ticks_away

if TYPE_CHECKING:
    from interpreters.items import Item
    from interpreters.planning import Plan
    from interpreters.shaping import Canvas
    from interpreters.workshop import Workshop

Data = dict[str, Any]
LAST = 99  # where a target without a number stands among those with one
IN_WORDS, BY_ATR = "words", "atr"  # ids of choices beside the names of drawings
ATR_STOP = {"rule": "atr", "multiple": 2.0, "length": 14}


class Take(Struct, frozen=True):
    """A target before shares are dealt: its number, the share it claims, and its rule."""

    number: int
    share: float | None
    rule: Data


def at_price(price: float) -> Data:
    """A fixed price."""
    return {"rule": "price", "price": price}


def rule_of(item: Item, canvas: Canvas, *, long: bool, tick: float | None) -> Data | None:
    """The rule of a stop or target drawing for a trade on this side; None where a position tool gives none."""
    stop = item.role == "stop"
    if item.words.price is not None:
        return at_price(item.words.price)
    match item.sketch:
        case Straight() as straight:
            return _on_line(straight, canvas)
        case Flat(price=price):
            return at_price(price)
        case Box(low=low, high=high):
            return at_price(low if long else high)
        case Corridor(lower, upper):
            return _on_line(lower if long == stop else upper, canvas)
        case Position() as position:
            return position_rule(position, "stop" if stop else "target", tick)
        case tuple() as levels:
            prices = sorted(level.log_price if canvas.scale == "log" else level.price for level in levels)
            return at_price(prices[0] if long else prices[-1])
        case _:
            assert_never(item.sketch)


def _on_line(part: Straight, canvas: Canvas) -> Data:
    drawn = shaping.line(part, canvas)
    if drawn["a"]["price"] == drawn["b"]["price"]:
        return at_price(drawn["b"]["price"])
    return {"rule": "line", "line": drawn}


def position_rule(position: Position, which: str, tick: float | None) -> Data | None:
    """The stop or target of a position tool; None where it has none, a price of null while the tick is unknown."""
    ticks = position.stop_ticks if which == "stop" else position.target_ticks
    if ticks is None:
        return None
    against = (which == "stop") == (position.side == "long")
    price = None if tick is None else ticks_away(position.entry.price, -ticks if against else ticks, tick)
    return {"rule": "price", "price": price}


def stops_of(plan: Plan, entry: Item, workshop: Workshop) -> dict[str, Data]:
    """Candidates for the stop by the name of what they come from: words first, then drawings, then tools."""
    tick = workshop.tick(plan.symbol)
    found: dict[str, Data] = {}
    for item in sorted(plan.items, key=lambda item: item.role == "position"):
        for level in item.words.attached:
            if level.role == "stop" and level.price is not None:
                found[IN_WORDS if item is entry else f"{item.name}.{IN_WORDS}"] = at_price(level.price)
        rule = None
        if item.role == "stop":
            rule = rule_of(item, workshop.canvas(item, plan), long=entry.side == "long", tick=tick)
        elif item.role == "position" and isinstance(item.sketch, Position):
            rule = position_rule(item.sketch, "stop", tick)
        if rule is not None:
            found[item.name] = rule
    return found


def stop_of(plan: Plan, entry: Item, workshop: Workshop) -> Data | None:
    """The stop chosen, else the likeliest candidate; None where there is none yet."""
    stops = stops_of(plan, entry, workshop)
    chosen = workshop.answers.get(f"stop.{plan.id}")
    if chosen is None:
        return next(iter(stops.values()), None)
    if chosen in stops:
        return stops[chosen]
    return ATR_STOP if chosen == BY_ATR else at_price(price_of(chosen))


def takes_of(plan: Plan, entry: Item, workshop: Workshop) -> list[Take]:
    """Every target in the order of the numbers: those in words and drawings, else those of position tools."""
    tick, long = workshop.tick(plan.symbol), entry.side == "long"
    takes = [
        Take(level.number or LAST, level.share, at_price(level.price))
        for item in plan.items
        for level in item.words.attached
        if level.role == "target" and level.price is not None
    ]
    for item in plan.items:
        rule = rule_of(item, workshop.canvas(item, plan), long=long, tick=tick) if item.role == "target" else None
        if rule is not None:
            takes.append(Take(item.words.target_number or LAST, item.words.target_share, rule))
    rules = (position_rule(tool, "target", tick) for tool in ([] if takes else _tools(plan, workshop)))
    takes += [Take(LAST, None, rule) for rule in rules if rule is not None]
    return sorted(takes, key=lambda take: take.number)


def _tools(plan: Plan, workshop: Workshop) -> list[Position]:
    """The position tool whose stop was chosen, else all of them."""
    tools = {item.name: item.sketch for item in plan.items if item.role == "position"}
    chosen = workshop.answers.get(f"stop.{plan.id}", "")
    names = [chosen] if chosen in tools else list(tools)
    return [tool for name in names if isinstance(tool := tools[name], Position)]


def shares_fit(takes: list[Take]) -> bool:
    """Whether the shares that were said leave something for each target, and take no more than the position."""
    said = sum(take.share or 0 for take in takes)
    return said < 1 if any(take.share is None for take in takes) else said <= 1 + 1e-9


def targets_of(plan: Plan, entry: Item, workshop: Workshop) -> list[Data]:
    """Targets with shares; those that are not said divide what is left evenly, and all do where it does not suffice."""
    takes = takes_of(plan, entry, workshop)
    if not shares_fit(takes):
        takes = [Take(take.number, None, take.rule) for take in takes]
    unsaid = sum(take.share is None for take in takes)
    rest = (1 - sum(take.share or 0 for take in takes)) / max(unsaid, 1)
    return [{"at": take.rule, "share": rest if take.share is None else take.share} for take in takes]
