"""JSON values taken without trust: each function gives the value meant, or None (an empty container) if it is not."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime
from typing import Any

# What was repaired or set aside while reading, and how often.
Notes = Counter[str]

MILLISECONDS = "a time in milliseconds was divided by 1000"
# Seconds reach this in the year 5138; milliseconds passed it in March 1973.
LATEST_SECOND = 100_000_000_000


def number(value: object) -> float | None:
    """A finite number or a numeric string; a boolean is not a number."""
    if isinstance(value, bool) or not isinstance(value, float | int | str):
        return None
    if isinstance(value, str) and ("_" in value or len(value) > 40):
        return None
    try:
        result = float(value)
    except (ValueError, OverflowError):
        return None
    return result if math.isfinite(result) else None


def positive(value: object) -> float | None:
    """A number above zero."""
    result = number(value)
    return result if result is not None and result > 0 else None


def whole(value: object) -> int | None:
    """A number without a fraction."""
    result = number(value)
    return int(result) if result is not None and result.is_integer() else None


def moment(value: object, notes: Notes) -> int | None:
    """UNIX seconds of a time in seconds, in milliseconds, or in ISO 8601 (UTC where it names no zone)."""
    result = number(value)
    if result is None:
        return _calendar_moment(value)
    if abs(result) > LATEST_SECOND:
        result /= 1000
        if abs(result) > LATEST_SECOND:
            return None
        notes[MILLISECONDS] += 1
    return math.floor(result)


def _calendar_moment(value: object) -> int | None:
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value)
        return math.floor((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None


def string(value: object) -> str | None:
    """A string with something in it."""
    return value if isinstance(value, str) and value.strip() else None


def name(value: object) -> str | None:
    """A string, or a whole number written as one: exporters give ids as either."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < LATEST_SECOND**2 else None
    return string(value)


def record(value: object) -> dict[str, Any]:
    """A JSON object."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """A JSON array, or the values of an object that stands for one (``{"0": …, "1": …}``)."""
    if isinstance(value, list):
        return value
    return list(value.values()) if isinstance(value, dict) else []


def first(source: dict[str, Any], *keys: str) -> Any:
    """The value of the first key that holds something other than null."""
    for key in keys:
        value = source.get(key)
        if value is not None:
            return value
    return None
