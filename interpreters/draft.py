"""The draft: what was read, what is still to be asked, and what each answer changes; and freezing it.

A draft is plain data that a person may edit. A choice carries its consequences as ``set`` (pointer → value) and
``drop`` (pointers) into ``strategies``, so that freezing needs neither candles nor the export.
"""

from __future__ import annotations

import copy
from typing import Any, Literal

from msgspec import Struct

Data = dict[str, Any]


class Choice(Struct, frozen=True, forbid_unknown_fields=True):
    """One answer: its id, its words, and what it changes."""

    id: str
    text: str
    set: dict[str, Any] = {}
    drop: tuple[str, ...] = ()


class Free(Struct, frozen=True, forbid_unknown_fields=True):
    """A value that may be given instead of a choice, and the pointers that take it."""

    form: Literal["price", "tick", "market", "timeframe"]
    at: tuple[str, ...]


class Question(Struct, frozen=True, forbid_unknown_fields=True):
    """What a person has to decide: at least one choice, the likeliest first; ``answer`` is None while it is open.

    ``strategies`` are those that wait for it. One that is ``trade_only`` does not matter to a watch.
    """

    id: str
    text: str
    strategies: tuple[str, ...]
    choices: tuple[Choice, ...]
    drawing: str | None = None
    free: Free | None = None
    answer: str | None = None
    trade_only: bool = False


def changes(before: Any, after: Any, at: str = "") -> tuple[Data, list[str]]:
    """What turns one tree of plain data into another: values to set and pointers to drop (RFC 6901 pointers)."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return ({} if before == after and type(before) is type(after) else {at: after}), []
    to_set: Data = {}
    drop = [f"{at}/{_escaped(key)}" for key in before if key not in after]
    for key, value in after.items():
        here = f"{at}/{_escaped(key)}"
        if key not in before:
            to_set[here] = value
        else:
            inner, gone = changes(before[key], value, here)
            to_set.update(inner)
            drop += gone
    return to_set, drop


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def changed(tree: Data, to_set: Data, drop: tuple[str, ...]) -> Data:
    """A copy of the tree with values set and pointers dropped; raises KeyError where a pointer leads nowhere."""
    result = copy.deepcopy(tree)
    for pointer in drop:
        parent, key = _find(result, pointer)
        parent.pop(key, None)
    for pointer, value in to_set.items():
        parent, key = _find(result, pointer)
        parent[key] = copy.deepcopy(value)
    return result


def _find(tree: Data, pointer: str) -> tuple[Data, str]:
    *path, last = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    for key in path:
        tree = tree[key]
        if not isinstance(tree, dict):
            raise KeyError(pointer)
    return tree, last
