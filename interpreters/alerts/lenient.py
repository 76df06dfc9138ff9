"""Texts that are almost JSON: objects and lists with recorded repairs, each made only where one reading is left."""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct

from interpreters.alerts.alert import Unreadable
from interpreters.alerts.bare import take_bare
from interpreters.alerts.cursor import Cursor
from interpreters.alerts.inspecting import DEEPEST
from interpreters.alerts.names import shown
from interpreters.alerts.quoted import take_name, take_text

BEGINS_LIKE_JSON = re.compile(
    r"""(?:\s|//[^\n]*\n|/\*.*?\*/)*(?:
        \{\s*(?:$|["'“}/]|\w+\s*:)       # an object; not {BTC} in a sentence
        | \[\s*[\[{"']                   # a list; not [4h] before a sentence
        | ["'“][^"'“”\n]{1,80}["'”]\s*:  # members that have lost their braces
    )""",
    re.DOTALL | re.VERBOSE,
)
QUOTED_NAME = re.compile(r"""["'][\w .-]{1,60}["'][ \t]*:""")
QUOTES = re.compile('"+')
IDENTIFIER = re.compile(r"[^\W\d][\w$-]*(?=[ \t\r\n]*:)")
NEXT_NAME = re.compile(r"""(?:["'][^"'\n]{1,80}["']|[^\W\d][\w$-]*)[ \t\r\n]*:""")
LEFTOVER = re.compile(r"[\s,;}\]]*")
CURLY = str.maketrans("“”„", '"""')

TRAILING_COMMA = "a trailing comma was removed"
DOUBLED_COMMA = "a doubled comma was read as one"
MISSING_COMMA = "a missing comma was added"
MISSING_BRACES = "the missing braces around the fields were added"
UNQUOTED_NAME = "names without quotes were read as names"
EXTRA_END = "what was left after the closing brace was removed"
DOUBLED_QUOTES = "doubled quotes were read as single ones"
CURLY_QUOTES = "typographic quotes were read as plain ones"
MAYBE_CUT = "the braces are missing and the last value has no quotes, so the message may be cut off"
TOO_DEEP = f"the body nests deeper than {DEEPEST} levels"


class Repaired(Struct, frozen=True):
    """A value, how it was repaired, and the first problem that was read over."""

    value: Any
    repairs: tuple[str, ...]
    problem: str | None


def looks_like_json(text: str) -> bool:
    """Whether the text is meant to be JSON: it begins so, or holds two names in quotes with their colons."""
    return BEGINS_LIKE_JSON.match(text) is not None or len(QUOTED_NAME.findall(text)) > 1


def read_lenient(text: str) -> Repaired:
    """The object or list that the text is meant to be; raises Unreadable with the first place that is not certain."""
    if '"' not in text and "“" in text:
        return _read(text.translate(CURLY), CURLY_QUOTES)
    try:
        return _read(text)
    except Unreadable:
        runs = [len(run) for run in QUOTES.findall(text)]
        if not runs or any(length % 2 for length in runs):
            raise
    return _read(text.replace('""', '"'), DOUBLED_QUOTES)


def _read(text: str, *repairs: str) -> Repaired:
    cursor = Cursor(text, repairs=dict.fromkeys(repairs))
    head = cursor.skip()
    if head in {"{", "["}:
        value = _container(cursor, 1)
    elif head not in {'"', "'"}:
        cursor.refuse("something stands before it that is neither a brace nor a name in quotes")
    else:
        cursor.note(MISSING_BRACES)
        value = _members(cursor, 1, braced=False)
        if text.rstrip()[-1:].isalnum():
            cursor.suspect(MAYBE_CUT)
    _finish(cursor)
    return Repaired(value, tuple(cursor.repairs), cursor.problem)


def _finish(cursor: Cursor) -> None:
    """Nothing may follow but a surplus brace or separator."""
    cursor.skip()
    left = cursor.take(LEFTOVER)
    if cursor.skip() in {"{", "["}:
        cursor.refuse("several objects follow one another; send one alert in a message")
    if cursor.at < len(cursor.text):
        cursor.refuse("text follows after the end of the object")
    if left and left.strip():
        cursor.note(EXTRA_END)


def _container(cursor: Cursor, depth: int) -> Any:
    if depth > DEEPEST:
        cursor.refuse(TOO_DEEP)
    head = cursor.text[cursor.at]
    cursor.at += 1
    return _members(cursor, depth, braced=True) if head == "{" else _entries(cursor, depth)


def _members(cursor: Cursor, depth: int, *, braced: bool) -> dict[str, Any]:
    members: dict[str, Any] = {}
    while (head := cursor.skip()) not in {"}", ""}:
        name = _name(cursor, head)
        value = _value(cursor, name, depth)
        if name in members and [members[name]] != [value]:  # in lists, for NaN is not equal to itself
            cursor.suspect(f"{shown(name)} is given twice with different values")
        members[name] = value
        _pass_comma(cursor, "}", after=name)
    if head:
        cursor.at += 1
    elif braced:
        cursor.refuse("the closing brace is missing, so the message may be cut off")
    return members


def _name(cursor: Cursor, head: str) -> str:
    if head in {'"', "'"}:
        name = take_name(cursor)
    else:
        name = cursor.take(IDENTIFIER) or ""
        if not name:
            cursor.refuse("a name in quotes is missing")
        cursor.note(UNQUOTED_NAME)
    cursor.skip()
    cursor.at += 1  # the colon, which both kinds of name have made sure of
    return name


def _value(cursor: Cursor, name: str, depth: int) -> Any:
    head = cursor.skip()
    if head == "[" or (head == "{" and not cursor.text.startswith("{{", cursor.at)):
        return _container(cursor, depth + 1)
    return take_text(cursor) if head in {'"', "'"} else take_bare(cursor, name)


def _pass_comma(cursor: Cursor, closing: str, after: str) -> None:
    """Passes what separates two members; a missing comma needs a name and a colon behind it."""
    if cursor.skip() == ",":
        cursor.at += 1
        while cursor.skip() == ",":
            cursor.at += 1
            cursor.note(DOUBLED_COMMA)
        if cursor.skip() in {closing, ""}:
            cursor.note(TRAILING_COMMA)
    elif NEXT_NAME.match(cursor.text, cursor.at):
        cursor.note(MISSING_COMMA)
    elif cursor.skip() not in {closing, ""}:
        cursor.refuse(f"a comma is missing after {shown(after)}")


def _entries(cursor: Cursor, depth: int) -> list[Any]:
    entries: list[Any] = []
    while cursor.skip() not in {"]", ""}:
        entries.append(_value(cursor, f"entry {len(entries) + 1}", depth))
        _pass_comma(cursor, "]", after=f"entry {len(entries)}")
    if cursor.skip() != "]":
        cursor.refuse("the closing bracket is missing, so the message may be cut off")
    cursor.at += 1
    return entries
