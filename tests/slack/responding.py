"""response_url: an interaction's own way back, good for five answers within half an hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.slack.calls import Refused, arguments, yes
from tests.slack.chat import ephemeral, posted, remove
from tests.slack.messages import content
from tests.slack.web_api import through
from tests.slack.workspace import BOT_USER

if TYPE_CHECKING:
    from tests.slack.calls import Args, Call
    from tests.slack.core import Core, ResponseUrl

LIFE = 30 * 60.0
Wire = dict[str, Any]


async def handle(slack: Core, request: web.Request) -> web.StreamResponse:
    args = await arguments(request)
    url = slack.response_urls.get(request.match_info["key"])
    call = slack.note("response_url", args | ({"channel": url.channel} if url else {}))

    async def answer() -> web.Response:
        return answered(slack, call, url, args)

    return await through(slack, request, call, answer)


def answered(slack: Core, call: Call, url: ResponseUrl | None, args: Args) -> web.Response:
    """Slack answers 404 to whatever it does not take here."""
    try:
        use(slack, url)
        respond(slack, url, args)  # type: ignore[arg-type]  # use refuses None
    except Refused as refused:
        call.answer = refused.error
        return web.json_response({"ok": False, "error": refused.error, **refused.more}, status=404)
    return web.json_response({"ok": True})


def use(slack: Core, url: ResponseUrl | None) -> None:
    if url is None or slack.clock.now() - url.at > LIFE:
        raise Refused("expired_url")
    if not url.left:
        raise Refused("used_url")
    url.left -= 1


def respond(slack: Core, url: ResponseUrl, args: Args) -> None:
    """Deletes or replaces the message that was used, or says something new: privately where not told otherwise."""
    if yes(args.get("delete_original")):
        delete(slack, url)
    elif yes(args.get("replace_original")) and url.ts:
        replace(slack, url, args)
    elif args.get("response_type") == "in_channel":
        posted(slack, slack.space.channels[url.channel], content(slack, args), args.get("thread_ts"))
    else:
        channel = slack.space.channels[url.channel]
        ephemeral(slack, channel, url.user, content(slack, args), args.get("thread_ts"))


def delete(slack: Core, url: ResponseUrl) -> None:
    if url.ephemeral:
        slack.space.ephemerals.remove(original(slack, url))
    elif url.ts:
        remove(slack.space.channels[url.channel], original(slack, url))


def replace(slack: Core, url: ResponseUrl, args: Args) -> None:
    message = original(slack, url)
    for key in ("blocks", "attachments"):
        message.pop(key, None)
    message |= content(slack, args)
    if not url.ephemeral:
        message["edited"] = {"user": BOT_USER, "ts": slack.space.ts()}


def original(slack: Core, url: ResponseUrl) -> Wire:
    among = slack.space.ephemerals if url.ephemeral else slack.space.channels[url.channel].messages
    found = next((one for one in among if one["ts"] == url.ts), None)
    if found is None:
        raise Refused("message_not_found")
    return found
