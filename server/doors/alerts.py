"""``/api/alerts``: what webhooks brought, without their secrets, and reading one of them again."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from litestar import Request, get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect
from msgspec import Struct

from interpreters.alerts import read_alert, redacted
from server.access.guards import requires, who_asks
from server.doors.given import TheStore, problems
from server.ingest.arrival import Receipt
from server.ingest.replay import replay
from server.store.tables import Alert

Status = Literal["accepted", "duplicate", "parked"]
Limit = Annotated[int, QueryParameter(ge=1, le=200)]


class Shown(Struct, frozen=True):
    """An alert as people see it: ``fields`` with their secrets hidden, ``received_at`` in UNIX milliseconds UTC.

    A replay has the time of what it replays; ``bar_time`` and ``fired_at`` are UNIX seconds as the message says.
    """

    id: str
    hook: str
    received_at: int
    status: Status
    reason: str
    form: str
    symbol: str | None
    action: str | None
    price: float | None
    bar_time: int | None
    fired_at: int | None
    fields: dict[str, Any]
    repairs: list[str]
    duplicate_of: str | None
    replay_of: str | None


class Page(Struct, frozen=True):
    """Alerts, those stored last first; ``cursor`` continues the list, null at its end."""

    alerts: list[Shown]
    cursor: str | None


@get("/api/alerts", guards=[requires("view")], responses=problems(), summary="List alerts")
async def list_alerts(
    status: Annotated[Status | None, QueryParameter()] = None,
    limit: Limit = 50,
    cursor: Annotated[str | None, QueryParameter(max_length=40)] = None,
) -> Page:
    """What webhooks brought, those stored last first."""
    query = Alert.all() if status is None else Alert.filter(status=status)
    if cursor is not None:
        query = query.filter(id__lt=cursor)
    rows = await query.order_by("-id").limit(limit + 1)
    shown = await asyncio.to_thread(lambda: [shown_of(row) for row in rows[:limit]])
    return Page(shown, rows[limit - 1].id if len(rows) > limit else None)


@post(
    "/api/alerts/{alert_id:str}/replay",
    status_code=200,
    guards=[requires("admin")],
    responses=problems(404),
    summary="Replay an alert",
)
async def replay_alert(request: Request[Any, Any, Any], store: TheStore, alert_id: FromPath[str]) -> Receipt:
    """Read a stored alert again; it keeps its first time of arrival, and an over-age one fires nothing."""
    return await replay(store, alert_id, who_asks(request).person)


@post("/inbox/alerts/{alert_id:str}/replay", guards=[requires("admin")], include_in_schema=False)
async def replay_form(request: Request[Any, Any, Any], store: TheStore, alert_id: FromPath[str]) -> Redirect:
    """The inbox's button."""
    await replay(store, alert_id, who_asks(request).person)
    return Redirect("/", status_code=303)


def shown_of(row: Alert) -> Shown:
    """A stored alert for people, read from its bytes."""
    alert = read_alert(bytes(row.body))
    return Shown(
        id=row.id,
        hook=row.hook,
        received_at=row.received_at,
        status=row.status,  # type: ignore[arg-type]  # the table's text
        reason=row.reason,
        form=row.form,
        symbol=row.symbol,
        action=alert.action,
        price=alert.price,
        bar_time=alert.bar_time,
        fired_at=alert.fired_at,
        fields=redacted(alert.fields),
        repairs=list(alert.repairs),
        duplicate_of=row.duplicate_of,
        replay_of=row.replay_of,
    )


ALERT_DOORS = [list_alerts, replay_alert, replay_form]
