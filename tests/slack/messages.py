"""A message in the making: what chat.* take is checked as Slack checks it, and brought into the form it is kept in."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

from tests.slack.calls import Refused
from tests.slack.limits import elements_of, in_blocks, texts_of
from tests.slack.rules import fault
from tests.slack.shapes import BLOCK_TEXTS, TEXT, UPDATED_TEXT
from tests.slack.workspace import APP, BOT, BOT_USER, TEAM

if TYPE_CHECKING:
    from tests.slack.calls import Args, Wire
    from tests.slack.core import Core

ATTACHMENTS = 100
TRUNCATED = "[WARN] Your message was truncated but still posted. The `text` field accepts up to 40,000 characters."
EVENT_TYPE = re.compile(r"[A-Za-z0-9_.]{1,255}")


def content(slack: Core, args: Args, *, update: bool = False) -> Wire:
    """The text, blocks, attachments and metadata of a message that is posted or updated."""
    if not any(args.get(key) for key in ("text", "blocks", "attachments")):
        raise Refused("no_text")
    text = str(args.get("text") or "")
    if update and len(text) > UPDATED_TEXT:
        raise Refused("msg_too_long")
    kept: Wire = {"text": text[:TEXT]}
    if args.get("blocks") is not None:
        kept["blocks"] = checked(slack, args["blocks"])
    if args.get("attachments") is not None:
        kept["attachments"] = attached(slack, args["attachments"])
    if args.get("metadata"):
        kept["metadata"] = metadata(args["metadata"])
    return kept


def checked(slack: Core, blocks: Any, pointer: str = "/blocks") -> list[Wire]:
    """Blocks as they are kept, each with an id."""
    if not isinstance(blocks, list):
        raise Refused("invalid_blocks_format")
    found = in_blocks(blocks, pointer) or unready(slack, blocks, pointer)
    if found:
        raise Refused.with_faults("invalid_blocks", found)
    if texts_of(blocks) > BLOCK_TEXTS:
        raise Refused("msg_blocks_too_long")
    return with_ids(slack, blocks)


def unready(slack: Core, blocks: list[Wire], pointer: str) -> list[str]:
    """Images of files that Slack does not have, does not show, or still processes."""
    spots = [(block, f"{pointer}/{number}") for number, block in enumerate(blocks)]
    for block, place in list(spots):
        spots += [(one, f"{place}/elements/{at}") for at, one in enumerate(block.get("elements", ()))]
        spots += [(block["accessory"], f"{place}/accessory")] if block.get("accessory") else []
    asked = [(one["slack_file"], place) for one, place in spots if one.get("slack_file")]
    return [fault("invalid slack file", f"{place}/slack_file") for one, place in asked if not shows(slack, one)]


def shows(slack: Core, asked: Wire) -> bool:
    names = [one for one in slack.space.files.values() if asked.get("id") == one.id or one.id in asked.get("url", "")]
    ready = names[0].ready if names else None
    return ready is not None and ready <= slack.clock.now() and is_picture(names[0].name)


def is_picture(name: str) -> bool:
    return name.lower().endswith((".png", ".jpg", ".jpeg", ".gif"))


def with_ids(slack: Core, blocks: list[Wire]) -> list[Wire]:
    kept = copy.deepcopy(blocks)
    for block in kept:
        block.setdefault("block_id", slack.space.id("b"))
        for element in elements_of(block):
            element.setdefault("action_id", slack.space.id("a"))
    return kept


def attached(slack: Core, attachments: Any) -> list[Wire]:
    if not isinstance(attachments, list) or len(attachments) > ATTACHMENTS:
        raise Refused("invalid_attachments" if not isinstance(attachments, list) else "too_many_attachments")
    kept = []
    for number, one in enumerate(attachments):
        blocks = {"blocks": checked(slack, one["blocks"], f"/attachments/{number}/blocks")} if "blocks" in one else {}
        kept.append({"id": number + 1, **one, **blocks})
    return kept


def metadata(given: Any) -> Wire:
    """A name and a flat or nested object: that is all that Slack keeps."""
    if not isinstance(given, dict) or set(given) != {"event_type", "event_payload"}:
        raise Refused("invalid_metadata_format")
    name, payload = given["event_type"], given["event_payload"]
    if not isinstance(name, str) or not EVENT_TYPE.fullmatch(name) or not isinstance(payload, dict):
        raise Refused("invalid_metadata_schema")
    return copy.deepcopy(given)


def by_app(slack: Core, kept: Wire, thread_ts: str | None = None) -> Wire:
    """A message of the app with this content."""
    profile = {"id": BOT, "app_id": APP, "name": slack.space.users[BOT_USER].name, "team_id": TEAM}
    head = {"type": "message", "user": BOT_USER, "bot_id": BOT, "app_id": APP, "team": TEAM, "ts": slack.space.ts()}
    thread = {"thread_ts": thread_ts} if thread_ts else {}
    return {**head, "bot_profile": profile, **kept, **thread}


def warned(args: Args) -> Wire:
    if len(str(args.get("text") or "")) <= TEXT:
        return {}
    return {"response_metadata": {"messages": [TRUNCATED], "warnings": ["message_truncated"]}}


def root_of(messages: list[Wire], ts: str) -> str:
    """The thread that a reply to ``ts`` lands in: replies to replies go to the root."""
    found = next((one for one in messages if one["ts"] == ts), None)
    return found.get("thread_ts", ts) if found else ts
