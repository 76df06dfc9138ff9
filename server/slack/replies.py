"""Replies in a strategy's thread: each event of the log as a line, with the chart as it was evaluated; a storm as one.

What is said is what the inbox says (server.words.events).
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from server.slack.message import Message, context, image, linked, message, section
from server.slack.text import counted, joined, shown, size
from server.words.events import Told, told, when

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slack_sdk.models.blocks import Block

SIGNS = {
    "signal": ":large_blue_circle:",
    "good": ":large_green_circle:",
    "bad": ":red_circle:",
    "quiet": ":white_circle:",
}
TITLE = 300
BESIDE = 700
LINE = 400  # of a digest
SECTIONS = 3  # of a digest
TEXT = 2_900  # of each: all of them fit a message


class Happening(Struct, frozen=True):
    """An event as it is told in a thread: ``at`` in UNIX milliseconds UTC, ``picture`` the id of an uploaded file.

    ``name`` and ``link`` are the strategy's; ``watch`` says that it is a watch.
    """

    kind: str
    data: dict[str, Any]
    at: int
    name: str = ""
    link: str = ""
    person: str | None = None
    picture: str | None = None
    watch: bool = False


def reply(one: Happening) -> Message | None:
    """One event as a message; None for those that no trader needs to see. A watch replies with its picture only."""
    said = told(one.kind, one.data)
    if said is None:
        return None
    line = _line(one, said)
    small = joined(when(one.at), _name(one), _market(one.data))
    if one.watch and one.picture is not None:
        return message(line, [image(one.picture, _alt(one, said)), context(joined(line, small))])
    shown_ = [image(one.picture, _alt(one, said))] if one.picture is not None else []
    blocks: list[Block] = [section(line), *shown_, context(small)]
    return message(line, blocks)


def _line(one: Happening, said: Told) -> str:
    person = shown(one.person or "", 80)
    return joined(f"{sign_of(one.kind, said)} *{shown(said.title, TITLE)}*", shown(said.text, BESIDE), person)


def sign_of(kind: str, said: Told) -> str:
    """The mark before a line."""
    return ":octagonal_sign:" if kind == "kill.set" else SIGNS[said.mood]


def _name(one: Happening) -> str:
    return linked(shown(one.name, 150), one.link) if one.name else ""


def _market(data: dict[str, Any]) -> str:
    return " ".join(shown(str(data[name]), 120) for name in ("market", "timeframe") if data.get(name))


def _alt(one: Happening, said: Told) -> str:
    return f"Chart of {one.name or 'the strategy'} at: {joined(said.title, said.text)}"


def storm(happenings: Sequence[Happening]) -> list[Message]:
    """Many events, oldest first, each a line, in as few messages as they fit; where that is one, with a picture.

    The picture is that of the last event that has one.
    """
    pairs = [(one, said) for one in happenings if (said := told(one.kind, one.data)) is not None]
    if not pairs:
        return []
    parts = _parts([_short(one, said) for one, said in pairs])
    shown_ = [image(one.picture, _alt(one, said)) for one, said in pairs if one.picture is not None][-1:]
    head = f"{counted(len(pairs), 'event')}, {_clock(pairs[0][0])} to {_clock(pairs[-1][0])} UTC"
    made = []
    for number, texts in enumerate(parts, start=1):
        title = head if len(parts) == 1 else f"{head}, part {number} of {len(parts)}"
        small = joined(_name(pairs[0][0]), linked("with their pictures in the inbox", pairs[0][0].link))
        picture = shown_ if len(parts) == 1 else []
        blocks: list[Block] = [section(f"*{title}*"), *map(section, texts), *picture, context(small)]
        made.append(message(title, blocks))
    return made


def _short(one: Happening, said: Told) -> str:
    beside = joined(shown(said.text, LINE // 2), shown(one.person or "", 80))
    return joined(f"`{_clock(one)}` {sign_of(one.kind, said)} {shown(said.title, LINE // 2)}", beside)


def _clock(one: Happening) -> str:
    return datetime.fromtimestamp(one.at / 1000, tz=UTC).strftime("%H:%M:%S")


def _parts(lines: list[str]) -> list[list[str]]:
    """Lines as texts of sections, these as messages."""
    texts = [""]
    for line in lines:
        if size(texts[-1]) + size(line) + 1 > TEXT:
            texts.append("")
        texts[-1] = f"{texts[-1]}\n{line}" if texts[-1] else line
    starts = [*range(0, len(texts), SECTIONS), len(texts)]
    return [texts[first:stop] for first, stop in pairwise(starts)]
