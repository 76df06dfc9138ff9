"""conversations.*: channels, their history and threads, page by page."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from tests.slack.calls import Method, Refused, needed, yes
from tests.slack.workspace import BOT_USER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.slack.calls import Args, Wire
    from tests.slack.core import Core
    from tests.slack.workspace import Channel


def info(slack: Core, args: Args) -> Wire:
    needed(args, "channel")
    return {"channel": wire(slack.space.visible(args["channel"]))}


def wire(channel: Channel) -> Wire:
    kind = {"is_channel": channel.kind == "channels", "is_im": channel.kind == "im"}
    kind |= {"is_private": channel.kind != "channels", "is_group": channel.kind == "groups"}
    member = {"is_member": BOT_USER in channel.members, "num_members": len(channel.members)}
    return {"id": channel.id, "name": channel.name, "is_archived": channel.archived, **kind, **member}


def history(slack: Core, args: Args) -> Wire:
    """Newest first, without the replies of threads."""
    needed(args, "channel")
    channel = slack.space.joined(args["channel"])
    roots = [one for one in channel.messages if on_top(one)]
    found = [one for one in reversed(roots) if within(one, args)]
    page, more = paged(found, args, 100)
    return {"messages": [shown(channel, one, args) for one in page], **more}


def on_top(message: Wire) -> bool:
    return message.get("thread_ts", message["ts"]) == message["ts"] or message.get("subtype") == "thread_broadcast"


def replies(slack: Core, args: Args) -> Wire:
    """The root and then its replies, oldest first."""
    _, ts = needed(args, "channel", "ts")
    channel = slack.space.joined(args["channel"])
    root = channel.find(ts)
    if root is None:
        raise Refused("thread_not_found")
    found = [one for one in channel.replies(root.get("thread_ts", ts)) if within(one, args)]
    page, more = paged([root, *found], args, 1_000)
    return {"messages": [shown(channel, one, args) for one in page], **more}


def within(message: Wire, args: Args) -> bool:
    at, oldest, latest = (float(one) for one in (message["ts"], args.get("oldest", 0), args.get("latest", "inf")))
    return oldest < at < latest or (yes(args.get("inclusive")) and at in {oldest, latest})


def shown(channel: Channel, message: Wire, args: Args) -> Wire:
    """As the API tells it: a root with its thread's counts, metadata on demand only."""
    told = copy.deepcopy(message)
    if not yes(args.get("include_all_metadata")):
        told.pop("metadata", None)
    thread = channel.replies(message["ts"]) if on_top(message) else []
    if thread:
        users = list(dict.fromkeys(one["user"] for one in thread))
        told |= {"thread_ts": message["ts"], "reply_count": len(thread), "latest_reply": thread[-1]["ts"]}
        told |= {"reply_users": users, "reply_users_count": len(users)}
    return told


def paged(found: Sequence[Any], args: Args, most: int) -> tuple[Sequence[Any], Wire]:
    """The page that ``cursor`` asks for, and what tells of the next."""
    limit = min(int(args.get("limit") or most), 999)
    try:
        start = int(str(args.get("cursor") or "next:0").removeprefix("next:"))
    except ValueError:
        raise Refused("invalid_cursor") from None
    end = start + limit
    after = f"next:{end}" if end < len(found) else ""
    return found[start:end], {"has_more": bool(after), "response_metadata": {"next_cursor": after}}


def members(slack: Core, args: Args) -> Wire:
    needed(args, "channel")
    page, more = paged(slack.space.visible(args["channel"]).members, args, 100)
    return {"members": list(page), **more}


def opened(slack: Core, args: Args) -> Wire:
    users = str(args.get("users") or "").split(",")
    if len(users) != 1:
        raise Refused("method_not_supported_for_channel_type")  # group direct messages are not here
    return {"channel": {"id": slack.space.direct(slack.space.person(users[0]).id).id}}


METHODS = {
    "conversations.info": Method(info, "*:read", tier=50),
    "conversations.history": Method(history, "*:history", tier=50),
    "conversations.replies": Method(replies, "*:history", tier=50),
    "conversations.members": Method(members, "*:read", tier=100),
    "conversations.open": Method(opened, "im:write", tier=50),
}
