"""The plan: what the kernels need of a frozen strategy, and the prices and sizes of exits that follow from it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct, UnsetType

from execution.exits import more_rules_of, price_of, rules_of
from execution.rounding import ARITHMETIC, exact, floor_size, to_tick
from spec.managing import NOT_MANAGED, EntryOrder, Managing, Slices
from spec.strategy import BadStrategy, ExitRule, Side, Strategy

if TYPE_CHECKING:
    from execution.messages import Marks

NOTHING = Decimal(0)
BRACKET = "bracket"


class Plan(Struct, frozen=True):
    """What a kernel needs of a frozen strategy.

    The stop and then the targets are its ``rules``, ``more`` those of trail, invalidation and entry, in the order of
    their marks. ``locks``: what is held is locked by one resting exit (coins on an exchange), so that a stop and a
    target cannot rest beside each other. ``step`` is that of the market's sizes, where it is known; no order of less
    than ``least`` in base currency, or than ``worth`` in quote currency, is taken.
    """

    digest: str
    symbol: str
    venue: str
    tick: float | None
    timeframe: str
    side: Side
    node: str
    rules: tuple[ExitRule, ...]
    shares: tuple[float, ...]
    more: dict[str, ExitRule] = {}
    order: EntryOrder | None = None
    slices: Slices | None = None
    managing: Managing = NOT_MANAGED
    locks: bool = False
    step: Decimal | None = None
    least: Decimal = NOTHING
    worth: Decimal = NOTHING

    @property
    def every_rule(self) -> tuple[ExitRule, ...]:
        """The rules in the order of their marks."""
        return (*self.rules, *self.more.values())

    @property
    def steps(self) -> bool:
        """Whether something can happen on any bar of a position, be its stop and targets met or not."""
        return self.order is not None or self.slices is not None or self.managing != NOT_MANAGED

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
    return Plan(
        digest=digest,
        symbol=market.symbol,
        venue=market.exchange,
        tick=market.tick_size,
        timeframe=strategy.timeframe,
        side=entry.side,
        node=entry.node,
        rules=rules_of(strategy),
        shares=shares,
        more=more_rules_of(strategy),
        order=None if isinstance(entry.order, UnsetType) else entry.order,
        slices=None if isinstance(entry.slices, UnsetType) else entry.slices,
        managing=strategy.managed,
    )


def levels(plan: Plan, marks: Marks, entry: float) -> list[Decimal | None]:
    """Order prices of the stop and the targets for an entry price; None where a rule has no price yet."""
    return [level_of(plan, at, marks, entry) for at in range(len(plan.rules))]


def level_of(plan: Plan, at: int, marks: Marks, entry: float) -> Decimal | None:
    """The order price of one of the rules, the stop first."""
    price = price_of(plan.rules[at], marks[at], entry, plan.sign if at else -plan.sign)
    return None if price is None else to_tick(price, plan.tick)


def mark_of(plan: Plan, marks: Marks, name: str) -> float | None:
    """The mark of the rule for a trail, an invalidation or an entry."""
    return marks[len(plan.rules) + list(plan.more).index(name)]


def portions(plan: Plan, opened: Decimal) -> tuple[Decimal, ...]:
    """The size that each target closes, rounded down; where the shares make up the whole, the last takes the rest."""
    sizes = [_cut(plan, ARITHMETIC.multiply(opened, exact(share))) for share in plan.shares]
    if sizes and sum(plan.shares) > 1 - 1e-9:
        sizes[-1] = opened - sum(sizes[:-1], NOTHING)
    return tuple(sizes)


def _cut(plan: Plan, size: Decimal) -> Decimal:
    """A size in whole steps: what a target leaves below one is the next one's, or the stop's."""
    return floor_size(size) if plan.step is None else size - size % plan.step


def role_of(at: int, count: int, kind: str = "target") -> str:
    """``target`` where there is one, ``target 1``, ``target 2`` … where there are several."""
    return kind if count == 1 else f"{kind} {at + 1}"


def is_target(role: str) -> bool:
    """Whether an order of this role fills a target, alone or in a bracket with a stop."""
    return role.startswith(("target", BRACKET))


def target_index(role: str) -> int:
    """Which target an order of this role is for, from 0."""
    return int(role.partition(" ")[2] or 1) - 1
