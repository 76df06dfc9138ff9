"""From an item to its nodes: which question its geometry asks, in which direction, on which trigger.

A line or level without a word is a crossing; bounce, touch and near make it a proximity. A zone is always a
proximity. A bounce for a trade comes from the trade's side: for a long the bar before closed above.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, assert_never

from msgspec import Struct, to_builtins

from interpreters import shaping
from interpreters.sketch import Box, Corridor, Flat, Position, Straight
from spec.signals import Tolerance

if TYPE_CHECKING:
    from interpreters.items import Item
    from interpreters.shaping import Canvas, Data

RETEST_BARS = 20  # how long after the break a retest may come; written into the draft, where it can be changed
Action = Literal["break", "bounce", "touch", "near"]


class Wish(Struct, frozen=True):
    """How a drawing is to be read: its action (None: without a word), side, direction, trigger and life.

    ``single`` asks for one node that speaks for the whole drawing, as a trade needs.
    """

    action: Action | None
    side: str | None
    direction: str | None
    trigger: str | None
    retest: bool
    life: tuple[int | None, int | None] = (None, None)
    tolerance: Tolerance = Tolerance()
    single: bool = False


class Nodes(Struct, frozen=True):
    """Nodes by name, and ``main``: the one that speaks for the drawing (None where several do)."""

    nodes: dict[str, Any]
    main: str | None


def said_action(item: Item) -> Action | None:
    """The action that the words name: a retest and a direction are those of a break."""
    words = item.words
    if words.retest:
        return "break"
    return words.action or ("break" if words.direction else None)


def wish_of(item: Item, action: Action | None, life: tuple[int | None, int | None], *, single: bool) -> Wish:
    """The item's wish from its words; ``action`` answers where the words leave it open.

    A position tool without a word is an intrabar touch of its entry price. Only an entry has the side that a bounce
    comes from and a break goes to: the side on an exit says whose exit it is.
    """
    words, said = item.words, said_action(item)
    tolerance = words.tolerance or Tolerance()
    if isinstance(item.sketch, Position) and said is None:
        return Wish("touch", None, None, words.trigger or "intrabar", retest=False, life=life)
    side = item.side if single and item.role in {"entry", "position"} else None
    direction = words.direction or {"long": "up", "short": "down", None: None}[side]
    return Wish(said or action, side, direction, words.trigger, words.retest, life, tolerance, single)


def nodes_of(item: Item, wish: Wish, canvas: Canvas) -> Nodes:
    """The nodes that an item stands for."""
    name = item.name
    match item.sketch:
        case Straight() as straight:
            return _edge(name, shaping.line(straight, canvas), wish, canvas)
        case Flat() as flat:
            return _edge(name, shaping.level(flat, canvas), wish, canvas)
        case Box() as box:
            return _area(name, shaping.zone(box, canvas), wish, canvas)
        case Corridor() as corridor:
            return _corridor(name, corridor, wish, canvas)
        case Position(entry=entry):
            return _edge(f"{name}.entry", shaping.level(entry, canvas), wish, canvas)
        case tuple() as levels:
            parts = [_edge(f"{name}.{flat.name}", shaping.level(flat, canvas), wish, canvas) for flat in levels]
            return _any(name, parts, together=wish.single)
        case _:
            assert_never(item.sketch)


def _any(name: str, parts: list[Nodes], *, together: bool) -> Nodes:
    """Several parts as one: when they are to trade, any of them speaks."""
    nodes = {key: node for part in parts for key, node in part.nodes.items()}
    if len(parts) == 1:
        return Nodes(nodes, parts[0].main)
    if not together:
        return Nodes(nodes, None)
    nodes[name] = {"kind": "any_of", "nodes": [part.main for part in parts]}
    return Nodes(nodes, name)


def _leaf(kind: str, geometry: Data, wish: Wish, canvas: Canvas, **rest: Any) -> Data:
    return {
        "kind": kind,
        "timeframe": canvas.timeframe,
        "geometry": geometry,
        **rest,
        "trigger": wish.trigger or "bar_close",
        "frequency": "once_per_bar",
        "valid_from": wish.life[0],
        "valid_until": wish.life[1],
    }


def _cross(geometry: Data, wish: Wish, canvas: Canvas) -> Data:
    return _leaf("trendline_cross", geometry, wish, canvas, direction=wish.direction or "either")


def _proximity(geometry: Data, event: str, wish: Wish, canvas: Canvas) -> Data:
    tolerance = to_builtins(wish.tolerance) if event == "near" else None
    return _leaf("sr_proximity", geometry, wish, canvas, event=event, tolerance=tolerance)


def _edge(name: str, geometry: Data, wish: Wish, canvas: Canvas) -> Nodes:
    """A line or level."""
    match wish.action:
        case "near":
            return Nodes({name: _proximity(geometry, "near", wish, canvas)}, name)
        case "touch":
            return Nodes({name: _proximity(geometry, "touch", wish, canvas)}, name)
        case "bounce":
            touch = _proximity(geometry, "touch", wish, canvas)
            return _bounce(name, touch, {"of": "line", "line": geometry}, wish, canvas)
        case "break" | None:
            return _retested(name, {name: _cross(geometry, wish, canvas)}, geometry, wish, canvas)
        case _:
            assert_never(wish.action)


def _retested(name: str, broke: dict[str, Data], geometry: Data, wish: Wish, canvas: Canvas) -> Nodes:
    """The break, and where the words ask for it the touch that has to follow it."""
    if not wish.retest:
        return Nodes(broke, name)
    first, then = f"{name}.break", f"{name}.retest"
    sequence = {"kind": "sequence", "first": first, "then": then, "within": RETEST_BARS}
    before = {first if key == name else key: node for key, node in broke.items()}
    return Nodes({name: sequence, **before, then: _proximity(geometry, "touch", wish, canvas)}, name)


def _bounce(name: str, touch: Data, edge: Data, wish: Wish, canvas: Canvas) -> Nodes:
    """A touch that comes from the side of the trade; without a side, any touch."""
    if wish.side is None:
        return Nodes({name: touch}, name)
    came = {
        "kind": "compare",
        "timeframe": canvas.timeframe,
        "left": {"of": "price", "field": "close", "back": 1},
        "op": "greater" if wish.side == "long" else "less",
        "right": edge,
        "factor": 1.0,
    }
    parts = {f"{name}.touch": touch, f"{name}.came_from": came}
    return Nodes({name: {"kind": "all_of", "nodes": list(parts)}, **parts}, name)


def _area(name: str, geometry: Data, wish: Wish, canvas: Canvas) -> Nodes:
    """A zone that does not move."""
    match wish.action:
        case "near" | "touch":
            return Nodes({name: _proximity(geometry, wish.action, wish, canvas)}, name)
        case "bounce":
            edge = {"of": "constant", "value": geometry["low" if wish.side == "short" else "high"]}
            return _bounce(name, _proximity(geometry, "touch", wish, canvas), edge, wish, canvas)
        case "break":
            return _zone_break(name, geometry, wish, canvas)
        case None:
            return Nodes({name: _proximity(geometry, "enter", wish, canvas)}, name)
        case _:
            assert_never(wish.action)


def _zone_break(name: str, geometry: Data, wish: Wish, canvas: Canvas) -> Nodes:
    """Leaving the zone, through the edge of the direction where there is one."""
    leave = _proximity(geometry, "leave", wish, canvas)
    if wish.direction is None:
        return _retested(name, {name: leave}, geometry, wish, canvas)
    up = wish.direction == "up"
    beyond = {
        "kind": "compare",
        "timeframe": canvas.timeframe,
        "left": {"of": "price", "field": "close", "back": 0},
        "op": "greater" if up else "less",
        "right": {"of": "constant", "value": geometry["high" if up else "low"]},
        "factor": 1.0,
    }
    parts = {f"{name}.leave": leave, f"{name}.beyond": beyond}
    return _retested(name, {name: {"kind": "all_of", "nodes": list(parts)}, **parts}, geometry, wish, canvas)


def _corridor(name: str, corridor: Corridor, wish: Wish, canvas: Canvas) -> Nodes:
    """A channel: every shown line for a watch; for a trade the edge on its side; near and touch ask the band."""
    if wish.action in {"near", "touch"} and wish.side is None:
        return Nodes({name: _proximity(shaping.channel(corridor, canvas), wish.action, wish, canvas)}, name)
    lines = corridor.lines
    if wish.side is not None:
        upper = (wish.direction == "up") == (wish.action in {"break", None})
        lines = (corridor.upper if upper else corridor.lower,)
    parts = [_edge(f"{name}.{part.name}", shaping.line(part, canvas), wish, canvas) for part in lines]
    return _any(name, parts, together=wish.single)
