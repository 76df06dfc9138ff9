"""Values without quotes in a text that is almost JSON: numbers, constants, single words; never a sum."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from interpreters.alerts.names import shown
from interpreters.alerts.redaction import HIDDEN, is_secret_name

if TYPE_CHECKING:
    from interpreters.alerts.cursor import Cursor

# Everything up to a separator or a comment; a placeholder is one piece, even with quotes or commas in it.
RUN = re.compile(r"""(?:\{\{[^{}\n]*\}\}|(?!(?<=\s)/[/*])[^,{}\[\]\n"'])*""")
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
LONGEST_NUMBER = 400
TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
)
# One word or symbol. A hyphen or slash joins capitals only (ETH-PERP): close-open and close-5 are sums.
WORD = re.compile(r"[^\W\d]\w*(?:[.:]\w+)*!?|[A-Z][A-Z0-9]*(?:[-/:.](?=[A-Z0-9]*[A-Z])[A-Z0-9]+)*")
# Long BTCUSD at 5": begins with a letter, ends with the only quote, and names nothing.
UNOPENED = re.compile(r"""(?:[^\W\d]|#)(?:\{\{[^{}\n]*\}\}|[^"'\n,:{}\[\]])*\"""")

CONSTANTS: dict[str, Any] = {
    "true": True, "false": False, "null": None, "True": True, "False": False, "None": None, "undefined": None,
    **dict.fromkeys(("NaN", "nan", "NAN", "na", "Infinity", "-Infinity", "inf", "-inf"), math.nan),
}  # fmt: skip
FOREIGN = {"True": "true", "False": "false", "None": "null", "undefined": "null"}


def take_bare(cursor: Cursor, name: str) -> Any:
    """The unquoted value here; NaN and the infinities as NaN. What is no value is kept as text, as a problem."""
    unopened = cursor.take(UNOPENED) if _ends(cursor) else None
    if unopened is not None:
        cursor.note(f"a missing opening quote was added to {shown(name)}")
        return unopened[:-1]
    return _value(cursor, name, (cursor.take(RUN) or "").strip())


def _ends(cursor: Cursor) -> bool:
    match = UNOPENED.match(cursor.text, cursor.at)
    return match is not None and cursor.delimited(match.end())


def _value(cursor: Cursor, name: str, written: str) -> Any:
    if written in CONSTANTS:
        if written in FOREIGN:
            cursor.note(f"{written} was read as {FOREIGN[written]}")
        return CONSTANTS[written]
    if NUMBER.fullmatch(written):
        return _number(cursor, name, written)
    if TIME.fullmatch(written) or WORD.fullmatch(written) or "{{" in written:
        cursor.note(f"{shown(name)} had no quotes and was read as text")
    else:
        cursor.suspect(_no_value(name, written))
    return written


def _number(cursor: Cursor, name: str, written: str) -> int | float | str:
    if written.lstrip("-").isdecimal() and len(written) <= LONGEST_NUMBER:
        return int(written)
    if len(written) <= LONGEST_NUMBER and math.isfinite(value := float(written)):
        return value
    cursor.suspect(f"{shown(name)} is a number larger than any price or quantity")
    return written


def _no_value(name: str, written: str) -> str:
    if not written:
        return f"{shown(name)} has no value"
    held = HIDDEN if is_secret_name(name) else shown(written)
    return (
        f"{shown(name)} holds {held}, which is neither a number nor text in quotes; "
        "nothing is computed in a message, so compute it in Pine"
    )
