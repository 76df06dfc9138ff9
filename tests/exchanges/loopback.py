"""What loopback exchanges have in common: the script's clock, sockets with topics, and faults between."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from aiohttp import WSMsgType, web

from tests.exchanges.script import START, add

if TYPE_CHECKING:
    from collections.abc import Mapping

    from execution.feeds.exchange.rows import Row
    from tests.exchanges.chaos import Fault
    from tests.exchanges.script import Print, Script

HANG = 30.0  # seconds
LOST = 6  # messages of a gap
CORRECTED = 5  # messages after which a candle told wrongly is told again
Message = dict[str, Any]


class Socket:
    """One client's connection."""

    def __init__(self, request: web.Request, ws: web.WebSocketResponse) -> None:
        self.request = request
        self.ws = ws
        self.topics: set[str] = set()
        self.stalled = False


class Loopback:
    """An exchange with one market; it tells its script trade by trade as ``advance`` is called.

    ``flat``: it has a candle for every interval. Subclasses give the protocol: ``routes``, ``heard``, ``told``.
    """

    options: ClassVar[dict[str, Any]] = {}  # of ccxt, so that it asks for nothing that is not here

    def __init__(self, script: Script, faults: Mapping[int, Fault] | None = None, *, flat: bool = True) -> None:
        self.script = script
        self.flat = flat
        self.at = 0  # trades told
        self.faults = dict(faults or {})
        self.injected: list[Fault] = []
        self.sockets: set[Socket] = set()
        self.requests: list[str] = []
        self.refusals: list[Fault] = []  # of the next REST requests, in their order
        self.stale = False  # whether the request at hand is answered with an old record
        self.dials_refused = 0
        self.lost = 0
        self.repeated = 0
        self.held: list[tuple[Socket, Message]] | None = None
        self.wrong: set[tuple[str, int]] = set()
        self.wrong_for_ever = False
        self.corrections: list[tuple[int, str, int]] = []  # at which step, timeframe, open time
        self.tables: dict[str, dict[int, Row]] = {}
        self._hanging: set[asyncio.Event] = set()

    # The clock and the record

    @property
    def now(self) -> float:
        """UNIX seconds UTC, by the script."""
        return self.script.prints[self.at - 1].time / 1000 if self.at else float(START)

    @property
    def prints(self) -> list[Print]:
        return self.script.prints[: self.at]

    def table(self, timeframe: str) -> dict[int, Row]:
        """The candles as they stand, by open time."""
        if timeframe not in self.tables:
            rows = self.tables[timeframe] = {}
            for one in self.prints:
                add(rows, one, timeframe, flat=self.flat)
        return self.tables[timeframe]

    async def advance(self, trades: int = 1) -> None:
        """The next trades happen and are told."""
        for _ in range(trades):
            await self._inject(self.faults.get(self.at))
            one = self.script.prints[self.at]
            before = {name: max(rows, default=None) for name, rows in self.tables.items()}
            changed = {name: add(rows, one, name, flat=self.flat) for name, rows in self.tables.items()}
            self.at += 1
            for socket in list(self.sockets):
                for topic in sorted(socket.topics):
                    for message in self.told(topic, one, changed, before):
                        await self._send(socket, message)

    async def play(self, pace: float, trades: int | None = None) -> None:
        """Trade by trade, ``pace`` seconds between, to the end of the script."""
        for _ in range(len(self.script.prints) - self.at if trades is None else trades):
            await self.advance()
            await asyncio.sleep(pace)

    # The protocol

    def routes(self) -> list[web.RouteDef]:
        raise NotImplementedError

    async def heard(self, socket: Socket, message: Message) -> None:
        raise NotImplementedError

    def told(
        self, topic: str, one: Print, changed: Mapping[str, list[int]], before: Mapping[str, int | None]
    ) -> list[Message]:
        raise NotImplementedError

    def problem(self, fault: Fault) -> web.Response:
        raise NotImplementedError

    # Faults

    async def _inject(self, fault: Fault | None) -> None:
        match fault:
            case None:
                return
            case "cut" | "refuse" | "close" | "stall":
                await self._on_sockets(fault)
            case "gap":
                self.lost += LOST
            case "twice":
                self.repeated += 1
            case "swap":
                self.held = self.held or []
            case "wrong":
                self._tell_wrongly()
            case "429" | "500" | "hang" | "stale":
                self.refusals += [fault] * 2
        self.injected.append(fault)

    async def _on_sockets(self, fault: Literal["cut", "refuse", "close", "stall"]) -> None:
        self.dials_refused += 2 if fault == "refuse" else 0
        for socket in list(self.sockets):
            if fault == "stall":
                socket.stalled = True
            elif fault == "close":
                await socket.ws.close()
            elif socket.request.transport is not None:
                socket.request.transport.abort()

    def _tell_wrongly(self) -> None:
        for name, rows in self.tables.items():
            if rows:
                self.wrong.add((name, max(rows)))
                self.corrections.append((self.at + CORRECTED, name, max(rows)))

    def candle(self, timeframe: str, time: int) -> Row:
        """A candle as the stream tells it: wrongly, where that fault is on."""
        row = self.table(timeframe)[time]
        if (timeframe, time) not in self.wrong:
            return row
        return (time, row[1], round(row[2] + 7, 2), row[3], round(row[2] + 5, 2), row[5])

    def corrected(self, timeframe: str) -> list[int]:
        """Candles that are told again now, rightly."""
        due = [one for one in self.corrections if one[0] <= self.at and one[1] == timeframe and not self.wrong_for_ever]
        self.corrections = [one for one in self.corrections if one not in due]
        self.wrong -= {(name, time) for _, name, time in due}
        return [time for _, _, time in due]

    async def _send(self, socket: Socket, message: Message) -> None:
        if socket.stalled or socket.ws.closed:
            return
        if self.lost:
            self.lost -= 1
            return
        if self.held == []:
            self.held.append((socket, message))
            return
        held, self.held = self.held or [], None
        times = 2 if self.repeated else 1
        self.repeated = max(0, self.repeated - 1)
        for to, what in [(socket, message)] * times + held:
            if not to.ws.closed:
                with suppress(ConnectionResetError):  # it was dropped by a fault just now
                    await to.ws.send_json(what)

    # The server

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._faulty])
        app.add_routes(self.routes())
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port: int = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        for event in self._hanging:
            event.set()
        for socket in list(self.sockets):
            await socket.ws.close()
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @web.middleware
    async def _faulty(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            if self.dials_refused:
                self.dials_refused -= 1
                return web.Response(status=503)
            response: web.StreamResponse = await handler(request)
            return response
        self.requests.append(request.path)
        fault = self.refusals.pop(0) if self.refusals else None
        if fault == "hang":
            event = asyncio.Event()
            self._hanging.add(event)
            await asyncio.wait([asyncio.ensure_future(event.wait())], timeout=HANG)
        elif fault in {"429", "500"}:
            return self.problem(fault)
        self.stale = fault == "stale"  # read by the handler before it waits for anything
        answer: web.StreamResponse = await handler(request)
        return answer

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        """The handler of a socket's route."""
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        socket = Socket(request, ws)
        self.sockets.add(socket)
        try:
            async for frame in ws:
                if frame.type is WSMsgType.TEXT:
                    await self.heard(socket, frame.json())
        finally:
            self.sockets.discard(socket)
        return ws
