"""Exits: stop and target rules from drawings, position tools and prices in words, as plain data for a draft.

A stop drawn as a zone stands at its far edge, a target at its near one. A sloped line moves the order with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpreters import shaping
from interpreters.sketch import Box, Corridor, Flat, Position, Straight, ticks_away

if TYPE_CHECKING:
    from interpreters.items import Item
    from interpreters.shaping import Canvas

Data = dict[str, Any]


def at_price(price: float) -> Data:
    """A fixed price."""
    return {"rule": "price", "price": price}


def at_ticks(price: float, ticks: float, tick: float | None) -> Data:
    """``ticks`` from a price: a price once the tick is known, until then a rule that no strategy is frozen with."""
    if tick is None:
        return {"rule": "ticks", "from": price, "ticks": ticks}
    return at_price(ticks_away(price, ticks, tick))


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


def _on_line(part: Straight, canvas: Canvas) -> Data:
    drawn = shaping.line(part, canvas)
    if drawn["a"]["price"] == drawn["b"]["price"]:
        return at_price(drawn["b"]["price"])
    return {"rule": "line", "line": drawn}


def position_rule(position: Position, which: str, tick: float | None) -> Data | None:
    """The stop or target of a position tool; None where the tool has none."""
    ticks = position.stop_ticks if which == "stop" else position.target_ticks
    if ticks is None:
        return None
    against = (which == "stop") == (position.side == "long")
    return at_ticks(position.entry.price, -ticks if against else ticks, tick)
