"""Building: a plan and the answers given become a strategy, as plain data.

The same function builds every variant: what an answer changes is found by building with it and without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msgspec import structs, to_builtins

from interpreters.exits import at_price, position_rule, rule_of
from interpreters.noding import nodes_of, wish_of
from interpreters.planning import Plan, Plans, as_watch, slug
from interpreters.shaping import Canvas
from interpreters.sketch import Box, Position
from spec.strategy import Risk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interpreters.items import Item
    from interpreters.surroundings import World
    from spec.geometry import Scale
    from spec.market import Market

Data = dict[str, Any]
LAST = 99  # where a target without a number stands among those with one
ATR_STOP = {"rule": "atr", "multiple": 2.0, "length": 14}


@dataclass(frozen=True, slots=True)
class Workshop:
    """An export's world and the answers to build with (question id → choice)."""

    world: World
    answers: Mapping[str, str]

    def about(self, topic: str, symbol: str | None) -> str:
        """The id of a question about a symbol: bare for the charted one."""
        return topic if self.world.is_charted(symbol) else f"{topic}.{slug(symbol)}"

    def market(self, symbol: str | None) -> Market | None:
        """The symbol's market with its tick, as far as they are known or answered."""
        market = self.world.market(symbol, self.answers.get(self.about("market", symbol)))
        return structs.replace(market, tick_size=self.tick(symbol)) if market else None

    def tick(self, symbol: str | None) -> float | None:
        """The symbol's tick size, known or answered."""
        answer = self.answers.get(self.about("tick", symbol))
        return float(answer) if answer not in {None, "watch"} else self.world.tick(symbol)

    def scale(self, item: Item) -> Scale | None:
        """Linear or log: the caller's word, else the chart's axis, else the answer."""
        if self.world.context.price_scale:
            return self.world.context.price_scale
        if item.drawing.log is not None:
            return "log" if item.drawing.log else "linear"
        answer = self.answers.get("scale")
        return "log" if answer == "log" else "linear" if answer == "linear" else None

    def timeframe(self, plan: Plan) -> str | None:
        """The timeframe answered, else the drawing's own."""
        answer = self.answers.get(f"timeframe.{plan.id}")
        return answer if answer not in {None, "watch"} else plan.timeframe

    def canvas(self, item: Item, plan: Plan) -> Canvas:
        """Where the item's shapes are put."""
        market = self.market(plan.symbol)
        by_clock = market is not None and market.reports_every_interval
        timeline = self.world.timeline(plan.symbol, by_clock=by_clock)
        return Canvas(self.timeframe(plan), item.timeframe, self.scale(item), timeline, self._extended(item))

    def _extended(self, item: Item) -> bool | None:
        if item.words.extend is not None:
            return item.words.extend
        return True if self.answers.get(f"extend.{item.name}") == "extend" else None

    def life(self, item: Item) -> tuple[int | None, int | None]:
        """valid_from and valid_until; a time to live counts from the export, else from where it was answered."""
        if item.words.valid_seconds is None:
            return None, None
        boundary = self.world.boundary()
        if boundary is not None:
            return None, boundary[0] + item.words.valid_seconds
        if self.answers.get(f"valid.{item.name}") != "anchor":
            return None, None
        return None, max(point.time or 0 for point in item.drawing.points) + item.words.valid_seconds


def build(plans: Plans, workshop: Workshop) -> dict[str, Data]:
    """Every strategy by id; raises NotRead where a chosen timeframe leaves a drawing without a shape."""
    claimed: dict[str, list[Item]] = {}
    for loose in plans.loose:
        claimed.setdefault(workshop.answers.get(f"belongs.{loose.item.name}", ""), []).append(loose.item)
    built = {}
    for plan in plans.plans:
        joined = structs.replace(plan, members=(*plan.members, *claimed.get(plan.id, ())))
        built[plan.id] = _build(joined, workshop)
    return built


def questions_that_end_in_a_watch(plan: Plan, workshop: Workshop) -> tuple[str, ...]:
    """Ids of the questions whose answer ``watch`` takes the trade out of a plan."""
    own = [f"{topic}.{plan.id}" for topic in ("timeframe", "stop", "bars")]
    about = [workshop.about(topic, plan.symbol) for topic in ("market", "tick")]
    entry = [f"{topic}.{item.name}" for item in plan.items for topic in ("action", "extend")]
    return (*own, *about, *entry)


def _build(plan: Plan, workshop: Workshop) -> Data:
    answered = (workshop.answers.get(name) for name in questions_that_end_in_a_watch(plan, workshop))
    if plan.kind == "strategy" and "watch" in answered:
        plan = as_watch(plan)
    market = workshop.market(plan.symbol)
    base = {
        "kind": plan.kind,
        "market": to_builtins(market) if market else None,
        "timeframe": workshop.timeframe(plan),
        "nodes": {},
        "entry": None,
        "stop": None,
        "targets": [],
        "exit": None,
        "risk": to_builtins(risk_of(plan, workshop)),
        "semantics": 1,
    }
    return _trade(base, plan, plan.entry, workshop) if plan.entry else _watch(base, plan, workshop)


