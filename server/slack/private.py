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
from server.slack.line import told
from server.slack.people import Stranger
from server.slack.trouble import TROUBLE
from server.store.unavailable import StoreUnavailable
from spec.artifact import BadArtifact

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from slack_sdk.web.async_client import AsyncWebClient

    from server.slack.message import Message
    from server.store.store import Store

THEIRS = (BadArtifact, BadDraft, BadEdit, BadValue, ExportUnreadable, Refused)


class Person(Struct, frozen=True):
    """Whoever did something in Slack, and where: no channel for App Home and windows."""

    user: str
    channel: str | None = None
    thread: str | None = None


def person_of(body: dict[str, Any]) -> Person:
    """Who sent an interaction, and under which message."""
    container = body.get("container") or {}
    message = body.get("message") or {}
    channel = (body.get("channel") or {}).get("id") or container.get("channel_id")
    return Person(str(body["user"]["id"]), channel, message.get("thread_ts") or message.get("ts"))


class Privately:
    """Says things to one person alone."""

    def __init__(self, store: Store, client: AsyncWebClient) -> None:
        self._store = store
        self._client = client

    async def say(self, person: Person, message: Message) -> None:
        """Say it where they are, seen by them alone; else in a conversation with them. Raises as the line does."""
        blocks = list(message.blocks)
        with told():
            if person.channel is None or person.channel.startswith("D"):
                at = person.channel or person.user
                await self._client.chat_postMessage(channel=at, text=message.text, blocks=blocks)
            else:
                await self._client.chat_postEphemeral(
                    channel=person.channel,
                    user=person.user,
                    thread_ts=person.thread,
                    text=message.text,
                    blocks=blocks,
                )

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
