"""Bodies that are no JSON: name and value pairs, forms, cells between pipes or commas, bot commands, plain text.

Names and values stay as written. A cell or a word is taken for the symbol, the action or the price only where nothing
else can be meant; a number without a name never is a price, unless a currency sign stands before it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from msgspec import structs

from interpreters.alerts.alert import Reading, Sense
from interpreters.alerts.names import action_of, shown
from interpreters.alerts.sentences import PAIR, read_sentence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from interpreters.alerts.alert import Action, Form

MOST_PARTS = 500
FORM = re.compile(r"[^=&\s]{1,100}=[^=&\s]*(?:&[^=&\s]{1,100}=[^=&\s]*)+")
PAIR_OF = re.compile(r"\s*(?P<name>[^\W\d][\w .-]{0,60}?)\s*=(?P<value>.*)", re.DOTALL)
LABELLED = re.compile(r"\s*(?P<name>[^\W\d][\w-]*(?: [\w-]+){0,3}?)\s*:\s+(?P<value>\S.*)")
BARE_NAME = re.compile(r"\s*[A-Z_][A-Z0-9_]*\s*")
EMPTY_PART = re.compile(r";[ \t]*;")
BREAKS = re.compile(r";?[ \t]*\n|;")
WORD_PAIR = re.compile(r"(?P<name>[^\W\d]\w*)=(?P<value>\S+)")
BLOCK = re.compile(r"(?P<command>[\w-]{1,60})\((?P<symbol>[\w.:/-]{1,40})\)\s*\{.*\}\s*(?:#\w+)?", re.DOTALL)
VERB = re.compile(r"(?P<command>\S{1,60}) (?P<symbol>\S{3,30}) (?P<verb>buy|sell|long|short|close|pos)\b.{0,200}")
SLASHED = re.compile(r"[A-Z0-9]{2,15}/[A-Z0-9]{2,10}")
CELL_SYMBOL = re.compile(r"(?:[A-Z][A-Z0-9_]*:)?(?=[A-Z0-9.!/_-]*[A-Z])[A-Z0-9][A-Z0-9.!/_-]{0,29}")
WITH_SIGN = re.compile(r"[$€£](?P<price>[0-9]+(?:\.[0-9]+)?)")

CRLF = "Windows line ends were read as line ends"
EMPTY_PARTS = "empty parts were skipped"


def read_plain(text: str) -> Reading:
    """The body in the first of the known forms that it has as a whole; never fails, for any text is at least a text."""
    for attempt in (_form, _pairs, _labelled, _pipe, _csv, _block, _words, _verb):
        if reading := attempt(text):
            return reading
    return read_sentence(text)


def _form(text: str) -> Reading | None:
    if not FORM.fullmatch(text):
        return None
    try:
        found = parse_qsl(text, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=MOST_PARTS)
    except ValueError:
        return None
    return _named("form", found)


def _named(form: Form, found: Iterable[tuple[str, str | None]], repairs: tuple[str, ...] = ()) -> Reading:
    fields: dict[str, Any] = {}
    problem = None
    for name, value in found:
        if name in fields and fields[name] != value:
            problem = problem or f"{shown(name)} is given twice with different values"
        fields[name] = value
    return Reading(form, fields, repairs, problem)


def _pairs(text: str) -> Reading | None:
    """``NAME=value`` between semicolons or line ends; a name may stand alone, and places may be empty."""
    parts = BREAKS.split(text.replace("\r\n", "\n"))
    if len(parts) == 1:
        parts = text.split(",")
    named = [PAIR_OF.fullmatch(part) or BARE_NAME.fullmatch(part) for part in parts if part.strip()]
    if not all(named):
        return None
    found = [_pair(match) for match in named if match]
    alone = [name for name, value in found if value is None]
    if len(found) < 2 * len(alone) or not found or (len(found) == 1 and " " in (found[0][1] or "")):
        return None
    repairs = [CRLF] if "\r" in text else []
    repairs += [EMPTY_PARTS] if EMPTY_PART.search(text) else []
    repairs += [f"{shown(name)} stands without a value" for name in alone]
    return _named("key_value", found, tuple(repairs))


def _pair(match: re.Match[str]) -> tuple[str, str | None]:
    parts = match.groupdict()
    return (parts["name"], parts["value"].strip()) if parts else (match[0].strip(), None)


def _labelled(text: str) -> Reading | None:
    """Two or more lines of ``Name: value`` and nothing else."""
    lines = [line for line in text.splitlines() if line.strip()]
    named = [LABELLED.fullmatch(line) for line in lines]
    if len(lines) < 2 or not all(named):
        return None
    return _named("key_value", [_pair(match) for match in named if match])


def _pipe(text: str) -> Reading | None:
    if "|" not in text or "\n" in text:
        return None
    cells = [cell.strip() for cell in text.split("|")]
    return Reading("pipe", {"columns": cells}, sense=_sense_of(cells))


def _csv(text: str) -> Reading | None:
    """Three or more cells of one word each, one of them an action or a pair of name and value."""
    cells = [cell.strip().strip('"') for cell in text.split(",")]
    if len(cells) < 3 or any(re.search(r"\s", cell) for cell in cells):
        return None
    named = [match for cell in cells if (match := WORD_PAIR.fullmatch(cell))]
    if not named and not any(map(action_of, cells)):
        return None
    columns = [cell for cell in cells if not WORD_PAIR.fullmatch(cell)]
    reading = _named("csv", [(match["name"], match["value"]) for match in named])
    return structs.replace(reading, fields={"columns": columns} | reading.fields, sense=_sense_of(columns))


def _sense_of(cells: list[str]) -> Sense:
    """Symbol, action and price of unnamed cells, each only where a single cell can be it."""
    prices = [match["price"] for cell in cells if (match := WITH_SIGN.fullmatch(cell))]
    symbols = [cell for cell in cells if PAIR.fullmatch(cell)] or _beside_action(cells)
    return Sense(
        symbol=symbols[0] if len(set(symbols)) == 1 else None,
        action=_only_action(cells),
        price=float(prices[0]) if len(prices) == 1 else None,
    )


def _only_action(words: list[str]) -> Action | None:
    actions = {action for word in words if (action := action_of(word))}
    return actions.pop() if len(actions) == 1 else None


def _beside_action(cells: list[str]) -> list[str]:
    """The cells directly before and behind the action that may be a symbol, as in AAPL,buy,150.25."""
    at = next((place for place, cell in enumerate(cells) if action_of(cell)), None)
    beside = [] if at is None else cells[max(at - 1, 0) : at] + cells[at + 1 : at + 2]
    return [cell for cell in beside if CELL_SYMBOL.fullmatch(cell) and not action_of(cell)]


def _block(text: str) -> Reading | None:
    """``name(SYMBOL) { … }``: a chain of orders, so it has no one action."""
    match = BLOCK.fullmatch(text)
    if match is None:
        return None
    return Reading("command", {"text": text} | match.groupdict(), sense=Sense(match["symbol"]))


def _words(text: str) -> Reading | None:
    """Up to three words, then nothing but ``name=value``: ``trade:desk:long symbol=ETH-PERP size=3x``."""
    words = [] if "\n" in text else text.split()
    start = next((at for at, word in enumerate(words) if WORD_PAIR.fullmatch(word)), len(words))
    named = [WORD_PAIR.fullmatch(word) for word in words[start:]]
    if not named or start > 3 or not all(named):
        return None
    found: list[tuple[str, str | None]] = [(match["name"], match["value"]) for match in named if match]
    if not start:
        return _named("key_value", found)
    reading = _named("command", [("command", " ".join(words[:start])), *found])
    return structs.replace(reading, sense=Sense(action=_only_action(re.split(r"[:\s]", " ".join(words[:start])))))


def _verb(text: str) -> Reading | None:
    """``account SYMBOL buy …``; the symbol has to be beyond doubt, or the words may be a sentence."""
    match = VERB.fullmatch(text)
    if match is None or not (SLASHED.fullmatch(match["symbol"]) or PAIR.fullmatch(match["symbol"])):
        return None
    return Reading(
        "command", {"text": text} | match.groupdict(), sense=Sense(match["symbol"], action_of(match["verb"]))
    )
