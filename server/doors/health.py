"""``/health/live``, ``/health/ready`` and ``/metrics``: what an operator's machine asks. Open, and without secrets."""

from __future__ import annotations

from contextlib import suppress
from typing import Literal

from litestar import Response, get
from msgspec import Struct

from server.chat import Standing
from server.doors.given import OPEN, TheChat, TheMetrics, TheStore, TheTasks, problems
from server.kill import kill_switch
from server.store.unavailable import StoreUnavailable


class Live(Struct, frozen=True):
    """The process answers."""

    status: Literal["live"] = "live"


class Ready(Struct, frozen=True):
    """The store answers; ``tasks`` says of each background task whether it runs, ``killed`` how the switch stands.

    ``chat`` says whether what happens reaches the chat; null where none is set up.
    """

    status: Literal["ready"]
    store: Literal["open"]
    last_event: int
    killed: bool
    tasks: dict[str, str]
    chat: Standing | None = None


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
async def ready(store: TheStore, tasks: TheTasks, chat: TheChat) -> Ready:
    """Whether the store answers; 503 where it does not."""
    await store.ping()
    switch = await kill_switch()
    standing = await chat.standing() if chat else None
    return Ready("ready", "open", store.last_seq, switch.set, tasks.states(), standing)


@get(
    "/metrics",
    summary="Metrics",
    operation_id="metrics",
    media_type="text/plain",
    responses=problems(guarded=False),
    security=OPEN,
)
async def metrics(metrics_: TheMetrics, chat: TheChat) -> Response[bytes]:
    """Metrics in Prometheus' text format; without those of the chat while the store does not answer."""
    with suppress(StoreUnavailable):
        metrics_.chat.standing = await chat.standing() if chat else None
    return Response(metrics_.text(), media_type="text/plain; version=0.0.4")


HEALTH_DOORS = [live, ready, metrics]
