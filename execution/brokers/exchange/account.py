"""An account at an exchange: what ccxt is asked, and how its silence differs from its refusal.

Refused: the exchange said no, so nothing was done. Silent: nobody knows whether it was. No error shows a secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from execution.brokers.exchange.asking import (
    BY_CURSOR,
    BY_NAME,
    BY_ORDER,
    FILTERS,
    LISTS,
    OPEN_ORDERS,
    SPANS,
    named,
    spans,
)
from execution.brokers.exchange.brackets import whole_of, words_of
from execution.brokers.exchange.names import LEGS, from_exchange, leg_id, to_exchange
from execution.brokers.exchange.translation import Facts, Row, Wanted, facts_of
from execution.feeds.exchange.access import Access, connect, dismiss
from execution.rounding import exact

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from decimal import Decimal

T = TypeVar("T")
SAID_NO = frozenset({"ArgumentsRequired", "AuthenticationError", "BadRequest", "InsufficientFunds", "InvalidOrder"})
SAID_NO_TOO = frozenset({"NotSupported", "OperationRejected", "PermissionDenied", "ManualInteractionNeeded"})
HIDDEN = "[hidden]"
PAGE = 500  # trades


class Refused(RuntimeError):
    """The exchange said no, in a sentence."""


class Absent(Refused):
    """The exchange knows no such order."""


class Silent(RuntimeError):
    """The exchange did not answer, or not clearly."""


class Account:
    """One account; ``secrets`` are ccxt's: apiKey, secret, password."""

    def __init__(self, exchange: str, access: Access, secrets: dict[str, str]) -> None:
        self.exchange = exchange
        self.client = connect(exchange, access)
        for name, value in secrets.items():
            setattr(self.client, name, value)
        self.client.options["fetchMargins"] = False  # asked for with the key, and not needed
        self._secrets = tuple(secrets.values())

    async def facts(self, symbol: str) -> Facts:
        """The facts of a market; raises Refused where there is none."""
        await self._ask(self.client.load_markets())
        if symbol not in self.client.markets:
            msg = f"{self.exchange} has no market {symbol}"
            raise Refused(msg)
        market = self.client.market(symbol)
        kind = (
            market["type"] if market["spot"] else market["type"] + "." + ("linear" if market["linear"] else "inverse")
        )
        features: Any = self.client.features or {}
        for part in kind.split("."):
            features = features.get(part) or {}
        return facts_of(self.exchange, market, features.get("createOrder"))

    def precise(self, symbol: str) -> Precision:
        """The precision of a market."""
        return Precision(self.client, symbol)

    def version_of(self, row: Row) -> str | None:
        """Which of our orders a row is about; None where it has no id of ours."""
        name = row.get("clientOrderId")
        return from_exchange(self.exchange, name) if name else None

    async def create(self, symbol: str, wanted: Wanted, version: str) -> Row:
        """Send an order under this id, once."""
        if wanted.type == "bracket":
            return await self._create_list(symbol, wanted, version)
        params = {"clientOrderId": to_exchange(self.exchange, version), **wanted.params}
        price = None if wanted.price is None else float(wanted.price)
        order = self.client.create_order(symbol, wanted.type, wanted.side, float(wanted.amount), price, params)
        return await self._ask(order)

    async def _create_list(self, symbol: str, wanted: Wanted, version: str) -> Row:
        """Both orders of a bracket in one request, of which the exchange takes both or none."""
        market = self.client.market(symbol)
        given = words_of(wanted, version, market["id"])
        answer = await self._ask(self.client.private_post_orderlist_oco(given))
        return whole_of([self.client.parse_order(row, market) for row in answer["orderReports"]])

    async def cancel_list(self, symbol: str, version: str) -> None:
        """Take both orders of a bracket back."""
        given = {"symbol": self.client.market(symbol)["id"], "listClientOrderId": version}
        await self._ask(self.client.private_delete_orderlist(given))

    async def find_list(self, symbol: str, version: str) -> Row | None:
        """Both orders of a bracket as one row; None where the exchange knows neither."""
        found = [await self.find(symbol, leg_id(version, leg)) for leg in LEGS]
        rows = [row for row in found if row is not None]
        return whole_of(rows) if rows else None

    async def cancel(self, symbol: str, version: str, number: str | None) -> None:
        """Take an order back, by the exchange's number of it if that is known."""
        params = {} if number else named(self.exchange, to_exchange(self.exchange, version))
        await self._ask(self.client.cancel_order(number, symbol, params))

    async def find(self, symbol: str, version: str) -> Row | None:
        """The order of this id; None where the exchange knows none."""
        name = to_exchange(self.exchange, version)
        if self.exchange in FILTERS:
            return await self._listed(symbol, named(self.exchange, name))
        if self.exchange in BY_NAME:
            return await self._found(self.client.fetch_order(None, symbol, {"clientOrderId": name}))
        for ask in ("fetchOpenOrders", "fetchClosedOrders", "fetchOrders"):
            if self.client.has.get(ask):
                rows = await self._ask(getattr(self.client, ask)(symbol))
                found: list[Row] = [row for row in rows if row.get("clientOrderId") == name]
                if found:
                    return found[0]
        return None

    async def by_number(self, symbol: str, number: str) -> Row | None:
        """The order that the exchange gave this number."""
        if self.exchange in FILTERS:
            return await self._listed(symbol, {FILTERS[self.exchange][1]: number})
        return await self._found(self.client.fetch_order(number, symbol))

    async def _listed(self, symbol: str, words: dict[str, Any]) -> Row | None:
        """The order that the exchange's lists give for an id."""
        for ask in LISTS:
            rows: list[Row] = await self._ask(getattr(self.client, ask)(symbol, None, None, words))
            if rows:
                return rows[0]
        return None

    async def open_orders(self, symbol: str) -> list[Row]:
        """Everything that rests in one market, whoever sent it."""
        rows: list[Row] = await self._ask(
            self.client.fetch_open_orders(symbol, None, OPEN_ORDERS.get(self.exchange), {})
        )
        return [row for row in rows if row.get("status") == "open"]

    async def trades(self, symbol: str, since: int | None) -> list[Row]:
        """The account's trades in one market from a time on (UNIX milliseconds), or the last ones."""
        if self.exchange in SPANS:
            return await self._trades_by_spans(symbol, since, {})
        rows: dict[str, Row] = {}
        while True:
            page = await self._ask(self.client.fetch_my_trades(symbol, since, PAGE))
            fresh = [row for row in page if str(row["id"]) not in rows]
            rows.update((str(row["id"]), row) for row in fresh)
            if since is None or not fresh or len(page) < PAGE:
                return sorted(rows.values(), key=lambda row: (row["timestamp"], str(row["id"])))
            since = max(row["timestamp"] for row in page)

    async def _trades_by_spans(self, symbol: str, since: int | None, words: dict[str, Any]) -> list[Row]:
        now, span, rows = self.client.milliseconds(), SPANS[self.exchange], dict[str, Row]()
        for start, end in spans(now - span if since is None else since, now, span):
            given = {**words, "until": end, **BY_CURSOR}
            for row in await self._ask(self.client.fetch_my_trades(symbol, start, None, given)):
                rows[str(row["id"])] = row
        return sorted(rows.values(), key=lambda row: (row["timestamp"], str(row["id"])))

    async def trades_of(self, symbol: str, number: str, since: int | None) -> list[Row]:
        """The trades of one order, made at that time (UNIX milliseconds; None: lately)."""
        words: dict[str, Any] = {"orderId": number} if self.exchange in BY_ORDER else {}
        if self.exchange in SPANS:
            rows = await self._trades_by_spans(symbol, since, words)
        else:
            rows = await self._ask(self.client.fetch_my_trades(symbol, None, PAGE, words))
        return [row for row in rows if str(row.get("order")) == number]

    async def holds(self, facts: Facts) -> Decimal:
        """The base currency in the account; of a contract the position, below 0 for a short."""
        if facts.contract is None:
            balance = await self._ask(self.client.fetch_balance())
            return exact((balance.get("total") or {}).get(facts.base) or 0.0)
        rows = await self._ask(self.client.fetch_positions([facts.symbol]))
        held = exact(0.0)
        for row in rows:
            size = exact(row.get("contracts") or 0.0) * facts.contract
            held += -size if row.get("side") == "short" else size
        return held

    async def watch(self, what: str, symbol: str) -> list[Row]:
        """News of orders (``watch_orders``) or trades (``watch_my_trades``), copied out of ccxt's cache."""
        rows = await self._ask(getattr(self.client, what)(symbol))
        return [dict(row) for row in rows]

    def watches(self, what: str) -> bool:
        """Whether ccxt has a stream of this."""
        return self.client.has.get({"watch_orders": "watchOrders", "watch_my_trades": "watchMyTrades"}[what]) is True

    async def close(self) -> None:
        """Let go of the exchange."""
        await dismiss(self.client)

    async def _found(self, answer: Awaitable[Row]) -> Row | None:
        try:
            return await self._ask(answer)
        except Absent:
            return None

    async def _ask(self, answer: Awaitable[T]) -> T:
        try:
            return await answer
        except Exception as error:  # noqa: BLE001 - a parser that fails leaves the outcome as open as a lost answer
            problem = self._translated(error)
        raise problem

    def _translated(self, error: Exception) -> Exception:
        """What an error means; it is not chained, as its texts may hold what is secret."""
        kinds = {kind.__name__ for kind in type(error).__mro__}
        said = f"{type(error).__name__}: {self.discreet(str(error))}"[:300]
        if "OrderNotFound" in kinds:
            return Absent(said)
        no = ("Filter failure" in said or kinds & (SAID_NO | SAID_NO_TOO)) and "uplicate" not in said
        return Refused(said) if no else Silent(said)

    def discreet(self, text: str) -> str:
        """The text without the account's secrets."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text


class Precision:
    """ccxt's precision of one market."""

    def __init__(self, client: Any, symbol: str) -> None:
        self._client = client
        self._symbol = symbol

    def price(self, price: Decimal) -> str:
        """Rounded to the tick."""
        return str(self._client.price_to_precision(self._symbol, f"{price:f}"))

    def amount(self, amount: Decimal) -> str:
        """Cut to the step; 0 where it is less than one."""
        try:
            return str(self._client.amount_to_precision(self._symbol, f"{amount:f}"))
        except Exception as error:
            if "InvalidOrder" in {kind.__name__ for kind in type(error).__mro__}:
                return "0"
            raise
