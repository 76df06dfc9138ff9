"""The window in which somebody asks about a proposal, and how the question stands in the thread."""

from __future__ import annotations

from typing import Any

from slack_sdk.models.blocks import InputBlock, PlainTextInputElement
from slack_sdk.models.views import View

from server.slack.actions import ASK_VIEW, Pressed, value_of
from server.slack.message import Message, message, plain_text, section
from server.slack.text import shown

MOST = 1_000  # letters


def ask_view(pressed: Pressed) -> dict[str, Any]:
    """The window."""
    entry = PlainTextInputElement(action_id="text", multiline=True, max_length=MOST)
    label = plain_text("What do you want to know? It is asked in the thread.", 2_000)
    view = View(
        type="modal",
        callback_id=ASK_VIEW,
        title=plain_text("Ask", 24),
        submit=plain_text("Ask", 24),
        close=plain_text("Cancel", 24),
        private_metadata=value_of(pressed),
        blocks=[InputBlock(block_id="text", label=label, element=entry)],
    )
    return view.to_dict()


def asked_message(person: str, text: str, proposer: str | None) -> Message:
    """The question; ``proposer`` is the Slack user who is asked, if they are known here."""
    who = f"<@{proposer}> " if proposer else ""
    words = f"{shown(person, 80)} asks: {shown(text, MOST)}"
    return message(words, [section(f"{who}:speech_balloon: {words}")])
