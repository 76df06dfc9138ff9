"""Paper: fills as TradingView's broker emulator assumes them from candles alone.

A stop or limit fills at its level where the path reaches it, or at the price that the path has when the order comes
to stand beyond it: the open of a bar that gapped. A market order fills at the price the path has, which for one sent
at a bar's close is the next open. What the path meets first fills first.
Slippage is taken on market and stop orders, never on limits. Half the spread is paid by every order that takes, and a
limit is reached once the other side's price stands at it. Where a bar's volume is shared, what is left of it fills;
a market order or a triggered stop that finds it used up waits for the next bar, whatever its time in force: candles
cannot tell more.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, assert_never

from msgspec.structs import replace

from execution.brokers.path import Path, Point, assumed_path, end, first_passage, locate, start, still
from execution.brokers.terms import BadTerms, Book, PaperTerms
from execution.messages import (
    Accepted,
    Cancelled,
    Missing,
    PlaceOrder,
    QueryOrder,
    Rejected,
    ReplaceOrder,
    Traded,
    WithdrawOrder,
)
from execution.rounding import exact, floor_size

if TYPE_CHECKING:
    from execution.messages import Report, ToBroker
    from execution.orders import Order

__all__ = ["BadTerms", "Book", "Paper", "PaperTerms", "Path", "Point", "assumed_path", "end", "locate", "start"]

# At one point of the path the worse outcome comes first.
FIRST_OF_A_TIE = {"market": 0, "stop": 1, "stop_limit": 1, "limit": 2}
NOTHING_THERE = "immediate or cancel: there is nothing more to fill it at its price"
NOT_WHOLE = "fill or kill: it cannot be filled whole at once"
WOULD_TAKE = "post only: it would take, not rest"
ENDLESS = Decimal("Infinity")


def half_spread(terms: PaperTerms, price: float, tick: float | None) -> float:
    """From the middle to bid or ask."""
    return (terms.market.spread_ticks * (tick or 0.0) + terms.market.spread_rate * abs(price)) / 2


def beyond(order: Order, price: float, gap: float = 0.0) -> bool:
    """Whether a market standing at ``price``, with ``gap`` to bid and ask, fills or triggers the order."""
    if order.level is None:
        return True
    rising, level = _aim(order, gap)
    return price >= level if rising else price <= level


def _aim(order: Order, gap: float) -> tuple[bool, float]:
    """Whether the middle has to rise to a level, and that level; a limit needs the other side's price to get there."""
    level = float(order.level or 0)
    rising = (order.type != "limit") == (order.side == "buy")
    if order.type != "limit":
        return rising, level
    return rising, level + gap if rising else level - gap


def reach(order: Order, path: Path, at: Point, gap: float = 0.0) -> Point | None:
    """Where an order fills or is triggered, if the path is at a point and goes on from there."""
    if order.level is None:
        return at
    rising, level = _aim(order, gap)
    return first_passage(path, at, level, rising=rising)


def fill_price(order: Order, price: float, terms: PaperTerms, tick: float | None) -> float:
    """The price paid or got where the middle stands at ``price``; spread and slippage are against the order."""
    sign = 1 if order.side == "buy" else -1
    if order.type == "limit":
        level = float(order.level or 0)
        gap = half_spread(terms, level, tick)
        return level if price == level - sign * gap else price + sign * gap
    return taken_at(sign, price, terms, tick)


def taken_at(sign: int, price: float, terms: PaperTerms, tick: float | None) -> float:
    """What a market order or a triggered stop pays (``sign`` 1) or gets (-1) where the middle stands at ``price``."""
    slip = terms.slippage_ticks * (tick or 0.0) + terms.slippage_rate * abs(price)
    return price + sign * (slip + half_spread(terms, price, tick))


