"""Messages and their blocks, within Slack's documented limits (https://docs.slack.dev/reference/block-kit/blocks).

A message's text is what a notification says; its blocks are what is seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    HeaderBlock,
    ImageBlock,
    InteractiveElement,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)
from slack_sdk.models.blocks.basic_components import SlackFile

from server.slack.text import counted, cut, parts_of, plain, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SECTION = 3_000
HEADER = 150
ALT = 2_000
NOTICE = 400  # of a notification
MOST_BLOCKS = 50
MOST_UNITS = 9_500  # of all texts of a message, undocumented: 9,597 were taken, 11,341 not (slackapi/bolt-js#2867)
BUTTON = 75
VALUE = 2_000
LINE = 600  # of a list
REST = 300  # kept free in a list for what says how many more there are
SMALL = 1_500  # of a line in small print


class Message(Struct, frozen=True):
    """One message as it is posted."""

    text: str
    blocks: tuple[dict[str, Any], ...]


def message(text: str, blocks: Iterable[Block]) -> Message:
    """A message of blocks, each checked by Slack's own library; raises SlackObjectFormationError."""
    return Message(cut(text, NOTICE), tuple(block.to_dict() for block in blocks))


def mrkdwn(text: str, limit: int = SECTION) -> MarkdownTextObject:
    """Formatted text, in which plain text is left as it is: no link, no mention is made of it."""
    return MarkdownTextObject(text=cut(text, limit), verbatim=True)


def plain_text(text: str, limit: int) -> PlainTextObject:
    """Text as it is; Slack wants at least one letter."""
    return PlainTextObject(text=plain(text, limit) or "\u2013", emoji=False)


def header(text: str) -> HeaderBlock:
    """A headline."""
    return HeaderBlock(text=plain_text(text, HEADER))


def section(text: str, accessory: InteractiveElement | None = None) -> SectionBlock:
    """A paragraph, with something to press beside it."""
    return SectionBlock(text=mrkdwn(text), accessory=accessory)


def context(text: str) -> ContextBlock:
    """A line in small print."""
    return ContextBlock(elements=[mrkdwn(text, SMALL)])


def image(file: str, alt: str) -> ImageBlock:
    """A picture that was uploaded."""
    return ImageBlock(slack_file=SlackFile(id=file), alt_text=plain(alt, ALT) or "chart")


def button(text: str, action: str, value: str, style: str | None = None, confirm: ConfirmObject | None = None) -> Any:
    """Something to press."""
    label = plain_text(text, BUTTON)
    return ButtonElement(text=label, action_id=action, value=cut(value, VALUE), style=style, confirm=confirm)


def confirm(title: str, text: str, yes: str) -> ConfirmObject:
    """What is asked before a button counts."""
    return ConfirmObject(
        title=plain_text(title, 100),
        text=plain_text(text, 300),
        confirm=plain_text(yes, 30),
        deny=plain_text("Cancel", 30),
    )


def actions(block: str, buttons: Sequence[InteractiveElement]) -> list[Block]:
    """A row of buttons; nothing where there are none."""
    return [ActionsBlock(block_id=block, elements=list(buttons))] if buttons else []


def units(blocks: Iterable[Block]) -> int:
    """How much text blocks hold, in all."""
    return sum(_units(block.to_dict()) for block in blocks)


def _units(tree: Any) -> int:
    match tree:
        case {"text": str(text)}:
            return size(text)
        case dict():
            return sum(map(_units, tree.values()))
        case list() | tuple():
            return sum(map(_units, tree))
        case _:
            return 0


def paged(parts: Iterable[list[Block]], beside: Sequence[Block] = ()) -> list[list[Block]]:
    """Parts that stay together, as the blocks of as few messages as they fit; each leaves room for what is beside."""
    most, room = MOST_BLOCKS - len(beside), MOST_UNITS - units(beside)
    pages: list[list[Block]] = [[]]
    used = 0
    for part in parts:
        more = units(part)
        if pages[-1] and (len(pages[-1]) + len(part) > most or used + more > room):
            pages.append([])
            used = 0
        pages[-1] += part
        used += more
    return pages


def listed(lines: Sequence[str], room: int, link: str) -> list[str]:
    """Lines as bullets, in texts that fit a section each and ``room`` units in all; the rest is counted."""
    texts, left = [""], room - REST
    for at, line in enumerate(lines):
        bullet = f"\u2022 {cut(line, LINE)}\n"
        left -= size(bullet)
        if left < 0:
            return [*texts[:-1], texts[-1] + rest_of(len(lines) - at, link)]
        if size(texts[-1]) + size(bullet) > SECTION - REST:
            texts.append("")
        texts[-1] += bullet
    return [text.rstrip() for text in texts if text]


def whole(lines: Sequence[str], room: int) -> list[str] | None:
    """Lines as bullets in full, in texts that fit a section each; None where they have no room.

    ``room`` is in units, in all.
    """
    bullets = [f"\u2022 {line}" for line in lines]
    if sum(size(bullet) + 1 for bullet in bullets) > room:
        return None
    texts = [""]
    for part in (part for bullet in bullets for part in parts_of(bullet, SECTION)):
        if size(texts[-1]) + size(part) + 1 > SECTION:
            texts.append("")
        texts[-1] = f"{texts[-1]}\n{part}" if texts[-1] else part
    return [text for text in texts if text]


def rest_of(number: int, link: str) -> str:
    """How many more there are, and where; nothing for none."""
    return f"\u2026 and {counted(number, 'more', 'more')}: {linked('in the inbox', link)}" if number > 0 else ""


def linked(words: str, address: str) -> str:
    """Words of ours that lead to a page of ours; the words alone where the address is not known."""
    return f"<{address}|{words}>" if address else words
