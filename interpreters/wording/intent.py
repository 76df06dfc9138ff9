"""What a drawing is in a trade, from its own words and its group's name: a role, a side, or sentences that ask.

A side makes an entry. A stop, target, exit, watch or ignore makes what it says, and a side beside it says of which
trade. A stop or target with a price beside a side belongs to that entry. A doubt never trades: it asks.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, cast

from msgspec import Struct

from interpreters.wording.arguments import Level

if TYPE_CHECKING:
    from interpreters.wording.reading import Reading, Said

Side = Literal["long", "short"]
Role = Literal["entry", "stop", "target", "exit", "watch", "ignore"]


class Intent(Struct, frozen=True):
    """What the drawing is. ``level``: price, number and share of a drawing that is a stop or a target.

    ``attached``: the stop and the targets, each with its price, that an entry brings along.
    """

    role: Role | None = None
    side: Side | None = None
    level: Level | None = None
    attached: tuple[Level, ...] = ()
    conflicts: tuple[str, ...] = ()


class Contradiction(ValueError):
    """Words that do not go together: one sentence says which, and what to write."""


def intent_of(words: Reading, group: Reading) -> Intent:
    """The intent of a drawing's text and its group's name; never raises."""
    problems = tuple(piece.problem for reading in (words, group) for piece in reading.pieces if piece.problem)
    try:
        side = _side(words, group)
        intent = _with_role(words, group, side)
    except Contradiction as contradiction:
        intent = Intent(conflicts=problems or (str(contradiction),))
    else:
        intent = Intent(intent.role, side, intent.level, intent.attached, problems)
    doubts = _doubts(words) + _doubts(group)
    trades = intent.conflicts or (intent.role and intent.role != "watch")
    return Intent(conflicts=(*intent.conflicts, *doubts)) if doubts and trades else intent


def _side(words: Reading, group: Reading) -> Side | None:
    said = {each.value: each for each in (*words.values("side"), *group.values("side"))}
    _refuse_several(tuple(said.values()))
    return cast("Side", next(iter(said))) if said else None


def _with_role(words: Reading, group: Reading, side: Side | None) -> Intent:
    """Role, level and what is attached; raises Contradiction."""
    reading = _speaking(words, group)
    roles = _roles(reading)
    entry = any(said.value == "entry" for each in (words, group) for said in each.values("role"))
    if not roles:
        if entry and side is None:
            msg = "An entry needs a side: write long entry or short entry."
            raise Contradiction(msg)
        return Intent("entry" if side else None)
    if all(role.value in {"stop", "target"} for role in roles):
        return _with_levels(reading, entry=entry)
    _refuse_several(roles)
    if entry or (side and roles[0].value == "ignore"):
        msg = f"The text says '{roles[0].text}' and yet an entry: keep one."
        raise Contradiction(msg)
    return Intent(cast("Role", roles[0].value))


def _speaking(words: Reading, group: Reading) -> Reading:
    """Whose role counts: the drawing's own, else its group's; raises Contradiction where they differ."""
    own, theirs = _roles(words), _roles(group)
    named = {role.value for role in theirs}
    if own and theirs and not {role.value for role in own} <= named:
        msg = f"The drawing says '{own[0].text}' and its group '{theirs[0].text}': keep one."
        raise Contradiction(msg)
    if theirs and not own and (sides := words.values("side")):
        msg = f"The drawing says '{sides[0].text}' and its group '{theirs[0].text}': keep one."
        raise Contradiction(msg)
    return words if own or not theirs else group


def _with_levels(reading: Reading, *, entry: bool) -> Intent:
    """A stop or target drawing, or an entry that brings its stop and targets along; raises Contradiction."""
    levels = reading.taken(Level)
    enters = entry or bool(reading.values("side"))
    if enters and all(level.price is not None for level in levels):
        _check_attached(levels)
        return Intent("entry", attached=levels)
    if len(levels) != 1:
        msg = "One drawing is one stop or one target: keep one, or write a side, and a price behind each of them."
        raise Contradiction(msg)
    if entry or (enters and reading.values("action")):
        role = levels[0].role
        msg = f"The text says how to enter and that it is the {role}: keep one, or write the {role}'s price."
        raise Contradiction(msg)
    return Intent(levels[0].role, level=levels[0])


def _check_attached(levels: tuple[Level, ...]) -> None:
    numbers = [level.number for level in levels if level.number is not None]
    if sum(level.role == "stop" for level in levels) > 1 or len(set(numbers)) < len(numbers):
        msg = "The text names one stop or one target twice: keep one."
        raise Contradiction(msg)
    if math.fsum(level.share or 0 for level in levels) > 1 + 1e-9:
        msg = "The shares of the targets add up to more than 100 %: write shares that add up to 100 % at most."
        raise Contradiction(msg)


def _roles(reading: Reading) -> tuple[Said, ...]:
    return tuple(said for said in reading.values("role") if said.value != "entry")


def _refuse_several(said: tuple[Said, ...]) -> None:
    if len(said) > 1:
        msg = f"The words say both '{said[0].text}' and '{said[1].text}': keep one."
        raise Contradiction(msg)


def _doubts(reading: Reading) -> tuple[str, ...]:
    said = reading.values("doubt")
    return (*(f"'{each.text}' is {each.value}: write plainly what is meant." for each in said), *reading.doubts)
