"""Whether blocks fit Slack's limits, however it counts, and whether anything in them is active that is not ours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.slack.limits import faults_of

if TYPE_CHECKING:
    from collections.abc import Iterator

OURS = re.compile(r"<https?://[^<>|\s]+\|[^<>]+>")


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


def misfits(tree: Any) -> list[str]:
    """What Slack would refuse in a message's blocks or in a view, also if it counts UTF-16 units."""
    return faults_of(tree) or faults_of(_spelled_out(tree))


def _spelled_out(tree: Any) -> Any:
    """The same with a letter for each UTF-16 unit."""
    if isinstance(tree, str):
        return "".join(letter if letter <= "\uffff" else "xx" for letter in tree)
    if isinstance(tree, dict):
        return {name: _spelled_out(one) for name, one in tree.items()}
    return [_spelled_out(one) for one in tree] if isinstance(tree, list | tuple) else tree


def active(tree: Any) -> list[str]:
    """Texts in which something is active that is not a link of ours."""
    marked = [one["text"] for one in texts(tree) if one.get("type") == "mrkdwn"]
    return [text for text in marked if re.search(r"[<>]|@\w|://|\u202e", OURS.sub("", text))]
