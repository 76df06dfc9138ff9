"""The open questions of an export as menus, one answer for all of a kind where there are several, and free values."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from slack_sdk.models.blocks import InputBlock, Option, PlainTextInputElement, StaticSelectElement
from slack_sdk.models.views import View

from interpreters.draft import Choice, Question
from server.slack.actions import ANSWER, ANSWER_ALL, FREE, FREE_VIEW
from server.slack.message import Message, actions, button, context, linked, message, paged, plain_text, section
from server.slack.text import counted, joined, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from slack_sdk.models.blocks import Block

MOST_OPTIONS = 100
OPTION = 75
OPTION_VALUE = 150
BLOCK_ID = 255
MOST_FREE = 200  # letters of a value of one's own
FORMS = {
    "price": "A price, such as 0.0957",
    "tick": "The market's smallest step of price, such as 0.01",
    "market": "A market, such as binance ETH/BTC",
    "timeframe": "A timeframe, such as 15m or 4h",
}


class Asking(Struct, frozen=True):
    """An export's open questions; ``link`` is where the inbox asks them."""

    export: str
    questions: tuple[Question, ...]
    link: str = ""


def question_messages(asking: Asking, beside: Sequence[Block] = ()) -> list[Message]:
    """All questions, in as few messages as they fit; each leaves room for what stands beside them."""
    groups = _kinds(asking.questions)
    parts = [part for some in groups for part in _asked(asking, some)]
    title = f"{counted(len(asking.questions), 'question')} about the export"
    pages = paged([[section(f":grey_question: *{title}*")], *parts, [context(_small(asking))]], beside)
    return [message(title, blocks) for blocks in pages]


def _small(asking: Asking) -> str:
    said = "Nothing is proposed before it is answered. The first choice is the likeliest."
    return joined(said, linked("in the inbox", asking.link) if asking.link else "")


def _kinds(questions: Iterable[Question]) -> list[list[Question]]:
    """Questions that ask the same with the same choices, together; in the order asked."""
    found: dict[Any, list[Question]] = {}
    for one in questions:
        kind = one.id.partition(".")[0], one.text, frozenset(choice.id for choice in one.choices)
        found.setdefault(kind, []).append(one)
    return list(found.values())


def _asked(asking: Asking, some: list[Question]) -> list[list[Block]]:
    """A kind's blocks, each list to stand in one message."""
    if len(some) == 1:
        return [[section(_text(asking, some[0], _drawing(some[0]) if some[0].drawing else "")), *_row(asking, some[0])]]
    first = some[0]
    menu = _menu(first, ANSWER_ALL, f"The same for all {len(some)}")
    ids = key_of(f"all {asking.export} {first.id}", BLOCK_ID)
    head = [section(_text(asking, first, _drawings(some))), *actions(ids, [menu])]
    return [head, *([section(_drawing(one)), *_row(asking, one)] for one in some)]


def _text(asking: Asking, one: Question, about: str) -> str:
    return "\n".join(filter(None, (f"*{shown(one.text, 700)}*", about, *_choices(one, asking.link))))


def _drawings(some: list[Question]) -> str:
    few = ", ".join(shown(one.drawing or one.id, 40) for one in some[:6])
    return f"{counted(len(some), 'drawing')}: {few}{f' and {len(some) - 6} more' if len(some) > 6 else ''}"


def _drawing(one: Question) -> str:
    return f"drawing {shown(one.drawing or one.id, 80)}"


def _choices(one: Question, link: str) -> list[str]:
    """The choices in full where a menu would cut them, and how many it has no room for."""
    few = one.choices[:6]
    long = any(len(choice.text) > OPTION for choice in few)
    lines = [f"\u2022 {shown(choice.text, 250)}" for choice in few] if long else []
    more = len(one.choices) - MOST_OPTIONS
    return [*lines, f"{more} more choices: {linked('in the inbox', link)}"] if more > 0 else lines


def _row(asking: Asking, one: Question) -> list[Block]:
    free = [button("A value of your own", FREE, key_of(f"{asking.export} {one.id}", 2_000))] if one.free else []
    return actions(key_of(f"one {asking.export} {one.id}", BLOCK_ID), [_menu(one, ANSWER, "Choose"), *free])


def _menu(one: Question, action: str, placeholder: str) -> StaticSelectElement:
    options = [option(choice) for choice in one.choices[:MOST_OPTIONS]]
    return StaticSelectElement(action_id=action, placeholder=plain_text(placeholder, OPTION), options=options)


def option(choice: Choice) -> Option:
    """A choice in a menu."""
    return Option(text=plain_text(choice.text, OPTION), value=key_of(choice.id, OPTION_VALUE))


def key_of(name: str, limit: int) -> str:
    """A name as an id of at most ``limit`` letters: itself, or its hash where it is longer."""
    return name if len(name) <= limit else f"#{hashlib.sha256(name.encode()).hexdigest()}"


def chosen(question: Question, value: str) -> str | None:
    """The id of the choice that a menu's value means; None for one that is not offered any more."""
    return next((one.id for one in question.choices if key_of(one.id, OPTION_VALUE) == value), None)


def same_kind(questions: Iterable[Question], first: Question) -> list[Question]:
    """The questions that an answer for all of the first one's kind answers."""
    return next(some for some in _kinds(questions) if any(one.id == first.id for one in some))


def free_view(asking: Asking, one: Question, last: str | None = None) -> dict[str, Any]:
    """The window that asks for a value of one's own, filled in with the last one that was given."""
    form = one.free.form if one.free else "price"
    entry = PlainTextInputElement(
        action_id=FREE, max_length=MOST_FREE, initial_value=last[:MOST_FREE] if last else None
    )
    label = plain_text(one.text, 2_000)
    view = View(
        type="modal",
        callback_id=FREE_VIEW,
        title=plain_text("A value of your own", 24),
        submit=plain_text("Answer", 24),
        close=plain_text("Cancel", 24),
        private_metadata=key_of(f"{asking.export} {one.id}", 3_000),
        blocks=[InputBlock(block_id=FREE, label=label, element=entry, hint=plain_text(FORMS[form], 150))],
    )
    return view.to_dict()
