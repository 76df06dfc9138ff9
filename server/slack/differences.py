"""What an edit made different, as it is told in the thread: rule by rule, and place by place."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from server.editing import Difference
from server.slack.message import Message, context, listed, message, section
from server.slack.text import joined, quiet, shown

if TYPE_CHECKING:
    from slack_sdk.models.blocks import Block

ROOM = 6_000  # units of what an edit changed


class Changed(Struct, frozen=True):
    """What an edit made: both versions' rules in words, and each place that is different."""

    name: str
    person: str
    before: str
    after: str
    rules_before: tuple[str, ...]
    rules_after: tuple[str, ...]
    difference: tuple[Difference, ...]
    link: str = ""


def difference_message(changed: Changed) -> Message:
    """What is different in the new version, in words and place by place."""
    places = [f"{shown(one.at, 200)}: {_short(one.before)} \u2192 {_short(one.after)}" for one in changed.difference]
    title = f"Edited by {shown(changed.person, 80)}: a new version waits for a decision"
    blocks: list[Block] = [section(f":pencil2: *{title}*")]
    blocks += map(section, listed(_rules(changed) or places, ROOM, changed.link))
    digests = f"`{changed.before[:12]}` \u2192 `{changed.after[:12]}`"
    small = joined("; ".join(places[:5]), f"and {len(places) - 5} more" if len(places) > 5 else "")
    blocks.append(context(joined(digests, small)))
    return message(f"{title}: {shown(changed.name, 150)}", blocks)


def _rules(changed: Changed) -> list[str]:
    """The rules that are different, each before what it became."""
    gone = [f"before: {quiet(rule)}" for rule in changed.rules_before if rule not in changed.rules_after]
    came = [f"now: {quiet(rule)}" for rule in changed.rules_after if rule not in changed.rules_before]
    return [rule for pair in zip_longest(gone, came) for rule in pair if rule is not None]


def _short(value: Any) -> str:
    return "nothing" if value is None else shown(msgspec.json.encode(value).decode().strip('"'), 80)
