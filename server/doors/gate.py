"""The gate before every door but the webhooks' own: trace id, Host and Origin, security headers, access log, metrics.

It stands outside the router, so that what no route takes is guarded and counted, too. Log and metrics carry route
templates only: a path may hold a token.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
from litestar.enums import ScopeType

from server.access.guards import HEADERS, check_host, check_origin
from server.clock import Stopwatch, new_id
from server.logs import logger
from server.problems import MEDIA_TYPE, told
from server.refused import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

    from server.metrics import Metrics
    from server.problems import Problem

    Header: TypeAlias = tuple[bytes, bytes]

NO_ROUTE = "(no route)"
EVERY = tuple((name.lower().encode(), value.encode()) for name, value in HEADERS.items())


class Gate:
    """The outermost ASGI application."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str], origins: frozenset[str], metrics: Metrics) -> None:
        self.app = app
        self.closing = asyncio.Event()
        self.hosts = hosts
        self.origins = origins
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection."""
        if scope["type"] == ScopeType.HTTP:
            await self._request(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _request(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        watch, trace = Stopwatch(), new_id("trc")
        scope["state"] = {**scope.get("state", {}), "trace": trace}
        begun = False

        async def answer(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message["headers"] = _dressed(message["headers"], trace)
                self.note(scope, message["status"], watch.seconds(), trace)
            await send(message)

        async def hear() -> Any:
            return await (self._until_closing(receive) if begun else receive())

        try:
            self.check(scope)
            await self.app(scope, hear, answer)
        except Exception as error:  # what the router's own handler does not stand behind
            if begun:
                raise
            await _refuse(answer, told(error, trace, NO_ROUTE))

    def check(self, scope: HTTPScope) -> None:
        """Raise Refused for what must not reach a route."""
        headers = dict(scope["headers"])
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        host = hosts[0].decode("latin-1") if len(hosts) == 1 else ""
        check_text(scope)
        check_host(host, self.hosts)
        check_origin(scope["method"], headers.get(b"origin", b"").decode("latin-1"), host, self.origins)

    async def _until_closing(self, receive: Receive) -> Any:
        """What a stream hears while it answers: its client leaving, or the server closing, which ends it as well."""
        heard, closed = asyncio.ensure_future(receive()), asyncio.ensure_future(self.closing.wait())
        try:
            await asyncio.wait({heard, closed}, return_when=asyncio.FIRST_COMPLETED)
            return heard.result() if heard.done() else {"type": "http.disconnect"}
        finally:
            heard.cancel()
            closed.cancel()

    def note(self, scope: HTTPScope, status: int, seconds: float, trace: str) -> None:
        """Count an answer, and write it into the access log."""
        route, method = str(scope.get("path_template") or NO_ROUTE), str(scope["method"])
        method = method if method in METHODS else "(other)"
        self.metrics.answered(method, route, status, seconds)
        who = scope["state"].get("who")
        logger().info(
            "answered", method=method, route=route, status=status, ms=round(seconds * 1000, 1), trace=trace,
            person=who.person if who else None,
        )  # fmt: skip


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def check_text(scope: HTTPScope) -> None:
    """Refuse an address that no database takes as text: null bytes, and what is no UTF-8."""
    path = str(scope["path"])
    if "\0" in path or b"%00" in scope["query_string"] or any("\ud800" <= letter <= "\udfff" for letter in path):
        raise Refused(400, "the address holds a null byte, or bytes that are no UTF-8")


def _dressed(given: Iterable[Header], trace: str) -> list[Header]:
    """An answer's headers with those that every answer has, unless it says otherwise itself."""
    headers = list(given)
    present = {name.lower() for name, _ in headers}
    return [*headers, *(one for one in (*EVERY, (b"x-trace", trace.encode())) if one[0] not in present)]


async def _refuse(send: Send, problem: Problem) -> None:
    body = msgspec.json.encode(problem)
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
