"""What Slack says when it does not take something, in our words; each means another thing to do."""

from __future__ import annotations


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


TROUBLE = (Limited, Unconfirmed, Unwanted, Unreachable)
