"""Orders: what is asked of an exchange, with nothing left open, and the ids that they carry."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

BuySell = Literal["buy", "sell"]
OrderType = Literal["market", "limit", "stop", "stop_limit", "bracket"]
TimeInForce = Literal["gtc", "ioc", "fok", "post_only"]
WITH_PRICE, WITH_STOP = ("limit", "stop_limit", "bracket"), ("stop", "stop_limit", "bracket")


class BadOrder(ValueError):
    """An order that leaves something open: one sentence says what."""


class Order(Struct, frozen=True):
    """A fully specified order.

    ``price`` is the limit, ``stop_price`` the trigger of a stop (which then fills at the market) or of a stop_limit
    (which then rests as a limit). A bracket is a limit and a stop: whichever is met first cancels the other.
    ``time_in_force``: gtc rests until it is cancelled, ioc fills what it can at once and drops the rest, fok fills
    whole at once or not at all, post_only rests or is rejected, so that it never takes.
    ``id`` is the client order id. ``venue`` is ccxt's name of the exchange, a hint; ``valid_until`` (UNIX seconds)
    None means until cancelled.
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
        wanted = (self.type in WITH_PRICE, self.type in WITH_STOP)
        if ((self.price is not None), (self.stop_price is not None)) != wanted:
            msg = (
                f"a {self.type} order has exactly the prices of its type: a limit its price, a stop its stop_price, "
                "a stop_limit and a bracket both"
            )
            raise BadOrder(msg)
        if self.time_in_force == "post_only" and self.type != "limit":
            msg = f"a {self.type} order cannot be post_only: only a limit can rest before it fills"
            raise BadOrder(msg)

    @property
    def level(self) -> Decimal | None:
        """The price at which it may fill or is triggered; None for a market order."""
        return self.price if self.type == "limit" else self.stop_price


class Slice(Struct, frozen=True):
    """A part of an order that is due at a time, UNIX seconds UTC."""

    time: int
    size: Decimal


def at_level(order: Order, level: Decimal) -> Order:
    """The order at another level; a stop_limit keeps the distance between its trigger and its limit.

    A bracket's level is that of its stop, and its limit stays where it is.
    """
    if order.type == "limit":
        return replace(order, price=level)
    if order.price is None or order.stop_price is None or order.type == "bracket":
        return replace(order, stop_price=level)
    return replace(order, stop_price=level, price=order.price + (level - order.stop_price))


def order_id(digest: str, time: int, node: str, role: str) -> str:
    """The client order id: 32 hexadecimal digits (the strictest venues take 32) of sha256 over what the order is for.

    The same strategy, signal bar, node and role give the same id in every replay.
    """
    return hashlib.sha256(f"{digest}\n{time}\n{node}\n{role}".encode()).hexdigest()[:32]
