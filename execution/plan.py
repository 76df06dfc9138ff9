"""The plan: what the kernels need of a frozen strategy, and the prices and sizes of exits that follow from it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct

from execution.exits import price_of, rules_of
from execution.rounding import ARITHMETIC, exact, floor_size, to_tick
from spec.strategy import BadStrategy, ExitRule, Side, Strategy

if TYPE_CHECKING:
    from execution.messages import Marks

NOTHING = Decimal(0)


class Plan(Struct, frozen=True):
    """What a kernel needs of a frozen strategy; the stop and then the targets are its ``rules``."""

    digest: str
    symbol: str
    venue: str
    tick: float | None
    side: Side
    node: str
    rules: tuple[ExitRule, ...]
    shares: tuple[float, ...]

    @property
    def market(self) -> str:
        """``binance ETH/BTC``."""
        return f"{self.venue} {self.symbol}"

    @property
    def sign(self) -> int:
        """1 for a long, -1 for a short."""
        return 1 if self.side == "long" else -1


def plan_of(strategy: Strategy, digest: str) -> Plan:
    """The plan of a strategy; raises BadStrategy for a watch, which has no trades."""
    if strategy.kind == "watch" or strategy.market is None or strategy.entry is None:
        msg = "a watch has no trades; use signals"
        raise BadStrategy(msg)
    market, entry = strategy.market, strategy.entry
    shares = tuple(target.share for target in strategy.targets)
    rules = rules_of(strategy)
    return Plan(digest, market.symbol, market.exchange, market.tick_size, entry.side, entry.node, rules, shares)


def levels(plan: Plan, marks: Marks, entry: float) -> list[Decimal | None]:
    """Order prices of the stop and the targets for an entry price; None where a rule has no price yet."""
    prices = (
        price_of(rule, mark, entry, plan.sign if at else -plan.sign)
        for at, (rule, mark) in enumerate(zip(plan.rules, marks, strict=True))
    )
    return [None if price is None else to_tick(price, plan.tick) for price in prices]


def portions(plan: Plan, opened: Decimal) -> tuple[Decimal, ...]:
    """The size that each target closes, rounded down; where the shares make up the whole, the last takes the rest."""
    sizes = [floor_size(ARITHMETIC.multiply(opened, exact(share))) for share in plan.shares]
    if sizes and sum(plan.shares) > 1 - 1e-9:
        sizes[-1] = opened - sum(sizes[:-1], NOTHING)
    return tuple(sizes)


def role_of(at: int, count: int) -> str:
    """``target`` where there is one, ``target 1``, ``target 2`` … where there are several."""
    return "target" if count == 1 else f"target {at + 1}"


def target_index(role: str) -> int:
    """Which target an order of this role is for, from 0."""
    return int(role.partition(" ")[2] or 1) - 1
