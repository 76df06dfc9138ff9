"""What a person reads in blocks, and what can be pressed there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.slack.fits import objects, texts

if TYPE_CHECKING:
    from server.slack.message import Message


def said(made: Message) -> str:
    """All texts of a message, in order."""
    return "\n".join(one["text"] for one in texts(list(made.blocks)))


def buttons(tree: Any) -> dict[str, dict[str, Any]]:
    """Buttons by their words."""
    return {one["text"]["text"]: one for one in objects(tree) if one.get("type") == "button"}


def menus(tree: Any) -> list[dict[str, Any]]:
    return [one for one in objects(tree) if one.get("type") == "static_select"]


def images(made: Message) -> list[dict[str, Any]]:
    return [one for one in made.blocks if one["type"] == "image"]
