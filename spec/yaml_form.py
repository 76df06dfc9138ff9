"""YAML in one normal form for people, and reading it back without surprises.

Writing: block style, two spaces, keys in the order given, strings plain only where no YAML version could read them
as anything else and otherwise double-quoted as in JSON, floats with a dot and a signed exponent (``1.0e-08``). Only
under the key ``source`` a text of several lines stands as a literal block (``|``), where that keeps every byte of it.
Reading: only true, false, null and decimal numbers are not strings (``on``, ``12:30`` and dates stay text); a
repeated key, an alias, a tag or a number beyond the floats is an error instead of a silent choice.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

import yaml

INDENT = "  "
DEEPEST = 100  # levels; the parser under PyYAML recurses in C and would end the process, not raise
LONGEST_KEY = 1024  # characters, quotes included: YAML's own limit for a key written in one line
PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./@-]*(?: [A-Za-z0-9_./@-]+)*")
RESERVED = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf"})
UNPRINTABLE = re.compile("[\x7f-\xa0\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff]")
BLOCK_KEY = "source"
BLOCK = re.compile(r"[^\s\0-\x1f](?:[^\0-\x08\x0b-\x1f]*[^\0-\x08\x0a-\x1f])?\n")  # begins and ends as a block can
HALF_A_PAIR = re.compile("[\ud800-\udfff]")


class BadYaml(ValueError):
    """The text is no YAML that can be read: one sentence says where."""


def dump(value: Any) -> str:
    """The normal form of builtins (dicts with string keys, lists, strings, finite numbers, booleans, None).

    Raises ValueError for what no YAML file can hold: NaN, infinity, half a surrogate pair, a key over 1024 characters.
    """
    if isinstance(value, dict | list) and value:
        return "".join(line + "\n" for line in _block(value, ""))
    return _scalar(value) + "\n"


def _block(value: dict[str, Any] | list[Any], indent: str) -> list[str]:
    if isinstance(value, dict):
        return [line for key, item in value.items() for line in _entry(f"{_key(key)}:", item, indent)]
    return [line for item in value for line in _element(item, indent)]


def _entry(head: str, item: Any, indent: str) -> list[str]:
    if isinstance(item, dict) and item:
        return [indent + head, *_block(item, indent + INDENT)]
    if isinstance(item, list) and item and not _flat(item):
        return [indent + head, *_block(item, indent)]
    if head == f"{BLOCK_KEY}:" and isinstance(item, str) and _is_block(item):
        return [f"{indent}{head} |", *(indent + INDENT + line if line else "" for line in item[:-1].split("\n"))]
    return [f"{indent}{head} {_scalar(item)}"]


def _is_block(text: str) -> bool:
    """Whether a literal block holds the text as it is: printable lines, the first neither empty nor indented."""
    return bool(BLOCK.fullmatch(text)) and not (UNPRINTABLE.search(text) or HALF_A_PAIR.search(text))


def _element(item: Any, indent: str) -> list[str]:
    if isinstance(item, dict | list) and item and not _flat(item):
        inner = _block(item, indent + INDENT)
        return [f"{indent}- {inner[0].lstrip()}", *inner[1:]]
    return [f"{indent}- {_scalar(item)}"]


def _flat(value: Any) -> bool:
    """Whether a list is short enough for one line: a few numbers or plain words."""
    return isinstance(value, list) and all(not isinstance(item, dict | list) for item in value)


def _scalar(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return _float(value)
        case str():
            return _string(value)
        case list():
            return "[" + ", ".join(_scalar(item) for item in value) + "]"
        case dict() if not value:
            return "{}"
        case _:
            msg = f"{type(value).__name__} has no normal form"
            raise TypeError(msg)


def _float(value: float) -> str:
    if not math.isfinite(value):
        msg = f"{value!r} is no finite number"
        raise ValueError(msg)
    text = repr(value)
    return text.replace("e", ".0e") if "e" in text and "." not in text else text


def _key(text: str) -> str:
    written = _string(text)
    if len(written) > LONGEST_KEY:
        msg = f"the key {text[:20]}… is {len(text)} characters long; YAML ends at {LONGEST_KEY}"
        raise ValueError(msg)
    return written


def _string(text: str) -> str:
    if HALF_A_PAIR.search(text):
        msg = f"the text {text[:20]!r} holds half a surrogate pair, which is no character"
        raise ValueError(msg)
    if PLAIN.fullmatch(text) and text.lower() not in RESERVED:
        return text
    return UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """PyYAML's safe loader with the few scalars named above and no silent choices."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own shape


def _resolve(tag: str, pattern: str, first: str) -> None:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(rf"^(?:{pattern})$"), list(first))


_resolve("bool", "true|false", "tf")
_resolve("null", "null|~|", "n~\0")
_resolve("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789")
_resolve("float", r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?", "-+.0123456789")


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} is no text", key_node.start_mark)
        if key in result:
            problem = f"the key {key} stands twice"
            raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
        result[key] = loader.construct_object(value_node, deep=True)
    return result


def _number(loader: Any, node: yaml.ScalarNode) -> int | float:
    text = loader.construct_scalar(node)
    if len(text) > 400:  # past any finite float; int() would refuse it in its own words
        raise yaml.constructor.ConstructorError(None, None, "a number has too many digits", node.start_mark)
    number = int(text) if node.tag.endswith("int") else float(text)
    if number in {math.inf, -math.inf}:
        raise yaml.constructor.ConstructorError(None, None, f"the number {text} is too large", node.start_mark)
    return number


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Loader.add_constructor("tag:yaml.org,2002:int", _number)
_Loader.add_constructor("tag:yaml.org,2002:float", _number)


def load(raw: bytes) -> Any:
    """Builtins of one YAML (or JSON) document in UTF-8; raises BadYaml."""
    try:
        text = raw.decode("utf-8-sig")
        _check_events(text)
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, see above
    except UnicodeDecodeError:
        msg = "it is not UTF-8 text"
        raise BadYaml(msg) from None
    except yaml.YAMLError as error:
        raise BadYaml(_sentence(error)) from None


def _check_events(text: str) -> None:
    """Raise BadYaml on aliases, tags and deep nesting before anything is built of them."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            raise BadYaml(_at("it uses a YAML alias (*name); write the value out instead", event.start_mark))
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise BadYaml(_at(f"it uses the YAML tag {tag}; leave it out", event.start_mark))
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise BadYaml(_at("it is nested too deeply", event.start_mark))


def _sentence(error: yaml.YAMLError) -> str:
    said = [getattr(error, part, None) for part in ("context", "problem", "reason")]
    problem = ", ".join(str(part) for part in said if part)
    mark = getattr(error, "problem_mark", None)
    return _at(problem, mark) if mark else problem


def _at(problem: str, mark: Any) -> str:
    return f"{problem} (line {mark.line + 1}, column {mark.column + 1})"
