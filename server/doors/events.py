"""``GET /api/events``: every state change as a server-sent event, resumable with ``Last-Event-ID``."""

from __future__ import annotations

from functools import partial
from typing import Any

from litestar import Request, get
from litestar.response import Stream

from server.access.guards import requires, who_asks
from server.access.sessions import still_holds
from server.doors.given import TheBroadcast, problems
from server.refused import Refused

MOST_READERS = 4_096  # so that whoever follows events leaves connections for webhooks and people


@get(
    "/api/events", guards=[requires("view")], responses=problems(), media_type="text/event-stream", sync_to_thread=False
)
def events(request: Request[Any, Any, Any], broadcast: TheBroadcast) -> Stream:
    """The event log from ``Last-Event-ID`` on, or from now on without it; ends when the token is revoked."""
    if broadcast.readers >= MOST_READERS:
        raise Refused(503, f"{MOST_READERS:,} readers follow the events already; try again later")
    given = request.headers.get("last-event-id")
    try:
        seq = int(given) if given else broadcast.seq
    except ValueError:
        raise Refused(400, "Last-Event-ID is the number of an event") from None
    stream = broadcast.read(max(0, seq), partial(still_holds, who_asks(request)))
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Stream(stream, media_type="text/event-stream", headers=headers)


EVENT_DOORS = [events]
