"""The workshop: a world and the answers given, and what both together say of symbols, timeframes, scales and lives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import structs

from interpreters.answers import market_of, tick_of, timeframe_of
from interpreters.shaping import FINEST, Canvas

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interpreters.items import Item
    from interpreters.planning import Plan
    from interpreters.surroundings import World
    from spec.geometry import Scale
    from spec.market import Market

WATCHED = "watch"  # the answer that gives the trade up


@dataclass(frozen=True, slots=True)
class Workshop:
    """A world and the answers to build with (question id → choice or value). Its methods raise BadDraft."""

    world: World
    answers: Mapping[str, str]

    def gives_up(self, plan: Plan) -> bool:
        """Whether an answer takes the trade out of a plan."""
        own = [f"{topic}.{plan.id}" for topic in ("timeframe", "stop", "bars", "shares")]
        about = [self.world.topic(topic, plan.symbol) for topic in ("market", "tick")]
        drawn = [f"{topic}.{item.name}" for item in plan.items for topic in ("action", "extend")]
        return any(self.answers.get(question) == WATCHED for question in (*own, *about, *drawn))

    def market(self, plan: Plan) -> Market | None:
        """The plan's market with its tick, as far as they are known; None also where it is only shown."""
        chosen = self.answers.get(self.world.topic("market", plan.symbol))
        if WATCHED in {chosen, self.answers.get(f"timeframe.{plan.id}")}:
            return None
        market = self.world.market(plan.symbol, chosen)
        if market is None and chosen is not None:
            market = market_of(chosen)
        return structs.replace(market, tick_size=self.tick(plan.symbol)) if market else None

    def tick(self, symbol: str | None) -> float | None:
        """The symbol's tick size, known or answered."""
        answer = self.answers.get(self.world.topic("tick", symbol))
        return self.world.tick(symbol) if answer is None or answer == WATCHED else tick_of(answer)

    def scale(self, item: Item) -> Scale | None:
        """Linear or log: the caller's word, else the chart's axis, else the answer."""
        answer = self.answers.get("scale")
        answered: Scale | None = "log" if answer == "log" else "linear" if answer == "linear" else None
        return self.world.scale(item.drawing) or answered

    def timeframe(self, plan: Plan) -> str | None:
        """The timeframe answered, else the drawing's own; a stand-in where it is only shown."""
        answer = self.answers.get(f"timeframe.{plan.id}")
        if answer is None:
            return plan.timeframe
        return FINEST if answer == WATCHED else timeframe_of(answer)

    def canvas(self, item: Item, plan: Plan) -> Canvas:
        """Where the item's shapes are put."""
        market = self.market(plan)
        return Canvas(
            self.timeframe(plan),
            self.scale(item),
            self.world.timeline(plan.symbol),
            by_clock=market is not None and market.reports_every_interval,
            extended=self._extended(item),
            by_time=self.answers.get(f"timeframe.{plan.id}") == WATCHED,
        )

    def _extended(self, item: Item) -> bool | None:
        if item.words.extend is not None:
            return item.words.extend
        return True if self.answers.get(f"extend.{item.name}") == "extend" else None

    def life(self, item: Item, plan: Plan) -> tuple[int | None, int | None]:
        """valid_from and valid_until: a time to live counts from the export; where that is unknown, as answered.

        A watch, which asks nothing, counts it from the drawing's last point.
        """
        lasts, boundary = item.words.valid_seconds, self.world.basis.boundary
        if lasts is None:
            return None, None
        if boundary is None:
            if plan.kind == "strategy" and self.answers.get(f"valid.{item.name}") == "endless":
                return None, None
            times = (point.time for point in item.drawing.points if point.time is not None)
            boundary = max(times, default=None)
        return None, None if boundary is None else boundary + lasts
