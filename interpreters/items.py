"""Items: each drawing with its words and its sketch, or the reason why it is left out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from msgspec import Struct, structs

from interpreters.drawing import Drawing
from interpreters.sketch import Box, Corridor, Flat, NotRead, Position, Sketch, Straight
from interpreters.sketching import sketch
from interpreters.words import Words, read_words

if TYPE_CHECKING:
    from interpreters.surroundings import World

Role = Literal["entry", "stop", "target", "exit", "watch", "position"]


class Item(Struct, frozen=True):
    """An understood drawing. ``name`` is the stem of its nodes' names; ``timeframe`` its own, None if unknown."""

    drawing: Drawing
    name: str
    words: Words
    sketch: Sketch
    symbol: str | None
    timeframe: str | None
    role: Role

    @property
    def key(self) -> str:
        """The drawing's key in the export."""
        return self.drawing.key

    @property
    def side(self) -> str | None:
        """Long or short, from the words or the tool; None without a word for it."""
        return self.sketch.side if isinstance(self.sketch, Position) else self.words.side


class LeftOut(Struct, frozen=True):
    """A drawing that is not taken as geometry, and why."""

    drawing: Drawing
    reason: str


def read_items(world: World) -> tuple[list[Item], list[LeftOut]]:
    """Every drawing of the export, in its order, in exactly one of the two lists."""
    items: list[Item] = []
    left: list[LeftOut] = []
    seen: dict[str, Drawing] = {}
    stems: set[str] = set()
    for drawing in world.export.drawings:
        try:
            _refuse_copy(drawing, seen)
            item = _item(drawing, world)
            while item.name in stems:
                item = structs.replace(item, name=item.name + "_")
            stems.add(item.name)
            items.append(item)
        except NotRead as reason:
            left.append(LeftOut(drawing, str(reason)))
    return items, left


def _refuse_copy(drawing: Drawing, seen: dict[str, Drawing]) -> None:
    """One link key in two charts of a layout is one drawing, kept in step by TradingView."""
    if drawing.link is None:
        return
    first = seen.setdefault(drawing.link, drawing)
    if first is not drawing and first.chart != drawing.chart:
        msg = f"copy of {first.key}"
        raise NotRead(msg)


def _item(drawing: Drawing, world: World) -> Item:
    if not drawing.on_main:
        msg = "it is drawn on an indicator, so its prices are the indicator's"
        raise NotRead(msg)
    if drawing.converted is not None:
        msg = f"its prices are converted to {drawing.converted}, which is not the market's own price"
        raise NotRead(msg)
    words = read_words(drawing.text, drawing.group)
    if words.role == "ignore":
        msg = "its text says ignore"
        raise NotRead(msg)
    drawn = sketch(drawing, saved=world.export.format != "F1")
    role: Role = "position" if isinstance(drawn, Position) and words.role != "watch" else _role(words)
    symbol, timeframe = world.symbol_of(drawing), world.own_timeframe(drawing)
    item = Item(drawing, node_stem(drawing), words, drawn, symbol, timeframe, role)
    _refuse_shapeless(item, world)
    return item


def _role(words: Words) -> Role:
    if words.conflicts or words.role is None or words.role == "ignore":
        return "watch"
    return words.role


def _refuse_shapeless(item: Item, world: World) -> None:
    """Lines whose two points stand on one bar, and log lines at or below zero, have no value anywhere."""
    for part in straights(item.sketch):
        timeline = world.timeline(item.symbol, by_clock=False)
        timeframe = item.timeframe or "1m"
        first, second = (timeline.moment(point, timeframe, timeframe) for point in (part.first, part.second))
        if first == second or (item.timeframe and timeline.count(first, second, timeframe).bars == 0):
            msg = "both its points stand on one bar: a vertical line has no price"
            raise NotRead(msg)
        prices = part.log_prices if item.drawing.log else part.prices
        if item.drawing.log and min(prices) <= 0:
            msg = "it is drawn on a log scale and reaches prices at or below zero"
            raise NotRead(msg)


def straights(drawn: Sketch) -> tuple[Straight, ...]:
    """The straight parts of a sketch."""
    match drawn:
        case Straight():
            return (drawn,)
        case Corridor(lower, upper, middle):
            return (lower, upper) if middle is None else (lower, upper, middle)
        case _:
            return ()


def needs_scale(item: Item) -> bool:
    """Whether linear or log makes a difference: a sloped line, or a fib whose levels are spaced by log."""
    match item.sketch:
        case Straight(prices=prices):
            return prices[0] != prices[1]
        case Corridor():
            return True
        case tuple() as levels:
            return any(level.price != level.log_price for level in levels)
        case Flat() | Box() | Position():
            return False


def node_stem(drawing: Drawing) -> str:
    """``trend_line.BIiPoL``: the tool and the key, in the letters a node's name may have."""
    key = re.sub(r"[^A-Za-z0-9_-]", "_", drawing.key)
    tool = drawing.tool if drawing.tool.isascii() else "drawing"
    return f"{tool}.{key}"[:60]
