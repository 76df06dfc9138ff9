"""Reads one text by the grammar: what each piece of it says, and which pieces are unknown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar, assert_never

from msgspec import Struct

from interpreters.wording.arguments import Level, Unreadable, read_duration, read_level, read_tolerance
from interpreters.wording.grammar import AMBIGUOUS, GRAMMAR, PROSE, Field, Word
from interpreters.wording.lexing import Lexeme, lexemes, normal
from spec.signals import Tolerance

if TYPE_CHECKING:
    from collections.abc import Sequence

UNKNOWN = "not a word I know"
LONGEST_TEXT = 2_000  # characters; more is a note and no instruction
LONGEST_PHRASE = 4
_NEGATED = re.compile(r"\w+n't\Z")
_NUMBERED = re.compile(r"(?P<form>[a-z]+)(?P<number>[1-9]|1[0-9]|20)\Z")
FORMS: dict[str, Word] = {form: word for word in GRAMMAR for form in word.forms}
_NEGATION = FORMS["not"]


class Said(Struct, frozen=True):
    """One field that a piece of text sets, in its own words."""

    field: Field
    value: str
    text: str


class Valid(Struct, frozen=True):
    """How long a drawing lives."""

    seconds: int


class Group(Struct, frozen=True):
    """The group that a text names, in lower case."""

    name: str


Takes = Level | Tolerance | Valid | Group
Taken = TypeVar("Taken", Level, Tolerance, Valid, Group)


class Piece(Struct, frozen=True):
    """One or several lexemes read together. ``meaning`` is None where they are unknown."""

    text: str
    length: int
    meaning: str | None = None
    said: tuple[Said, ...] = ()
    takes: Takes | None = None
    problem: str | None = None


class Reading(Struct, frozen=True):
    """A text read: its pieces in order, and sentences about turns of speech that may mean something else."""

    pieces: tuple[Piece, ...] = ()
    doubts: tuple[str, ...] = ()

    def values(self, field: Field) -> tuple[Said, ...]:
        """What was said of one field: each value once, in order."""
        found: dict[str, Said] = {}
        for said in (said for piece in self.pieces for said in piece.said if said.field == field):
            found.setdefault(said.value, said)
        return tuple(found.values())

    def taken(self, kind: type[Taken]) -> tuple[Taken, ...]:
        """What words took, of one kind, in order."""
        return tuple(piece.takes for piece in self.pieces if isinstance(piece.takes, kind))


def read_text(text: str) -> Reading:
    """Read one text. Never raises: what cannot be read is unknown or carries a problem."""
    if len(text) > LONGEST_TEXT:
        return Reading((Piece(" ".join(text[:60].split()) + " ...", 1),))
    cut = lexemes(text)
    pieces: list[Piece] = []
    at = 0
    while at < len(cut):
        before = pieces[-1] if pieces and not cut[at].opens else None
        pieces.append(_piece(cut, at, before))
        at += pieces[-1].length
    return Reading(tuple(pieces), (*_ambiguities(cut), *_question(text)))


def _piece(cut: Sequence[Lexeme], at: int, before: Piece | None) -> Piece:
    lexeme = cut[at]
    if lexeme.kind == "group":
        return _group(lexeme.text)
    if lexeme.kind != "word":
        return Piece(lexeme.text, 1)
    for length in range(LONGEST_PHRASE, 0, -1):
        phrase = _phrase(cut, at, length)
        if phrase in PROSE:
            return Piece(_text(cut, at, length), length)
        if found := _word(phrase):
            return _known(cut, at, length, found, before)
    return Piece(lexeme.text, 1)


def _word(phrase: str) -> tuple[Word, int | None] | None:
    """The word of the grammar, and the number written to it."""
    if phrase in FORMS:
        return FORMS[phrase], None
    if _NEGATED.match(phrase):
        return _NEGATION, None
    numbered = _NUMBERED.match(phrase)
    word = FORMS.get(numbered["form"]) if numbered else None
    return (word, int(numbered["number"])) if numbered and word and word.numbered else None


def _known(cut: Sequence[Lexeme], at: int, length: int, found: tuple[Word, int | None], before: Piece | None) -> Piece:
    word, number = found
    text = _text(cut, at, length)
    behind = {said.field for said in before.said} if before else set()
    if word.after and not behind & set(word.after):
        return Piece(text, length)
    try:
        return _with_arguments(cut, at + length, Piece(text, length, _meaning(word), _said(word, text)), found)
    except Unreadable as problem:
        level = _level(word, number)
        meaning = f"read as {word.forms[0]}, and what follows it cannot be read"
        return Piece(text, length, meaning, _said(word, text), level, str(problem))


def _with_arguments(cut: Sequence[Lexeme], start: int, plain: Piece, found: tuple[Word, int | None]) -> Piece:
    """The piece with what its word takes from ``start`` on; a word that finds nothing to take is unknown."""
    word, number = found
    taken: tuple[Takes, int] | None
    match word.takes:
        case "nothing":
            return plain
        case "price" | "price and share":
            taken = read_level(cut, start, Level("stop") if word.takes == "price" else Level("target", number=number))
        case "duration":
            lasts = read_duration(cut, start)
            taken = (Valid(lasts[0]), lasts[1]) if lasts else None
        case "amount":
            taken = read_tolerance(cut, start)
        case "name":  # group:name is cut as one piece; the word alone names nothing
            taken = None
        case _:
            assert_never(word.takes)
    if taken is None:
        return Piece(plain.text, plain.length)
    takes, end = taken
    text = " ".join([plain.text, *(lexeme.text for lexeme in cut[start:end])])
    return Piece(text, plain.length + end - start, _meaning_of(takes), plain.said, takes)


def _level(word: Word, number: int | None) -> Level | None:
    match word.takes:
        case "price":
            return Level("stop")
        case "price and share":
            return Level("target", number=number)
        case _:
            return None


def _group(text: str) -> Piece:
    """``group:name``; a name behind a space may as well be the next word."""
    name = re.split("[:=]", text, maxsplit=1)[1]
    plain = " ".join(name.strip().strip('"').split()).casefold()
    problem = None
    if name[0].isspace() and _word(plain):
        problem = f"'{text}' may be a group without a name: write group:{plain} without a space if it is its name."
    return Piece(text, 1, _meaning_of(Group(plain)), takes=Group(plain), problem=problem)


def _meaning(word: Word) -> str:
    said = [value if field == "doubt" else f"{field} {value}".removesuffix(" yes") for field, value in word.sets]
    return f"read as {', '.join(said)}"


def _meaning_of(takes: Takes) -> str:
    match takes:
        case Level():
            return f"read as {_level_in_words(takes)}"
        case Tolerance():
            return f"read as tolerance of {takes.amount:g} {takes.unit}"
        case Valid():
            return f"read as valid for {takes.seconds} seconds"
        case Group():
            return f"read as group {takes.name}"
        case _:
            assert_never(takes)


def _level_in_words(level: Level) -> str:
    name = level.role if level.number is None else f"{level.role} {level.number}"
    share = [] if level.share is None else [f"of {level.share * 100:g} % of the position"]
    price = [] if level.price is None else [f"at {level.price!r}"]
    return " ".join([name, *share, *price])


def _said(word: Word, text: str) -> tuple[Said, ...]:
    return tuple(Said(field, value, text) for field, value in word.sets)


def _phrase(cut: Sequence[Lexeme], at: int, length: int) -> str:
    """The lexemes as one key, empty where a clause ends between them or the text does."""
    window = cut[at : at + length]
    joined = len(window) == length and not any(lexeme.opens for lexeme in window[1:])
    return " ".join(lexeme.key for lexeme in window) if joined else ""


def _text(cut: Sequence[Lexeme], at: int, length: int) -> str:
    return " ".join(lexeme.text for lexeme in cut[at : at + length])


def _ambiguities(cut: Sequence[Lexeme]) -> tuple[str, ...]:
    phrases = [
        phrase
        for at in range(len(cut))
        for length in range(2, LONGEST_PHRASE + 1)
        if (phrase := _phrase(cut, at, length)) in AMBIGUOUS and not _acts(cut, at - 1)
    ]
    return tuple(f"'{phrase}' {AMBIGUOUS[phrase]}." for phrase in dict.fromkeys(phrases))


def _acts(cut: Sequence[Lexeme], at: int) -> bool:
    """Whether an action stands there and goes on: in ``break close long`` the close is the break's."""
    word = FORMS.get(cut[at].key) if at >= 0 and not cut[at + 1].opens else None
    return word is not None and any(field == "action" for field, _ in word.sets)


def _question(text: str) -> tuple[str, ...]:
    return ("The text asks a question ('?'): write plainly what is meant.",) if "?" in normal(text) else ()
