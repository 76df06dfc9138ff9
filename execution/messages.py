"""The messages between strategy kernel, risk, order kernel and broker: frozen facts and requests, nothing else.

Commands are imperative, events past participles. Times are the open of a bar, UNIX seconds UTC. Sizes and order
prices are decimals, already rounded; prices that were seen or filled are floats.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Literal, TypeAlias

from msgspec import Struct

BuySell = Literal["buy", "sell"]
OrderType = Literal["market", "limit", "stop"]
TimeInForce = Literal["gtc", "ioc"]
Marks: TypeAlias = tuple[float | None, ...]  # one a rule, stop first: what the rule needs to know of the bar


class BadOrder(ValueError):
    """An order that leaves something open: one sentence says what."""


class Order(Struct, frozen=True):
    """A fully specified order.

    ``price`` is the limit, ``stop_price`` the trigger of a stop (which then fills at the market). ``id`` is the
    client order id. ``venue`` is ccxt's name of the exchange, a hint; ``valid_until`` None means until cancelled.
    """

    id: str
    symbol: str
    side: BuySell
    type: OrderType
    size: Decimal
    price: Decimal | None = None
    stop_price: Decimal | None = None
    time_in_force: TimeInForce = "gtc"
    reduce_only: bool = False
    valid_until: int | None = None
    venue: str | None = None

    def __post_init__(self) -> None:
        if self.size <= 0:
            msg = f"the size of an order must be above 0, not {self.size}"
            raise BadOrder(msg)
        if ((self.price is not None), (self.stop_price is not None)) != (self.type == "limit", self.type == "stop"):
            msg = f"a {self.type} order has exactly the prices of its type: a limit its price, a stop its stop_price"
            raise BadOrder(msg)

    @property
    def level(self) -> Decimal | None:
        """The price at which it may fill: limit or trigger; None for a market order."""
        return self.price if self.type == "limit" else self.stop_price


def order_id(digest: str, time: int, node: str, role: str) -> str:
    """The client order id: 32 hexadecimal digits (the strictest venues take 32) of sha256 over what the order is for.

    The same strategy, signal bar, node and role give the same id in every replay.
    """
    return hashlib.sha256(f"{digest}\n{time}\n{node}\n{role}".encode()).hexdigest()[:32]


# What the strategy kernel hears.


class Start(Struct, frozen=True):
    """Look for entries (again)."""


class Pause(Struct, frozen=True):
    """No new entries; an open position is managed to its end."""


class Stop(Struct, frozen=True):
    """Leave the position at the market and rest; ``reason`` becomes that of the trade."""

    reason: str = "stopped"


class BarOpened(Struct, frozen=True):
    """The first price of a bar, with the marks of the exit rules that hold during it."""

    time: int
    price: float
    marks: Marks


class NodeFired(Struct, frozen=True):
    """An intrabar node fired within the bar that opened at ``time``."""

    role: Literal["entry", "exit"]
    time: int
    price: float
    marks: Marks


class BarClosed(Struct, frozen=True):
    """A bar closed; whether the entry and exit nodes are true on it (intrabar ones were told when they fired)."""

    time: int
    entry: bool = False
    exit: bool = False


class EntryRefused(Struct, frozen=True):
    """Risk lets no order be sent for this entry."""

    id: str
    reason: str


class OrderFilled(Struct, frozen=True):
    """A part (or with ``done`` the rest) of an order filled."""

    id: str
    size: Decimal
    price: float
    done: bool


class OrderDropped(Struct, frozen=True):
    """An order ended without filling (completely)."""

    id: str
    status: Literal["cancelled", "rejected"]
    reason: str


Event: TypeAlias = Start | Pause | Stop | BarOpened | NodeFired | BarClosed | EntryRefused | OrderFilled | OrderDropped


# What the strategy kernel asks for.


class RequestEntry(Struct, frozen=True):
    """A wish to enter at about ``price``; risk gives it a size or refuses. None: a rule has no price yet."""

    id: str
    symbol: str
    side: BuySell
    price: float
    stop: Decimal | None
    targets: tuple[Decimal | None, ...]
    venue: str | None = None


class SubmitOrder(Struct, frozen=True):
    """Send a new order."""

    order: Order


class AmendOrder(Struct, frozen=True):
    """Give a working order another level and open size, without tearing it down."""

    id: str
    level: Decimal
    size: Decimal


class CancelOrder(Struct, frozen=True):
    """Take a working order back."""

    id: str


class Note(Struct, frozen=True):
    """Something a person should be able to read later."""

    text: str


Effect: TypeAlias = RequestEntry | SubmitOrder | AmendOrder | CancelOrder | Note


# Between order kernel and broker.


class PlaceOrder(Struct, frozen=True):
    """To the broker: a new order."""

    order: Order


class ReplaceOrder(Struct, frozen=True):
    """To the broker: the working order of this id as it should be from now on."""

    order: Order


class WithdrawOrder(Struct, frozen=True):
    """To the broker: take the order back."""

    id: str


class Accepted(Struct, frozen=True):
    """From the broker: the order rests in its book, in the form last asked for."""

    id: str


class Traded(Struct, frozen=True):
    """From the broker: a fill; ``trade`` names it, so that a double delivery is seen. ``fee`` in quote currency."""

    id: str
    trade: str
    size: Decimal
    price: float
    fee: float = 0.0


class Cancelled(Struct, frozen=True):
    """From the broker: nothing more of the order will fill."""

    id: str
    reason: str = "cancelled"


class Rejected(Struct, frozen=True):
    """From the broker: the order was never taken."""

    id: str
    reason: str


ToBroker: TypeAlias = PlaceOrder | ReplaceOrder | WithdrawOrder
Report: TypeAlias = Accepted | Traded | Cancelled | Rejected
