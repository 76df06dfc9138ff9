"""From the bytes of a body to JSON values or to text. The Content-Type is never asked: the bytes decide."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import structs

from interpreters.alerts.alert import LONGEST_MESSAGE, Reading, Unreadable
from interpreters.alerts.lenient import looks_like_json, read_lenient
from interpreters.alerts.names import shown
from interpreters.alerts.plain import read_plain

if TYPE_CHECKING:
    from interpreters.alerts.alert import Form

EMPTY = (
    "the body is empty: a message of {{strategy.order.alert_message}} alone is empty where the order has no "
    "alert_message"
)
NOT_UTF8 = "the body is not UTF-8 text, as every message of TradingView is"
NO_FIELDS = "the body is JSON without any field"
ONLY_NOTHING = "the body says only {}: the script had no value for its message"
TOO_LONG = f"the body cannot be read as JSON and is longer than TradingView's {LONGEST_MESSAGE:,} characters"
NOTHINGS = frozenset({"null", "NaN", "nan", "na", "None", "undefined"})
MARK = "\ufeff"
MARK_REMOVED = "a byte order mark was removed"
UNWRAPPED = "the quotes around the whole body were removed"
WRAPPED = re.compile(r'("+)([^"]+)\1')
NAME_END = re.compile(rb'"\s*:')


def read_body(body: bytes) -> Reading:
    """The body taken apart; never raises."""
    value = strict(body)
    if type(value) is dict and value:
        return Reading("json", value, source=body)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return Reading("text", {"text": body.decode("utf-8", "replace")}, problem=NOT_UTF8)
    if text.startswith(MARK):
        text = text.removeprefix(MARK)
        return _of_value(strict(text), text.strip(), (MARK_REMOVED,))
    return _of_value(value, text.strip(), ())


def strict(text: bytes | str) -> Any:
    """The JSON value; msgspec.UNSET where the text is not JSON to the letter."""
    try:
        return msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return msgspec.UNSET


def given_twice(source: bytes, names: int) -> str | None:
    """The problem of a name that JSON gives twice with different values, of which a decoder keeps one silently.

    ``names`` is how many were kept. Every name ends in a quote and a colon, so only a surplus of these has to be looked
    into.
    """
    if len(NAME_END.findall(source)) == names:
        return None
    found: list[str] = []

    def without_clash(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        found.extend(name for name, value in pairs if members[name] != value)
        return members

    json.loads(source.decode(), object_pairs_hook=without_clash)
    return f"{shown(found[0])} is given twice with different values" if found else None


def _of_value(value: Any, text: str, repairs: tuple[str, ...]) -> Reading:
    """The reading of a text that is this JSON value, or none (UNSET)."""
    if isinstance(value, str):
        return _of_value(strict(value), value.strip(), (*repairs, UNWRAPPED))
    if not isinstance(value, dict | list):
        return _of_text(text, repairs)
    fields = value if isinstance(value, dict) else {"items": value}
    form: Form = "json_repaired" if repairs else "json"
    return Reading(form, fields, repairs, None if value else NO_FIELDS, source=text.encode())


def _of_text(text: str, repairs: tuple[str, ...]) -> Reading:
    if not text:
        return Reading("empty", {}, repairs, EMPTY)
    if text in NOTHINGS or len(text) > LONGEST_MESSAGE:
        problem = ONLY_NOTHING.format(text) if text in NOTHINGS else TOO_LONG
        return Reading("text", {"text": text}, repairs, problem)
    if match := WRAPPED.fullmatch(text):
        return _of_value(strict(match[2]), match[2].strip(), (*repairs, UNWRAPPED))
    if looks_like_json(text):
        return _almost_json(text, repairs)
    reading = read_plain(text)
    return structs.replace(reading, repairs=(*repairs, *reading.repairs))


def _almost_json(text: str, repairs: tuple[str, ...]) -> Reading:
    try:
        found = read_lenient(text)
    except Unreadable as refusal:
        return Reading("text", {"text": text}, repairs, f"it looks like JSON, but {refusal}")
    fields = found.value if isinstance(found.value, dict) else {"items": found.value}
    return Reading("json_repaired", fields, (*repairs, *found.repairs), found.problem if fields else NO_FIELDS)
