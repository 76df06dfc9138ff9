"""``/api/strategies``: listed, read, decided about, edited, paused, resumed and stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from litestar import Request, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta, Struct, field

from server.access.guards import requires, who_asks
from server.approvals import Outcome, Purpose, Verdict, decide
from server.doors.given import TheRules, TheStore, TheTerms, problems
from server.editing import Edit, Edited, edit
from server.reconciliation import Reconciliation, reconcile
from server.store.events import EventRow, of_subject
from server.strategies import (
    Detail,
    Frozen,
    State,
    Summary,
    list_strategies,
    move,
    read_strategy,
    strategy_row,
    summary,
    versions_of,
)
from spec.strategy import Sha256

if TYPE_CHECKING:
    from litestar.handlers import HTTPRouteHandler

Word = Literal["pause", "resume", "stop"]
MOVE: dict[Word, str] = {
    "pause": "No new position until it is resumed; one that is open is managed to its end.",
    "resume": "Look for entries again.",
    "stop": "For good: to run it again it is edited and approved anew.",
}
MOST = 2**62  # a number every database takes
Limit = Annotated[int, QueryParameter(ge=1, le=500)]


class Decide(Struct, frozen=True, forbid_unknown_fields=True):
    """A decision about the version that ``digest`` names.

    ``account``: the paper account that it is to trade on, ``paper`` where it is left out; the first approval decides.
    """

    digest: Sha256
    decision: Verdict
    purpose: Purpose = field(name="for")
    account: Annotated[str, Meta(max_length=40)] | None = None


class Page(Struct, frozen=True):
    """Strategies, newest first; ``cursor`` continues the list, null at its end."""

    strategies: list[Summary]
    cursor: str | None


class Versions(Struct, frozen=True):
    """Frozen versions, the newest first."""

    versions: list[Frozen]


class Log(Struct, frozen=True):
    """Events, the newest first; ``cursor`` continues the list, null at its end."""

    events: list[EventRow]
    cursor: int | None


@get(
    "/api/strategies",
    guards=[requires("view")],
    responses=problems(),
    summary="List strategies",
    operation_id="listStrategies",
)
async def list_them(
    wanted: Annotated[State | None, QueryParameter(name="state")] = None,
    limit: Limit = 50,
    cursor: Annotated[str | None, QueryParameter(max_length=40)] = None,
) -> Page:
    """Strategies and watches, newest first."""
    rows = await list_strategies(wanted, limit + 1, cursor)
    return Page([summary(row) for row in rows[:limit]], rows[limit - 1].id if len(rows) > limit else None)


@get(
    "/api/strategies/{strategy_id:str}",
    guards=[requires("view")],
    responses=problems(404),
    summary="Read a strategy",
    operation_id="readStrategy",
)
async def read_one(strategy_id: FromPath[str]) -> Detail:
    """A strategy with its frozen version and the decisions about it."""
    return await read_strategy(strategy_id)


@get(
    "/api/strategies/{strategy_id:str}/versions",
    guards=[requires("view")],
    responses=problems(404),
    summary="List the versions",
    operation_id="listVersions",
)
async def list_versions(strategy_id: FromPath[str]) -> Versions:
    """Every frozen version, the newest first, each as the file that it is."""
    return Versions(await versions_of(strategy_id))


@get(
    "/api/strategies/{strategy_id:str}/log",
    guards=[requires("view")],
    responses=problems(404),
    summary="Read the log",
    operation_id="readLog",
)
async def read_log(
    strategy_id: FromPath[str], limit: Limit = 100, cursor: Annotated[int | None, QueryParameter(ge=1, le=MOST)] = None
) -> Log:
    """What happened to a strategy, the newest first."""
    await strategy_row(strategy_id)
    rows = await of_subject(strategy_id, limit + 1, before=cursor)
    return Log(rows[:limit], rows[limit - 1].seq if len(rows) > limit else None)


@get(
    "/api/strategies/{strategy_id:str}/reconciliation",
    guards=[requires("view")],
    responses=problems(404),
    summary="Compare with alerts",
    operation_id="reconcileStrategy",
)
async def read_reconciliation(strategy_id: FromPath[str]) -> Reconciliation:
    """TradingView's alerts beside our own firings: matched, late, missed and extra ones, the newest first."""
    return await reconcile(strategy_id)


@post(
    "/api/strategies/{strategy_id:str}/approvals",
    status_code=200,
    guards=[requires("approve")],
    responses=problems(404, 409, 413, 422),
    summary="Approve or reject",
    operation_id="decideStrategy",
)
async def decide_about(
    request: Request[Any, Any, Any],
    store: TheStore,
    rules: TheRules,
    strategy_id: FromPath[str],
    data: JSONBody[Decide],
) -> Outcome:
    """One person's decision about the proposed digest."""
    wanted = (strategy_id, data.digest, data.decision, data.purpose)
    return await decide(store, rules, who_asks(request), wanted, data.account)


@post(
    "/api/strategies/{strategy_id:str}/edit",
    status_code=200,
    guards=[requires("approve")],
    responses=problems(404, 409, 413, 422),
    summary="Edit",
    operation_id="editStrategy",
)
async def edit_it(
    request: Request[Any, Any, Any], store: TheStore, terms: TheTerms, strategy_id: FromPath[str], data: JSONBody[Edit]
) -> Edited:
    """Another size, stop, trigger or tolerance: a new version with a new digest, which needs its own approval."""
    return await edit(store, strategy_id, data, who_asks(request).person, terms.approval_days)


def _mover(word: Word) -> HTTPRouteHandler:
    @post(
        f"/api/strategies/{{strategy_id:str}}/{word}",
        status_code=200,
        guards=[requires("approve")],
        responses=problems(404, 409),
        summary=word.capitalize(),
        operation_id=f"{word}Strategy",
        description=MOVE[word],
    )
    async def move_it(request: Request[Any, Any, Any], store: TheStore, strategy_id: FromPath[str]) -> Summary:
        async with store.write() as work:
            return summary(await move(work, strategy_id, word, who_asks(request).person))

    return move_it


STRATEGY_DOORS = [
    list_them,
    read_one,
    list_versions,
    read_log,
    read_reconciliation,
    decide_about,
    edit_it,
    *(_mover(word) for word in MOVE),
]
