"""How the report lists a drawing: the nodes it stands for, their prices, and how its words were read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from interpreters.exits import position_rule
from interpreters.noding import nodes_of, wish_of
from interpreters.planning import Plan
from interpreters.sketch import Position
from interpreters.trade_questions import ended_at
from interpreters.values import values_of

if TYPE_CHECKING:
    from interpreters.items import Item, Owned
    from interpreters.timeline import Timeline
    from interpreters.workshop import Workshop

Data = dict[str, Any]


class Understood(Struct, frozen=True, omit_defaults=True):
    """One drawing that was understood: the nodes it stands for, and what its words were read as.

    ``ended_at`` (UNIX seconds): it ended at or before the last bar known. ``only_listed``: why it is in no strategy.
    """

    drawing: str
    tool: str
    symbol: str | None
    nodes: tuple[Data, ...]
    timeframe: str | None = None
    text: str = ""
    unknown_words: tuple[str, ...] = ()
    words: tuple[Data, ...] = ()
    hidden: bool = False
    only_listed: str | None = None
    ended_at: int | None = None
    values: dict[str, float | None] | None = None


class Left(Struct, frozen=True):
    """One drawing that was left out, and why."""

    drawing: str
    tool: str
    symbol: str | None
    reason: str


class Row(Struct, frozen=True):
    """A node, or a stop or target that is no node, with its geometry."""

    name: str
    kind: str
    geometry: Data
    timeframe: str | None = None


def understood(item: Item, workshop: Workshop, nodes: Owned, asked: tuple[int | None, bool]) -> Understood:
    """A drawing by the ``nodes`` of the strategies; ``asked``: a time to give prices at, and whether to explain."""
    at, explain = asked
    rows = _rows(item, workshop, nodes)
    return Understood(
        item.key,
        item.drawing.tool,
        item.drawing.symbol,
        tuple({"name": row.name, "kind": row.kind, **_figures(row.geometry)} for row in rows),
        item.timeframe,
        item.drawing.text,
        item.words.unknown,
        tuple({"text": token.text, "meaning": token.meaning} for token in item.words.tokens) if explain else (),
        not item.drawing.visible,
        item.only_listed,
        ended_at(item, _alone(item), workshop),
        None if at is None else _values(rows, at, workshop.world.timeline(item.symbol)),
    )


def _values(rows: list[Row], at: int, timeline: Timeline) -> dict[str, float | None]:
    values: dict[str, float | None] = {}
    for row in rows:
        values |= values_of(row.name, row.geometry, at, timeline, row.timeframe)
    return values


def _alone(item: Item) -> Plan:
    return Plan("alone", "watch", item.symbol, item.timeframe, None, (item,))


def _rows(item: Item, workshop: Workshop, nodes: Owned) -> list[Row]:
    """What it is in its strategy; where it is no node there, what it would be alone."""
    own = nodes.of(item)
    kind = None
    if not own:
        alone, life = _alone(item), (None, None)
        own = nodes_of(item, wish_of(item, None, life, single=False), workshop.canvas(item, alone)).nodes
        kind = _kind_in_trade(item)
    rows = [
        Row(name, kind or node["kind"], node["geometry"], node["timeframe"])
        for name, node in own.items()
        if "geometry" in node
    ]
    return rows + (_exits(item, item.sketch, workshop) if isinstance(item.sketch, Position) else [])


def _kind_in_trade(item: Item) -> str | None:
    """What a drawing is in a trade that is no node of it; None where it would be a node."""
    if item.role in {"stop", "target"}:
        return item.role
    return "entry" if item.role == "position" and item.only_listed is None else None


def _exits(item: Item, tool: Position, workshop: Workshop) -> list[Row]:
    """Stop and target of a position tool; their price is null while the tick is unknown."""
    tick = workshop.tick(item.symbol) or tool.tick
    rules = {which: position_rule(tool, which, tick) for which in ("stop", "target")}
    return [
        Row(f"{item.name}.{which}", which, {"shape": "level", "price": rule["price"]})
        for which, rule in rules.items()
        if rule
    ]


def _figures(geometry: Data) -> Data:
    match geometry["shape"]:
        case "level":
            return {"price": geometry["price"]}
        case "zone":
            return {"low": geometry["low"], "high": geometry["high"]}
        case "line":
            return {"anchors": [geometry["a"], geometry["b"]]}
        case _:
            first, second = geometry["first"], geometry["second"]
            return {"anchors": [first["a"], first["b"], second["a"], second["b"]]}