class Paper:
    """A book of working orders on one market; raises BadTerms for terms in ticks where the tick is unknown."""

    def __init__(self, terms: PaperTerms, tick: float | None) -> None:
        if terms.slippage_ticks and tick is None:
            msg = "slippage in ticks needs the market's tick size; give the slippage as a rate"
            raise BadTerms(msg)
        if terms.market.spread_ticks and tick is None:
            msg = "a spread in ticks needs the market's tick size; give the spread as a rate"
            raise BadTerms(msg)
        self.terms = terms
        self.tick = tick
        self.orders: dict[str, Order] = {}
        self.left = ENDLESS
        self._filled: dict[str, tuple[int, Decimal]] = {}
        self._fresh: set[str] = set()
        self._triggered: set[str] = set()

    def open_bar(self, volume: float) -> None:
        """A new bar, of which a share may fill."""
        share = self.terms.market.volume_share
        self.left = ENDLESS if share is None else floor_size(exact(share * volume))

    def close_market(self) -> None:
        """There are no more bars: what is open fills whole at the last close."""
        self.left = ENDLESS

    def take(self, message: ToBroker) -> Accepted | Cancelled | Missing:
        """Do what is asked and answer."""
        match message:
            case PlaceOrder(order) | ReplaceOrder(order):
                before = self.orders.get(order.id)
                self.orders[order.id] = after = triggered(order) if order.id in self._triggered else order
                if before is None or before.level != after.level:
                    self._fresh.add(order.id)
                return Accepted(order.id)
            case WithdrawOrder(name):
                self._forget(name)
                return Cancelled(name)
            case QueryOrder(name):
                return Accepted(name) if name in self.orders else Missing(name)
            case _:
                assert_never(message)

    def next_event(self, path: Path, at: Point) -> tuple[Point, Order] | None:
        """The order that the rest of the path meets first, and where."""
        found = [(point, order) for order in self.orders.values() if (point := self._place(order, path, at))]
        self._fresh.intersection_update(order.id for point, order in found if point is at)
        return min(found, key=lambda one: (one[0].leg, one[0].along, FIRST_OF_A_TIE[one[1].type]), default=None)

    def at_tick(self, price: float) -> tuple[Point, Order] | None:
        """The order that a tick meets first, and where: a limit that rested at its level, all else at the tick."""
        path = still(price)
        met = self.next_event(path, start(path))
        if met is None:
            return None
        at, order = met
        if order.type == "limit" and order.id not in self._fresh and order.time_in_force in {"gtc", "post_only"}:
            _, level = _aim(order, self._gap(order))
            return at._replace(price=level), order
        return at, order

    @property
    def quiet(self) -> tuple[float, float]:
        """The lowest and the highest of the prices at which nothing is met; of none, the first is above the other."""
        low, high = -math.inf, math.inf
        for order in self.orders.values():
            if order.level is None or order.id in self._fresh or order.time_in_force in {"ioc", "fok"}:
                return math.inf, -math.inf
            rising, level = _aim(order, self._gap(order))
            low, high = (
                (low, min(high, math.nextafter(level, -math.inf)))
                if rising
                else (max(low, math.nextafter(level, math.inf)), high)
            )
        return low, high

    def _place(self, order: Order, path: Path, at: Point) -> Point | None:
        if order.time_in_force == "fok" or (order.time_in_force == "ioc" and order.type == "limit"):
            return reach(order, path, at) if order.type in {"stop", "stop_limit"} else at
        point = reach(order, path, at, self._gap(order))
        judged = order.time_in_force == "post_only" and order.id in self._fresh and point is at
        waits = self.left == 0 and order.type in {"market", "limit"} and not judged
        return None if waits else point

    def _gap(self, order: Order) -> float:
        return half_spread(self.terms, float(order.level or 0), self.tick)

    def meet(self, order: Order, at: Point) -> tuple[Report, ...]:
        """What comes of the meeting of an order and the market at a point of the path."""
        if order.type == "stop_limit" or (order.type == "stop" and self.left == 0):
            self._triggered.add(order.id)
            self._fresh.add(order.id)
            self.orders[order.id] = triggered(order)
            return ()
        open_size = order.size - self._filled.get(order.id, (0, Decimal(0)))[1]
        size = min(open_size, self.left) if beyond(order, at.price, self._gap(order)) else Decimal(0)
        refusal = self._refusal(order, size, open_size)
        if refusal is not None:
            self._forget(order.id)
            return (refusal,)
        return self._fill(order, at, size, open_size)

    def _refusal(self, order: Order, size: Decimal, open_size: Decimal) -> Cancelled | Rejected | None:
        match order.time_in_force:
            case "gtc":
                return None
            case "ioc":
                return None if size > 0 else Cancelled(order.id, NOTHING_THERE)
            case "fok":
                return None if size == open_size else Cancelled(order.id, NOT_WHOLE)
            case "post_only":
                return Rejected(order.id, WOULD_TAKE) if order.id in self._fresh else None
            case _:
                assert_never(order.time_in_force)

    def _fill(self, order: Order, at: Point, size: Decimal, open_size: Decimal) -> tuple[Report, ...]:
        price = fill_price(order, at.price, self.terms, self.tick)
        maker = self.terms.market.maker_rate if order.type == "limit" and order.id not in self._fresh else None
        rate = self.terms.fee_rate if maker is None else maker
        number, filled = self._filled.get(order.id, (0, Decimal(0)))
        traded = Traded(order.id, f"{order.id}-{number + 1}", size, price, rate * abs(price) * float(size))
        self.left -= size
        if size == open_size:
            self._forget(order.id)
            return (traded,)
        if order.time_in_force == "ioc":
            self._forget(order.id)
            return traded, Cancelled(order.id, NOTHING_THERE)
        self._filled[order.id] = number + 1, filled + size
        if order.type == "stop":
            self._triggered.add(order.id)
            self.orders[order.id] = triggered(order)
        return (traded,)

    def _forget(self, name: str) -> None:
        """An order is off the book."""
        self.orders.pop(name, None)
        self._filled.pop(name, None)
        self._fresh.discard(name)
        self._triggered.discard(name)


def triggered(order: Order) -> Order:
    """What a stop becomes once its trigger was met."""
    return replace(order, type="market" if order.price is None else "limit", stop_price=None)
