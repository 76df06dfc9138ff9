"""``/health/live``, ``/health/ready`` and ``/metrics``: what an operator's machine asks. Open, and without secrets."""

from __future__ import annotations

from typing import Literal

from litestar import Response, get
from msgspec import Struct

from server.doors.given import OPEN, TheMetrics, TheStore, TheTasks, problems
from server.kill import kill_switch


class Live(Struct, frozen=True):
    """The process answers."""

    status: Literal["live"] = "live"


class Ready(Struct, frozen=True):
    """The store answers; ``tasks`` says of each background task whether it runs, ``killed`` how the switch stands."""

    status: Literal["ready"]
    store: Literal["open"]
    last_event: int
    killed: bool
    tasks: dict[str, str]


@get(
    "/health/live",
    summary="Whether the process answers",
    operation_id="live",
    responses=problems(guarded=False),
    security=OPEN,
)
async def live() -> Live:
    """Whether the process answers."""
    return Live()


@get(
    "/health/ready",
    summary="Whether the server can work",
    operation_id="ready",
    responses=problems(guarded=False),
    security=OPEN,
)
async def ready(store: TheStore, tasks: TheTasks) -> Ready:
    """Whether the store answers; 503 where it does not."""
    await store.ping()
    switch = await kill_switch()
    return Ready("ready", "open", store.last_seq, switch.set, tasks.states())


@get(
    "/metrics",
    summary="Metrics",
    operation_id="metrics",
    media_type="text/plain",
    responses=problems(guarded=False),
    security=OPEN,
)
async def metrics(metrics_: TheMetrics) -> Response[bytes]:
    """Metrics in Prometheus' text format."""
    return Response(metrics_.text(), media_type="text/plain; version=0.0.4")


HEALTH_DOORS = [live, ready, metrics]
