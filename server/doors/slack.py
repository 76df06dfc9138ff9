"""``POST /slack/events``: Slack over HTTP. The raw bytes are what is signed, so they go to Bolt as they came."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, post

from server.doors.given import TheChat
from server.refused import Refused

MOST_BYTES = 1024 * 1024  # Slack's own are far smaller


@post("/slack/events", status_code=200, include_in_schema=False, request_max_body_size=MOST_BYTES)
async def slack_events(request: Request[Any, Any, Any], chat: TheChat) -> Response[str]:
    """Events, clicks, windows and commands: refused by Bolt (401) without a fresh signature of this workspace's app."""
    if chat is None or not chat.by_http:
        raise Refused(404, "Slack is not set up to send here; docs/slack.md says how")
    try:
        body = (await request.body()).decode()
    except UnicodeDecodeError:
        raise Refused(400, "the body is no UTF-8") from None
    heard = await chat.hear(body, request.scope["query_string"].decode("latin-1"), dict(request.headers.items()))
    return Response(heard.body, status_code=heard.status, media_type=heard.media_type)


SLACK_DOORS = [slack_events]
