"""The loopback Binance with an account: signed order routes, the user data stream, and faults on the way.

The wire is documented at developers.binance.com under Spot. Times of orders and fills are the script's.
"""

from __future__ import annotations

import hashlib
import hmac
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl, urlencode

from aiohttp import web

from tests.exchanges.binance import SYMBOL, Binance
from tests.exchanges.faulty import KEY, SECRET, Faulty, OrderFault, ReportFault
from tests.exchanges.loopback import Message, Socket
from tests.exchanges.matching import OPEN, Engine, Fill, Placed, Rejection

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["KEY", "SECRET", "OrderFault", "ReportFault", "Trading"]


class Trading(Faulty, Binance):
    """ETHUSDT, spot."""

    def routes(self) -> list[web.RouteDef]:
        return [
            *super().routes(),
            web.post("/api/v3/order", self._place),
            web.delete("/api/v3/order", self._cancel),
            web.get("/api/v3/order", self._order),
            web.post("/api/v3/orderList/oco", self._place_list),
            web.delete("/api/v3/orderList", self._cancel_list),
            web.get("/api/v3/openOrders", self._open_orders),
            web.get("/api/v3/myTrades", self._my_trades),
            web.get("/api/v3/account", self._account),
            web.get("/ws-api/v3", self.socket),
        ]

    async def advance(self, trades: int = 1) -> None:
        for _ in range(trades):
            await super().advance()
            one = self.script.prints[self.at - 1]
            self.engine.trade(Decimal(f"{one.price:.2f}"), Decimal(f"{one.amount:.4f}"), one.time)
            await self._tell()

    # A person at the exchange's own page

    async def by_hand(self, side: Literal["BUY", "SELL"], size: str, price: str = "0") -> Placed:
        kind = "LIMIT" if Decimal(price) else "MARKET"
        order = Placed(
            0, f"web_{len(self.engine.orders)}", side, kind, Decimal(size), Decimal(price), Decimal(0), "GTC", 0
        )
        self.engine.place(order)
        await self._tell()
        return order

    # The routes

    async def _place(self, request: web.Request) -> web.StreamResponse:
        given = await self._signed(request)
        self.seen[given["newClientOrderId"]] += 1
        order = Placed(
            number=0,
            client=given["newClientOrderId"],
            side="BUY" if given["side"] == "BUY" else "SELL",
            type=given["type"],
            size=Decimal(given["quantity"]),
            price=Decimal(given.get("price", "0")),
            stop=Decimal(given.get("stopPrice", "0")),
            force=given.get("timeInForce", "GTC"),
            time=0,
        )
        return await self._do(request, lambda: _full(self.engine.place(order), self.engine))

    async def _place_list(self, request: web.Request) -> web.StreamResponse:
        """An order list of two: the older ``order/oco`` is not served, as Binance has retired it."""
        given = await self._signed(request)
        self.seen[given["listClientOrderId"]] += 1
        legs = {given[f"{where}Type"]: _leg(given, where) for where in ("above", "below")}

        def place() -> Message:
            if legs.keys() != {"LIMIT_MAKER", "STOP_LOSS"}:
                raise Rejection(-1165, "Invalid order list.")
            orders = self.engine.place_list(legs["LIMIT_MAKER"], legs["STOP_LOSS"])
            return {
                "orderListId": orders[0].list,
                "contingencyType": "OCO",
                "listStatusType": "EXEC_STARTED",
                "listOrderStatus": "EXECUTING",
                "listClientOrderId": given["listClientOrderId"],
                "transactionTime": self.engine.time,
                "symbol": SYMBOL,
                "orders": [{"symbol": SYMBOL, "orderId": o.number, "clientOrderId": o.client} for o in orders],
                "orderReports": [{**_state(o), "transactTime": o.time} for o in orders],
            }

        return await self._do(request, place)

    async def _cancel_list(self, request: web.Request) -> web.StreamResponse:
        given = await self._signed(request)

        def cancel() -> Message:
            name = given["listClientOrderId"]
            orders = [one for one in self.engine.orders if one.list_client == name]
            rests = [one for one in orders if one.status in OPEN]
            if not rests:
                raise Rejection(-2011, "Unknown order sent.")
            self.engine.cancel(rests[0])
            return {
                "orderListId": rests[0].list,
                "listOrderStatus": "ALL_DONE",
                "listClientOrderId": name,
                "symbol": SYMBOL,
                "orderReports": [_state(one) for one in orders],
            }

        return await self._do(request, cancel)

    async def _cancel(self, request: web.Request) -> web.StreamResponse:
        given = await self._signed(request)

        def cancel() -> Message:
            order = self._named(given, -2011)
            return {**_state(self.engine.cancel(order)), "origClientOrderId": order.client, "clientOrderId": "x"}

        return await self._do(request, cancel)

    def _named(self, given: Mapping[str, str], code: int) -> Placed:
        try:
            return self.engine.find(given.get("origClientOrderId", ""), int(given.get("orderId", "0")))
        except Rejection as error:
            raise Rejection(code, error.words) from None

    def refusal(self, error: Rejection) -> web.Response:
        return web.json_response({"code": error.code, "msg": error.words}, status=400)

    async def _order(self, request: web.Request) -> web.Response:
        given = await self._signed(request)
        try:
            return web.json_response(_state(self._named(given, -2013)))
        except Rejection as error:
            return self.refusal(error)

    async def _open_orders(self, request: web.Request) -> web.Response:
        await self._signed(request)
        return web.json_response([_state(order) for order in self.engine.orders if order.status in OPEN])

    async def _my_trades(self, request: web.Request) -> web.Response:
        given = await self._signed(request)
        since, number = int(given.get("startTime", "0")), int(given.get("orderId", "0"))
        fills = [one for one in self.engine.fills if one.time >= since and number in {0, one.order.number}]
        limit = int(given.get("limit", "500"))
        return web.json_response([_trade(one) for one in (fills[:limit] if since else fills[-limit:])])

    async def _account(self, request: web.Request) -> web.Response:
        await self._signed(request)
        engine, rows = self.engine, list[Message]()
        for asset, total, side in (("ETH", engine.base, "SELL"), ("USDT", engine.quote, "BUY")):
            locked = engine.locked(side)
            rows.append({"asset": asset, "free": f"{total - locked:.8f}", "locked": f"{locked:.8f}"})
        return web.json_response({"canTrade": True, "updateTime": engine.time, "accountType": "SPOT", "balances": rows})

    async def _signed(self, request: web.Request) -> dict[str, str]:
        """The fields of a request with the right key and signature."""
        text = (await request.text()) if request.method == "POST" else request.query_string
        whole, _, signature = text.rpartition("&signature=")
        if request.headers.get("X-MBX-APIKEY") != KEY or not _is_signed(whole, signature):
            raise web.HTTPUnauthorized(
                text='{"code": -2014, "msg": "API-key format invalid."}', content_type="application/json"
            )
        return dict(parse_qsl(whole))

    # The user data stream

    async def heard(self, socket: Socket, message: Message) -> None:
        if message["method"] != "userDataStream.subscribe.signature":
            await super().heard(socket, message)
            return
        given = dict(message["params"])
        signature = str(given.pop("signature", ""))
        right = given.get("apiKey") == KEY and _is_signed(urlencode(sorted(given.items())), signature)
        if not right:
            error = {"code": -1022, "msg": "Signature for this request is not valid."}
            await socket.ws.send_json({"id": message["id"], "status": 400, "error": error})
            return
        socket.topics.add("user")
        await socket.ws.send_json({"id": message["id"], "status": 200, "result": {"subscriptionId": 0}})

    def report(self, kind: str, order: Placed, fill: Fill | None) -> list[tuple[str, Message]]:
        return [("user", {"subscriptionId": 0, "event": _report(kind, order, fill)})]


