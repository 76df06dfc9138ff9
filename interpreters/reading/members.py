"""A JavaScript Map in JSON: an object, an array of ``[key, value]`` pairs, or an array of the values alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpreters.reading.values import name, record

if TYPE_CHECKING:
    from collections.abc import Iterator


def members(value: object) -> Iterator[tuple[str, Any]]:
    """Each member with its key; a value without a key of its own goes by its ``id``, or by an empty key."""
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        for entry in value:
            yield _pair(entry) if is_pair(entry) else (name(record(entry).get("id")) or "", entry)


def is_pair(entry: object) -> bool:
    """Whether it is ``[key, value]`` with a value that is an object or, for a deleted member, null."""
    if not isinstance(entry, list) or len(entry) != 2:
        return False
    return isinstance(entry[1], dict | None) and name(entry[0]) is not None


def _pair(entry: list[Any]) -> tuple[str, Any]:
    return name(entry[0]) or "", entry[1]
