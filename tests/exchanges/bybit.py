"""A loopback Bybit spot market: ETHUSDT.

The wire is documented at bybit-exchange.github.io under V5: envelopes around every answer, newest candle first,
topics that are subscribed to with ``op``, and a ping in the protocol's own words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from aiohttp import web

from spec import timeframe as tf
from tests.exchanges.entrance import OPTIONS
from tests.exchanges.loopback import Loopback, Message, Socket

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.exchanges.chaos import Fault
    from tests.exchanges.script import Print

SYMBOL = "ETHUSDT"
INTERVALS = {"1": "1m", "3": "3m", "5": "5m", "15": "15m", "60": "1h", "D": "1d"}
INFO = {
    "symbol": SYMBOL,
    "baseCoin": "ETH",
    "quoteCoin": "USDT",
    "innovation": "0",
    "status": "Trading",
    "marginTrading": "none",
    "lotSizeFilter": {
        "basePrecision": "0.00001",
        "quotePrecision": "0.0000001",
        "minOrderQty": "0.0001",
        "maxOrderQty": "1000",
        "minOrderAmt": "1",
        "maxOrderAmt": "1000000",
    },
    "priceFilter": {"tickSize": "0.01"},
}
PERPETUAL = {
    "symbol": SYMBOL,
    "contractType": "LinearPerpetual",
    "status": "Trading",
    "baseCoin": "ETH",
    "quoteCoin": "USDT",
    "settleCoin": "USDT",
    "launchTime": "1584230400000",
    "deliveryTime": "0",
    "priceScale": "2",
    "leverageFilter": {"minLeverage": "1", "maxLeverage": "100.00", "leverageStep": "0.01"},
    "priceFilter": {"minPrice": "0.01", "maxPrice": "199999.98", "tickSize": "0.01"},
    "lotSizeFilter": {"maxOrderQty": "7000.00", "minOrderQty": "0.01", "qtyStep": "0.01"},
    "fundingInterval": 480,
}


class Bybit(Loopback):
    """REST and sockets under /v5; a spot market, and a perpetual without candles of its own."""

    options: ClassVar[dict[str, Any]] = OPTIONS["bybit"]

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/v5/market/instruments-info", self._info),
            web.get("/v5/market/time", self._time),
            web.get("/v5/market/kline", self._klines),
            web.get("/v5/market/recent-trade", self._trades),
            web.get("/v5/market/tickers", self._tickers),
            web.get("/v5/market/open-interest", self._interest),
            web.get("/v5/public/spot", self.socket),
            web.get("/v5/public/linear", self.socket),
        ]

    def problem(self, fault: Fault) -> web.Response:
        if fault == "429":
            return web.json_response({"retCode": 10006, "retMsg": "Too many visits!", "result": {}}, status=200)
        return web.json_response({"retCode": 10016, "retMsg": "Internal server error.", "result": {}}, status=500)

    def _answer(self, result: Message) -> web.Response:
        now = int(self.now * 1000)
        return web.json_response({"retCode": 0, "retMsg": "OK", "result": result, "retExtInfo": {}, "time": now})

    async def _info(self, request: web.Request) -> web.Response:
        category = request.query["category"]
        listed = {"spot": [INFO], "linear": [PERPETUAL] if "status" not in request.query else []}[category]
        return self._answer({"category": category, "list": listed})

    async def _tickers(self, _: web.Request) -> web.Response:
        due = str((int(self.now) // 28_800 + 1) * 28_800_000)
        ticker = {"symbol": SYMBOL, "lastPrice": "2000.00", "fundingRate": "0.000125", "nextFundingTime": due}
        return self._answer({"category": "linear", "list": [ticker]})

    async def _interest(self, _: web.Request) -> web.Response:
        told = {"openInterest": "64757.62400000", "timestamp": str(int(self.now) * 1000)}
        return self._answer({"symbol": SYMBOL, "category": "linear", "list": [told], "nextPageCursor": ""})

    async def _time(self, _: web.Request) -> web.Response:
        return self._answer({"timeSecond": str(int(self.now)), "timeNano": str(int(self.now * 1e9))})

    async def _klines(self, request: web.Request) -> web.Response:
        query = request.query
        rows = list(self.table(INTERVALS[query["interval"]]).values())
        rows = rows[:-2] if self.stale else rows
        limit = int(query.get("limit", "200"))
        rows = [row for row in rows if row[0] * 1000 >= int(query.get("start", "0"))]
        rows = rows[:limit] if "start" in query else rows[-limit:]
        listed = [[str(row[0] * 1000), *(_text(value) for value in row[1:]), "0"] for row in reversed(rows)]
        return self._answer({"symbol": SYMBOL, "category": "spot", "list": listed})

    async def _trades(self, request: web.Request) -> web.Response:
        last = self.prints[-int(request.query.get("limit", "60")) :]
        listed = [
            {
                "execId": str(one.number),
                "symbol": SYMBOL,
                "price": _text(one.price),
                "size": _text(one.amount),
                "side": "Buy",
                "time": str(one.time),
                "isBlockTrade": False,
            }
            for one in reversed(last)
        ]
        return self._answer({"category": "spot", "list": listed})

    async def heard(self, socket: Socket, message: Message) -> None:
        answer = {"success": True, "conn_id": "c", "req_id": message.get("req_id", ""), "op": message["op"]}
        match message["op"]:
            case "ping":
                await socket.ws.send_json({**answer, "ret_msg": "pong"})
            case "subscribe":
                socket.topics.update(message["args"])
                for topic in message["args"]:
                    if topic.startswith("kline."):
                        self.table(INTERVALS[topic.split(".")[1]])
                await socket.ws.send_json({**answer, "ret_msg": "subscribe"})
            case unknown:
                await socket.ws.send_json({**answer, "success": False, "ret_msg": f"error:invalid op {unknown}"})

    def told(
        self, topic: str, one: Print, changed: Mapping[str, list[int]], before: Mapping[str, int | None]
    ) -> list[Message]:
        kind, *rest = topic.split(".")
        if kind == "publicTrade":
            return [_push(topic, one.time, [_deal(one)])]
        if kind == "orderbook":
            return [{**_push(topic, one.time, []), "data": _book(one)}]
        if kind != "kline":
            return []
        timeframe = INTERVALS[rest[0]]
        times = self.corrected(timeframe)
        last = before[timeframe]
        if last is not None and last not in changed[timeframe]:
            times.append(last)
        # One message holds them all, as Bybit does where a bar ends and the next begins.
        listed = [self._candle(rest[0], time) for time in (*times, *changed[timeframe])]
        return [_push(topic, one.time, listed)]

    def _candle(self, interval: str, time: int) -> Message:
        timeframe = INTERVALS[interval]
        _, opened, high, low, close, volume = self.candle(timeframe, time)
        return {
            "start": time * 1000,
            "end": tf.close_time(time, timeframe) * 1000 - 1,
            "interval": interval,
            "open": _text(opened),
            "close": _text(close),
            "high": _text(high),
            "low": _text(low),
            "volume": _text(volume),
            "turnover": "0",
            "confirm": time != max(self.table(timeframe)),
            "timestamp": int(self.now * 1000),
        }


def _push(topic: str, time: int, data: list[Message]) -> Message:
    return {"topic": topic, "type": "snapshot", "ts": time, "data": data}


def _deal(one: Print) -> Message:
    return {
        "T": one.time,
        "s": SYMBOL,
        "S": "Buy",
        "v": _text(one.amount),
        "p": _text(one.price),
        "L": "PlusTick",
        "i": f"20f43950-d8dd-5b31-9112-{one.number:012x}",
        "BT": False,
    }


def _book(one: Print) -> Message:
    bid, ask = _text(one.price - 0.01), _text(one.price + 0.01)
    return {"s": SYMBOL, "b": [[bid, "1.5"]], "a": [[ask, "2.5"]], "u": one.number, "seq": one.number}


def _text(value: float) -> str:
    return f"{value:.4f}"
