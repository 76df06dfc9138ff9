"""Translation: an order in ccxt's words, and ccxt's trades as ours. Pure; what cannot be sent is refused in a sentence.

Sizes are in base currency here and in contracts there; both as decimals, from the texts that ccxt's precision gives.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, assert_never

from msgspec import UNSET, Struct
from msgspec.structs import replace

from execution.messages import Traded
from execution.rounding import ARITHMETIC, exact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from execution.orders import Order

Row = dict[str, Any]
DIRECTED = frozenset({"bybit"})  # wants to be told from which side a trigger is met
LISTS = frozenset({"binance"})  # whose spot markets cancel one order when the other fills


class Facts(Struct, frozen=True):
    """What is known of a market: its currencies, its steps and limits, and what its orders can do (ccxt's features).

    ``contract`` is the size of one contract in base currency, None where the base itself is traded.
    """

    exchange: str
    symbol: str
    base: str
    quote: str
    step: Decimal
    contract: Decimal | None = None
    least: Decimal | None = None
    most: Decimal | None = None
    least_cost: Decimal | None = None
    features: dict[str, Any] = {}

    @property
    def size(self) -> Decimal:
        """What an amount of one is in base currency."""
        return Decimal(1) if self.contract is None else self.contract


class Precise(Protocol):
    """A market's precision: prices rounded to the tick, amounts cut to the step; InvalidOrder for one that is 0."""

    def price(self, price: Decimal) -> str:
        """The price as the exchange takes it."""
        ...

    def amount(self, amount: Decimal) -> str:
        """The amount as the exchange takes it, ``0`` where it is less than one step."""
        ...


class Wanted(NamedTuple):
    """What ccxt's create_order is given beside the symbol and the client order id.

    A bracket is no type of ccxt's: its ``price`` is the limit's, ``params`` hold the trigger as ``stopPrice``.
    """

    type: str
    side: str
    amount: str
    price: str | None
    params: dict[str, Any]


def facts_of(exchange: str, market: Mapping[str, Any], features: Mapping[str, Any] | None) -> Facts:
    """The facts from ccxt's record of a market, whose precision has to be given as steps."""
    limits, contract = market["limits"], market.get("contractSize") if market.get("contract") else None
    return Facts(
        exchange=exchange,
        symbol=market["symbol"],
        base=market["base"],
        quote=market["quote"],
        step=_decimal(market["precision"]["amount"]) or Decimal("1e-8"),
        contract=_decimal(contract),
        least=_decimal(limits["amount"]["min"]),
        most=_decimal(limits["amount"]["max"]),
        least_cost=_decimal(limits["cost"]["min"]),
        features=dict(features or {}),
    )


def wanted(order: Order, open_size: Decimal, facts: Facts, precise: Precise) -> Wanted | str:
    """What to ask of ccxt for an order of which so much is to be open, or why it cannot be sent."""
    refusal = _unknown(order, facts)
    if refusal is not None:
        return refusal
    contracts = open_size if facts.contract is None else ARITHMETIC.divide(open_size, facts.contract)
    amount = precise.amount(contracts)
    price = None if order.price is None else precise.price(order.price)
    stop = None if order.stop_price is None else precise.price(order.stop_price)
    refusal = _out_of_bounds(Decimal(amount), _least(price, stop), facts)
    if refusal is not None:
        return refusal
    if order.type == "bracket":
        return Wanted("bracket", order.side, amount, price, {"stopPrice": stop})
    kind = "market" if order.type in {"market", "stop"} else "limit"
    return Wanted(kind, order.side, amount, price, _params(order, stop, facts))


def _least(price: str | None, stop: str | None) -> str | None:
    """The price at which an order is worth least."""
    known = [one for one in (price, stop) if one is not None]
    return min(known, key=Decimal, default=None)


def at_market(order: Order) -> Order:
    """What is left of a bracket once a part of it has filled: its price has been reached."""
    return replace(order, type="market", price=None, stop_price=None, time_in_force="ioc")


def _unknown(order: Order, facts: Facts) -> str | None:
    """Why the exchange has no such order; what its features do not tell is tried."""
    features = facts.features
    if order.type == "bracket" and (facts.exchange not in LISTS or facts.contract is not None):
        return f"{facts.exchange} has no orders for {facts.symbol} of which one cancels the other"
    if order.stop_price is not None and not features.get(_trigger(order), True):
        return f"{facts.exchange} has no {order.type.replace('_', '-')} orders for {facts.symbol}"
    kinds = features.get("timeInForce") or {}
    word = {"gtc": "GTC", "ioc": "IOC", "fok": "FOK", "post_only": "PO"}[order.time_in_force]
    if order.type in {"limit", "stop_limit"} and not kinds.get(word, True):
        return f"{facts.exchange} does not take {order.time_in_force} for {facts.symbol}"
    if order.type in {"market", "stop"} and order.time_in_force == "fok":
        return f"{facts.exchange} fills a market order as far as it goes: fok is for limits"
    by_cost = facts.contract is None and features.get("marketBuyRequiresPrice", False)
    if order.type in {"market", "stop"} and order.side == "buy" and by_cost:
        return f"{facts.exchange} buys {facts.symbol} at the market by cost, not by size; enter with a limit order"
    return None


def _out_of_bounds(amount: Decimal, price: str | None, facts: Facts) -> str | None:
    if amount <= 0:
        return f"the size is smaller than the step of {facts.symbol}, {_plain(facts.step)}"
    if facts.least is not None and amount < facts.least:
        return f"the size {_plain(amount)} is below the least of {facts.symbol}, {_plain(facts.least)}"
    if facts.most is not None and amount > facts.most:
        return f"the size {_plain(amount)} is above the most of {facts.symbol}, {_plain(facts.most)}"
    if price is None:
        return None
    cost = ARITHMETIC.multiply(amount * (facts.contract or 1), Decimal(price))
    if facts.least_cost is not None and cost < facts.least_cost:
        least = f"{_plain(facts.least_cost)} {facts.quote}"
        return f"the value {_plain(cost)} is below the least of {facts.symbol}, {least}"
    return None


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _trigger(order: Order) -> str:
    """Which of ccxt's triggers a stop is: one that protects, or one that enters."""
    return "stopLossPrice" if order.reduce_only else "triggerPrice"


def _params(order: Order, stop: str | None, facts: Facts) -> dict[str, Any]:
    params: dict[str, Any] = {}
    if stop is not None:
        params[_trigger(order)] = stop
        if facts.exchange in DIRECTED and not order.reduce_only:
            params["triggerDirection"] = "ascending" if order.side == "buy" else "descending"
    if order.reduce_only and facts.contract is not None:
        params["reduceOnly"] = True
    match order.time_in_force:
        case "gtc":
            pass
        case "post_only":
            params["postOnly"] = True
        case "ioc" | "fok":
            if order.type in {"limit", "stop_limit"}:
                params["timeInForce"] = order.time_in_force.upper()
        case _:
            assert_never(order.time_in_force)
    return params


def traded(row: Row, order: Order, before: tuple[Decimal, Decimal], facts: Facts) -> Traded:
    """A trade of an order; ``before``: how much of it was filled, and up to how much it was sent.

    A fee in the base currency is taken from what was bought, and so from the size: then size, price and fee together
    give what was paid and what is held. What an exit leaves because it is less than one step is written off with its
    last trade: the price makes up for it, so that the cash is right to the cent. A fee in a third currency (BNB), and
    one in the base that is taken beside what was sold, is told as it is: it has no price here.
    """
    gross = _sure(row["amount"]) * (facts.contract or 1)
    price, fees = float(row["price"]), _fees(row)
    in_base = fees.get(facts.base, Decimal(0)) if facts.contract is None and order.side == "buy" else Decimal(0)
    size = gross - in_base
    fee = float(fees.get(facts.quote, Decimal(0))) + float(in_base) * price
    left = before[1] - before[0] - size
    if order.reduce_only and 0 < left < facts.step * (facts.contract or 1):
        price, size = price * float(size) / float(size + left), size + left
    taken = {facts.quote, *([facts.base] if in_base else [])}
    others = {name: cost for name, cost in fees.items() if name not in taken and cost}
    return Traded(order.id, str(row["id"]), size, price, fee, others or UNSET)


def _fees(row: Row) -> dict[str, Decimal]:
    """The fees of a trade by currency."""
    found: dict[str, Decimal] = {}
    for fee in row.get("fees") or ([row["fee"]] if row.get("fee") else []):
        cost = _decimal(fee.get("cost"))
        if cost is not None and fee.get("currency"):
            found[fee["currency"]] = found.get(fee["currency"], Decimal(0)) + cost
    return found


def _decimal(value: object) -> Decimal | None:
    return None if value is None else exact(value) if isinstance(value, float | int) else Decimal(str(value))


def _sure(value: object) -> Decimal:
    found = _decimal(value)
    return Decimal(0) if found is None else found
