"""Items: each drawing with its words and its sketch, or the reason why it is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, assert_never

from msgspec import Struct, structs

from interpreters import shaping
from interpreters.drawing import Drawing
from interpreters.naming import node_stem, unique
from interpreters.sketch import Box, Corridor, Flat, NotRead, Position, Sketch, Straight, parts_of
from interpreters.sketching import sketch
from interpreters.symbols import timeframe_of
from interpreters.words import Words, read_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interpreters.surroundings import World

Role = Literal["entry", "stop", "target", "exit", "watch", "position"]


class Item(Struct, frozen=True):
    """An understood drawing. ``name`` is the stem of its nodes' names; ``timeframe`` its own, None if unknown.

    ``only_listed`` says why it becomes part of no strategy and no watch; None where it does.
    """

    drawing: Drawing
    name: str
    words: Words
    sketch: Sketch
    symbol: str | None
    timeframe: str | None
    role: Role
    only_listed: str | None = None

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


class Owned:
    """Nodes by the drawing that they were made of: their names are its name, and what follows after a dot."""

    def __init__(self, nodes: Mapping[str, dict[str, Any]]) -> None:
        self._nodes: dict[str, dict[str, dict[str, Any]]] = {}
        for name, node in nodes.items():
            parts = name.split(".")
            for count in range(1, len(parts) + 1):
                self._nodes.setdefault(".".join(parts[:count]), {})[name] = node

    def of(self, item: Item) -> dict[str, dict[str, Any]]:
        """The nodes of a drawing by their names, in the order given."""
        return self._nodes.get(item.name, {})


def read_items(world: World) -> tuple[list[Item], list[LeftOut]]:
    """Every drawing of the export, in its order, in exactly one of the two lists."""
    items: list[Item] = []
    left: list[LeftOut] = []
    originals = _originals(world)
    for drawing in world.basis.drawings:
        try:
            _refuse(drawing, originals)
            items.append(_item(drawing, world))
        except NotRead as reason:
            left.append(LeftOut(drawing, str(reason)))
    return _named(items), left


def _originals(world: World) -> dict[str | None, Drawing]:
    """By link key the drawing that its copies in other charts repeat: the one that is taken up, else the first."""
    found: dict[str | None, Drawing] = {}
    for drawing in sorted(world.basis.drawings, key=lambda one: world.only_listed(one) is not None):
        found.setdefault(drawing.link, drawing)
    return found


def _named(items: list[Item]) -> list[Item]:
    """Each item under a name of its own; those taken up are named first, so that the others change none of them."""
    taken: dict[str, int] = {}
    names = {
        item.key: unique(node_stem(item.drawing), taken)
        for item in sorted(items, key=lambda item: item.only_listed is not None)
    }
    return [structs.replace(item, name=names[item.key]) for item in items]


def _refuse(drawing: Drawing, originals: dict[str | None, Drawing]) -> None:
    """Raise NotRead for copies in other charts, which TradingView keeps in step, and for what has no market price."""
    original = originals[drawing.link]
    if drawing.link is not None and original.chart != drawing.chart:
        msg = f"copy of {original.key}"
        raise NotRead(msg)
    if not drawing.on_main:
        msg = "it belongs to another series than its chart's own, so its prices may be an indicator's"
        raise NotRead(msg)
    if drawing.converted is not None:
        msg = f"its prices are converted to {drawing.converted}, which is not the market's own price"
        raise NotRead(msg)


def _item(drawing: Drawing, world: World) -> Item:
    words = read_words(drawing.text, drawing.group)
    if words.role == "ignore":
        msg = "its text says ignore"
        raise NotRead(msg)
    drawn = sketch(drawing, saved=not world.basis.read_back)
    symbol, timeframe = world.symbol_of(drawing), timeframe_of(drawing.interval)
    canvas = shaping.Canvas(timeframe, world.scale(drawing), world.timeline(symbol))
    for part in parts_of(drawn):
        shaping.shape_of(part, canvas)  # raises NotRead where it has no value anywhere
    words = _agreeing(words, drawn)
    return Item(drawing, "", words, drawn, symbol, timeframe, _role(words, drawn), world.only_listed(drawing))


def _agreeing(words: Words, drawn: Sketch) -> Words:
    """The words, with a conflict where they name the other side than the position tool."""
    if not isinstance(drawn, Position) or words.side in {None, drawn.side}:
        return words
    conflict = f"The text says {words.side}, and the tool is a {drawn.side} position: keep one."
    return structs.replace(words, conflicts=(*words.conflicts, conflict))


def _role(words: Words, drawn: Sketch) -> Role:
    """What the drawing is for; words decide, and words that do not go together only watch."""
    match words.role:
        case _ if words.conflicts:
            return "watch"
        case None | "entry" if isinstance(drawn, Position):
            return "position"
        case None | "ignore":
            return "watch"
        case role:
            return role


def needs_scale(item: Item) -> bool:
    """Whether linear or log makes a difference: a sloped line, or what was derived on a log scale."""
    match item.sketch:
        case Straight() | Corridor():
            lines = (part for part in parts_of(item.sketch) if isinstance(part, Straight))
            return any(part.prices[0] != part.prices[1] or part.prices != part.log_prices for part in lines)
        case tuple() as levels:
            return any(level.price != level.log_price for level in levels)
        case Flat() | Box() | Position():
            return False
        case _:
            assert_never(item.sketch)
