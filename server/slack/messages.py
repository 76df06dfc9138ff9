"""What is sent to Slack, as data: a message, where it belongs, and what came of sending it."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

EVENT_TYPE = "drawbridge"  # of the metadata by which a message is known again
READY = "ready"


class Message(Struct, frozen=True):
    """A message: blocks, and the text for notifications and screen readers."""

    text: str
    blocks: list[dict[str, Any]]


class Place(Struct, frozen=True):
    """Where a message goes: a channel, and the root of its thread (Slack's ts) unless it is one itself."""

    channel: str
    thread: str | None = None


class Stamp(Struct, frozen=True):
    """What a message carries so that it is known again: its thread's key and the events that it tells.

    A root tells none: ``first`` and ``last`` are 0.
    """

    key: str
    first: int = 0
    last: int = 0


class Limited(Exception):
    """Slack wants nothing for so many seconds (HTTP 429)."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Slack asks to wait {seconds:g} seconds")
        self.seconds = seconds


class Unconfirmed(Exception):
    """Slack may have taken the message, or not: look before sending it again."""


class Unwanted(Exception):
    """Slack refuses this message as it is (its blocks, its length)."""


class NotReady(Unwanted):
    """A picture that Slack is still processing."""


class Unreachable(Exception):
    """Slack takes nothing as things stand: token, channel or membership. Somebody has to set it right."""
