"""``POST /hooks/tradingview/{token}``: raw ASGI in front of the router, because it is the one door that must be fast.

The token is a path segment of ours, unguessable and revocable; it reaches no log. The Content-Type is ignored: bytes
decide. Never a 5xx for what a sender did, never a redirect: TradingView re-sends the one and drops the other. A webhook
that is answered 200 has its line in the event log and none in the access log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from litestar.enums import ScopeType

from interpreters.alerts import MAX_BYTES
from server.ingest.committer import HookRevoked, QueueFull
from server.logs import logger
from server.problems import MEDIA_TYPE, TITLES, Problem
from server.store.store import StoreUnavailable

if TYPE_CHECKING:
    from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

    from server.ingest.committer import Committer
    from server.ingest.hooks import Hooks

PREFIX = "/hooks/tradingview/"
ROUTE = PREFIX + "{token}"
JSON, PROBLEM = b"application/json", MEDIA_TYPE.encode()
ENCODE = msgspec.json.Encoder()


class TooLarge(ValueError):
    """The body passed the limit while it was received."""


class SenderLeft(ConnectionError):
    """The sender closed the connection before its body was complete."""


def with_hooks(app: ASGIApp, hooks: Hooks, committer: Committer) -> ASGIApp:
    """The application with this door before it."""

    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or not scope["path"].startswith(PREFIX):
            await app(scope, receive, send)
            return
        scope["path_template"] = ROUTE  # what log and metrics call it
        try:
            status, body = await _answer(scope, receive, hooks, committer)
        except SenderLeft:
            return  # nothing was stored, and nobody hears an answer
        except Exception as error:  # noqa: BLE001 - the router's own handler does not stand behind this door
            logger().error("failed", trace=scope["state"]["trace"], route=ROUTE, status=500, exc_info=error)
            status, body = 500, "something went wrong on our side; the log has more under this trace"
        await _send(scope, send, status, body)

    return door


async def _answer(scope: HTTPScope, receive: Receive, hooks: Hooks, committer: Committer) -> tuple[int, Any]:
    if scope["method"] != "POST":
        return 405, "send alerts with POST"
    secret = scope["path"][len(PREFIX) :].removesuffix("/")
    try:
        token = await hooks.token_of(secret)
        if token is None:
            return 404, "there is no such hook"
        return 200, await committer.submit(token, await _body(receive))
    except HookRevoked:
        hooks.forget(secret)
        return 404, "there is no such hook"
    except TooLarge:
        return 413, f"an alert may have {MAX_BYTES // 1024} KiB"
    except QueueFull:
        return 503, "too many alerts wait; send it again"
    except StoreUnavailable:
        return 503, "the store does not answer; send it again"


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


async def _send(scope: HTTPScope, send: Send, status: int, body: Any) -> None:
    state: dict[str, Any] = scope["state"]
    state["in_event_log"] = status == 200
    if status != 200:
        body = Problem(TITLES[status], status, body, state["trace"])
    raw = ENCODE.encode(body)
    headers = [
        (b"content-type", JSON if status == 200 else PROBLEM),
        (b"content-length", str(len(raw)).encode()),
    ]
    if status == 405:
        headers.append((b"allow", b"POST"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": raw, "more_body": False})
