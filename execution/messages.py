"""The messages between strategy kernel, risk, order kernel and broker: frozen facts and requests, nothing else.

Commands are imperative, events past participles. Times are the open of a bar, UNIX seconds UTC. Sizes and order
prices are decimals, already rounded; prices that were seen or filled are floats.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, TypeAlias

from msgspec import UNSET, Struct, UnsetType

from execution.orders import BuySell, Order, OrderType, Slice, TimeInForce

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
    """Give a working order another level and open size (None: the one it has), without tearing it down.

    ``price`` is a bracket's limit from now on, None: the one it has.
    """

    id: str
    level: Decimal
    size: Decimal | None
    price: Decimal | None = None


class CancelOrder(Struct, frozen=True):
    """Take a working order back."""

    id: str


class Note(Struct, frozen=True):
    """Something a person should be able to read later."""

    text: str


Effect: TypeAlias = RequestEntry | SubmitOrder | AmendOrder | CancelOrder | Note


# Between order kernel and broker.


class PlaceOrder(Struct, frozen=True, tag="place_order", tag_field="is"):
    """To the broker: a new order."""

    order: Order


class ReplaceOrder(Struct, frozen=True, tag="replace_order", tag_field="is"):
    """To the broker: the working order of this id as it should be from now on."""

    order: Order


class WithdrawOrder(Struct, frozen=True, tag="withdraw_order", tag_field="is"):
    """To the broker: take the order back."""

    id: str


class QueryOrder(Struct, frozen=True, tag="query_order", tag_field="is"):
    """To the broker: how does the order of this id stand? It is asked for, never sent again."""

    id: str


class Expired(Struct, frozen=True):
    """The time that an order was valid for is over."""

    id: str


class Accepted(Struct, frozen=True, tag="accepted", tag_field="is"):
    """From the broker: the order rests in its book, as it was after ``turn`` amendments.

    None: as it was last asked for, of a broker that changes orders at once.
    """

    id: str
    turn: int | None = None


class Traded(Struct, frozen=True, tag="traded", tag_field="is"):
    """From the broker: a fill; ``trade`` names it, so that a double delivery is seen. ``fee`` in quote currency.

    ``other_fees`` are those in a third currency, or in the base beside the size, by currency: not converted.
    """

    id: str
    trade: str
    size: Decimal
    price: float
    fee: float = 0.0
    other_fees: dict[str, Decimal] | UnsetType = UNSET


class Cancelled(Struct, frozen=True, tag="cancelled", tag_field="is"):
    """From the broker: nothing more of the order will fill."""

    id: str
    reason: str = "cancelled"


class Rejected(Struct, frozen=True, tag="rejected", tag_field="is"):
    """From the broker: the order was never taken."""

    id: str
    reason: str


class Unanswered(Struct, frozen=True, tag="unanswered", tag_field="is"):
    """From the broker's side: a request of this order got no answer in time; nobody knows whether it arrived."""

    id: str


class Missing(Struct, frozen=True, tag="missing", tag_field="is"):
    """From the broker, asked for an order: the exchange has never had it. Said only once it would have to know."""

    id: str


class Found(Struct, frozen=True):
    """From the broker, asked for an order: how it stands, and every trade that was made of it."""

    id: str
    status: Literal["open", "filled", "cancelled", "rejected"]
    trades: tuple[Traded, ...] = ()


class Sliced(Struct, frozen=True):
    """From the desk to its log: an entry is sent in these slices, each as an order of its own."""

    order: Order
    slices: tuple[Slice, ...]


ToBroker: TypeAlias = PlaceOrder | ReplaceOrder | WithdrawOrder | QueryOrder
Report: TypeAlias = Accepted | Traded | Cancelled | Rejected | Unanswered | Missing


# Between a run and the process that trades for it.


class Request(Struct, frozen=True):
    """What the broker is asked, with all that it has to know of the order: as last asked for, and how much is filled.

    ``turn`` counts its amendments, this one included; ``trades`` are those that the run has counted.
    """

    message: ToBroker
    order: Order
    turn: int = 0
    filled: Decimal = Decimal(0)
    trades: tuple[str, ...] = ()


class Following(Struct, frozen=True):
    """What a run knows of its market at the exchange when it begins to follow it.

    ``orders`` are all of its orders, as last asked for, ``ended`` the ids of those at an end; ``mark`` is the time at
    the exchange (UNIX milliseconds) up to which trades were compared, None at the very beginning.
    """

    orders: tuple[Request, ...] = ()
    ended: frozenset[str] = frozenset()
    mark: int | None = None


class Standing(Struct, frozen=True, tag="standing", tag_field="is"):
    """How the account stands in one market, told after every report that came before it.

    ``holds`` is what it has of the base currency (of a contract: the position, below 0 for a short), in steps of
    ``step``; ``strangers`` are orders and trades that no run of ours asked for, a sentence each. An order of less than
    ``least`` in base currency, or than ``worth`` in quote currency, is refused there.
    """

    holds: Decimal
    step: Decimal
    mark: int
    strangers: tuple[str, ...] = ()
    least: Decimal = Decimal(0)
    worth: Decimal = Decimal(0)


class Lost(Struct, frozen=True, tag="lost", tag_field="is"):
    """The process that trades has ended and begun anew: what was asked of it may have been done or not."""


FromBroker: TypeAlias = tuple[Report, ...] | Standing | Lost
