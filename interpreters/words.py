"""The words on a drawing, its text and its group's name, read by a small grammar into what the drawing is meant for.

The grammar is data (``GRAMMAR``) and deterministic. Words decide: a side makes an entry, an action alone shapes a
watch, and a text that negates, doubts or contradicts itself asks instead of trading. Every word's reading is kept.
"""

from __future__ import annotations

from typing import Literal, cast

from msgspec import Struct

from interpreters.wording.arguments import Level
from interpreters.wording.grammar import GRAMMAR, Field, Word
from interpreters.wording.intent import Role, Side, intent_of
from interpreters.wording.lexing import normal
from interpreters.wording.reading import UNKNOWN, Group, Reading, Said, Taken, Valid, read_text
from spec.signals import Tolerance

__all__ = ["GRAMMAR", "UNKNOWN", "Level", "Token", "Word", "Words", "read_words"]

Both = tuple[Reading, Reading]  # the drawing's own words, its group's name
Action = Literal["break", "bounce", "touch", "near"]
Direction = Literal["up", "down"]
Trigger = Literal["bar_close", "intrabar"]


class Token(Struct, frozen=True):
    """A piece of the text and how it was read: ``read as ...``, or UNKNOWN."""

    text: str
    meaning: str


class Words(Struct, frozen=True):
    """What the words on a drawing say; None and False where they say nothing.

    ``target_share`` is a fraction above 0 and up to 1; ``price`` belongs to a stop or target drawing. ``attached``: the
    stop and targets, each with a price, that an entry brings along. ``group``: the group the text names, else the
    name of the drawing's own group, in lower case. ``conflicts``: sentences; while there is one, nothing may be traded.
    """

    side: Side | None = None
    action: Action | None = None
    direction: Direction | None = None
    trigger: Trigger | None = None
    retest: bool = False
    extend: bool | None = None
    role: Role | None = None
    target_number: int | None = None
    target_share: float | None = None
    price: float | None = None
    group: str | None = None
    valid_seconds: int | None = None
    propose: bool = False
    tolerance: Tolerance | None = None
    attached: tuple[Level, ...] = ()
    conflicts: tuple[str, ...] = ()
    tokens: tuple[Token, ...] = ()
    unknown: tuple[str, ...] = ()


def read_words(text: str, group_name: str | None = None) -> Words:
    """Read a drawing's text and its group's name. Never raises; the same input gives the same words."""
    both = (read_text(text), read_text(group_name or ""))
    intent = intent_of(*both)
    level = intent.level or Level("stop")
    extend, named, valid = _value(both, "extend"), _taken(both, Group), _taken(both, Valid)
    return Words(
        side=intent.side,
        action=cast("Action | None", _value(both, "action")),
        direction=cast("Direction | None", _value(both, "direction")),
        trigger=cast("Trigger | None", _value(both, "trigger")),
        retest=_value(both, "retest") is not None,
        extend=None if extend is None else extend == "yes",
        role=intent.role,
        target_number=level.number,
        target_share=level.share,
        price=level.price,
        group=named.name if named else _plain(group_name),
        valid_seconds=valid.seconds if valid else None,
        propose=_value(both, "propose") is not None,
        tolerance=_taken(both, Tolerance),
        attached=intent.attached,
        conflicts=intent.conflicts + _said_twice(both),
        tokens=_tokens(both),
        unknown=tuple(piece.text for reading in both for piece in reading.pieces if piece.meaning is None),
    )


def _nearest(both: Both, field: Field) -> tuple[Said, ...]:
    """What the drawing's own words say of a field, else what its group's name says."""
    words, group = both
    return words.values(field) or group.values(field)


def _value(both: Both, field: Field) -> str | None:
    said = _nearest(both, field)
    return said[0].value if len(said) == 1 else None


def _every(both: Both, kind: type[Taken]) -> tuple[Taken, ...]:
    words, group = both
    return tuple(dict.fromkeys(words.taken(kind) or group.taken(kind)))


def _taken(both: Both, kind: type[Taken]) -> Taken | None:
    every = _every(both, kind)
    return every[0] if len(every) == 1 else None


def _said_twice(both: Both) -> tuple[str, ...]:
    """A sentence for each field of which the words say two things."""
    fields = [_nearest(both, field) for field in ("action", "direction", "trigger", "extend")]
    said = [f"'{each[0].text}' and '{each[1].text}'" for each in fields if len(each) > 1]
    counts = {
        "times to be valid": len(_every(both, Valid)),
        "tolerances": len(_every(both, Tolerance)),
        "groups": len(_every(both, Group)),
    }
    return (
        *(f"The words say both {each}: keep one." for each in said),
        *(f"The words name several {name}: keep one." for name, count in counts.items() if count > 1),
    )


def _plain(group_name: str | None) -> str | None:
    """A group's name for comparing: one spelling, lower case, single spaces."""
    return " ".join(normal(group_name or "").split()).casefold() or None


def _tokens(both: Both) -> tuple[Token, ...]:
    marks = ("", " (in the group's name)")
    return tuple(
        Token(piece.text, f"{piece.meaning}{mark}" if piece.meaning else UNKNOWN)
        for reading, mark in zip(both, marks, strict=True)
        for piece in reading.pieces
    )
