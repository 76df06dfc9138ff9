"""A loopback Binance spot market: ETHUSDT.

The wire is documented at developers.binance.com under Spot. Further REST routes are added in ``routes``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from aiohttp import web

from spec import timeframe as tf
from tests.exchanges.entrance import OPTIONS
from tests.exchanges.loopback import Loopback, Message, Socket

if TYPE_CHECKING:
    from collections.abc import Mapping

    from execution.feeds.exchange.rows import Row
    from tests.exchanges.chaos import Fault
    from tests.exchanges.script import Print

SYMBOL = "ETHUSDT"
INFO = {
    "symbol": SYMBOL,
    "status": "TRADING",
    "baseAsset": "ETH",
    "baseAssetPrecision": 8,
    "quoteAsset": "USDT",
    "quotePrecision": 8,
    "quoteAssetPrecision": 8,
    "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT"],
    "isSpotTradingAllowed": True,
    "isMarginTradingAllowed": False,
    "filters": [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": "0.01000000",
            "maxPrice": "1000000.00000000",
            "tickSize": "0.01000000",
        },
        {"filterType": "LOT_SIZE", "minQty": "0.00010000", "maxQty": "9000.00000000", "stepSize": "0.00010000"},
        {"filterType": "NOTIONAL", "minNotional": "5.00000000", "applyMinToMarket": True, "maxNotional": "9000000.0"},
    ],
    "permissions": ["SPOT"],
}


class Binance(Loopback):
    """REST under /api/v3, sockets under /ws."""

    options: ClassVar[dict[str, Any]] = OPTIONS["binance"]

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/v3/exchangeInfo", self._info),
            web.get("/api/v3/time", self._time),
            web.get("/api/v3/klines", self._klines),
            web.get("/api/v3/trades", self._trades),
            web.get("/api/v3/depth", self._depth),
            web.get("/ws/{stream}", self.socket),
        ]

    def problem(self, fault: Fault) -> web.Response:
        if fault == "429":
            return web.json_response({"code": -1003, "msg": "Too many requests."}, status=429)
        return web.json_response({"code": -1000, "msg": "An unknown error occurred."}, status=500)

    async def _info(self, _: web.Request) -> web.Response:
        return web.json_response({"timezone": "UTC", "serverTime": int(self.now * 1000), "symbols": [INFO]})

    async def _time(self, _: web.Request) -> web.Response:
        return web.json_response({"serverTime": int(self.now * 1000)})

    async def _klines(self, request: web.Request) -> web.Response:
        query = request.query
        rows = list(self.table(query["interval"]).values())
        rows = rows[:-2] if self.stale else rows
        since, limit = int(query.get("startTime", "0")), int(query.get("limit", "500"))
        rows = [row for row in rows if row[0] * 1000 >= since]
        rows = rows[:limit] if "startTime" in query else rows[-limit:]
        return web.json_response([_kline(row, query["interval"]) for row in rows])

    async def _trades(self, request: web.Request) -> web.Response:
        last = self.prints[-int(request.query.get("limit", "500")) :]
        return web.json_response([_trade(one) for one in last])

    async def _depth(self, _: web.Request) -> web.Response:
        price = self.prints[-1].price if self.at else 2_000.0
        return web.json_response(
            {
                "lastUpdateId": self.at,
                "bids": [[f"{price - 0.01 * n:.2f}", "1.000"] for n in range(1, 6)],
                "asks": [[f"{price + 0.01 * n:.2f}", "2.000"] for n in range(1, 6)],
            }
        )

    async def heard(self, socket: Socket, message: Message) -> None:
        if message["method"] == "SUBSCRIBE":
            socket.topics.update(message["params"])
        else:
            socket.topics.difference_update(message["params"])
        for topic in message["params"]:
            if "@kline_" in topic:
                self.table(topic.split("@kline_")[1])
        await socket.ws.send_json({"result": None, "id": message["id"]})

    def told(
        self, topic: str, one: Print, changed: Mapping[str, list[int]], before: Mapping[str, int | None]
    ) -> list[Message]:
        if topic.endswith("@trade"):
            return [self._trade_event(one)]
        if "@kline_" not in topic:
            return []
        timeframe = topic.split("@kline_")[1]
        times = self.corrected(timeframe)
        last = before[timeframe]
        if last is not None and last not in changed[timeframe]:
            times.append(last)  # its end is told again
        return [self._kline_event(timeframe, time) for time in (*times, *changed[timeframe])]

    def _kline_event(self, timeframe: str, time: int) -> Message:
        _, opened, high, low, close, volume = self.candle(timeframe, time)
        end = tf.close_time(time, timeframe) * 1000 - 1
        kline = {
            "t": time * 1000,
            "T": end,
            "s": SYMBOL,
            "i": timeframe,
            "o": f"{opened:.8f}",
            "c": f"{close:.8f}",
            "h": f"{high:.8f}",
            "l": f"{low:.8f}",
            "v": f"{volume:.8f}",
            "n": 1,
            "x": time != max(self.table(timeframe)),
            "q": f"{volume * close:.8f}",
            "V": "0",
            "Q": "0",
            "B": "0",
        }
        return {"e": "kline", "E": int(self.now * 1000), "s": SYMBOL, "k": kline}

    def _trade_event(self, one: Print) -> Message:
        return {
            "e": "trade",
            "E": one.time,
            "s": SYMBOL,
            "t": one.number,
            "p": f"{one.price:.8f}",
            "q": f"{one.amount:.8f}",
            "T": one.time,
            "m": False,
            "M": True,
        }


def _kline(row: Row, timeframe: str) -> list[Any]:
    time, *prices, volume = row
    end = tf.close_time(time, timeframe) * 1000 - 1
    return [time * 1000, *(f"{price:.8f}" for price in prices), f"{volume:.8f}", end, "0", 1, "0", "0", "0"]


def _trade(one: Print) -> Message:
    price, amount = f"{one.price:.8f}", f"{one.amount:.8f}"
    return {"id": one.number, "price": price, "qty": amount, "quoteQty": "0", "time": one.time, "isBuyerMaker": False}