def _watch(base: Data, plan: Plan, workshop: Workshop) -> Data:
    for item in plan.members:
        wish = wish_of(item, None, workshop.life(item), single=False)
        base["nodes"].update(nodes_of(item, wish, workshop.canvas(item, plan)).nodes)
    return base


def _trade(base: Data, plan: Plan, entry: Item, workshop: Workshop) -> Data:
    base["entry"] = {"side": entry.side, "node": _node(base, entry, plan, workshop)}
    exits = [_node(base, item, plan, workshop) for item in plan.members if item.role == "exit"]
    if len(exits) > 1:
        base["nodes"]["exit"] = {"kind": "any_of", "nodes": exits}
    base["exit"] = "exit" if len(exits) > 1 else exits[0] if exits else None
    stops = stops_of(plan, entry, workshop)
    chosen = workshop.answers.get(f"stop.{plan.id}")
    base["stop"] = ATR_STOP if chosen == "atr" else stops.get(chosen or "", next(iter(stops.values()), None))
    base["targets"] = _targets(plan, entry, workshop)
    return base


def _node(base: Data, item: Item, plan: Plan, workshop: Workshop) -> str | None:
    """Adds the item's nodes and names the one that speaks for it."""
    action = workshop.answers.get(f"action.{item.name}") or likely_action(item, workshop.world)
    wish = wish_of(item, "bounce" if action == "bounce" else "break", workshop.life(item), single=True)
    nodes = nodes_of(item, wish, workshop.canvas(item, plan))
    base["nodes"].update(nodes.nodes)
    return nodes.main


def asks_action(item: Item) -> bool:
    """Whether a trade's words leave open how price has to meet the drawing."""
    words = item.words
    said = words.action or words.direction or words.retest
    return item.role == "entry" and not said and not isinstance(item.sketch, Position)


def likely_action(item: Item, world: World) -> str:
    """Break a line that price has yet to reach in the trade's direction, bounce from one behind it."""
    if item.role == "exit":
        return "break"
    last = world.last_price(item.symbol)
    prices = [point.price for point in item.drawing.points[:2] if point.price is not None]
    if last is None or not prices or not item.side:
        return "bounce" if isinstance(item.sketch, Box) else "break"
    beyond = prices[-1] > last if item.side == "long" else prices[-1] < last
    return "break" if beyond else "bounce"


def stops_of(plan: Plan, entry: Item, workshop: Workshop) -> dict[str, Data]:
    """Candidates for the stop by the key of what they come from, those in words first."""
    tick, found = workshop.tick(plan.symbol), {}
    for level in entry.words.attached:
        if level.role == "stop" and level.price is not None:
            found["words"] = at_price(level.price)
    for item in sorted(plan.items, key=lambda item: item.role == "position"):
        rule = None
        if item.role == "stop":
            rule = rule_of(item, workshop.canvas(item, plan), long=entry.side == "long", tick=tick)
        elif isinstance(item.sketch, Position):
            rule = position_rule(item.sketch, "stop", tick)
        if rule is not None:
            found[item.key] = rule
    return found


def _targets(plan: Plan, entry: Item, workshop: Workshop) -> list[Data]:
    """Targets in the order of their numbers; shares that are not said divide what is left evenly."""
    tick, long = workshop.tick(plan.symbol), entry.side == "long"
    rows: list[tuple[int, float | None, Data]] = [
        (level.number or LAST, level.share, at_price(level.price))
        for level in entry.words.attached
        if level.role == "target" and level.price is not None
    ]
    for item in plan.members:
        rule = rule_of(item, workshop.canvas(item, plan), long=long, tick=tick) if item.role == "target" else None
        if rule is not None:
            rows.append((item.words.target_number or LAST, item.words.target_share, rule))
    if not rows:
        rules = (position_rule(item.sketch, "target", tick) for item in plan.items if isinstance(item.sketch, Position))
        rows += [(LAST, None, rule) for rule in rules if rule is not None][:1]
    rows.sort(key=lambda row: row[0])
    unsaid = sum(share is None for _, share, _ in rows)
    rest = (1 - sum(share or 0 for _, share, _ in rows)) / unsaid if unsaid else 0
    return [{"at": rule, "share": rest if share is None else share} for _, share, rule in rows]


def risk_of(plan: Plan, workshop: Workshop) -> Risk:
    """The settings' risk, or the position tool's own where that was answered."""
    context = workshop.world.context
    if workshop.answers.get(f"risk.{plan.id}") == "tool":
        return Risk(own_risk(plan) or context.risk_percent, context.max_exposure)
    return Risk(context.risk_percent, context.max_exposure)


def own_risk(plan: Plan) -> float | None:
    """The risk that somebody set on a position tool of the plan, in percent of the account."""
    risks = (item.sketch.own_risk for item in plan.items if isinstance(item.sketch, Position))
    return next((risk for risk in risks if risk is not None), None)
