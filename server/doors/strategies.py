"""``/api/strategies``: listed, read, decided about, edited, paused, resumed and stopped."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from litestar import Request, get, post
from litestar.params import Parameter
from msgspec import Meta, Struct, field

from server.access.guards import requires, who_asks
from server.approvals import Outcome, Purpose, Verdict, decide
from server.doors.given import TheRules, TheStore, problems
from server.strategies import State, Summary, list_strategies, move, strategy_row, summary

Limit = Annotated[int, Parameter(ge=1, le=500)]


class Decide(Struct, frozen=True, forbid_unknown_fields=True):
    """A decision about the version that ``digest`` names."""

    digest: Annotated[str, Meta(min_length=64, max_length=64)]
    decision: Verdict
    purpose: Purpose = field(name="for")


class Page(Struct, frozen=True):
    """Strategies, newest first; ``cursor`` continues the list, null at its end."""

    strategies: list[Summary]
    cursor: str | None


@get("/api/strategies", guards=[requires("view")], responses=problems(), summary="List strategies")
async def list_them(
    wanted: Annotated[State | None, Parameter(query="state")] = None,
    limit: Limit = 50,
    cursor: Annotated[str | None, Parameter(max_length=40)] = None,
) -> Page:
    """Strategies and watches, newest first."""
    rows = await list_strategies(wanted, limit + 1, cursor)
    return Page([summary(row) for row in rows[:limit]], rows[limit - 1].id if len(rows) > limit else None)


@get("/api/strategies/{strategy_id:str}", guards=[requires("view")], responses=problems(404), summary="Read a strategy")
async def read_one(strategy_id: str) -> Summary:
    """A strategy as it stands."""
    return summary(await strategy_row(strategy_id))


@post(
    "/api/strategies/{strategy_id:str}/approvals",
    status_code=200,
    guards=[requires("approve")],
    responses=problems(404, 409, 413),
    summary="Approve or reject",
)
async def decide_about(
    request: Request[Any, Any, Any], store: TheStore, rules: TheRules, strategy_id: str, data: Decide
) -> Outcome:
    """One person's decision about the proposed digest."""
    return await decide(store, rules, who_asks(request), (strategy_id, data.digest, data.decision, data.purpose))


@post(
    "/api/strategies/{strategy_id:str}/{word:str}",
    status_code=200,
    guards=[requires("approve")],
    responses=problems(404, 409),
    summary="Pause, resume or stop",
)
async def move_it(
    request: Request[Any, Any, Any], store: TheStore, strategy_id: str, word: Literal["pause", "resume", "stop"]
) -> Summary:
    """Pause, resume or stop a strategy. A stopped one does not start again."""
    async with store.write() as work:
        return summary(await move(work, strategy_id, word, who_asks(request).person))


STRATEGY_DOORS = [list_them, read_one, decide_about, move_it]
