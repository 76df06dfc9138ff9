"""The draft: what was read, what is still to be asked, and what a person changed in it.

A draft is plain data. Its strategies may be edited and its questions answered; what else it carries is the basis from
which freezing builds it again.
"""

from __future__ import annotations

import copy
from functools import reduce
from typing import Any, Literal

from msgspec import Struct

Data = dict[str, Any]
NOTHING = object()  # what stands where a tree has no place
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
    old, new = _keyed(before), _keyed(after)
    longer = isinstance(before, list) and len(before) != len(new or {})
    if old is None or new is None or longer or type(before) is not type(after):
        return [] if _same(before, after) else [Edit(at, after)]
    found = [Edit(f"{at}/{_escaped(key)}", gone=True) for key in old if key not in new]
    for key, value in new.items():
        here = f"{at}/{_escaped(key)}"
        found += edits(old[key], value, here) if key in old else [Edit(here, value)]
    return found


def edited(tree: Data, before: Data, made: list[Edit]) -> Data:
    """The tree with the edits that a person made to ``before``.

    Raises BadDraft where the tree is not what the person saw: an answer changed the same place in another way.
    """
    result = copy.deepcopy(tree)
    for edit in made:
        *steps, last = _steps(edit.at)
        parent: Any = reduce(_child, steps, result)
        now = _at(result, edit.at)
        if _keyed(parent) is None or not (_same_edit(now, edit) or _same_edit(now, _at(before, edit.at))):
            msg = f"the draft was edited at {edit.at}, which an answer changes too; undo the edit, or answer otherwise"
            raise BadDraft(msg)
        if isinstance(parent, list):
            parent[int(last)] = copy.deepcopy(edit.value)
        elif edit.gone:
            parent.pop(last, None)
        else:
            parent[last] = copy.deepcopy(edit.value)
    return result


def _at(tree: Data, pointer: str) -> Edit:
    """What stands at a place."""
    found = reduce(_child, _steps(pointer), tree)
    return Edit(pointer, gone=True) if found is NOTHING else Edit(pointer, found)


def _child(tree: Any, key: str) -> Any:
    return (_keyed(tree) or {}).get(key, NOTHING)


def _keyed(tree: Any) -> Data | None:
    """A dict, or a list as one by place; None for anything else."""
    match tree:
        case dict():
            return tree
        case list():
            return {str(place): item for place, item in enumerate(tree)}
        case _:
            return None


def _same_edit(one: Edit, other: Edit) -> bool:
    return one.gone == other.gone and _same(one.value, other.value)


def _same(one: Any, other: Any) -> bool:
    old, new = _keyed(one), _keyed(other)
    if old is not None and new is not None and isinstance(one, dict) == isinstance(other, dict):
        return old.keys() == new.keys() and all(_same(old[key], new[key]) for key in old)
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _steps(pointer: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
