"""Whether blocks fit Slack's documented limits, and whether anything in them is active that is not ours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

# What each object may hold, by its type: (path, most units) of docs.slack.dev/reference/block-kit and /views.
LIMITS: dict[str, list[tuple[str, int]]] = {
    "header": [("text.text", 150)],
    "section": [("text.text", 3_000)],
    "image": [("alt_text", 2_000)],
    "actions": [("elements", 25)],
    "context": [("elements", 10)],
    "button": [("text.text", 75), ("value", 2_000), ("confirm.title.text", 100), ("confirm.text.text", 300)],
    "static_select": [("options", 100), ("placeholder.text", 150)],
    "input": [("label.text", 2_000), ("hint.text", 2_000)],
    "modal": [("title.text", 24), ("submit.text", 24), ("blocks", 100), ("private_metadata", 3_000)],
    "home": [("blocks", 100)],
}
OURS = re.compile(r"<https?://[^<>|\s]+\|[^<>]+>")
UNITS = 9_597  # of all texts of a message


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def objects(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object in a tree."""
    if isinstance(tree, dict):
        yield tree
        tree = list(tree.values())
    if isinstance(tree, list | tuple):
        for one in tree:
            yield from objects(one)


def texts(tree: Any) -> list[dict[str, Any]]:
    return [one for one in objects(tree) if isinstance(one.get("text"), str)]


def _at(tree: dict[str, Any], path: str) -> Any:
    found: Any = tree
    for key in path.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    return found


def misfits(tree: Any) -> list[str]:
    """What does not fit in a message's blocks or in a view."""
    found = []
    for one in objects(tree):
        for path, most in LIMITS.get(one.get("type", ""), []):
            value = _at(one, path)
            length = units(value) if isinstance(value, str) else len(value or ())
            if length > most:
                found.append(f"{one['type']} {path}: {length} > {most}")
        for key, most in (("block_id", 255), ("action_id", 255)):
            if len(one.get(key, "")) > most:
                found.append(f"{key}: {len(one[key])}")
    found += [f"option {one}" for one in objects(tree) if "value" in one and "action_id" not in one and _long(one)]
    found += [f"empty {one}" for one in texts(tree) if not one["text"]]
    if isinstance(tree, list | tuple):
        found += [f"{len(tree)} blocks"] if len(tree) > 50 else []
        found += [f"{sum(units(one['text']) for one in texts(tree))} units"] if _total(tree) > UNITS else []
    ids = [one["block_id"] for one in objects(tree) if one.get("block_id")]
    return found + ([f"block ids {ids}"] if len(set(ids)) < len(ids) else [])


def _total(tree: Any) -> int:
    return sum(units(one["text"]) for one in texts(tree))


def _long(option: dict[str, Any]) -> bool:
    return len(option["value"]) > 150 or units(option["text"]["text"]) > 75


def active(tree: Any) -> list[str]:
    """Texts in which something is active that is not a link of ours."""
    marked = [one["text"] for one in texts(tree) if one.get("type") == "mrkdwn"]
    return [text for text in marked if re.search(r"[<>]|@\w|://|\u202e", OURS.sub("", text))]
