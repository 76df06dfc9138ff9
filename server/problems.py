"""Problems: every error of a door as an RFC 9457 document, with a trace id that is also in the log.

One table says which error is whose fault and how it is told; anything that is not in it is ours, and a 500.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.status_codes import HTTP_500_INTERNAL_SERVER_ERROR, HTTP_503_SERVICE_UNAVAILABLE
from msgspec import Struct
from tortoise.exceptions import IntegrityError

from interpreters.draft import BadDraft
from interpreters.reading import ExportUnreadable
from server.access.tokens import BadName, UnknownToken
from server.clock import new_id
from server.editing import BadEdit
from server.logs import hidden, logger
from server.refused import Refused
from server.store.store import DOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

LEFT = "client disconnected prematurely"  # Litestar's words for a sender that left, which it calls a 500
LONGEST = 600  # letters of a detail: what a sender wrote comes back in it
MEDIA_TYPE = "application/problem+json"
TITLES = {
    400: "Bad request", 401: "Not signed in", 403: "Not allowed", 404: "Not found", 405: "Method not allowed",
    409: "Conflict", 413: "Too large", 421: "Wrong host", 422: "Cannot be read", 429: "Too many requests",
    500: "Our fault", 503: "Unavailable",
}  # fmt: skip


class Problem(Struct, frozen=True):
    """An error as RFC 9457 writes it; ``trace`` is also in the log."""

    title: str
    status: int
    detail: str
    trace: str
    type: str = "about:blank"


class Told(NamedTuple):
    """How an error is told: its status, and its own words or ours."""

    status: int
    detail: str | None = None


TOLD: dict[type[Exception], Told] = {
    ExportUnreadable: Told(422),
    BadDraft: Told(422),
    BadName: Told(422),
    BadEdit: Told(422),
    UnknownToken: Told(404),
    IntegrityError: Told(409, "somebody else was faster; look at it again"),
    **dict.fromkeys(
        DOWN, Told(HTTP_503_SERVICE_UNAVAILABLE, "the store does not answer; nothing was written, try again")
    ),
}


def trace_of(request: Request[Any, Any, Any]) -> str:
    """The request's trace id, made when first asked for."""
    state: dict[str, Any] = request.scope["state"]
    return str(state.setdefault("trace", new_id("trc")))


def problem_of(error: Exception, trace: str) -> Problem:
    """The document of an error."""
    match error:
        case Refused(status=status, detail=detail):
            return _problem(status, detail, trace)
        case ValidationException():
            return _problem(error.status_code, _invalid(error), trace)
        case HTTPException(detail=detail) if detail == LEFT:
            return _problem(400, "the body ended before it was complete", trace)
        case HTTPException(status_code=status, detail=detail) if status < HTTP_500_INTERNAL_SERVER_ERROR:
            return _problem(status, detail, trace)
    for kind, told in TOLD.items():
        if isinstance(error, kind):
            return _problem(told.status, told.detail or str(error), trace)
    return _problem(500, "something went wrong on our side; the log has more under this trace", trace)


def _invalid(error: ValidationException) -> str:
    extra: Any = error.extra or []
    first = extra[0] if isinstance(extra, list) and extra else {}
    where, why = (first.get("key", ""), first.get("message", error.detail)) if isinstance(first, dict) else ("", "")
    return f"{where}: {why}" if where else str(why or error.detail)


def _problem(status: int, detail: str, trace: str) -> Problem:
    return Problem(TITLES.get(status, "Error"), status, hidden(detail)[:LONGEST], trace)


def told(error: Exception, trace: str, route: str) -> Problem:
    """The document of an error, which is in the log under the same trace."""
    problem = problem_of(error, trace)
    if problem.status >= HTTP_500_INTERNAL_SERVER_ERROR:
        logger().error("failed", trace=trace, route=route, status=problem.status, exc_info=error)
    else:
        logger().info("refused", trace=trace, route=route, status=problem.status, detail=problem.detail)
    return problem


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """Litestar's exception handler."""
    problem = told(error, trace_of(request), str(request.scope.get("path_template", "")))
    headers: Mapping[str, str] = getattr(error, "headers", None) or {}
    return Response(
        problem, status_code=problem.status, media_type=MEDIA_TYPE, headers={**headers, "X-Trace": problem.trace}
    )
