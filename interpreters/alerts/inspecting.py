"""One walk over everything a body carries: what no store, no picture and no person could make sense of."""

from __future__ import annotations

import math
from typing import Any

from msgspec import Struct, field

from interpreters.alerts.placeholders import placeholders_in

DEEPEST = 32
LEAST, MOST = -(2**63), 2**63 - 1


class Findings(Struct):
    """What the walk came across: places by the nearest field's name, and the number of names."""

    names: int = 0
    placeholders: list[str] = field(default_factory=list)
    blank: list[str] = field(default_factory=list)
    huge: list[str] = field(default_factory=list)
    nul: bool = False
    deep: bool = False

    @property
    def unkept(self) -> bool:
        """Whether the fields hold what must not leave here."""
        return self.nul or self.deep


def inspect(fields: dict[str, Any]) -> Findings:
    """The findings in plain JSON values of any depth."""
    found = Findings()
    _look_into(fields, "", 1, found)
    return found


def _look_into(value: Any, name: str, depth: int, found: Findings) -> None:
    kind = type(value)
    if kind is str:
        _look_at_text(value, found)
    elif kind is dict:
        _look_at_members(value, depth, found)
    elif kind is list:
        _look_at_entries(value, name, depth, found)
    elif kind is int and not LEAST <= value <= MOST:
        found.huge.append(name)
    elif kind is float and not math.isfinite(value):
        found.blank.append(name)


def _look_at_entries(entries: list[Any], name: str, depth: int, found: Findings) -> None:
    found.deep = found.deep or depth > DEEPEST
    for entry in () if found.deep else entries:
        _look_into(entry, name, depth + 1, found)


def _look_at_members(record: dict[str, Any], depth: int, found: Findings) -> None:
    found.names += len(record)
    found.deep = found.deep or depth > DEEPEST
    for name, value in () if found.deep else record.items():
        _look_at_text(name, found)
        _look_into(value, name, depth + 1, found)


def _look_at_text(text: str, found: Findings) -> None:
    if "{{" in text:
        found.placeholders += placeholders_in(text)
    if "\0" in text:
        found.nul = True


def kept(value: Any) -> Any:
    """The value as it can be stored anywhere: null for NaN and the infinities, text for integers beyond 64 bits."""
    kind = type(value)
    if kind is dict:
        return {name: kept(entry) for name, entry in value.items()}
    if kind is list:
        return [kept(entry) for entry in value]
    if kind is int and not LEAST <= value <= MOST:
        return str(value)
    return None if kind is float and not math.isfinite(value) else value
