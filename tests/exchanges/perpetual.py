"""The loopback Bybit with an account that trades its linear perpetual: signed routes and the private stream.

The wire is documented at bybit-exchange.github.io under V5: orders are acknowledged and tell the rest on the stream,
so that a post-only order that would take is cancelled afterwards, and a cancellation takes effect a little after its
acknowledgement: until then the order rests, and may fill. Times of orders and fills are the wall clock's.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl

from aiohttp import web

from server.clock import now_ms
from tests.exchanges.bybit import SYMBOL, Bybit
from tests.exchanges.faulty import KEY, SECRET, Faulty
from tests.exchanges.matching import OPEN, Engine, Fill, Placed, Rejection

if TYPE_CHECKING:
    from tests.exchanges.loopback import Message, Socket
    from tests.exchanges.script import Script

STATES = {
    "NEW": "New",
    "PARTIALLY_FILLED": "PartiallyFilled",
    "FILLED": "Filled",
    "CANCELED": "Cancelled",
    "REJECTED": "Rejected",
    "EXPIRED": "Cancelled",
}
FORCES = {"GTC": "GTC", "IOC": "IOC", "FOK": "FOK", "PostOnly": "PostOnly"}
STEP = Decimal("0.01")
WEEK = 7 * 86_400_000  # milliseconds


@dataclass
class Margin(Engine):
    """A position in place of coins: ``base`` is its size, below 0 for a short."""

    base: Decimal = Decimal(0)
    fee_in_base: bool = False

    def _check(self, order: Placed) -> None:
        if any(one.client == order.client for one in self.orders):
            raise Rejection(110072, "OrderLinkedID is duplicate")
        if order.size % STEP or order.size < STEP:
            raise Rejection(10001, "Qty invalid")
        if order.stop and self._triggers(order):
            raise Rejection(110093, "expect Falling, but trigger_price >= current")
        toward = self.base * (1 if order.side == "SELL" else -1)
        if order.reduces and toward <= 0:
            raise Rejection(110017, "current position is zero, cannot fix reduce-only order qty")

    def _fill(self, order: Placed, size: Decimal) -> None:
        if order.reduces:
            size = min(size, max(Decimal(0), self.base * (1 if order.side == "SELL" else -1)))
            if size <= 0:
                self._end(order, "CANCELED")
                return
        super()._fill(order, size)


class Perpetual(Faulty, Bybit):
    """ETHUSDT, linear, one-way, of a unified account; ``lag`` is how many seconds a cancellation takes at most."""

    engine: Engine

    def __init__(self, script: Script, *given: Any, lag: float = 0.05, **more: Any) -> None:
        super().__init__(script, *given, **{"engine": Margin(time=now_ms()), **more})
        self.lag = lag
        self._dice = random.Random(script.seed)
        self._cancelling: set[asyncio.Task[None]] = set()

    async def __aexit__(self, *error: object) -> None:
        for task in list(self._cancelling):
            task.cancel()
        await super().__aexit__(*error)

    def routes(self) -> list[web.RouteDef]:
        return [
            *super().routes(),
            web.get("/v5/user/query-api", self._key),
            web.get("/v5/account/info", self._info_of_account),
            web.post("/v5/order/create", self._place),
            web.post("/v5/order/cancel", self._cancel),
            web.get("/v5/order/realtime", self._orders),
            web.get("/v5/order/history", self._orders),
            web.get("/v5/execution/list", self._executions),
            web.get("/v5/position/list", self._positions),
            web.get("/v5/private", self.socket),
        ]

    async def advance(self, trades: int = 1) -> None:
        for _ in range(trades):
            await super().advance()
            one = self.script.prints[self.at - 1]
            await self.trades(f"{one.price:.2f}", f"{one.amount:.2f}")

    async def trades(self, price: str, amount: str = "9") -> None:
        """The market trades."""
        self.engine.trade(Decimal(price), Decimal(amount), now_ms())
        await self._tell()

    async def by_hand(self, side: Literal["BUY", "SELL"], size: str) -> None:
        name = f"web_{len(self.engine.orders)}"
        self.engine.place(Placed(0, name, side, "MARKET", Decimal(size), Decimal(0), Decimal(0), "GTC", now_ms()))
        await self._tell()

    async def _signed(self, request: web.Request) -> dict[str, Any]:
        text = (await request.text()) if request.method == "POST" else request.query_string
        head = request.headers
        whole = head.get("X-BAPI-TIMESTAMP", "") + KEY + head.get("X-BAPI-RECV-WINDOW", "") + text
        right = hmac.new(SECRET.encode(), whole.encode(), hashlib.sha256).hexdigest()
        if head.get("X-BAPI-API-KEY") != KEY or not hmac.compare_digest(right, head.get("X-BAPI-SIGN", "")):
            raise web.HTTPOk(
                text='{"retCode": 10003, "retMsg": "API key is invalid."}', content_type="application/json"
            )
        return json.loads(text) if request.method == "POST" else dict(parse_qsl(text))

    async def _key(self, request: web.Request) -> web.Response:
        await self._signed(request)
        return self._answer({"unified": 0, "uta": 1, "readOnly": 0})

    async def _info_of_account(self, request: web.Request) -> web.Response:
        await self._signed(request)
        return self._answer({"unifiedMarginStatus": 5, "marginMode": "REGULAR_MARGIN"})

    async def _place(self, request: web.Request) -> web.StreamResponse:
        given = await self._signed(request)
        self.seen[given["orderLinkId"]] += 1
        order, self.engine.time = _placed(given), now_ms()

        def place() -> Message:
            if order.force == "PostOnly" and self.engine._meets(order):
                self.engine._check(order)
                self._refuse_later(order)
            else:
                self.engine.place(order)
            return {"retCode": 0, "retMsg": "OK", "result": {"orderId": _id(order), "orderLinkId": order.client}}

        return await self._do(request, place)

    def _refuse_later(self, order: Placed) -> None:
        order.number, order.time = len(self.engine.orders) + 1, now_ms()
        self.engine.orders.append(order)
        self.engine._end(order, "CANCELED")

    async def _cancel(self, request: web.Request) -> web.StreamResponse:
        given = await self._signed(request)

        def cancel() -> Message:
            found = self._named(given)
            if not found or found[0].status not in OPEN:
                raise Rejection(110001, "order not exists or too late to cancel")
            task = asyncio.create_task(self._cancel_later(found[0], self._dice.uniform(0, self.lag)))
            self._cancelling.add(task)
            task.add_done_callback(self._cancelling.discard)
            return {"retCode": 0, "retMsg": "OK", "result": {"orderId": _id(found[0]), "orderLinkId": found[0].client}}

        return await self._do(request, cancel)

    async def _cancel_later(self, order: Placed, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if order.status in OPEN:
            self.engine.cancel(order)
            await self._tell()

    def _named(self, given: dict[str, Any]) -> list[Placed]:
        number, name = given.get("orderId"), given.get("orderLinkId")
        return [one for one in self.engine.orders if (_id(one) == number if number else one.client == name)]

    def refusal(self, error: Rejection) -> web.Response:
        return web.json_response({"retCode": error.code, "retMsg": error.words, "result": {}, "time": now_ms()})

    async def _orders(self, request: web.Request) -> web.Response:
        """Open orders; of an id, it in whatever state, as Bybit keeps the last ones."""
        given = await self._signed(request)
        named = "orderId" in given or "orderLinkId" in given
        orders = self._named(given) if named else [one for one in self.engine.orders if one.status in OPEN]
        return self._answer({"category": "linear", "nextPageCursor": "", "list": [_state(one) for one in orders]})

    async def _executions(self, request: web.Request) -> web.Response:
        """Newest first, at most seven days, page by page."""
        given = await self._signed(request)
        since = int(given.get("startTime", "0"))
        until = int(given.get("endTime", str(since + WEEK if since else now_ms())))
        since = since or until - WEEK
        assert until - since <= WEEK
        fills = [one for one in reversed(self.engine.fills) if since <= one.time <= until]
        fills = [one for one in fills if given.get("orderId", _id(one.order)) == _id(one.order)]
        at, limit = int(given.get("cursor") or "0"), int(given.get("limit", "50"))
        assert limit <= 100
        rows, rest = [_execution(one) for one in fills[at : at + limit]], at + limit < len(fills)
        cursor = str(at + limit) if rest else ""
        return self._answer({"category": "linear", "nextPageCursor": cursor, "list": rows})

    async def _positions(self, request: web.Request) -> web.Response:
        await self._signed(request)
        held = self.engine.base
        side = "Buy" if held > 0 else "Sell" if held < 0 else ""
        row = {"symbol": SYMBOL, "side": side, "size": f"{abs(held)}", "positionIdx": 0, "avgPrice": "2000"}
        more = {"positionValue": f"{abs(held) * 2000}", "leverage": "10", "unrealisedPnl": "0", "markPrice": "2000"}
        return self._answer({"category": "linear", "nextPageCursor": "", "list": [{**row, **more}]})

    async def heard(self, socket: Socket, message: Message) -> None:
        if message["op"] != "auth":
            await super().heard(socket, message)
            return
        key, expires, signature = message["args"]
        right = hmac.new(SECRET.encode(), f"GET/realtime{expires}".encode(), hashlib.sha256).hexdigest()
        good = key == KEY and hmac.compare_digest(right, signature)
        await socket.ws.send_json({"success": good, "ret_msg": "", "op": "auth", "conn_id": "c"})

    def report(self, kind: str, order: Placed, fill: Fill | None) -> list[tuple[str, Message]]:
        told = [("order", {"topic": "order", "creationTime": now_ms(), "data": [_state(order)]})]
        if fill is not None:
            rows = [_execution(fill)]
            told.insert(0, ("execution", {"topic": "execution", "creationTime": now_ms(), "data": rows}))
        return told


def _id(order: Placed) -> str:
    return f"c6f055d9-7f21-4079-913d-{order.number:012x}"


def _placed(given: dict[str, Any]) -> Placed:
    stop, limit = Decimal(given.get("triggerPrice", "0")), given["orderType"] == "Limit"
    kind = ("STOP_LOSS_LIMIT" if limit else "STOP_LOSS") if stop else "LIMIT" if limit else "MARKET"
    side: Literal["BUY", "SELL"] = "BUY" if given["side"] == "Buy" else "SELL"
    if stop:
        assert given["triggerDirection"] == (1 if side == "BUY" else 2)
    return Placed(
        number=0,
        client=given["orderLinkId"],
        side=side,
        type=kind,
        size=Decimal(given["qty"]),
        price=Decimal(given.get("price", "0")),
        stop=stop,
        force=FORCES[given.get("timeInForce", "GTC")],
        time=0,
        reduces=bool(given.get("reduceOnly", False)),
    )


def _state(order: Placed) -> Message:
    waits = order.stop and not order.triggered and order.status == "NEW"
    return {
        "category": "linear",
        "symbol": SYMBOL,
        "orderId": _id(order),
        "orderLinkId": order.client,
        "side": order.side.capitalize(),
        "orderType": "Limit" if order.price else "Market",
        "price": f"{order.price}",
        "qty": f"{order.size}",
        "cumExecQty": f"{order.filled}",
        "leavesQty": f"{order.left if order.status in OPEN else 0}",
        "cumExecValue": f"{order.cost}",
        "cumExecFee": "0",
        "avgPrice": "",
        "orderStatus": "Untriggered" if waits else STATES[order.status],
        "timeInForce": order.force,
        "triggerPrice": f"{order.stop}" if order.stop else "",
        "triggerDirection": 0 if not order.stop else 1 if order.side == "BUY" else 2,
        "reduceOnly": order.reduces,
        "tpslMode": "",
        "positionIdx": 0,
        "createdTime": str(order.time),
        "updatedTime": str(order.time),
        "rejectReason": "EC_NoError",
    }


def _execution(fill: Fill) -> Message:
    return {
        "category": "linear",
        "symbol": SYMBOL,
        "orderId": _id(fill.order),
        "orderLinkId": fill.order.client,
        "side": fill.order.side.capitalize(),
        "execId": f"e0cbe81d-0f18-5866-9415-{fill.number:012x}",
        "execPrice": f"{fill.price}",
        "execQty": f"{fill.size}",
        "execValue": f"{fill.size * fill.price}",
        "execFee": f"{fill.fee}",
        "feeCurrency": fill.fee_asset,
        "execType": "Trade",
        "execTime": str(fill.time),
        "isMaker": False,
        "orderType": "Limit" if fill.order.price else "Market",
        "orderQty": f"{fill.order.size}",
        "orderPrice": f"{fill.order.price}",
    }
