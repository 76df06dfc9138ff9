"""The guards of the doors: whose host, whose origin, whose token or cookie, whose form.

Order of the checks: Host, then who is asking, then for a session's unsafe request its origin and its CSRF token, then
the scope that the handler requires. A path token belongs to its door, which checks it itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware

from server.access.sessions import COOKIE, who_session
from server.access.tokens import who_has
from server.access.who import Who
from server.problems import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from litestar import Request
    from litestar.connection import ASGIConnection
    from litestar.handlers import BaseRouteHandler
    from litestar.types import ASGIApp, Message, Receive, Scope, Send

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard(ASGIMiddleware):
    """Checks the host and finds out who is asking; answers carry the security headers."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, allowed_hosts: frozenset[str]) -> None:
        self.allowed_hosts = allowed_hosts

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """One request."""
        headers = dict(scope["headers"])
        check_host(headers.get(b"host", b"").decode("latin-1"), self.allowed_hosts)
        scope["state"]["who"] = await _who(headers)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableScopeHeaders.from_message(message)
                for name, value in HEADERS.items():
                    answer.setdefault(name, value)
            await send(message)

        await next_app(scope, receive, with_headers)


def check_host(host: str, allowed: frozenset[str]) -> None:
    """Refuse a request that came under a name this server does not go by (DNS rebinding)."""
    name = urlsplit(f"//{host}").hostname or ""
    if name not in allowed and host not in allowed:
        raise Refused(421, "this server does not go by that host name; add it to DRAWBRIDGE_ALLOWED_HOSTS")


async def _who(headers: dict[bytes, bytes]) -> Who | None:
    scheme, _, secret = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if scheme.lower() == "bearer" and secret:
        return await who_has(secret.strip())
    for part in headers.get(b"cookie", b"").decode("latin-1").split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE and value:
            return await who_session(value)
    return None


def requires(scope: str) -> Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], Any]:
    """A Litestar guard: the caller's token or session has this scope, and a session's unsafe request is its own."""

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        who: Who | None = connection.scope["state"].get("who")
        if who is None:
            raise Refused(401, "sign in with the login link, or send a token: Authorization: Bearer …")
        if not who.may(scope):
            raise Refused(403, f"this needs the scope {scope}, which your token does not have")
        if who.session and connection.scope["method"] not in SAFE:
            await _check_form(connection, who)

    return guard


async def _check_form(connection: ASGIConnection[Any, Any, Any, Any], who: Who) -> None:
    origin = connection.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != connection.headers.get("host"):
        raise Refused(403, "the request comes from another site")
    given = connection.headers.get("x-csrf-token") or await _form_token(connection)
    if not who.csrf or given != who.csrf:
        raise Refused(403, "the form's token is missing or old; load the page again")


async def _form_token(connection: Any) -> str | None:
    kind = connection.headers.get("content-type", "").partition(";")[0].strip()
    if kind not in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        return None
    form = await connection.form() if hasattr(connection, "form") else {}
    value = form.get("csrf_token")
    return value if isinstance(value, str) else None


def who_asks(request: Request[Any, Any, Any]) -> Who:
    """The caller behind a guarded handler."""
    who: Who | None = request.scope["state"].get("who")
    if who is None:
        raise Refused(401, "sign in with the login link, or send a token: Authorization: Bearer …")
    return who
