"""What those who listen to Slack have at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from server.slack.commands import Commands
    from server.slack.deeds import Deeds
    from server.slack.people import People
    from server.slack.private import Privately
    from server.slack.showing import Showing
    from server.slack.voice import Voice

NOBODY = "slack"  # the subject of what belongs to no strategy


@dataclass(frozen=True)
class Desk:
    """The domain's deeds, who is who, ways to answer, the words of the command, and what there is to show."""

    deeds: Deeds
    people: People
    privately: Privately
    commands: Commands
    showing: Showing
    voice: Voice
    client: AsyncWebClient
