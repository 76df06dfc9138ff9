"""What messages are made from, and where people reach the inbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from server.accounts import Accounts
    from server.approvals import Rules
    from server.charts.themes import ThemeName
    from server.review import Reviewing
    from server.slack.people import People


class Links(Struct, frozen=True):
    """Where people reach the inbox; no links where nobody said."""

    base: str | None = None

    def strategy(self, identity: str) -> str:
        """The page of a strategy."""
        return f"{self.base}/strategies/{identity}" if self.base else ""

    @property
    def inbox(self) -> str:
        """The front page."""
        return f"{self.base}/" if self.base else ""


@dataclass(frozen=True)
class Sources:
    """What is shown comes from these."""

    reviewing: Reviewing
    theme: ThemeName
    rules: Rules
    links: Links
    people: People
    accounts: Accounts
