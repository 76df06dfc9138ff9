"""Paper: fills as TradingView's broker emulator assumes them from candles alone.

Within a bar the price goes open → the extreme nearer to the open (tie: the low) → the other extreme → close, and
through every price between. A stop or limit fills at its level where the path reaches it, or at the price that the
path has when the order comes to stand beyond it: the open of a bar that gapped. A market order fills at the price
the path has, which for one sent at a bar's close is the next open. What the path meets first fills first.
Slippage is taken on market and stop orders, never on limits; orders fill whole.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, assert_never

from msgspec import Struct

from execution.messages import Accepted, Cancelled, Order, PlaceOrder, ReplaceOrder, Traded, WithdrawOrder
from spec.block import ON_THE_LINE, SMALLEST

if TYPE_CHECKING:
    from execution.messages import ToBroker

Path: TypeAlias = tuple[float, float, float, float]
LEGS = 3
FIRST_OF_A_TIE = {"market": 0, "stop": 1, "limit": 2}  # at one point of the path the worse outcome comes first


class BadTerms(ValueError):
    """Terms that no fill can be made with: one sentence says why."""


class PaperTerms(Struct, frozen=True, forbid_unknown_fields=True):
    """What trading on paper costs.

    ``equity`` to begin with in quote currency; ``fee_rate`` of each fill's notional (0.001 is 0.1 %); slippage
    against the order by ``slippage_ticks`` of the market plus ``slippage_rate`` of the price. Raises BadTerms.
    """

    equity: float = 10_000.0
    fee_rate: float = 0.0
    slippage_ticks: float = 0.0
    slippage_rate: float = 0.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.equity) and self.equity > 0):
            msg = f"the equity to begin with must be above 0, not {self.equity!r}"
            raise BadTerms(msg)
        for name in ("fee_rate", "slippage_ticks", "slippage_rate"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                msg = f"{name} must be 0 or more, not {value!r}"
                raise BadTerms(msg)


class Point(NamedTuple):
    """A place on the path: its leg (0 to 2), the distance gone on that leg, and the price there."""

    leg: int
    along: float
    price: float


def assumed_path(bar: tuple[float, float, float, float], tick: float | None) -> Path:
    """The four corners of a bar's path from (open, high, low, close).

    Extremes whose distances from the open differ by less than a thousandth of a tick are a tie: the low comes first.
    """
    first, high, low, last = bar
    tie = max((tick or 0.0) / 1000, abs(first) * ON_THE_LINE, SMALLEST)
    low_first = (first - low) - (high - first) < tie
    return (first, low, high, last) if low_first else (first, high, low, last)


def start(path: Path) -> Point:
    """The open."""
    return Point(0, 0.0, path[0])


def end(path: Path) -> Point:
    """The close."""
    return Point(LEGS - 1, abs(path[LEGS] - path[LEGS - 1]), path[LEGS])


def locate(path: Path, event: str, price: float, value: float) -> Point | None:
    """Where an intrabar hit lies on the path: its first passage (``up`` and ``down``: in that direction).

    None where the path never has that price, as for an edge that the price came near to without reaching it.
    """
    crosses = event in {"up", "down"}
    if price == path[0] and (value != price or not crosses):
        return start(path)
    for leg in range(LEGS):
        a, b = path[leg], path[leg + 1]
        passed = min(a, b) <= price <= max(a, b)
        if passed and (not crosses or (b > price if event == "up" else b < price)):
            return Point(leg, abs(price - a), price)
    return None


def reach(order: Order, path: Path, at: Point) -> Point | None:
    """Where an order fills, if the path is at a point and goes on from there."""
    if order.level is None:
        return at
    level = float(order.level)
    rising = (order.type == "stop") == (order.side == "buy")
    if at.price >= level if rising else at.price <= level:
        return at
    for leg in range(at.leg, LEGS):
        corner = path[leg + 1]
        if corner >= level if rising else corner <= level:
            return Point(leg, abs(level - path[leg]), level)
    return None


def fill_price(order: Order, price: float, terms: PaperTerms, tick: float | None) -> float:
    """The price paid or got where the market stands at ``price``; slippage is against the order."""
    if order.type == "limit":
        return price
    slip = terms.slippage_ticks * (tick or 0.0) + terms.slippage_rate * abs(price)
    return price + slip if order.side == "buy" else price - slip


class Paper:
    """A book of working orders on one market; raises BadTerms for slippage in ticks where the tick is unknown."""

    def __init__(self, terms: PaperTerms, tick: float | None) -> None:
        if terms.slippage_ticks and tick is None:
            msg = "slippage in ticks needs the market's tick size; give the slippage as a rate"
            raise BadTerms(msg)
        self.terms = terms
        self.tick = tick
        self.orders: dict[str, Order] = {}

    def take(self, message: ToBroker) -> Accepted | Cancelled:
        """Do what is asked and answer."""
        match message:
            case PlaceOrder(order) | ReplaceOrder(order):
                self.orders[order.id] = order
                return Accepted(order.id)
            case WithdrawOrder(name):
                self.orders.pop(name, None)
                return Cancelled(name)
            case _:
                assert_never(message)

    def next_fill(self, path: Path, at: Point) -> tuple[Point, Order] | None:
        """The order that the rest of the path fills first, and where."""
        reached = [(point, order) for order in self.orders.values() if (point := reach(order, path, at)) is not None]
        return min(reached, key=lambda one: (one[0].leg, one[0].along, FIRST_OF_A_TIE[one[1].type]), default=None)

    def fill(self, order: Order, at: Point) -> Traded:
        """Take an order off the book, filled whole at a point of the path."""
        del self.orders[order.id]
        price = fill_price(order, at.price, self.terms, self.tick)
        return Traded(
            order.id, f"{order.id}-1", order.size, price, self.terms.fee_rate * abs(price) * float(order.size)
        )
