"""What follows a word and belongs to it: prices, shares, durations, amounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from interpreters.wording.grammar import DURATIONS, FILLERS, LONGEST_LIFE, NOT_PRICES
from interpreters.wording.lexing import Lexeme, Number, number_of
from spec.signals import Tolerance

if TYPE_CHECKING:
    from collections.abc import Sequence

ONE_DIGIT = 10
TOLERANCE_UNITS: dict[str, Literal["percent", "ticks", "atr", "absolute"]] = {
    "%": "percent",
    "tick": "ticks",
    "ticks": "ticks",
    "atr": "atr",
    "": "absolute",
}


class Unreadable(ValueError):
    """Something stands where a word takes a number, and it is none: one sentence says what to write."""


class Level(Struct, frozen=True):
    """A stop or a target that a text names: its price, and for a target its number and share (a fraction up to 1)."""

    role: Literal["stop", "target"]
    price: float | None = None
    number: int | None = None
    share: float | None = None


class Taken(Struct, frozen=True):
    """A number behind a word, and where the text goes on after it."""

    number: Number
    text: str
    end: int


def following(pieces: Sequence[Lexeme], start: int) -> Taken | None:
    """The number that stands at ``start`` or behind a filler there, in the same clause."""
    at = start + 1 if start < len(pieces) and pieces[start].key in FILLERS else start
    between = pieces[start : at + 1]
    if at >= len(pieces) or any(piece.opens for piece in between):
        return None
    piece = pieces[at]
    # A range, a date or a time of day is no number, and yet it stands in a number's place.
    in_place = piece.kind == "number" or (piece.kind == "opaque" and piece.text[0].isdigit())
    return Taken(number_of(piece.text), piece.text, at + 1) if in_place else None


def read_level(pieces: Sequence[Lexeme], start: int, level: Level) -> tuple[Level, int]:
    """The level with the price and share that follow, and where the text goes on; raises Unreadable."""
    end = start
    for _ in range(1 if level.role == "stop" else 2):
        taken = following(pieces, end)
        if taken is None:
            break
        if taken.number.unit == "%" and level.role == "target" and level.share is None:
            level = Level(level.role, level.price, level.number, _share(taken))
        elif level.price is None:
            level = Level(level.role, _price(pieces, taken, level), level.number, level.share)
        else:
            break
        end = taken.end
    return level, end


def _share(taken: Taken) -> float:
    value = taken.number.value
    if value is None or not 0 < value <= 100:
        msg = f"'{taken.text}' is no share of a position: write a percentage above 0 and up to 100, such as tp1 50%."
        raise Unreadable(msg)
    return round(value / 100, 15)  # 33.3 % is 0.333


def _price(pieces: Sequence[Lexeme], taken: Taken, level: Level) -> float:
    number, behind = taken.number, pieces[taken.end] if taken.end < len(pieces) else None
    if level.role == "target" and level.number is None and number.whole and (number.value or 0) < ONE_DIGIT:
        number_or_price = f"tp{taken.text} for its number or {taken.text}.0 for its price"
        msg = f"'{taken.text}' may be the target's number or its price: write {number_or_price}."
        raise Unreadable(msg)
    unit = number.unit or (behind.key if behind and not behind.opens and behind.key in NOT_PRICES else "")
    if unit or number.value is None or number.value <= 0:
        msg = f"'{taken.text}' is no price that can be read: write it without a comma or a unit, {level.role} 1.23."
        raise Unreadable(msg)
    return number.value


def read_duration(pieces: Sequence[Lexeme], start: int) -> tuple[int, int] | None:
    """Seconds, and where the text goes on; None where no number follows; raises Unreadable."""
    taken = following(pieces, start)
    if taken is None:
        return None
    unit, end = _unit(pieces, taken)
    seconds = (taken.number.value or 0) * DURATIONS.get(unit, 0)
    if not 1 <= seconds <= LONGEST_LIFE:
        msg = f"'{taken.text}' is no time to be valid for: write it like 30m, 12h, 10d or 2w, up to ten years."
        raise Unreadable(msg)
    return round(seconds), end


def read_tolerance(pieces: Sequence[Lexeme], start: int) -> tuple[Tolerance, int] | None:
    """The tolerance, and where the text goes on; None where no number follows; raises Unreadable."""
    taken = following(pieces, start)
    if taken is None:
        return None
    unit, end = _unit(pieces, taken)
    value = taken.number.value
    if unit not in TOLERANCE_UNITS or value is None or value < 0:
        msg = f"'{taken.text}' is no tolerance: write it like 0.2%, 5 ticks, 0.5 atr, or as a price difference."
        raise Unreadable(msg)
    return Tolerance(TOLERANCE_UNITS[unit], value), end


def _unit(pieces: Sequence[Lexeme], taken: Taken) -> tuple[str, int]:
    """The unit written to the number, or the word behind it where that is one; and where the text goes on."""
    if not taken.number.unit and taken.end < len(pieces):
        behind = pieces[taken.end]
        if not behind.opens and (behind.key in DURATIONS or behind.key in TOLERANCE_UNITS):
            return behind.key, taken.end + 1
    return taken.number.unit, taken.end
