"""Building: a plan and the answers given become a strategy, as plain data.

One function builds every variant, for the draft and for freezing: an answer means what it does here and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from msgspec import to_builtins

from interpreters.exits import stop_of, targets_of
from interpreters.noding import nodes_of, said_action, wish_of
from interpreters.planning import Plans, settled
from interpreters.sketch import Box, Flat, Position, Straight, parts_of
from spec.strategy import SEMANTICS, Risk

if TYPE_CHECKING:
    from interpreters.items import Item
    from interpreters.noding import Action
    from interpreters.planning import Plan
    from interpreters.surroundings import World
    from interpreters.workshop import Workshop

Data = dict[str, Any]


def settle(plans: Plans, workshop: Workshop) -> tuple[Plan, ...]:
    """The plans once the answers given are applied to who belongs where and what only watches."""
    return settled(plans, workshop.answers, workshop.gives_up)


def build(plan: Plan, workshop: Workshop) -> Data:
    """A settled plan as a strategy; what is still open stands as it is likeliest, or as null.

    Raises NotRead where an answer leaves a drawing without a shape, BadDraft where one cannot be read.
    """
    market = workshop.market(plan)
    base = {
        "kind": plan.kind,
        "market": to_builtins(market) if market else None,
        "timeframe": workshop.timeframe(plan),
        "nodes": {},
        "entry": None,
        "stop": None,
        "targets": [],
        "exit": None,
        "risk": to_builtins(_risk(plan, workshop)),
        "semantics": SEMANTICS,
    }
    return _trade(base, plan, plan.entry, workshop) if plan.entry else _watch(base, plan, workshop)


def _watch(base: Data, plan: Plan, workshop: Workshop) -> Data:
    for item in plan.members:
        wish = wish_of(item, None, workshop.life(item, plan), single=False)
        base["nodes"].update(nodes_of(item, wish, workshop.canvas(item, plan)).nodes)
    return base


def _trade(base: Data, plan: Plan, entry: Item, workshop: Workshop) -> Data:
    base["entry"] = {"side": entry.side, "node": _node(base, entry, plan, workshop)}
    exits = [_node(base, item, plan, workshop) for item in plan.members if item.role == "exit"]
    if len(exits) > 1:
        base["nodes"]["exit"] = {"kind": "any_of", "nodes": exits}
    base["exit"] = "exit" if len(exits) > 1 else next(iter(exits), None)
    base["stop"] = stop_of(plan, entry, workshop)
    base["targets"] = targets_of(plan, entry, workshop)
    return base


def _node(base: Data, item: Item, plan: Plan, workshop: Workshop) -> str | None:
    """Adds the item's nodes and names the one that speaks for it."""
    action: Action | None = None
    if asks_action(item):
        bounces = (workshop.answers.get(f"action.{item.name}") or likely_action(item, workshop.world)) == "bounce"
        action = "bounce" if bounces else "break"
    wish = wish_of(item, action, workshop.life(item, plan), single=True)
    nodes = nodes_of(item, wish, workshop.canvas(item, plan))
    base["nodes"].update(nodes.nodes)
    return nodes.main


def asks_action(item: Item) -> bool:
    """Whether a trade's words leave open how price has to meet the drawing."""
    return item.role == "entry" and said_action(item) is None


def likely_action(item: Item, world: World) -> Action:
    """Break what price has yet to reach in the trade's direction, bounce from what it has passed."""
    last = world.last_price(item.symbol)
    low, high = _reach(item)
    if last is None:
        return "break" if low == high else "bounce"
    beyond = low > last if item.side == "long" else high < last
    return "break" if beyond else "bounce"


def _reach(item: Item) -> tuple[float, float]:
    """The lowest and the highest price of a drawing at its right end."""
    prices: list[float] = []
    for part in parts_of(item.sketch):
        match part:
            case Straight(first=first, second=second, prices=(start, end)):
                later = (second.time, second.offset) >= (first.time, first.offset)
                prices.append(end if later else start)
            case Flat(price=price):
                prices.append(price)
            case Box(low=low, high=high):
                prices += [low, high]
            case _:
                assert_never(part)
    return min(prices), max(prices)


def _risk(plan: Plan, workshop: Workshop) -> Risk:
    """The settings' risk, or the position tool's own where that was answered."""
    basis = workshop.world.basis
    tool = own_risk(plan) if workshop.answers.get(f"risk.{plan.id}") == "tool" else None
    return Risk(tool or basis.risk_percent, basis.max_exposure)


def own_risk(plan: Plan) -> float | None:
    """The risk that somebody set on a position tool of the plan, in percent of the account."""
    risks = (item.sketch.own_risk for item in plan.items if isinstance(item.sketch, Position))
    return next((risk for risk in risks if risk is not None), None)
