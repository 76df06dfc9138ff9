"""chat.*: posting, updating, deleting, unfurling."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.slack.calls import Method, Refused, needed, yes
from tests.slack.messages import attached, by_app, content, root_of, warned
from tests.slack.telling import tell_message
from tests.slack.workspace import BOT_USER, DOMAIN

if TYPE_CHECKING:
    from tests.slack.calls import Args, Wire
    from tests.slack.core import Core
    from tests.slack.workspace import Channel

TS = re.compile(r"\d{10}\.\d{6}")


def post(slack: Core, args: Args) -> Wire:
    needed(args, "channel")
    channel = writable(slack, args["channel"])
    kept = content(slack, args)
    message = posted(slack, channel, kept, thread(channel, args.get("thread_ts")), yes(args.get("reply_broadcast")))
    return {"channel": channel.id, "ts": message["ts"], "message": message, **warned(args)}


def writable(slack: Core, asked: Any) -> Channel:
    channel = slack.space.visible(asked)
    if channel.archived:
        raise Refused("is_archived")
    if channel.kind == "channels" and "chat:write.public" in slack.scopes:
        return channel
    return slack.space.joined(channel.id)


def thread(channel: Channel, asked: Any) -> str | None:
    """The root that a message replies to; one that is not there is taken without a word, as Slack does."""
    if not asked:
        return None
    if not TS.fullmatch(str(asked)):
        raise Refused("invalid_thread_ts")
    return root_of(channel.messages, str(asked))


def posted(slack: Core, channel: Channel, kept: Wire, thread_ts: str | None, broadcast: bool = False) -> Wire:
    message = by_app(slack, kept, thread_ts)
    if thread_ts and broadcast:
        message["subtype"] = "thread_broadcast"
    slack.space.keep(channel, message)
    if slack.echoes:
        slack.background(tell_message(slack, channel, message))
    return message


def update(slack: Core, args: Args) -> Wire:
    """Blocks, attachments and metadata that are not given stay as they are."""
    channel, message = own(slack, args, "cant_update_message")
    changed = content(slack, args, update=True)
    if args.get("text") is None:
        del changed["text"]
    message |= changed
    if args.get("metadata") == {}:
        message.pop("metadata", None)
    message["edited"] = {"user": BOT_USER, "ts": slack.space.ts()}
    return {"channel": channel.id, "ts": message["ts"], "text": message["text"], "message": message}


def own(slack: Core, args: Args, refusal: str) -> tuple[Channel, Wire]:
    _, ts = needed(args, "channel", "ts")
    channel = slack.space.visible(args["channel"])
    message = channel.find(ts)
    if message is None:
        raise Refused("message_not_found")
    if message["user"] != BOT_USER:
        raise Refused(refusal)
    return channel, message


def delete(slack: Core, args: Args) -> Wire:
    channel, message = own(slack, args, "cant_delete_message")
    remove(channel, message)
    return {"channel": channel.id, "ts": message["ts"]}


def remove(channel: Channel, message: Wire) -> None:
    """A root with replies leaves a tombstone, so that its thread stands."""
    if not channel.replies(message["ts"]):
        channel.messages.remove(message)
        return
    for key in ("blocks", "attachments", "metadata", "files"):
        message.pop(key, None)
    message |= {"subtype": "tombstone", "text": "This message was deleted.", "user": "USLACKBOT"}


def post_ephemeral(slack: Core, args: Args) -> Wire:
    _, user = needed(args, "channel", "user")
    channel = writable(slack, args["channel"])
    slack.space.person(user)
    if user not in channel.members:
        raise Refused("user_not_in_channel")
    message = ephemeral(slack, channel, user, content(slack, args), thread(channel, args.get("thread_ts")))
    return {"message_ts": message["ts"]}


def ephemeral(slack: Core, channel: Channel, user: str, kept: Wire, thread_ts: str | None) -> Wire:
    """In a thread to which nobody has replied it is taken, and nobody sees it."""
    message = by_app(slack, kept, thread_ts) | {"channel": channel.id, "to": user, "is_ephemeral": True}
    slack.space.places[message["ts"]] = channel.id
    if not thread_ts or channel.replies(thread_ts):
        slack.space.ephemerals.append(message)
    return message


def unfurl(slack: Core, args: Args) -> Wire:
    _, ts = needed(args, "channel", "ts")
    message = slack.space.visible(args["channel"]).find(ts)
    unfurls = args.get("unfurls") or {}
    if message is None:
        raise Refused("cannot_find_message")
    if any(url not in message["text"] for url in unfurls):
        raise Refused("cannot_unfurl_url")
    shown = attached(slack, [{"from_url": url, **one} for url, one in unfurls.items()])
    message["attachments"] = [*message.get("attachments", ()), *shown]
    return {}


def permalink(slack: Core, args: Args) -> Wire:
    _, ts = needed(args, "channel", "message_ts")
    channel = slack.space.visible(args["channel"])
    if channel.find(ts) is None:
        raise Refused("message_not_found")
    return {"channel": channel.id, "permalink": link(channel, ts)}


def link(channel: Channel, ts: str) -> str:
    return f"https://{DOMAIN}.slack.com/archives/{channel.id}/p{ts.replace('.', '')}"


METHODS = {
    "chat.postMessage": Method(post, "chat:write"),
    "chat.update": Method(update, "chat:write", tier=50),
    "chat.postEphemeral": Method(post_ephemeral, "chat:write"),
    "chat.delete": Method(delete, "chat:write", tier=50),
    "chat.unfurl": Method(unfurl, "links:write", tier=50),
    "chat.getPermalink": Method(permalink),
}