def _leg(given: Mapping[str, str], where: str) -> Placed:
    return Placed(
        number=0,
        client=given[f"{where}ClientOrderId"],
        side="BUY" if given["side"] == "BUY" else "SELL",
        type=given[f"{where}Type"],
        size=Decimal(given["quantity"]),
        price=Decimal(given.get(f"{where}Price", "0")),
        stop=Decimal(given.get(f"{where}StopPrice", "0")),
        force="GTC",
        time=0,
        list_client=given["listClientOrderId"],
    )


def _is_signed(text: str, signature: str) -> bool:
    right = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(right, signature)


def _state(order: Placed) -> Message:
    return {
        "symbol": SYMBOL,
        "orderId": order.number,
        "orderListId": order.list,
        "clientOrderId": order.client,
        "price": f"{order.price:.8f}",
        "origQty": f"{order.size:.8f}",
        "executedQty": f"{order.filled:.8f}",
        "cummulativeQuoteQty": f"{order.cost:.8f}",
        "status": order.status,
        "timeInForce": order.force,
        "type": order.type,
        "side": order.side,
        "stopPrice": f"{order.stop:.8f}",
        "time": order.time,
        "updateTime": order.time,
        "isWorking": True,
    }


def _full(order: Placed, engine: Engine) -> Message:
    fills = [
        {
            "price": f"{one.price:.8f}",
            "qty": f"{one.size:.8f}",
            "commission": f"{one.fee:.8f}",
            "commissionAsset": one.fee_asset,
            "tradeId": one.number,
        }
        for one in engine.fills
        if one.order is order
    ]
    return {**_state(order), "transactTime": order.time, "fills": fills}


def _trade(fill: Fill) -> Message:
    return {
        "symbol": SYMBOL,
        "id": fill.number,
        "orderId": fill.order.number,
        "price": f"{fill.price:.8f}",
        "qty": f"{fill.size:.8f}",
        "quoteQty": f"{fill.size * fill.price:.8f}",
        "commission": f"{fill.fee:.8f}",
        "commissionAsset": fill.fee_asset,
        "time": fill.time,
        "isBuyer": fill.order.side == "BUY",
        "isMaker": False,
        "isBestMatch": True,
    }


def _report(kind: str, order: Placed, fill: Fill | None) -> Message:
    name: dict[str, Any] = {"c": order.client, "C": ""}
    if kind == "CANCELED":
        name = {"c": "x", "C": order.client}
    return {
        "e": "executionReport",
        "E": order.time,
        "s": SYMBOL,
        **name,
        "S": order.side,
        "o": order.type,
        "f": order.force,
        "q": f"{order.size:.8f}",
        "p": f"{order.price:.8f}",
        "P": f"{order.stop:.8f}",
        "F": "0.00000000",
        "g": order.list,
        "x": kind,
        "X": order.status,
        "r": "NONE",
        "i": order.number,
        "l": f"{fill.size if fill else 0:.8f}",
        "z": f"{order.filled:.8f}",
        "L": f"{fill.price if fill else 0:.8f}",
        "n": f"{fill.fee if fill else 0:.8f}",
        "N": fill.fee_asset if fill else None,
        "T": fill.time if fill else order.time,
        "t": fill.number if fill else -1,
        "w": True,
        "m": False,
        "O": order.time,
        "Z": f"{order.cost:.8f}",
        "Y": "0.00000000",
        "Q": "0.00000000",
    }
