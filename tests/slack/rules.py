"""The kinds of values in Block Kit, and what is wrong with one, in Slack's words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True)
class Words:
    """A text object."""

    longest: int
    plain: bool = False


@dataclass(frozen=True)
class Line:
    """A string; ``among``: the only ones allowed."""

    longest: int
    among: tuple[str, ...] = ()


@dataclass(frozen=True)
class Many:
    """An array."""

    of: Rule
    most: int
    least: int = 1


@dataclass(frozen=True)
class One:
    """An object whose ``type`` is in a table of shapes."""

    shapes: Mapping[str, Shape]


@dataclass(frozen=True)
class Number:
    least: int
    most: int


@dataclass(frozen=True)
class Flag:
    pass


@dataclass(frozen=True)
class Whatever:
    """Passed as it is: nothing here makes such values."""


@dataclass(frozen=True)
class Shape:
    """An object: what its keys hold; of ``either`` exactly one has to be there (``both``: one at least)."""

    keys: Mapping[str, Rule]
    required: tuple[str, ...] = ()
    either: tuple[str, ...] = ()
    both: bool = field(default=False)


Rule = Words | Line | Many | One | Number | Flag | Whatever | Shape


def fault(words: str, pointer: str) -> str:
    return f"{words} [json-pointer:{pointer}]"


def faults(rule: Rule, value: Any, pointer: str) -> Iterator[str]:
    match rule:
        case Words():
            yield from in_words(rule, value, pointer)
        case Line():
            yield from in_line(rule, value, pointer)
        case Many():
            yield from in_many(rule, value, pointer)
        case One():
            yield from in_one(rule, value, pointer)
        case Shape():
            yield from in_shape(rule, value, pointer)
        case Number() | Flag():
            yield from in_scalar(rule, value, pointer)
        case Whatever():
            return


def in_one(rule: One, value: Any, pointer: str) -> Iterator[str]:
    kind = str(value.get("type")) if isinstance(value, dict) else "None"
    if kind in rule.shapes:
        yield from in_shape(rule.shapes[kind], value, pointer)
    else:
        yield fault(f"unsupported type: {kind}", f"{pointer}/type")


def in_words(rule: Words, value: Any, pointer: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield fault("must provide an object", pointer)
        return
    kind, text = value.get("type"), value.get("text")
    found = []
    if kind not in ({"plain_text"} if rule.plain else {"plain_text", "mrkdwn"}):
        found.append(fault(f"unsupported type: {kind}", f"{pointer}/type"))
    extra = set(value) - {"type", "text", "emoji" if kind == "plain_text" else "verbatim"}
    found += [fault(f"invalid additional property: {key}", pointer) for key in sorted(extra)]
    found += in_line(Line(rule.longest), text, f"{pointer}/text")
    if found:
        yield fault("failed to match all allowed schemas", pointer)
        yield from found


def in_line(rule: Line, value: Any, pointer: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield fault("must provide a string", pointer)
    elif not value:
        yield fault("must be more than 0 characters", pointer)
    elif len(value) > rule.longest:
        yield fault(f"must be less than {rule.longest + 1} characters", pointer)
    elif rule.among and value not in rule.among:
        yield fault("must be a valid enum value", pointer)


def in_scalar(rule: Number | Flag, value: Any, pointer: str) -> Iterator[str]:
    if isinstance(rule, Flag):
        if not isinstance(value, bool):
            yield fault("must provide a boolean", pointer)
    elif not isinstance(value, int) or isinstance(value, bool):
        yield fault("must provide an integer", pointer)
    elif not rule.least <= value <= rule.most:
        yield fault(f"must be between {rule.least} and {rule.most}", pointer)


def in_many(rule: Many, value: Any, pointer: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield fault("must provide an array", pointer)
        return
    if len(value) > rule.most:
        yield fault(f"no more than {rule.most} items allowed", pointer)
    if len(value) < rule.least:
        yield fault(f"no less than {rule.least} items allowed" if value else "must not be empty", pointer)
    for number, one in enumerate(value):
        yield from faults(rule.of, one, f"{pointer}/{number}")


def in_shape(rule: Shape, value: Any, pointer: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield fault("must provide an object", pointer)
        return
    there = {key for key, one in value.items() if one is not None}
    for key in rule.required:
        if key not in there:
            yield fault(f"missing required field: {key}", pointer)
    given = there & set(rule.either)
    if rule.either and (not given or (len(given) > 1 and not rule.both)):
        yield fault(f"must provide {'at least' if rule.both else 'exactly'} one of {', '.join(rule.either)}", pointer)
    for key in sorted(there - {"type"}):
        if key in rule.keys:
            yield from faults(rule.keys[key], value[key], f"{pointer}/{key}")
        else:
            yield fault(f"invalid additional property: {key}", pointer)
