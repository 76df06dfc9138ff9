"""What people see: messages thread by thread, private ones, modals and homes; and what the record of calls tells."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

from tests.slack import views
from tests.slack.conversations import on_top
from tests.slack.core import Core
from tests.slack.limiter import POSTING
from tests.slack.limits import elements_of
from tests.slack.payloads import blocks_of
from tests.slack.workspace import BOT_USER

if TYPE_CHECKING:
    from tests.slack.calls import Call

Wire = dict[str, Any]
DONE = {"ok", "lost", "swallowed"}  # what a call did, whatever became of its answer
EVERYONE = re.compile(r"<!(channel|here|everyone)(\|[^>]*)?>|<!subteam\^[^>]+>|<@[UW][A-Z0-9]+>")


class Sight(Core):
    """Everything is a copy: as it was seen, whatever became of it."""

    def messages(self, channel: str) -> list[Wire]:
        """All of a channel, replies among them, in their order."""
        return copy.deepcopy(self.space.channels[channel].messages)

    def by_app(self, channel: str) -> list[Wire]:
        return [one for one in self.messages(channel) if one["user"] == BOT_USER]

    def roots(self, channel: str) -> list[Wire]:
        return [one for one in self.messages(channel) if on_top(one)]

    def thread(self, channel: str, ts: str) -> list[Wire]:
        """The replies to a message, in their order."""
        return copy.deepcopy(self.space.channels[channel].replies(ts))

    def message(self, channel: str, ts: str) -> Wire:
        """As it stands now."""
        return next(one for one in self.messages(channel) if one["ts"] == ts)

    def private(self, user: str, channel: str | None = None) -> list[Wire]:
        """Messages that only this user sees."""
        seen = [one for one in self.space.ephemerals if one["to"] == user and channel in {None, one["channel"]}]
        return copy.deepcopy(seen)

    def modal(self, user: str) -> Wire | None:
        """The topmost view that is open."""
        open_views = views.stack(self, user)
        return copy.deepcopy(open_views[-1]) if open_views else None

    def errors(self, user: str) -> dict[str, str]:
        """What stands in red on that view, by block."""
        top = self.modal(user)
        return dict(self.space.views[top["id"]].errors) if top else {}

    def home(self, user: str) -> Wire | None:
        return copy.deepcopy(self.space.homes.get(user))

    def pictures(self, shown: Wire) -> list[bytes]:
        """The images of a message or view, as they were uploaded."""
        asked = [block["slack_file"]["id"] for block in blocks_of(shown) if "id" in block.get("slack_file", {})]
        asked += [one["id"] for one in shown.get("files", ())]
        return [self.space.files[one].content or b"" for one in asked]

    # The record

    def asked(self, method: str) -> list[Call]:
        return [one for one in self.calls if one.method == method]

    def busiest(self, channel: str, seconds: float = 1.0) -> int:
        """The most messages that were taken in a channel within so many of Slack's seconds."""
        times = [
            one.at for one in self.calls if one.method in POSTING and one.channel == channel and one.answer in DONE
        ]
        return max((sum(start <= at < start + seconds for at in times) for start in times), default=0)

    def shown_times(self, channel: str, key: str) -> dict[Any, int]:
        """How often each value of ``key`` in the messages' metadata is shown: once, where nothing came twice."""
        counts: dict[Any, int] = {}
        for one in self.messages(channel):
            value = one.get("metadata", {}).get("event_payload", {}).get(key)
            if value is not None:
                counts[value] = counts.get(value, 0) + 1
        return counts


def words(shown: Wire) -> str:
    """All that is to be read on a message or view, line by line; a message's own text only where it has no blocks."""
    lines = [text for block in blocks_of(shown) for text in _texts(block)]
    return "\n".join(lines or [shown.get("text", "")])


def buttons(shown: Wire) -> dict[str, str]:
    """What buttons say, by action id."""
    all_of = [one for block in blocks_of(shown) for one in elements_of(block) if one["type"] == "button"]
    return {one["action_id"]: one["text"]["text"] for one in all_of}


def notifies(shown: Wire) -> list[str]:
    """Mentions that ring somewhere: of everybody, of a group, of a user; in text and in mrkdwn, not in plain text."""
    sources = [shown.get("text", ""), *(text for block in blocks_of(shown) for text in _texts(block, marked=True))]
    return [found.group() for text in sources for found in EVERYONE.finditer(text)]


def _texts(value: Any, *, marked: bool = False) -> list[str]:
    if isinstance(value, list):
        return [text for one in value for text in _texts(one, marked=marked)]
    if not isinstance(value, dict):
        return []
    if isinstance(value.get("text"), str):
        return [value["text"]] if not marked or value.get("type") != "plain_text" else []
    keys = [key for key in value if key not in {"confirm", "options", "placeholder"}]
    return [text for key in keys for text in _texts(value[key], marked=marked)]
