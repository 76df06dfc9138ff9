"""Tables of the server's doors, scopes and answers, from the code's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar.handlers import HTTPRouteHandler

from server.access.guards import Requires
from server.access.who import SCOPES, scopes_of
from server.app import DOORS
from server.doors.hooks import ROUTE
from server.problems import TITLES
from server.strategies import MOVES

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = tuple[str, ...]


def doors() -> tuple[Row, list[Row]]:
    """Every documented door: its method and path, the scope that it needs, and what it does."""
    rows = [row for handler in DOORS if isinstance(handler, HTTPRouteHandler) for row in _rows(handler)]
    rows.append((f"`POST {ROUTE}`", "`hook`, in the path", "Receive an alert"))
    return ("door", "needs", "does"), sorted(rows, key=lambda row: row[0].strip("`").split(" ")[::-1])


def _rows(handler: HTTPRouteHandler) -> Iterator[Row]:
    if not handler.include_in_schema:
        return
    for path in handler.paths:
        method = next(iter(handler.http_methods))
        template = path.replace(":str}", "}").replace(":int}", "}")
        words = handler.summary or " ".join((handler.fn.__doc__ or "").split()).partition(":")[0].rstrip(".")
        yield f"`{method} {template}`", _scope(handler), words.replace("``", "`")


def _scope(handler: Any) -> str:
    scopes = [guard.scope for guard in handler.guards or () if isinstance(guard, Requires)]
    return f"`{scopes[0]}`" if scopes else "nothing"


def scopes() -> tuple[Row, list[Row]]:
    """What a token of each scope may do."""
    return ("a token of", "may"), [
        (f"`{scope}`", ", ".join(f"`{one}`" for one in SCOPES if one in scopes_of(scope))) for scope in SCOPES
    ]


def answers() -> tuple[Row, list[Row]]:
    """The statuses of problem documents."""
    return ("status", "title"), [(str(status), title) for status, title in TITLES.items()]


def moves() -> tuple[Row, list[Row]]:
    """Which state a strategy may be moved from, and to which."""
    return ("word", "from", "to"), [
        (word, ", ".join(f"`{state}`" for state in sorted(before)), f"`{after}`")
        for word, (before, after, _) in MOVES.items()
    ]
