"""Cuts a text into lexemes: words, numbers, and opaque things (markup, links, dates) that are never words.

Whatever is punctuation or an emoji separates and carries no meaning. Words joined by a hyphen, a dot or an underscore
are one word, so that ``long-term`` and ``sell.com`` are not ``long`` and ``sell``.
"""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Literal

from msgspec import Struct

Kind = Literal["word", "number", "group", "opaque"]

_APOSTROPHES = str.maketrans(dict.fromkeys("\u2019\u2018\u02bc\u00b4`", "'"))
# Every dash between two letters joins them; the kinds of hyphen are one.
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
_LEXEME = re.compile(
    r"""
      (?P<opaque>
          </?[A-Za-z!][^<>]*>                            # markup
        | [A-Za-z][A-Za-z0-9+.-]*://\S+                  # a link
        | [\w.+-]+@[\w-]+(?:\.[\w-]+)+                   # a mail address
        | (?<!\w)@[^\W\d]\w*                             # a mention
        | [^\W_][\w-]*(?:\.[\w-]+)+/\S*                  # a link without its scheme
        | &(?:[A-Za-z]+|\#\w+);                          # an entity
        | \d[\d.,]*(?:[-/:]\d[\d.,]*)+                   # a date, a time of day, a range, a ratio
        | \d+(?:\.\d+){2,}                               # a date, a version
      )
    | (?P<group>(?i:group)[ \t]*[:=][ \t]*(?:"[^"\n]+"|\w[\w.-]*))
    | (?P<number>
          (?<!\w)[+-]?(?:\d(?:[\d,]*\d)?(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?
          (?:[ ]?%|[^\W\d_]+)?(?!\w)
      )
    | (?P<word>\w+(?:[-.'_]\w+)*)
    """,
    re.VERBOSE,
)
_NUMBER = re.compile(r"(?P<digits>[+-]?[\d,]*(?:\.\d+)?(?:[eE][+-]?\d+)?)\s?(?P<unit>%|[^\W\d_]*)")
_CLAUSE_END = re.compile(r"[\n\r,;|.!?]")


class Lexeme(Struct, frozen=True):
    """A piece of the text. ``opens``: it begins a clause, so that no phrase reaches back over it."""

    text: str
    kind: Kind
    opens: bool

    @property
    def key(self) -> str:
        """The form to look up."""
        return self.text.casefold()


class Number(Struct, frozen=True):
    """A number as written: ``value`` is None where the digits can be read in two ways or in none."""

    value: float | None
    unit: str
    whole: bool


def normal(text: str) -> str:
    """One spelling for full-width letters, apostrophes and hyphens."""
    return unicodedata.normalize("NFKC", text.translate(_APOSTROPHES)).translate(_DASHES)


def lexemes(text: str) -> tuple[Lexeme, ...]:
    """The pieces of a text in their order; everything between them is punctuation."""
    found: list[Lexeme] = []
    text, end = normal(text), 0
    for match in _LEXEME.finditer(text):
        opens = not found or _CLAUSE_END.search(text, end, match.start()) is not None
        found.append(Lexeme(match[0], _kind(match.lastgroup), opens))
        end = match.end()
    return tuple(found)


def _kind(name: str | None) -> Kind:
    match name:
        case "word" | "number" | "group":
            return name
        case _:
            return "opaque"


def number_of(text: str) -> Number:
    """The number that a lexeme shows, with its unit in lower case (``k`` is a thousand); a date has no value."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        return Number(None, "", whole=False)
    unit = match["unit"].casefold()
    value = _value(match["digits"])
    if unit == "k":
        return Number(value * 1000 if value is not None else None, "", whole=False)
    return Number(value, unit, whole=match["digits"].isdigit())


def _value(digits: str) -> float | None:
    """A lone comma before three digits is a thousand to some and a decimal point to others: then there is no value."""
    if "," in digits:
        grouped = re.fullmatch(r"[+-]?\d{1,3}(?:,\d{3})+(\.\d+)?", digits)
        if grouped is None or (digits.count(",") == 1 and grouped[1] is None):
            return None
        digits = digits.replace(",", "")
    value = float(digits)
    return value if math.isfinite(value) else None
