"""The reading of an export: what was understood, what was left out and why, what is asked, what could be traded.

``interpret`` is the whole way: export and context in, reading out. The reading is also the draft that freezing takes.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from msgspec import Struct, structs

from interpreters.asking import questions
from interpreters.building import Workshop, build
from interpreters.draft import Choice, Question, changes
from interpreters.exits import position_rule
from interpreters.items import Item, LeftOut, read_items
from interpreters.noding import nodes_of, wish_of
from interpreters.planning import Plan, Plans, plan
from interpreters.sketch import Position
from interpreters.surroundings import Context, World
from interpreters.values import values_at
from spec.canonical import canonical
from spec.strategy import Origin

if TYPE_CHECKING:
    from interpreters.drawing import Drawing, Export

INTERPRETER = "1"
Data = dict[str, Any]


class Understood(Struct, frozen=True, omit_defaults=True):
    """One drawing that was understood: the nodes it stands for, and what its words were read as."""

    drawing: str
    tool: str
    symbol: str | None
    nodes: tuple[Data, ...]
    timeframe: str | None = None
    text: str = ""
    unknown_words: tuple[str, ...] = ()
    words: tuple[Data, ...] = ()
    hidden: bool = False
    values: dict[str, float | None] | None = None


class Left(Struct, frozen=True):
    """One drawing that was left out, and why."""

    drawing: str
    tool: str
    symbol: str | None
    reason: str


class Proposal(Struct, frozen=True, forbid_unknown_fields=True):
    """A strategy or watch in the draft; ``strategy`` is what is frozen once nothing is open."""

    id: str
    kind: str
    name: str
    symbol: str | None
    timeframe: str | None
    strategy: Data
    drawings: tuple[Origin, ...]
    last_anchor: int | None


class Reading(Struct, frozen=True):
    """The reading of one export. ``drawings`` is the number of drawings in the file.

    ``exported_at`` (UNIX seconds) and ``exported_by`` are the last moment the trader could see and how it is known.
    ``proposed`` is a hash over the proposals, by which freezing sees whether a person edited them.
    """

    export_digest: str
    format: str
    interpreter: str
    symbol: str | None
    exported_at: int | None
    exported_by: str | None
    drawings: int
    understood: tuple[Understood, ...]
    left_out: tuple[Left, ...]
    questions: tuple[Question, ...]
    strategies: tuple[Proposal, ...]
    notes: tuple[str, ...]
    proposed: str


def interpret(export: Export, context: Context, *, explain: bool = False) -> Reading:
    """Read an export: every drawing in exactly one of ``understood`` and ``left_out``."""
    world = World(export, context)
    items, left = read_items(world)
    plans = plan([item for item in items if world.taken_up(item.drawing)])
    workshop = Workshop(world, {})
    built = build(plans, workshop)
    proposals = tuple(_proposal(one, built[one.id], plans) for one in plans.plans)
    boundary = world.boundary()
    return Reading(
        export_digest=export.digest,
        format=export.format,
        interpreter=INTERPRETER,
        symbol=export.charts[0].symbol,
        exported_at=boundary[0] if boundary else None,
        exported_by=boundary[1] if boundary else None,
        drawings=len(export.drawings),
        understood=tuple(_understood(item, workshop, explain=explain) for item in items),
        left_out=tuple(_left(one) for one in left),
        questions=tuple(_with_changes(one, plans, workshop, built) for one in questions(plans, workshop)),
        strategies=proposals,
        notes=export.notes,
        proposed=fingerprint(proposals),
    )


def fingerprint(proposals: tuple[Proposal, ...]) -> str:
    """sha256 over the proposals, hexadecimal."""
    return hashlib.sha256(canonical([one.strategy for one in proposals])).hexdigest()


def _with_changes(question: Question, plans: Plans, workshop: Workshop, built: Data) -> Question:
    """The question with what each choice changes, found by building with it."""
    choices = []
    for choice in question.choices:
        answered = build(plans, Workshop(workshop.world, {question.id: choice.id}))
        to_set, drop = changes(built, answered)
        choices.append(Choice(choice.id, choice.text, to_set, tuple(drop)))
    return structs.replace(question, choices=tuple(choices))


def _proposal(one: Plan, strategy: Data, plans: Plans) -> Proposal:
    loose = tuple(other.item for other in plans.loose if one.id in other.claims)
    items = (*one.items, *loose)
    anchors = [point.time for item in items for point in item.drawing.points if point.time is not None]
    return Proposal(
        one.id,
        one.kind,
        _name(one),
        one.symbol,
        strategy["timeframe"],
        strategy,
        tuple(_origin(item, strategy) for item in items),
        max(anchors, default=None),
    )


def _name(one: Plan) -> str:
    where = f"{one.symbol or 'unknown symbol'} {one.timeframe or ''}".strip()
    if one.entry is None:
        return f"watch on {where}"
    words = " ".join(one.entry.drawing.text.split())[:80]
    return f"{words or one.entry.side} on {where}"


def _origin(item: Item, strategy: Data) -> Origin:
    names = tuple(name for name in strategy["nodes"] if name == item.name or name.startswith(f"{item.name}."))
    points = tuple((point.time, point.offset, point.price) for point in item.drawing.points)
    return Origin(item.key, item.drawing.tool, item.drawing.text, names, points)


def _left(one: LeftOut) -> Left:
    return Left(one.drawing.key, one.drawing.tool, one.drawing.symbol, one.reason)


def _understood(item: Item, workshop: Workshop, *, explain: bool) -> Understood:
    drawing: Drawing = item.drawing
    alone = Plan("alone", "watch", item.symbol, item.timeframe, None, (item,))
    at = workshop.world.context.at
    return Understood(
        drawing.key,
        drawing.tool,
        drawing.symbol,
        (*_nodes(item, alone, workshop), *_exits(item, workshop)),
        item.timeframe,
        drawing.text,
        item.words.unknown,
        tuple({"text": token.text, "meaning": token.meaning} for token in item.words.tokens) if explain else (),
        not drawing.visible,
        None if at is None else values_at(item, workshop.canvas(item, alone), at),
    )


def _nodes(item: Item, alone: Plan, workshop: Workshop) -> list[Data]:
    canvas = workshop.canvas(item, alone)
    single = item.role in {"entry", "exit"}
    wish = wish_of(item, None, (None, None), single=single)
    kind = item.role if item.role in {"stop", "target"} else None
    rows: list[Data] = []
    for name, node in nodes_of(item, wish, canvas).nodes.items():
        geometry = node.get("geometry")
        if geometry is not None and not any(row["name"] == name for row in rows):
            rows.append({"name": name, "kind": kind or node["kind"], **_figures(geometry)})
    return rows


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


def _exits(item: Item, workshop: Workshop) -> list[Data]:
    """Stop and target of a position tool; their price is null while the tick is unknown."""
    if not isinstance(item.sketch, Position):
        return []
    tick = workshop.tick(item.symbol) or item.sketch.tick
    rules = {which: position_rule(item.sketch, which, tick) for which in ("stop", "target")}
    return [
        {"name": f"{item.name}.{which}", "kind": which, "price": rule.get("price")}
        for which, rule in rules.items()
        if rule
    ]
