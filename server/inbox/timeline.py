"""The inbox's timeline: events of the log as lines that a trader reads."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from server.words.events import CHATTER, PICTURED, told, when

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from server.store.events import EventRow

OPEN_PICTURES = 2  # the newest; the others are drawn when somebody opens them


class Line(Struct, frozen=True):
    """One event for the page: when, a headline, more words, its colour, whose it is, and the picture's address."""

    seq: int
    at: str
    mood: str
    title: str
    text: str
    subject: str
    name: str
    picture: str | None
    chatter: bool
    opened: bool = False


class Group(Struct, frozen=True):
    """One line that counts, or the chatter between two of them."""

    lines: list[Line]
    chatter: bool


def timeline(events: Iterable[EventRow], names: Mapping[str, str]) -> list[Group]:
    """Events, newest first, as the page groups them; ``names`` of strategies by their ids."""
    lines = _opened(line for event in events if (line := line_of(event, names)) is not None)
    groups: list[Group] = []
    for chatter, run in groupby(lines, key=lambda line: line.chatter):
        some = list(run)
        groups += (
            [Group(some, chatter)] if chatter and len(some) > 1 else [Group([line], chatter=False) for line in some]
        )
    return groups


def _opened(lines: Iterable[Line]) -> Iterable[Line]:
    left = OPEN_PICTURES
    for line in lines:
        shown = bool(line.picture) and left > 0
        left -= shown
        yield structs.replace(line, opened=shown)


def line_of(event: EventRow, names: Mapping[str, str]) -> Line | None:
    """The line of an event; None for those that no trader needs to see."""
    said = told(event.kind, event.data)
    if said is None:
        return None
    text = " \u00b7 ".join(part for part in (said.text, event.person) if part)
    picture = f"/pictures/{event.seq}" if event.kind in PICTURED else None
    name = names.get(event.subject, "")
    chatter = event.kind in CHATTER
    return Line(event.seq, when(event.at), said.mood, said.title, text, event.subject, name, picture, chatter)
