"""``POST /hooks/tradingview/{token}``: raw ASGI in front of the gate, because it is the one door that must be fast.

The token is a path segment of ours, unguessable and revocable; it reaches no log. The Content-Type is ignored: bytes
decide. Never a 5xx for what a sender did, never a redirect: TradingView re-sends the one and drops the other. A webhook
that is answered 200 has its line in the event log and none in the access log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
from litestar.enums import ScopeType

from interpreters.alerts import MAX_BYTES
from server.clock import Stopwatch, new_id
from server.ingest.committer import HookRevoked, QueueFull
from server.problems import MEDIA_TYPE, Problem, told
from server.refused import Refused
from server.store.store import StoreUnavailable

if TYPE_CHECKING:
    from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

    from server.doors.gate import Gate
    from server.ingest.arrival import Receipt
    from server.ingest.committer import Committer
    from server.ingest.hooks import Hooks

PREFIX = "/hooks/tradingview/"
ROUTE = PREFIX + "{token}"
Header: TypeAlias = tuple[bytes, bytes]
SAFE: list[Header] = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
ACCEPTED: list[Header] = [(b"content-type", b"application/json"), *SAFE]
ENCODE = msgspec.json.Encoder()


class TooLarge(ValueError):
    """The body passed the limit while it was received."""


class SenderLeft(ConnectionError):
    """The sender closed the connection before its body was complete."""


def with_hooks(gate: Gate, hooks: Hooks, committer: Committer) -> ASGIApp:
    """The gate with this door before it."""

    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or not scope["path"].startswith(PREFIX):
            await gate(scope, receive, send)
            return
        watch = Stopwatch()
        scope["path_template"] = ROUTE  # what log and metrics call it
        try:
            gate.check(scope)
            receipt = await _take(scope, receive, hooks, committer)
        except SenderLeft:
            return  # nothing was stored, and nobody hears an answer
        except Exception as error:  # noqa: BLE001 - the router's own handler does not stand behind this door
            problem = told(_why(error), new_id("trc"), ROUTE)
            gate.note(scope, problem.status, watch.seconds(), problem.trace)
            await _send(send, problem.status, _refusal_headers(problem), ENCODE.encode(problem))
        else:
            gate.metrics.answered("POST", ROUTE, 200, watch.seconds())
            await _send(send, 200, ACCEPTED, ENCODE.encode(receipt))

    return door


async def _take(scope: HTTPScope, receive: Receive, hooks: Hooks, committer: Committer) -> Receipt:
    if scope["method"] != "POST":
        raise Refused(405, "send alerts with POST")
    secret = scope["path"][len(PREFIX) :].removesuffix("/")
    token = await hooks.token_of(secret)
    if token is None:
        raise HookRevoked
    try:
        return await committer.submit(token, await _body(receive))
    except HookRevoked:
        hooks.forget(secret)
        raise


def _why(error: Exception) -> Exception:
    """The refusal behind an error of this door; TradingView sends again what is answered 503."""
    match error:
        case HookRevoked():
            return Refused(404, "there is no such hook")
        case TooLarge():
            return Refused(413, f"an alert may have {MAX_BYTES // 1024} KiB")
        case QueueFull():
            return Refused(503, "too many alerts wait; send it again")
        case StoreUnavailable():
            return Refused(503, "the store does not answer; send it again")
        case _:
            return error


async def _body(receive: Receive) -> bytes:
    """The whole body, counted while it comes in; raises TooLarge and SenderLeft."""
    parts: list[bytes] = []
    size = 0
    more = True
    while more:
        message: Any = await receive()
        if message["type"] == "http.disconnect":
            raise SenderLeft
        part = message.get("body", b"")
        size += len(part)
        if size > MAX_BYTES:
            raise TooLarge
        parts.append(part)
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _refusal_headers(problem: Problem) -> list[Header]:
    allow = [(b"allow", b"POST")] if problem.status == 405 else []
    return [(b"content-type", MEDIA_TYPE.encode()), (b"x-trace", problem.trace.encode()), *SAFE, *allow]


async def _send(send: Send, status: int, headers: list[Header], body: bytes) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body, "more_body": False})
