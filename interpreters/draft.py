"""The draft: what was read, what is still to be asked, and what a person changed in it.

A draft is plain data. Its strategies may be edited and its questions answered; what else it carries is the basis from
which freezing builds it again.
"""

from __future__ import annotations

import copy
from typing import Any, Literal

from msgspec import Struct

Data = dict[str, Any]
Form = Literal["price", "tick", "market", "timeframe"]


class BadDraft(ValueError):
    """The draft or an answer cannot be used: one sentence says what to change."""


class Choice(Struct, frozen=True):
    """One answer: its id and its words."""

    id: str
    text: str


class Free(Struct, frozen=True):
    """What kind of value may be given instead of a choice."""

    form: Form


class Question(Struct, frozen=True, omit_defaults=True):
    """What a person has to decide: at least one choice, the likeliest first; ``answer`` is None while it is open.

    ``strategies`` are those that wait for it.
    """

    id: str
    text: str
    strategies: tuple[str, ...]
    choices: tuple[Choice, ...]
    answer: str | int | float | None
    drawing: str | None = None
    free: Free | None = None


class Edit(Struct, frozen=True):
    """A place in a tree of plain data (an RFC 6901 pointer), and what stands there; ``gone`` if nothing does."""

    at: str
    value: Any = None
    gone: bool = False


def edits(before: Any, after: Any, at: str = "") -> list[Edit]:
    """What turns one tree of plain data into another; 1 and 1.0 are one value, true is another."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return [] if _same(before, after) else [Edit(at, after)]
    found = [Edit(f"{at}/{_escaped(key)}", gone=True) for key in before if key not in after]
    for key, value in after.items():
        here = f"{at}/{_escaped(key)}"
        found += edits(before[key], value, here) if key in before else [Edit(here, value)]
    return found


def edited(tree: Data, before: Data, made: list[Edit]) -> Data:
    """The tree with the edits that a person made to ``before``.

    Raises BadDraft where the tree is not what the person saw: an answer changed the same place in another way.
    """
    result = copy.deepcopy(tree)
    for edit in made:
        parent, key = _find(result, edit.at)
        seen, now = _find(before, edit.at), Edit(edit.at, parent.get(key), gone=key not in parent)
        if not any(_same_edit(now, one) for one in (edit, Edit(edit.at, seen[0].get(key), gone=key not in seen[0]))):
            raise BadDraft(_changed_twice(edit.at))
        if edit.gone:
            parent.pop(key, None)
        else:
            parent[key] = copy.deepcopy(edit.value)
    return result


def _same_edit(one: Edit, other: Edit) -> bool:
    return one.gone == other.gone and _same(one.value, other.value)


def _same(one: Any, other: Any) -> bool:
    match one, other:
        case dict(), dict():
            return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
        case list(), list():
            return len(one) == len(other) and all(map(_same, one, other))
        case _:
            return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _find(tree: Data, pointer: str) -> tuple[Data, str]:
    """What holds a place and the key of it; raises BadDraft where the way there is cut off."""
    *path, last = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    for key in path:
        inner = tree.get(key)
        if not isinstance(inner, dict):
            raise BadDraft(_changed_twice(pointer))
        tree = inner
    return tree, last


def _changed_twice(pointer: str) -> str:
    return f"the draft was edited at {pointer}, which an answer changes too; undo the edit, or answer otherwise"


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
