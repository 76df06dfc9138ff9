"""What Slack says when it does not take something, in our words; each means another thing to do."""

from __future__ import annotations

from typing import Literal, TypeAlias

# Whom it concerns: the workspace, one channel of it, or this message alone.
Where: TypeAlias = Literal["team", "channel", "message"]
TEAM = frozenset(
    "invalid_auth not_authed account_inactive token_revoked token_expired missing_scope no_permission "
    "not_allowed_token_type org_login_required ekm_access_denied enterprise_is_restricted team_access_not_granted "
    "team_not_found access_denied accesslimited two_factor_setup_required".split()
)
CHANNEL = frozenset(
    "not_in_channel channel_not_found is_archived channel_type_not_supported restricted_action "
    "restricted_action_read_only_channel restricted_action_non_threadable_channel is_inactive".split()
)


class Limited(Exception):
    """Slack wants nothing for so many seconds (HTTP 429)."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Slack asks to wait {seconds:g} seconds")
        self.seconds = seconds


class Unconfirmed(Exception):
    """Slack may have taken the message, or not: look before sending it again.

    ``answered``: Slack is there, and says that it failed at this.
    """

    def __init__(self, why: str, *, answered: bool = False) -> None:
        super().__init__(why)
        self.answered = answered


class Unwanted(Exception):
    """Slack refuses this message as it is (its blocks, its length)."""


class NotReady(Unwanted):
    """A picture that Slack is still processing."""


class Gone(Exception):
    """The message that this is about is not there any more: somebody deleted it."""


class Unreachable(Exception):
    """Slack takes nothing as things stand: token, channel or membership. Somebody has to set it right."""

    def __init__(self, name: str, details: str = "") -> None:
        super().__init__(f"{name}: {details}".rstrip(": "))
        self.where: Where = "team" if name in TEAM else "channel" if name in CHANNEL else "message"


TROUBLE = (Limited, Unconfirmed, Unwanted, Gone, Unreachable)


def is_away(error: Exception) -> bool:
    """Whether it concerns the workspace as a whole: then words would not go out either."""
    if isinstance(error, Unconfirmed):
        return not error.answered
    return isinstance(error, Unreachable) and error.where == "team"
