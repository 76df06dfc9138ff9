"""What an export was read as: counts, what was left out, what is proposed, and the questions that are still open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from server.slack.message import Message, context, linked, listed, message, section
from server.slack.questions import Asking, question_messages
from server.slack.text import counted, joined, shown

if TYPE_CHECKING:
    from slack_sdk.models.blocks import Block

ROOM = 1_500  # units of each list
FEW = 8
FOLLOW = "More questions follow when these are answered."


class Drafted(Struct, frozen=True):
    """A strategy or watch of the export: where it stands, and why where it cannot be frozen."""

    name: str
    kind: str
    state: str
    link: str = ""
    reason: str = ""


class Read(Struct, frozen=True):
    """An export as it stands; ``left_out`` are sentences, one a drawing."""

    person: str
    drawings: int
    understood: int
    left_out: tuple[str, ...]
    strategies: tuple[Drafted, ...]
    asking: Asking
    link: str = ""


def export_message(read: Read) -> Message:
    """The root of an export's thread; of more questions than fit, the rest follows as they are answered."""
    title = f"Export of {shown(read.person, 80)}: {counted(read.drawings, 'drawing')}, {read.understood} understood"
    blocks: list[Block] = [section(f":inbox_tray: *{title}*")]
    if read.strategies:
        lines = [_drafted(one) for one in read.strategies]
        blocks += map(section, listed(lines, ROOM, read.link))
    if read.left_out:
        blocks.append(section(f"*Left out* {len(read.left_out)}"))
        blocks += map(section, listed([shown(one, 300) for one in read.left_out[:FEW]], ROOM, read.link))
        if (more := len(read.left_out) - FEW) > 0:
            blocks.append(context(f"\u2026 and {more} more: {linked('in the inbox', read.link)}"))
    made = message(title, blocks)
    if not read.asking.questions:
        return made
    follow = context(FOLLOW)
    asked, *rest = question_messages(read.asking, [*blocks, follow])
    return Message(made.text, (*made.blocks, *asked.blocks, *([follow.to_dict()] if rest else [])))


def _drafted(one: Drafted) -> str:
    return joined(f"{one.kind} {linked(shown(one.name, 150), one.link)}", one.state, shown(one.reason, 300))
