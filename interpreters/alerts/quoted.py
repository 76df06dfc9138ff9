"""Quoted texts that are almost JSON strings: single quotes, quotes inside, line breaks, a missing closing quote.

A repair is made only where a single reading is left. TradingView replaces placeholders without escaping, so quotes
inside a text are the commonest damage (Pine FAQ on alerts).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from interpreters.alerts.cursor import Cursor

WHOLE = {quote: re.compile(rf"{quote}(?:[^{quote}\\\x00-\x1f]|\\.)*{quote}") for quote in "\"'"}
ENDS = {quote: re.compile(rf"\\.|{quote}|\n") for quote in "\"'"}
OVER_LINES = {quote: re.compile(rf"{quote}(?:[^{quote}\\]|\\.)*{quote}", re.DOTALL) for quote in "\"'"}
NAMED = re.compile(r"[ \t\r\n]*:")
# Inside a text these would be the borders of another member, so the text may have swallowed it.
BORDERS = re.compile(r"""["'][ \t]*:|[,{\[:][ \t]*["']""")
NEXT_MEMBER = re.compile(r"""\s*(?:\}|\]|["'][^"'\n]{1,80}["'][ \t]*:)""")
ESCAPED_OR_QUOTE = re.compile(r"""\\.|["\x00-\x1f]""", re.DOTALL)

SINGLE = "single quotes were read as double quotes"
INSIDE = "quotes inside a text were kept as part of it"
BREAK = "a line break or tab inside a text was kept as part of it"
APOSTROPHE = "a backslash before an apostrophe was removed"
UNCLOSED = "a missing closing quote was added at the end of its line"


def take_name(cursor: Cursor) -> str:
    """The quoted name here, which a colon has to follow."""
    start, quote = cursor.at, cursor.text[cursor.at]
    found = cursor.take(WHOLE[quote])
    if found is None or NAMED.match(cursor.text, cursor.at) is None:
        cursor.at = start
        cursor.refuse("a colon or a quote is missing after a name")
    return _decoded(cursor, found, quote)


def take_text(cursor: Cursor) -> str:
    """The quoted text here, which a separator or the end of the line has to follow."""
    start, quote = cursor.at, cursor.text[cursor.at]
    found = cursor.take(WHOLE[quote])
    if found is not None and cursor.delimited(cursor.at):
        return _decoded(cursor, found, quote)
    cursor.at = start
    found = _with_quotes_inside(cursor, quote) or _over_lines(cursor, quote) or _unclosed(cursor, quote)
    if found is None:
        cursor.refuse("a quote is missing, or one stands inside a text")
    return _decoded(cursor, found, quote)


def _with_quotes_inside(cursor: Cursor, quote: str) -> str | None:
    """``"Profit "TP1""``: up to the first quote on the line that can end it and leaves the ones inside in pairs."""
    inside = 0
    for mark in ENDS[quote].finditer(cursor.text, cursor.at + 1):
        if mark[0] == "\n":
            return None
        if mark[0] != quote:
            continue
        if inside and inside % 2 == 0 and cursor.delimited(mark.end()):
            return _accepted(cursor, mark.end(), INSIDE)
        inside += 1
    return None


def _over_lines(cursor: Cursor, quote: str) -> str | None:
    """A text with raw line breaks or tabs, as ``{{strategy.order.alert_message}}`` may bring them."""
    match = OVER_LINES[quote].match(cursor.text, cursor.at)
    if match is None or not cursor.delimited(match.end()):
        return None
    return _accepted(cursor, match.end(), BREAK)


def _accepted(cursor: Cursor, end: int, repair: str) -> str | None:
    found = cursor.text[cursor.at : end]
    if BORDERS.search(found[1:-1]):
        return None
    cursor.at = end
    cursor.note(repair)
    return found


def _unclosed(cursor: Cursor, quote: str) -> str | None:
    """A text whose line ends without a quote, before a line that begins a member or ends the object."""
    end = cursor.text.find("\n", cursor.at)
    end = len(cursor.text) if end < 0 else end
    found = cursor.text[cursor.at : end].rstrip(" \t\r")
    if quote in found[1:] or not NEXT_MEMBER.match(cursor.text, end):
        return None
    found = found.removesuffix(",")
    cursor.at += len(found)
    cursor.note(UNCLOSED)
    return found + quote


def _decoded(cursor: Cursor, found: str, quote: str) -> str:
    if quote == "'":
        cursor.note(SINGLE)
    elif "\\'" in found:
        cursor.note(APOSTROPHE)
    try:
        text: str = json.loads('"' + ESCAPED_OR_QUOTE.sub(_as_json, found[1:-1]) + '"')
        text.encode()  # a lone surrogate is no character and cannot be stored
    except ValueError:
        cursor.refuse("a text holds a backslash or a character that JSON does not know")
    return text


def _as_json(match: re.Match[str]) -> str:
    found = match[0]
    if found == "\\'":
        return "'"
    return found if found[0] == "\\" else json.dumps(found)[1:-1]
