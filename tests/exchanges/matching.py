"""A matching engine for one spot market and one account: balances, filters, resting orders and their fills.

What an order does is decided by the market's last price alone: a market order fills there, a limit when the price
reaches it, a stop becomes a market order when it does. What rests fills at most with what a trade brings.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

Status = Literal["NEW", "PARTIALLY_FILLED", "FILLED", "CANCELED", "REJECTED", "EXPIRED"]
STEP, TICK, LEAST_COST = Decimal("0.0001"), Decimal("0.01"), Decimal(5)
OPEN = ("NEW", "PARTIALLY_FILLED")
ZERO = Decimal(0)


class Rejection(Exception):
    """The exchange's code and words."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


@dataclass
class Fill:
    number: int
    order: Placed
    size: Decimal
    price: Decimal
    fee: Decimal
    fee_asset: str
    time: int


@dataclass
class Placed:
    """An order; times are UNIX milliseconds."""

    number: int
    client: str
    side: Literal["BUY", "SELL"]
    type: str
    size: Decimal
    price: Decimal
    stop: Decimal
    force: str
    time: int
    status: Status = "NEW"
    filled: Decimal = ZERO
    cost: Decimal = ZERO
    triggered: bool = False
    list: int = -1  # the order list that it is of
    list_client: str = ""
    reduces: bool = False

    @property
    def left(self) -> Decimal:
        return self.size - self.filled


