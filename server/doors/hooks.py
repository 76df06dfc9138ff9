"""``POST /hooks/tradingview/{token}``: raw ASGI, because it is the one door that must never be slow.

The token is a path segment of ours, unguessable and revocable; it reaches no log. The Content-Type is ignored: bytes
decide. Never a 5xx for what a sender did, never a redirect: TradingView re-sends the one and drops the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from server.access.tokens import who_has
from server.clock import new_id
from server.ingest.committer import QueueFull
from server.problems import MEDIA_TYPE, TITLES, Problem
from server.store.store import StoreUnavailable

if TYPE_CHECKING:
    from litestar.types import ASGIApp, Receive, Scope, Send

    from server.ingest.committer import Committer

MAX_BYTES = 256 * 1024
ENCODE = msgspec.json.Encoder()


class TooLarge(ValueError):
    """The body passed the limit while it was received."""


def hook_door(committer: Committer) -> ASGIApp:
    """The ASGI application behind the mount."""

    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        status, body = await _answer(scope, receive, committer)
        await _send(send, status, body)

    return door


async def _answer(scope: Scope, receive: Receive, committer: Committer) -> tuple[int, Any]:
    if scope["method"] != "POST":
        return 405, "send alerts with POST"
    who = await _holder(scope)
    if who is None:
        return 404, "there is no such hook"
    try:
        return 200, await committer.submit(who, await _body(receive))
    except TooLarge:
        return 413, f"an alert may have {MAX_BYTES // 1024} KiB"
    except QueueFull:
        return 503, "too many alerts wait; send it again"
    except StoreUnavailable:
        return 503, "the store does not answer; send it again"


async def _holder(scope: Scope) -> str | None:
    """The id of the token in the path, if it is a hook's; StoreUnavailable is told as such."""
    secret = scope["path"].strip("/")
    who = await who_has(secret) if secret and "/" not in secret else None
    return who.token if who and who.may("hook") else None


async def _body(receive: Receive) -> bytes:
    """The whole body, counted while it comes in; raises TooLarge."""
    parts: list[bytes] = []
    size = 0
    more = True
    while more:
        message: Any = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size > MAX_BYTES:
            raise TooLarge
        parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts)


async def _send(send: Send, status: int, body: Any) -> None:
    kind = b"application/json"
    if status != 200:
        body = Problem(TITLES[status], status, str(body), new_id("trc"))
        kind = MEDIA_TYPE.encode()
    raw = ENCODE.encode(body)
    headers = [(b"content-type", kind), (b"content-length", str(len(raw)).encode())]
    if status == 405:
        headers.append((b"allow", b"POST"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": raw, "more_body": False})
