"""A workspace: the chat and everything behind it, put together from the server's own parts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from server.accounts import accounts_of
from server.clock import now_ms
from server.slack.chat import SlackChat
from server.slack.commands import Commands
from server.slack.deeds import Deeds
from server.slack.delivery import Delivery
from server.slack.desk import Desk
from server.slack.line import Line
from server.slack.pace import CHANNEL, Pace
from server.slack.people import People
from server.slack.pictures import Pictures
from server.slack.private import Privately
from server.slack.reach import Patience, Reach
from server.slack.sending import Sending
from server.slack.showing import Showing
from server.slack.sources import Links, Sources
from server.slack.voice import Voice

if TYPE_CHECKING:
    from collections.abc import Callable

    from server.approvals import Rules
    from server.exports import Terms
    from server.review import Reviewing
    from server.settings import Settings
    from server.slack.access import Access
    from server.store.store import Store

RATE = CHANNEL
PATIENCE = Patience()


def workspace(
    access: Access, settings: Settings, store: Store, domain: tuple[Rules, Terms], reviewing: Reviewing
) -> SlackChat:
    """The chat of a workspace."""
    client = access.client()
    rules, terms = domain
    clock: Callable[[], float] = lambda: asyncio.get_running_loop().time()  # noqa: E731
    reach = Reach(clock, now_ms, PATIENCE)
    pace = Pace(clock, RATE)
    line = Line(client, pace, reach)
    links = Links(settings.public_url.rstrip("/") if settings.public_url else None)
    accounts = accounts_of(settings)
    people, deeds = People(client, access.team), Deeds(store, rules, terms, links, accounts)
    sources = Sources(reviewing, settings.theme, rules, links, people, accounts)
    showing = Showing(sources)
    pictures = Pictures(line, PATIENCE)
    delivery = Delivery(store, Sending(store, line, pictures, showing), reach, PATIENCE)
    commands = Commands(deeds, showing, sources, line)
    voice = Voice(client, pace)
    desk = Desk(deeds, people, Privately(store, voice), commands, showing, voice, client)
    return SlackChat(access, delivery, (reach, pictures), desk)
