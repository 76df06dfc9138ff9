"""Socket Mode: several connections at once, envelopes that wait for their acknowledgement, refreshes and losses."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

from aiohttp import WSMsgType, web

from tests.slack.clock import ACK
from tests.slack.workspace import APP

if TYPE_CHECKING:
    from tests.slack.core import Core

MOST = 10  # connections of one app
GRACE = 10.0  # seconds between a warning and the end of a connection
Kind = Literal["events_api", "interactive", "slash_commands"]
Wire = dict[str, Any]


class Connection:
    """``stalled``: registered, and nothing that is sent arrives any more (a half-open TCP connection)."""

    def __init__(self, request: web.Request, ws: web.WebSocketResponse) -> None:
        self.request = request
        self.ws = ws
        self.stalled = False
        self.envelopes: list[Wire] = []


class Sockets:
    def __init__(self, slack: Core) -> None:
        self.slack = slack
        self.connections: list[Connection] = []
        self.dials_refused = 0  # of the next ones
        self.dropped_acks = 0  # of the next ones: they are not heard
        self.acks: list[str] = []
        self._tickets: set[str] = set()
        self._waiting: dict[str, asyncio.Future[Wire]] = {}
        self._sent = 0
        self._change = asyncio.Condition()

    def ticket(self) -> str:
        """The answer of apps.connections.open."""
        self._tickets.add(ticket := self.slack.space.id("ticket-"))
        return f"ws://127.0.0.1:{self.slack.port}/link/?ticket={ticket}&app_id={APP}"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if self.dials_refused or self.slack.faults.is_down:
            self.dials_refused = max(0, self.dials_refused - 1)
            return web.Response(status=503)
        if request.query.get("ticket") not in self._tickets:
            return web.Response(status=401)
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        connection = Connection(request, ws)
        if len(self.connections) >= MOST:
            await ws.send_json(farewell("too_many_websockets"))
            await ws.close()
            return ws
        self.connections.append(connection)
        try:
            await ws.send_json(hello(len(self.connections)))
            await self._changed()
            async for frame in ws:
                if frame.type is WSMsgType.TEXT:
                    self._heard(frame.json())
        finally:
            self._forget(connection)
            await self._changed()
        return ws

    def _heard(self, message: Wire) -> None:
        if self.dropped_acks:
            self.dropped_acks -= 1
            return
        self.acks.append(message["envelope_id"])
        future = self._waiting.get(message["envelope_id"])
        if future and not future.done():
            future.set_result(message.get("payload") or {})

    async def push(self, kind: Kind, payload: Wire, attempt: int = 0, reason: str = "") -> Wire | None:
        """One envelope on one of the connections in turn; what came with its acknowledgement, None without one."""
        live = [one for one in self.connections if not one.ws.closed]
        if not live:
            return None
        connection = live[self._sent % len(live)]
        self._sent += 1
        envelope: Wire = {"envelope_id": self.slack.space.id("envelope-"), "type": kind, "payload": payload}
        envelope["accepts_response_payload"] = kind != "events_api"
        if kind == "events_api":
            envelope |= {"retry_attempt": attempt, "retry_reason": reason}
        future = self._waiting[envelope["envelope_id"]] = asyncio.get_running_loop().create_future()
        connection.envelopes.append(envelope)
        if not connection.stalled:
            with suppress(ConnectionResetError):  # it was dropped just now
                await connection.ws.send_json(envelope)
        try:
            return await asyncio.wait_for(future, self.slack.clock.real(ACK))
        except TimeoutError:
            return None
        finally:
            del self._waiting[envelope["envelope_id"]]

    async def connected(self, count: int = 1) -> None:
        """Until so many connections stand."""
        async with self._change:
            await asyncio.wait_for(self._change.wait_for(lambda: len(self.connections) >= count), 30)

    async def disconnect(self, reason: Literal["warning", "refresh_requested", "link_disabled"]) -> None:
        """Slack renews its connections: a warning comes some seconds before, the others at the end."""
        for connection in list(self.connections):
            await connection.ws.send_json(farewell(reason))
            if reason != "warning":
                await connection.ws.close()
        if reason == "warning":
            old = list(self.connections)
            self.slack.background(self._close(old))

    async def _close(self, connections: list[Connection]) -> None:
        await self.slack.clock.sleep(GRACE)
        for connection in connections:
            await connection.ws.close()

    def drop(self) -> None:
        """Every connection is cut without a word."""
        for connection in list(self.connections):
            self._forget(connection)
            if connection.request.transport is not None:
                connection.request.transport.abort()

    def _forget(self, connection: Connection) -> None:
        with suppress(ValueError):  # it was cut by drop
            self.connections.remove(connection)

    async def close(self) -> None:
        for connection in list(self.connections):
            await connection.ws.close()

    async def _changed(self) -> None:
        async with self._change:
            self._change.notify_all()


def hello(count: int) -> Wire:
    host = {"host": "applink-loop", "build_number": 1, "approximate_connection_time": 18060}
    return {"type": "hello", "num_connections": count, "debug_info": host, "connection_info": {"app_id": APP}}


def farewell(reason: str) -> Wire:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-loop"}}
