"""The messages between strategy kernel, risk, order kernel and broker: frozen facts and requests, nothing else.

Commands are imperative, events past participles. Times are the open of a bar, UNIX seconds UTC. Sizes and order
prices are decimals, already rounded; prices that were seen or filled are floats.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, TypeAlias

from msgspec import Struct

from execution.orders import BuySell, Order, OrderType, TimeInForce

Marks: TypeAlias = tuple[float | None, ...]  # one a rule, stop first: what the rule needs to know of the bar


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


class Seen(Struct, frozen=True):
    """What the price did on a bar, and the marks that held during it."""

    high: float
    low: float
    close: float
    marks: Marks


class BarClosed(Struct, frozen=True):
    """A bar closed; whether the entry and exit nodes are true on it (intrabar ones were told when they fired)."""

    time: int
    entry: bool = False
    exit: bool = False
    seen: Seen | None = None


class EntryRefused(Struct, frozen=True):
    """Risk lets no order be sent for this entry; ``rule`` is the account's that refused it, None for its own sense."""

    id: str
    reason: str
    rule: str | None = None


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


class Quote(Struct, frozen=True):
    """How an order is sent: all of it but whose it is and its size."""

    type: OrderType = "market"
    price: Decimal | None = None
    stop_price: Decimal | None = None
    time_in_force: TimeInForce = "ioc"
    valid_until: int | None = None


AT_MARKET = Quote()


class RequestEntry(Struct, frozen=True):
    """A wish to enter at about ``price``; risk gives it a size or refuses. None: a rule has no price yet.

    ``void`` is why it must be refused whatever its size: the market has overtaken it.
    """

    id: str
    symbol: str
    side: BuySell
    price: float
    stop: Decimal | None
    targets: tuple[Decimal | None, ...]
    venue: str | None = None
    quote: Quote = AT_MARKET
    void: str | None = None


class SubmitOrder(Struct, frozen=True):
    """Send a new order."""

    order: Order


class AmendOrder(Struct, frozen=True):
    """Give a working order another level and open size (None: the one it has), without tearing it down."""

    id: str
    level: Decimal
    size: Decimal | None


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


class QueryOrder(Struct, frozen=True):
    """To the broker: how does the order of this id stand? It is asked for, never sent again."""

    id: str


class Expired(Struct, frozen=True):
    """The time that an order was valid for is over."""

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


class Unanswered(Struct, frozen=True):
    """From the broker's side: a request of this order got no answer in time; nobody knows whether it arrived."""

    id: str


class Missing(Struct, frozen=True):
    """From the broker, asked for an order: the exchange has never had it. Said only once it would have to know."""

    id: str


class Found(Struct, frozen=True):
    """From the broker, asked for an order: how it stands, and every trade that was made of it."""

    id: str
    status: Literal["open", "filled", "cancelled", "rejected"]
    trades: tuple[Traded, ...] = ()


ToBroker: TypeAlias = PlaceOrder | ReplaceOrder | WithdrawOrder | QueryOrder
Report: TypeAlias = Accepted | Traded | Cancelled | Rejected | Unanswered | Missing
