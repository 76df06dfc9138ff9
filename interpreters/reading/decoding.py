"""Bytes or text to plain JSON values: the strict fast parser, then a lenient one, then the repair of broken lines.

What comes out can always be encoded again: no NaN, no infinity, no lone surrogate, no integer beyond 64 bits.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

import msgspec

from interpreters.reading.unreadable import ExportUnreadable

if TYPE_CHECKING:
    from interpreters.reading.values import Notes

TOO_DEEP = "The file nests deeper than any TradingView export; send the export itself."
NOT_JSON = "The file is no JSON object or list, no clipboard clip and no page with a chart; export the drawings again."
BREAKS = "raw line breaks inside strings were removed"
NOT_UTF8 = "the file is not UTF-8 and was read as Latin-1"
DAMAGED = "bytes that are not UTF-8 were replaced"
REPLACEMENT = "\ufffd"
SEVERAL = "several JSON documents one after another were read as a list"
LATEST_DIGITS = 18  # the longest integer that surely fits 64 bits
MOST_DOCUMENTS = 10_000
BLANKS = re.compile(r"\s*")
SURROGATE = re.compile("[\ud800-\udfff]")


def decode_bytes(raw: bytes, notes: Notes) -> Any:
    """The JSON value of a file; text that is no JSON comes back as a string. Raises ExportUnreadable."""
    value = _strict(raw)
    if value is not msgspec.UNSET:
        return value
    text = text_of(raw, notes)
    try:
        return parse(text, notes)
    except NotJson:
        return text


class NotJson(ExportUnreadable):
    """The text is no JSON, even leniently read."""


def text_of(raw: bytes, notes: Notes) -> str:
    """The characters of a file in UTF-8, UTF-16 or UTF-32, with or without a byte order mark, else Latin-1."""
    try:
        return raw.decode(json.detect_encoding(raw))
    except UnicodeDecodeError:
        replaced = raw.decode("utf-8", "replace")
    if not replaced.replace(REPLACEMENT, "").isascii():  # it has letters beyond ASCII in UTF-8: only a part is damaged
        notes[DAMAGED] += 1
        return replaced
    notes[NOT_UTF8] += 1
    return raw.decode("latin-1")


def parse(text: str, notes: Notes) -> Any:
    """The JSON value of a text; raises NotJson, and ExportUnreadable where it nests too deep."""
    value = _strict(text)
    return _lenient(text, notes) if value is msgspec.UNSET else value


def leading_value(text: str) -> Any:
    """The JSON value a text begins with, whatever follows it; None where there is none."""
    try:
        return _storable(_DECODER.raw_decode(text)[0])
    except (ValueError, RecursionError):
        return None


def _strict(text: bytes | str) -> Any:
    try:
        value = msgspec.json.decode(text)
        msgspec.json.encode(value)
    except (ValueError, OverflowError):
        return msgspec.UNSET
    except RecursionError as error:
        raise ExportUnreadable(TOO_DEEP) from error
    return value


def _lenient(text: str, notes: Notes) -> Any:
    try:
        value = _loads(text, notes)
        if value is msgspec.UNSET:
            value = _loads(without_breaks(text), notes)
            if value is msgspec.UNSET:
                raise NotJson(NOT_JSON)
            notes[BREAKS] += 1
        return _storable(value)
    except RecursionError as error:
        raise ExportUnreadable(TOO_DEEP) from error


def _loads(text: str, notes: Notes) -> Any:
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        return _documents(text, notes) if error.msg == "Extra data" else msgspec.UNSET


def _documents(text: str, notes: Notes) -> Any:
    """Read-backs are often printed one after another, with nothing but blanks between them."""
    found: list[Any] = []
    place = _after_blanks(text, 0)
    while place < len(text):
        if len(found) > MOST_DOCUMENTS:
            return msgspec.UNSET
        try:
            value, end = _DECODER.raw_decode(text, place)
        except json.JSONDecodeError:
            return msgspec.UNSET
        found.append(value)
        place = _after_blanks(text, end)
    notes[SEVERAL] += 1
    return found


def _after_blanks(text: str, place: int) -> int:
    blanks = BLANKS.match(text, place)
    return blanks.end() if blanks else place


def without_breaks(text: str) -> str:
    """The text without line breaks and the blanks around them: some stores wrap inside strings, even inside escapes."""
    return "".join(line.strip() for line in text.replace("\r", "\n").split("\n"))


def _storable(value: Any) -> Any:
    """The value with lone surrogates, which no UTF-8 file can hold, as replacement characters."""
    return msgspec.json.decode(SURROGATE.sub(REPLACEMENT, json.dumps(value, ensure_ascii=False)))


def _integer(digits: str) -> int | float | None:
    return int(digits) if len(digits) <= LATEST_DIGITS else _float(digits)


def _float(digits: str) -> float | None:
    value = float(digits)
    return value if math.isfinite(value) else None


def _constant(_: str) -> None:
    """NaN and the infinities: a price that is not there."""


_DECODER = json.JSONDecoder(strict=False, parse_int=_integer, parse_float=_float, parse_constant=_constant)
