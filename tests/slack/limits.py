"""What Slack would refuse in blocks or in a view: pure, so that any test may hold its blocks against it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.slack.rules import Many, One, fault, faults
from tests.slack.shapes import BLOCK_TEXTS, BLOCKS, MESSAGE_BLOCKS, VIEWS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Wire = dict[str, Any]
NO_INITIALS = {"private_metadata", "callback_id", "external_id"}  # of a view: empty ones are taken


def faults_of(shown: Sequence[Wire] | Wire) -> list[str]:
    """Slack's words on a message's blocks or on a view, each with its JSON pointer; none: it would be taken."""
    if isinstance(shown, dict):
        return _in_view(shown)
    found = in_blocks(list(shown), "/blocks")
    if not found and texts_of(shown) > BLOCK_TEXTS:
        found.append(fault(f"msg_blocks_too_long: no more than {BLOCK_TEXTS} characters in all", "/blocks"))
    return found


def in_blocks(blocks: Any, pointer: str) -> list[str]:
    """A message's blocks, or those of an attachment, one by one."""
    found = list(faults(Many(One(BLOCKS), MESSAGE_BLOCKS, least=0), blocks, pointer))
    return found or list(_together(blocks, pointer))


def texts_of(shown: Any) -> int:
    """Characters in all texts under some blocks, as chat.postMessage seems to count them."""
    if isinstance(shown, dict):
        return sum(len(one) if key == "text" and isinstance(one, str) else texts_of(one) for key, one in shown.items())
    return sum(map(texts_of, shown)) if isinstance(shown, list | tuple) else 0


def elements_of(block: Wire) -> list[Wire]:
    """The elements of a block that can be used, in their order."""
    among = [*block.get("elements", ()), block.get("accessory"), block.get("element")]
    passive = {"image", "plain_text", "mrkdwn"}
    if block["type"] in {"rich_text", "context"}:
        return []
    return [one for one in among if one and one["type"] not in passive]


def options_of(element: Wire) -> list[Wire]:
    return [
        *element.get("options", ()),
        *(one for group in element.get("option_groups", ()) for one in group["options"]),
    ]


def _in_view(view: Wire) -> list[str]:
    written = {key: one for key, one in view.items() if one != "" or key not in NO_INITIALS}
    found = list(faults(One(VIEWS), written, "/view"))
    if found:
        return [fault("failed to match all allowed schemas", "/view"), *found]
    asks = any(block["type"] == "input" for block in view["blocks"])
    if view["type"] == "modal" and asks and not view.get("submit"):
        found.append(fault("missing required field: submit", "/view"))
    return found + list(_together(view["blocks"], "/view/blocks"))


def _together(blocks: list[Wire], pointer: str) -> Iterator[str]:
    """What is wrong between blocks and elements that are right by themselves."""
    ids = [block.get("block_id") for block in blocks]
    for number, block in enumerate(blocks):
        if ids[number] and ids[number] in ids[:number]:
            yield fault("block_id already exists", f"{pointer}/{number}/block_id")
        names: set[str] = set()
        for one in elements_of(block):
            if one.get("action_id") in names:
                yield fault("action_id already exists", f"{pointer}/{number}")
            names.add(one.get("action_id", f"unnamed {len(names)}"))
            yield from _initials(one, f"{pointer}/{number}")


def _initials(element: Wire, pointer: str) -> Iterator[str]:
    given = [*filter(None, [element.get("initial_option")]), *element.get("initial_options", ())]
    if "options" not in element and "option_groups" not in element:
        return
    if any(one not in options_of(element) for one in given):
        yield fault("initial_option must exactly match one of the options", pointer)
    if len({one["value"] for one in options_of(element)}) < len(options_of(element)):
        yield fault("option values must be unique", pointer)
