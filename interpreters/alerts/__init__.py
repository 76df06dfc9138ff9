"""From the raw bytes of a webhook's body to what a trader can understand, and when two deliveries are one firing.

An alert is an event that people are shown, so whatever can be read is accepted. Parked is what is visibly broken or
incomplete: placeholders left in, an empty body, NaN as the price, a text whose repair would be a guess.
"""

from __future__ import annotations

from interpreters.alerts.alert import MAX_BYTES, Alert, Reading
from interpreters.alerts.decoding import given_twice, read_body
from interpreters.alerts.identity import duplicate_key, firing_id
from interpreters.alerts.inspecting import DEEPEST, Findings, inspect, kept
from interpreters.alerts.meaning import NOTHING, Meaning, meaning_of
from interpreters.alerts.names import listed, shown
from interpreters.alerts.placeholders import explained
from interpreters.alerts.redaction import redacted, secret_note

__all__ = ["MAX_BYTES", "Alert", "duplicate_key", "read_alert", "redacted"]

FORMS = {
    "json": "JSON",
    "json_repaired": "JSON",
    "key_value": "names and values",
    "csv": "cells between commas",
    "form": "a web form",
    "pipe": "cells between pipes",
    "command": "a bot command",
    "text": "text",
    "empty": "nothing",
}
LISTS = {"json", "json_repaired"}
TOO_LARGE = f"the body is larger than {MAX_BYTES // 1024} KiB; TradingView sends at most 160"
NUL = "the body holds a NUL character, which no message of TradingView does"
TOO_DEEP = f"the body nests deeper than {DEEPEST} levels"
BLANK_PRICE = "the price is NaN: the plot or series had no value on that bar"


def read_alert(body: bytes) -> Alert:
    """What a body says, accepted or parked with the reason; never raises."""
    reading = Reading("text", {}, problem=TOO_LARGE) if len(body) > MAX_BYTES else read_body(body)
    found = inspect(reading.fields)
    meaning = NOTHING if found.unkept else meaning_of(reading.fields, reading.sense)
    problem = _problem(reading, found, meaning)
    fields = {} if found.unkept else kept(reading.fields) if found.blank or found.huge else reading.fields
    blank = dict.fromkeys(f"NaN in {shown(name)} was read as null" for name in found.blank)
    repairs = (*reading.repairs, *blank)
    return Alert(
        form=reading.form,
        fields=fields,
        repairs=repairs,
        symbol=meaning.symbol,
        action=meaning.action,
        price=meaning.price,
        bar_time=meaning.bar_time,
        fired_at=meaning.fired_at,
        firing=firing_id(fields),
        told=meaning.told,
        status="parked" if problem else "accepted",
        reason=_reason(reading, repairs, problem, secret_note(fields)),
    )


def _problem(reading: Reading, found: Findings, meaning: Meaning) -> str | None:
    """The first thing that is visibly wrong, the likeliest cause of the others first."""
    if found.nul:
        return NUL
    if found.deep:
        return TOO_DEEP
    if found.placeholders:
        return explained(found.placeholders)
    if reading.problem:
        return reading.problem
    if found.huge:
        return f"{listed([shown(name) for name in found.huge])} is a number larger than any price or quantity"
    if meaning.blank_price:
        return BLANK_PRICE
    return given_twice(reading.source, found.names) if reading.source is not None else None


def _reason(reading: Reading, repairs: tuple[str, ...], problem: str | None, note: str | None) -> str:
    entries = reading.fields.get("items") if reading.form in LISTS and len(reading.fields) == 1 else None
    counted = f", a list of {len(entries)}" if isinstance(entries, list) else ""
    said = f"parked: {problem}" if problem else f"read as {FORMS[reading.form]}{counted}"
    if repairs and not problem:
        said += f" after {'a repair' if len(repairs) == 1 else f'{len(repairs)} repairs'}: {'; '.join(repairs[:3])}"
        said += f" and {len(repairs) - 3} more" if len(repairs) > 3 else ""
    return f"{said}; {note}" if note else said
