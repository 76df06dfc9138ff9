"""Windows: what was written into one of ours is done while it is open; what cannot be done is said in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from interpreters.draft import BadDraft
from server.editing import BadEdit
from server.refused import Refused
from server.slack import actions as ids
from server.slack.actions import read_value
from server.slack.desk import NOBODY
from server.slack.edits import BadField
from server.slack.papers import chosen_account
from server.slack.private import Person
from server.store.unavailable import StoreUnavailable
from spec.artifact import BadArtifact

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from slack_bolt.async_app import AsyncApp

    from server.access.who import Who
    from server.slack.actions import Pressed
    from server.slack.desk import Desk

Body = dict[str, Any]
MOST_SAID = 150  # letters under a field


class Windows:
    """What a submitted window does."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def register(self, app: AsyncApp) -> None:
        """Listen to every one of them."""
        app.view(ids.ACCOUNT_VIEW)(self._approve)
        app.view(ids.EDIT_VIEW)(self._edit)
        app.view(ids.ASK_VIEW)(self._ask)
        app.view(ids.FREE_VIEW)(self._free)

    async def _approve(self, ack: Any, body: Body, view: Body) -> None:
        person, pressed = _person(body), read_value(str(view["private_metadata"]))
        wrong: Body = {}
        async with self._desk.privately.answering(person, pressed.strategy, "approve"):
            who = await self._desk.people.who(person.user, "approve")
            meant = replace(pressed, account=chosen_account(view))
            wrong = await _tried(view, lambda: self._approved(who, meant))
        await _answer(ack, wrong)

    async def _approved(self, who: Who, meant: Pressed) -> None:
        await self._desk.deeds.decide(who, meant, "approve")

    async def _edit(self, ack: Any, body: Body, view: Body) -> None:
        person, pressed = _person(body), read_value(str(view["private_metadata"]))
        wrong: Body = {}
        async with self._desk.privately.answering(person, pressed.strategy, "edit"):
            who = await self._desk.people.who(person.user, "approve")
            wrong = await _tried(view, lambda: self._edited(who, view))
        await _answer(ack, wrong)

    async def _edited(self, who: Who, view: Body) -> None:
        metadata, values = str(view["private_metadata"]), view["state"]["values"]
        pressed = read_value(metadata)
        await self._desk.deeds.edit(who, pressed, await self._desk.deeds.wanted(metadata, values, pressed))

    async def _ask(self, ack: Any, body: Body, view: Body) -> None:
        person, pressed = _person(body), read_value(str(view["private_metadata"]))
        wrong: Body = {}
        async with self._desk.privately.answering(person, pressed.strategy, "ask"):
            who = await self._desk.people.anybody(person.user)
            wrong = await _tried(view, lambda: self._desk.deeds.ask(who, pressed, _text(view)))
        await _answer(ack, wrong)

    async def _free(self, ack: Any, body: Body, view: Body) -> None:
        person, key = _person(body), str(view["private_metadata"])
        wrong: Body = {}
        async with self._desk.privately.answering(person, NOBODY, "answer"):
            who = await self._desk.people.who(person.user, "propose")
            wrong = await _tried(view, lambda: self._desk.deeds.answer_freely(who, key, _text(view)))
        await _answer(ack, wrong)


async def _tried(view: Body, deed: Callable[[], Awaitable[None]]) -> Body:
    """What is wrong, by the field that it is about; nothing where it was done."""
    fields = [block["block_id"] for block in view["blocks"] if block["type"] == "input"]
    try:
        await deed()
    except BadField as error:
        return {error.field if error.field in fields else fields[0]: str(error)[:MOST_SAID]}
    except (BadArtifact, BadDraft, BadEdit, Refused) as error:
        return {fields[0]: (error.detail if isinstance(error, Refused) else str(error))[:MOST_SAID]}
    except StoreUnavailable:
        return {fields[0]: "the database does not answer just now; nothing was done, try again in a minute"}
    return {}


async def _answer(ack: Any, wrong: Body) -> None:
    """The window closes, or stays open with what is wrong."""
    await (ack(response_action="errors", errors=wrong) if wrong else ack())


def _person(body: Body) -> Person:
    return Person(str(body["user"]["id"]))


def _text(view: Body) -> str:
    """What was written into the only field."""
    fields = view["state"]["values"].values()
    return next((str(entry.get("value") or "") for field in fields for entry in field.values()), "")
