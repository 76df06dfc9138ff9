"""The Web API's door: tokens and scopes, faults and limits between, and the table of methods."""

from __future__ import annotations

import copy
import math
from email.utils import formatdate
from typing import TYPE_CHECKING

from aiohttp import web

from tests.slack import chat, conversations, files, people, views
from tests.slack.calls import Refused, arguments
from tests.slack.core import APP_TOKEN, BOT_TOKEN

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.slack.calls import Args, Call, Method
    from tests.slack.core import Core

METHODS: dict[str, Method] = {
    **chat.METHODS,
    **conversations.METHODS,
    **files.METHODS,
    **people.METHODS,
    **views.METHODS,
}


async def handle(slack: Core, request: web.Request) -> web.StreamResponse:
    """Any method."""
    name = request.match_info["method"]
    args = await arguments(request)
    token = request.headers.get("Authorization", "").removeprefix("Bearer ") or str(args.pop("token", ""))
    call = slack.note(name, args)

    async def answer() -> web.Response:
        return answered(slack, call, token)

    return await through(slack, request, call, answer)


async def through(
    slack: Core, request: web.Request, call: Call, respond: Callable[[], Awaitable[web.Response]]
) -> web.StreamResponse:
    """A request with whatever fault is due before or after it."""
    fault = slack.faults.of(call.method)
    call.answer = fault or "ok"
    match fault:
        case "reset":
            return cut(request)
        case "hang":
            await slack.hang()
            return cut(request)
        case "429":
            return limited(slack.faults.retry_after)
        case "500" | "503":
            return web.Response(status=int(fault), text="<html>Server Error</html>", content_type="text/html")
        case "lost" | "swallowed" | None:
            pass
    method = METHODS.get(call.method)
    wait = slack.limiter.wait(call, method.tier if method else 0)
    if wait:
        call.answer = "ratelimited"
        return limited(math.ceil(wait))
    response = await respond()
    if fault == "swallowed":
        await slack.hang()
    return cut(request) if fault else response


def cut(request: web.Request) -> web.Response:
    """The connection ends here."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def limited(seconds: int) -> web.Response:
    return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": str(seconds)})


def answered(slack: Core, call: Call, token: str) -> web.Response:
    headers = {"x-oauth-scopes": ",".join(sorted(granted(slack, token))), "Date": formatdate(slack.clock.now())}
    try:
        method = allowed(slack, call, token)
        headers["x-accepted-oauth-scopes"] = method.scope
        call.kept = {"ok": True, **copy.deepcopy(method.run(slack, call.args))}
    except Refused as refused:
        call.answer = refused.error
        call.kept = {"ok": False, "error": refused.error, **refused.more}
    return web.json_response(call.kept, headers=headers)


def granted(slack: Core, token: str) -> set[str]:
    return {BOT_TOKEN: slack.scopes, APP_TOKEN: {"connections:write"}}.get(token, set())


def allowed(slack: Core, call: Call, token: str) -> Method:
    if call.method not in METHODS:
        raise Refused("unknown_method", req_method=call.method)
    if not token:
        raise Refused("not_authed")
    if token not in {BOT_TOKEN, APP_TOKEN}:
        raise Refused("invalid_auth")
    method = METHODS[call.method]
    if method.app_level != (token == APP_TOKEN):
        raise Refused("not_allowed_token_type")
    scope = scope_of(slack, method, call.args)
    if scope and scope not in granted(slack, token):
        raise Refused("missing_scope", needed=scope, provided=",".join(sorted(granted(slack, token))))
    return method


def scope_of(slack: Core, method: Method, args: Args) -> str:
    """By the kind of the channel where it depends on that."""
    if not method.scope.startswith("*"):
        return method.scope
    channel = slack.space.channels.get(str(args.get("channel", "")))
    return method.scope.replace("*", channel.kind if channel else "channels")


async def upload(slack: Core, request: web.Request) -> web.StreamResponse:
    call = slack.note("upload", {"file": request.match_info["id"]})
    return await through(slack, request, call, lambda: files.received(slack, request))


async def download(slack: Core, request: web.Request) -> web.StreamResponse:
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    call = slack.note("download", {"file": request.match_info["id"]})

    async def answer() -> web.Response:
        return files.downloaded(slack, request, allowed="files:read" in granted(slack, token))

    return await through(slack, request, call, answer)


async def login(slack: Core, request: web.Request) -> web.StreamResponse:
    return web.Response(text="<!DOCTYPE html><html>Sign in to Slack</html>", content_type="text/html")
