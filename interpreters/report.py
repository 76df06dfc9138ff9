"""The reading of an export: what was understood, what was left out and why, what is asked, what could be traded.

``interpret`` is the whole way: export and context in, reading out. The reading is also the draft that freezing takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from interpreters.asking import all_questions, fits
from interpreters.basis import Basis, carried, fingerprint
from interpreters.building import build, settle
from interpreters.draft import Question
from interpreters.items import Item, Owned, read_items
from interpreters.listing import Left, Understood, understood
from interpreters.planning import Plan, Plans, plan
from interpreters.sketch import parts_of, places_of
from interpreters.surroundings import Context, World, gather
from interpreters.workshop import Workshop
from spec.strategy import Origin

if TYPE_CHECKING:
    from interpreters.drawing import Export
    from interpreters.items import LeftOut

INTERPRETER = "1"
Data = dict[str, Any]


class Proposal(Struct, frozen=True, forbid_unknown_fields=True):
    """A strategy or watch in the draft; ``strategy`` is what is frozen once nothing is open.

    ``last_anchor`` is the last bar that an anchor stands on, UNIX seconds UTC.
    """

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
    ``basis`` is what freezing builds on, and ``basis_digest`` its hash.
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
    basis_digest: str
    basis: Basis


def interpret(export: Export, context: Context, *, explain: bool = False) -> Reading:
    """Read an export: every drawing in exactly one of ``understood`` and ``left_out``, grouped by symbol."""
    world = gather(export, context)
    items, left, plans = read_plans(world)
    workshop = Workshop(world, {})
    proposed = proposals(plans, workshop)
    asked = tuple(all_questions(plans, world))
    _ask_everywhere(plans, workshop, asked)
    taken_up = (item.drawing for item in items if item.only_listed is None)
    basis = carried(world.basis, taken_up, world.charted.told())
    nodes = Owned({name: node for one in proposed for name, node in one.strategy["nodes"].items()})
    rank = _ranks(export, world)
    items.sort(key=lambda item: rank[item.drawing.symbol])
    left.sort(key=lambda one: rank[one.drawing.symbol])
    return Reading(
        export_digest=export.digest,
        format=export.format,
        interpreter=INTERPRETER,
        symbol=export.charts[0].symbol,
        exported_at=basis.boundary,
        exported_by=basis.boundary_by,
        drawings=len(export.drawings),
        understood=tuple(understood(item, workshop, nodes, (context.at, explain)) for item in items),
        left_out=tuple(_left(one) for one in left),
        questions=asked,
        strategies=proposed,
        notes=export.notes + world.notes + plans.notes,
        basis_digest=fingerprint(basis),
        basis=basis,
    )


def _ranks(export: Export, world: World) -> dict[str | None, int]:
    """The order in which symbols are reported: the charts' own first, then as they come in the file."""
    symbols = [drawing.symbol for drawing in export.drawings]
    own = [symbol for symbol in symbols if world.is_charted(symbol)]
    return {symbol: rank for rank, symbol in enumerate(dict.fromkeys(own + symbols))}


def read_plans(world: World) -> tuple[list[Item], list[LeftOut], Plans]:
    """The drawings of a world, read and put together; each of its symbols has its name from then on."""
    items, left = read_items(world)
    unanswered = Workshop(world, {})
    taken_up = [item for item in items if item.only_listed is None]
    plans = plan(taken_up, lambda item, timeframe: fits(item, unanswered, timeframe))
    world.name_symbols(item.symbol for item in plans.items)
    return items, left, plans


def proposals(plans: Plans, workshop: Workshop) -> tuple[Proposal, ...]:
    """Every strategy and watch, as far as they are answered."""
    return tuple(proposal(one, workshop) for one in settle(plans, workshop))


def _ask_everywhere(plans: Plans, workshop: Workshop, asked: tuple[Question, ...]) -> None:
    """Have every place looked up on each timeframe that an answer may choose, so that the basis carries it."""
    offered = {choice.id for one in asked if one.id.startswith("timeframe.") for choice in one.choices} - {"watch"}
    frames = sorted(offered | {one.timeframe for one in plans.plans if one.timeframe})
    for item in plans.items:
        for place in (place for part in parts_of(item.sketch) for place in places_of(part)):
            for frame in frames:
                workshop.world.timeline(item.symbol).spot(place, frame)


def proposal(one: Plan, workshop: Workshop) -> Proposal:
    """A settled plan as it is proposed; raises as building does."""
    strategy = build(one, workshop)
    owned = Owned(strategy["nodes"])
    return Proposal(
        one.id,
        one.kind,
        _name(one),
        one.symbol,
        strategy["timeframe"],
        strategy,
        tuple(_origin(item, owned) for item in one.items),
        max((time for item in one.items for time in _anchored(item, one, workshop)), default=None),
    )


def _anchored(item: Item, one: Plan, workshop: Workshop) -> list[int]:
    """The bars that a drawing stands on; the right edge of a position tool is none."""
    canvas = workshop.canvas(item, one)
    return [canvas.spot(place).moment.time for part in parts_of(item.sketch) for place in places_of(part)]


def _name(one: Plan) -> str:
    where = f"{one.symbol or 'unknown symbol'} {one.timeframe or ''}".strip()
    if one.entry is None:
        return f"watch on {where}"
    words = " ".join(one.entry.drawing.text.split())[:80]
    return f"{words or one.entry.side} on {where}"


def _origin(item: Item, owned: Owned) -> Origin:
    points = tuple((point.time, point.offset, point.price) for point in item.drawing.points)
    return Origin(item.key, item.drawing.tool, item.drawing.text, tuple(owned.of(item)), points)


def _left(one: LeftOut) -> Left:
    return Left(one.drawing.key, one.drawing.tool, one.drawing.symbol, one.reason)
