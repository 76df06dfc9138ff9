"""How an app is told: over Socket Mode or by signed HTTP; events are repeated until they are taken, clicks are not."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.slack.workspace import APP, BOT_USER, TEAM

if TYPE_CHECKING:
    from tests.slack.core import Core
    from tests.slack.sockets import Kind
    from tests.slack.workspace import Channel

Wire = dict[str, Any]
FAILED = "We had some trouble connecting. Try again?"


@dataclass(frozen=True)
class Answer:
    """Whether the app acknowledged in time, and what came with it."""

    taken: bool
    payload: Wire = field(default_factory=dict)
    status: int | None = None
    reason: str = ""
    no_retry: bool = False


async def attempt(slack: Core, kind: Kind, payload: Wire, number: int = 0, reason: str = "") -> Answer:
    if slack.door is not None:
        heard = await slack.door.post(kind, payload, attempt=number, reason=reason)
        return Answer(not heard.reason, heard.payload, heard.status, heard.reason, heard.no_retry)
    acknowledged = await slack.sockets.push(kind, payload, number, reason)
    return Answer(acknowledged is not None, acknowledged or {}, reason="" if acknowledged is not None else "timeout")


async def tell(slack: Core, event: Wire) -> Answer:
    """The first attempt's answer; the others follow in the background, at once, after 1 and after 5 minutes."""
    body = {
        "type": "event_callback",
        "token": "verification",
        "team_id": TEAM,
        "api_app_id": APP,
        "event": copy.deepcopy(event),
        "event_id": slack.space.id("Ev"),
        "event_time": int(slack.clock.now()),
        "authorizations": [{"team_id": TEAM, "user_id": BOT_USER, "is_bot": True, "is_enterprise_install": False}],
        "is_ext_shared_channel": False,
    }
    first = await attempt(slack, "events_api", body)
    if not first.taken and not first.no_retry:
        slack.background(again(slack, body, first))
    return first


async def again(slack: Core, body: Wire, last: Answer) -> None:
    for number, pause in enumerate(slack.retries, 1):
        await slack.clock.sleep(pause)
        last = await attempt(slack, "events_api", body, number, last.reason)
        if last.taken or last.no_retry:
            return


async def tell_message(slack: Core, channel: Channel, message: Wire) -> Answer | None:
    """A message's event, where the app listens to this kind of channel and is in it."""
    if f"message.{channel.kind}" not in slack.events or BOT_USER not in channel.members:
        return None
    kind = {"channels": "channel", "groups": "group", "im": "im"}[channel.kind]
    place = {"channel": channel.id, "channel_type": kind, "event_ts": message["ts"]}
    return await tell(slack, {key: one for key, one in message.items() if key != "metadata"} | place)


async def interact(slack: Core, kind: Kind, payload: Wire, user: str) -> Answer:
    """A click, a submission or a command: tried once, and the user is told where the app failed them."""
    answer = await attempt(slack, kind, payload)
    if not answer.taken:
        slack.troubles.append((user, FAILED))
    return answer