@dataclass
class Engine:
    """``most`` is what one fill takes of an order at once, None: all of it; ``events`` are (kind, order, fill)."""

    price: Decimal = Decimal(2000)
    time: int = 0
    base: Decimal = Decimal(10)
    quote: Decimal = Decimal(100_000)
    fee: Decimal = Decimal("0.001")
    fee_in_base: bool = True
    fee_asset: str = ""  # a third currency, that costs 600
    most: Decimal | None = None
    orders: list[Placed] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    events: list[tuple[str, Placed, Fill | None]] = field(default_factory=list)

    def locked(self, side: str) -> Decimal:
        """What resting orders hold of the base (SELL) or the quote (BUY)."""
        mine = [order for order in self.orders if order.status in OPEN and order.side == side]
        mine = [one for at, one in enumerate(mine) if one.list == -1 or one.list not in {two.list for two in mine[:at]}]
        return sum((order.left * (1 if side == "SELL" else self._worst(order)) for order in mine), ZERO)

    def _worst(self, order: Placed) -> Decimal:
        return order.price or order.stop or self.price

    def find(self, client: str = "", number: int = 0) -> Placed:
        """The newest order of a client's id, or of a number."""
        for order in reversed(self.orders):
            if order.client == client or order.number == number:
                return order
        raise Rejection(-2013, "Order does not exist.")

    def place(self, order: Placed) -> Placed:
        """Take an order; raises Rejection."""
        self._check(order)
        return self._take_up(order)

    def place_list(self, target: Placed, stop: Placed) -> tuple[Placed, Placed]:
        """Take both orders of a list (OCO), or none; raises Rejection."""
        sells = target.side == "SELL"
        if not (stop.stop < self.price < target.price if sells else target.price < self.price < stop.stop):
            raise Rejection(-2010, "The relationship of the prices for the orders is not correct.")
        self._check(target)
        self._check(stop)
        target.list = stop.list = len(self.orders) + 1
        return self._take_up(target), self._take_up(stop)

    def others(self, order: Placed) -> list[Placed]:
        """The other orders of a list."""
        return [one for one in self.orders if one.list == order.list != -1 and one is not order]

    def _take_up(self, order: Placed) -> Placed:
        order.number, order.time = len(self.orders) + 1, self.time
        self.orders.append(order)
        self.events.append(("NEW", order, None))
        if order.force == "FOK" and not self._waits(order) and self.most is not None and order.size > self.most:
            self._end(order, "EXPIRED")
        elif self._meets(order):
            self._take(order)
        if not self._waits(order):
            self._end_at_once(order)
        return order

    def _waits(self, order: Placed) -> bool:
        return order.type.startswith("STOP") and not order.triggered

    def _end_at_once(self, order: Placed) -> None:
        """What is left of an order that does not rest."""
        if order.force in {"IOC", "FOK"} and order.status in OPEN:
            self._end(order, "EXPIRED")

    def _check(self, order: Placed) -> None:
        if any(one.client == order.client and one.status in OPEN for one in self.orders):
            raise Rejection(-2010, "Duplicate order sent.")
        if order.size % STEP or order.size < STEP:
            raise Rejection(-1013, "Filter failure: LOT_SIZE")
        if order.price % TICK or order.stop % TICK:
            raise Rejection(-1013, "Filter failure: PRICE_FILTER")
        if order.size * self._worst(order) < LEAST_COST:
            raise Rejection(-1013, "Filter failure: NOTIONAL")
        if order.type == "LIMIT_MAKER" and self._meets(order):
            raise Rejection(-2010, "Order would immediately match and take.")
        if order.type.startswith("STOP") and self._triggers(order):
            raise Rejection(-2010, "Stop price would trigger immediately.")
        wanted = order.size * (self._worst(order) if order.side == "BUY" else 1)
        if wanted > (self.quote if order.side == "BUY" else self.base) - self.locked(order.side):
            raise Rejection(-2010, "Account has insufficient balance for requested action.")

    def _triggers(self, order: Placed) -> bool:
        return self.price <= order.stop if order.side == "SELL" else self.price >= order.stop

    def _meets(self, order: Placed) -> bool:
        if order.type.startswith("STOP") and not order.triggered:
            return False
        if order.type in {"MARKET", "STOP_LOSS"}:
            return True
        return self.price <= order.price if order.side == "BUY" else self.price >= order.price

    def cancel(self, order: Placed) -> Placed:
        if order.status not in OPEN:
            raise Rejection(-2011, "Unknown order sent.")
        for one in (order, *self.others(order)):
            if one.status in OPEN:
                self._end(one, "CANCELED")
        return order

    def _cancel_others(self, order: Placed) -> None:
        """One of a list fills, or is triggered: the other is gone."""
        for one in self.others(order):
            if one.status in OPEN:
                self._end(one, "EXPIRED")

    def _end(self, order: Placed, status: Status) -> None:
        order.status = status
        self.events.append((status, order, None))

    def trade(self, price: Decimal, amount: Decimal, time: int) -> None:
        """The market trades: what it meets fills, resting limits with at most this amount."""
        self.price, self.time = price, time
        for order in list(self.orders):
            if order.status not in OPEN:
                continue
            if order.type.startswith("STOP") and not order.triggered:
                order.triggered = self._triggers(order)
                if order.triggered:
                    self._cancel_others(order)
            if self._meets(order):
                rests = order.type not in {"MARKET", "STOP_LOSS"}
                self._fill(order, min(order.left, amount if rests else order.left))
            if order.triggered:
                self._end_at_once(order)

    def _take(self, order: Placed) -> None:
        while order.status in OPEN:
            before = order.filled
            self._fill(order, min(order.left, self.most or order.left))
            if order.filled == before or order.type == "LIMIT":
                return

    def _fill(self, order: Placed, size: Decimal) -> None:
        size = (min(size, self.most) if self.most else size) // STEP * STEP
        if size <= 0:
            return
        price = order.price if order.price and order.type not in {"MARKET", "STOP_LOSS"} else self.price
        if self.fee_asset:
            fee, asset = size * price * self.fee / 600, self.fee_asset
        elif order.side == "BUY" and self.fee_in_base:
            fee, asset = size * self.fee, "ETH"
        else:
            fee, asset = size * price * self.fee, "USDT"
        self._cancel_others(order)
        sign = 1 if order.side == "BUY" else -1
        self.base += sign * size - (fee if asset == "ETH" else 0)
        self.quote -= sign * size * price + (fee if asset == "USDT" else 0)
        order.filled, order.cost = order.filled + size, order.cost + size * price
        order.status = "FILLED" if order.left == 0 else "PARTIALLY_FILLED"
        fill = Fill(len(self.fills) + 1, order, size, price, fee, asset, self.time)
        self.fills.append(fill)
        self.events.append(("TRADE", order, fill))
