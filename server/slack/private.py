"""A word to one person alone: what nobody else has to see, and what goes wrong, said to whoever did it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from interpreters.draft import BadDraft
from interpreters.reading import ExportUnreadable
from server.editing import BadEdit
from server.logs import logger
from server.refused import Refused
from server.slack.actions import BadValue
from server.slack.answers import refusal_message
from server.slack.people import Stranger
from server.slack.trouble import TROUBLE, Unreachable
from server.store.unavailable import StoreUnavailable
from spec.artifact import BadArtifact

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from server.slack.message import Message
    from server.slack.voice import Voice
    from server.store.store import Store

THEIRS = (BadArtifact, BadDraft, BadEdit, BadValue, ExportUnreadable, Refused)


class Person(Struct, frozen=True):
    """Whoever did something in Slack, and where: no channel for App Home and windows.

    ``thread`` is the thread that they did it in, ``message`` what they wrote, under which an answer for all stands.
    """

    user: str
    channel: str | None = None
    thread: str | None = None
    message: str | None = None

    @property
    def under(self) -> str | None:
        """The message that an answer for everybody stands under."""
        return self.thread or self.message


def person_of(body: dict[str, Any]) -> Person:
    """Who sent an interaction, and in which thread: a root stands in the channel."""
    container = body.get("container") or {}
    message = body.get("message") or {}
    channel = (body.get("channel") or {}).get("id") or container.get("channel_id")
    thread = message.get("thread_ts")
    return Person(str(body["user"]["id"]), channel, None if thread == message.get("ts") else thread)


class Privately:
    """Says things to one person alone."""

    def __init__(self, store: Store, voice: Voice) -> None:
        self._store = store
        self._voice = voice

    async def say(self, person: Person, message: Message) -> None:
        """Say it where they are, seen by them alone; else in a conversation with them. Raises as the line does.

        Slack shows nobody what is said alone in a thread without replies, so it is said in the thread only where they
        are in one (docs.slack.dev, chat.postEphemeral); and it takes nothing where the bot is not a member.
        """
        if person.channel is None or person.channel.startswith("D"):
            await self._voice.aloud(person.channel or person.user, message)
            return
        try:
            await self._voice.quietly(person.channel, person.user, message, person.thread)
        except Unreachable:
            await self._voice.aloud(person.user, message)

    @asynccontextmanager
    async def answering(self, person: Person, subject: str, what: str) -> AsyncIterator[None]:
        """What a person may not, or cannot, do is told them alone; who may not is in the event log as well."""
        try:
            yield
        except Stranger as stranger:
            await self._note(subject, {"user": person.user, "did": what, "why": str(stranger)}, stranger.person)
            await self._try(person, str(stranger))
        except THEIRS as error:
            await self._try(person, error.detail if isinstance(error, Refused) else str(error))
        except StoreUnavailable:
            await self._try(person, "the database does not answer just now; nothing was done, try again in a minute")
        except TROUBLE as error:
            logger().warning("chat trouble", chat="slack", did=what, reason=str(error))
            await self._try(person, f"Slack did not take it: {error}")

    async def _note(self, subject: str, data: dict[str, Any], person: str | None) -> None:
        try:
            async with self._store.write() as work:
                work.record("access.refused", subject, {**data, "chat": "slack"}, person)
        except StoreUnavailable:
            logger().error("a stranger was refused, and it could not be stored", **data)

    async def _try(self, person: Person, reason: str) -> None:
        try:
            await self.say(person, refusal_message(reason))
        except TROUBLE as error:
            logger().warning("chat trouble", chat="slack", reason=str(error))
