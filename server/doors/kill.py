"""``/api/kill`` and ``/api/resume``: the switch that keeps every strategy out of the market."""

from __future__ import annotations

from typing import Any

from litestar import Request, post

from server.access.guards import requires, who_asks
from server.doors.given import TheStore, problems
from server.kill import Kill, clear_kill, set_kill


@post(
    "/api/kill",
    status_code=200,
    guards=[requires("approve")],
    responses=problems(),
    summary="Stop all trading",
    operation_id="kill",
)
async def kill(request: Request[Any, Any, Any], store: TheStore) -> Kill:
    """Set the kill switch: no strategy enters the market, working entries are withdrawn."""
    async with store.write() as work:
        return await set_kill(work, who_asks(request).person)


@post(
    "/api/resume",
    status_code=200,
    guards=[requires("approve")],
    responses=problems(),
    summary="Trade again",
    operation_id="resume",
)
async def resume(request: Request[Any, Any, Any], store: TheStore) -> Kill:
    """Clear the kill switch."""
    async with store.write() as work:
        return await clear_kill(work, who_asks(request).person)


KILL_DOORS = [kill, resume]
