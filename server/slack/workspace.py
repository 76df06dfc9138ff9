"""A workspace: the chat and everything behind it, put together from the server's own parts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from server.slack.chat import SlackChat
from server.slack.commands import Commands
from server.slack.composing import Links, Sources
from server.slack.deeds import Deeds
from server.slack.delivery import Delivery, Patience
from server.slack.desk import Desk
from server.slack.line import Line
from server.slack.pace import Pace
from server.slack.people import People
from server.slack.private import Privately
from server.slack.showing import Showing

if TYPE_CHECKING:
    from server.approvals import Rules
    from server.exports import Terms
    from server.review import Reviewing
    from server.settings import Settings
    from server.slack.access import Access
    from server.store.store import Store

APART = 1.0  # seconds between two messages in a channel
PATIENCE = Patience()


def workspace(
    access: Access, settings: Settings, store: Store, domain: tuple[Rules, Terms], reviewing: Reviewing
) -> SlackChat:
    """The chat of a workspace."""
    client = access.client()
    rules, terms = domain
    people, line, deeds = People(client, access.team), Line(client), Deeds(store, rules, terms)
    base = settings.public_url.rstrip("/") if settings.public_url else None
    sources = Sources(reviewing, settings.theme, rules, Links(base), people)
    showing = Showing(sources)
    pace = Pace(APART, lambda: asyncio.get_running_loop().time())
    delivery = Delivery(store, (line, showing), pace, PATIENCE)
    commands = Commands(deeds, showing, sources, line)
    return SlackChat(access, delivery, Desk(deeds, people, Privately(store, client), commands, showing, client))
