"""The guards of the doors: whose host, whose origin, whose token or cookie, whose form.

Order of the checks: Host and Origin (at the gate, before any route), then who is asking, the scope that the handler
requires, and for a session's unsafe request its own origin and its CSRF token. A path token belongs to its door, which
checks it itself.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware

from server.access.sessions import COOKIE, who_session
from server.access.tokens import who_has
from server.refused import Refused

if TYPE_CHECKING:
    from litestar import Request
    from litestar.connection import ASGIConnection
    from litestar.handlers import BaseRouteHandler
    from litestar.types import ASGIApp, Receive, Send
    from litestar.types import Scope as Connection

    from server.access.who import Scope, Who

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard(ASGIMiddleware):
    """Finds out who is asking; the answer is None for a token or cookie that nobody has."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Connection, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """One request."""
        scope["state"]["who"] = await _who(dict(scope["headers"]))
        await next_app(scope, receive, send)


def check_host(host: str, allowed: frozenset[str]) -> None:
    """Refuse a request that came under a name this server does not go by (DNS rebinding)."""
    if _name_of(host) not in allowed:
        raise Refused(421, "this server does not go by that host name; add it to DRAWBRIDGE_ALLOWED_HOSTS")


@lru_cache(maxsize=256)
def _name_of(host: str) -> str:
    """The name in a Host header, without its port."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def check_origin(method: str, origin: str, host: str, allowed: frozenset[str]) -> None:
    """Refuse what a page of another site sends, unless its origin is on the allow-list."""
    if method in SAFE or not origin or origin in allowed or _is_own(origin, host):
        return
    raise Refused(403, "the request comes from another site; add its origin to DRAWBRIDGE_CORS_ORIGINS")


def _is_own(origin: str, host: str) -> bool:
    scheme, _, netloc = origin.partition("://")
    return scheme in {"http", "https"} and netloc == host


async def _who(headers: dict[bytes, bytes]) -> Who | None:
    scheme, _, secret = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if scheme.lower() == "bearer" and secret:
        return await who_has(secret.strip())
    for part in headers.get(b"cookie", b"").decode("latin-1").split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE and value:
            return await who_session(value)
    return None


class Requires:
    """A Litestar guard: the caller's token or session has this scope, and a session's unsafe request is its own."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    async def __call__(self, connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        """Raise Refused (401, 403) for whoever may not."""
        who: Who | None = connection.scope["state"].get("who")
        if who is None:
            known = "this token is unknown or revoked; `drawbridge token list` shows those that hold"
            asked = "sign in with the login link, or send a token: Authorization: Bearer …"
            raise Refused(401, known if "authorization" in connection.headers else asked)
        if not who.may(self.scope):
            raise Refused(403, f"this needs the scope {self.scope}, which your token does not have")
        if who.session and getattr(connection, "method", "GET") not in SAFE:
            await _check_form(connection, who)


requires = Requires


async def _check_form(connection: ASGIConnection[Any, Any, Any, Any], who: Who) -> None:
    origin = connection.headers.get("origin")
    if origin is not None and not _is_own(origin, connection.headers.get("host", "")):
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
