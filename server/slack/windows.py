"""Windows: what was written into one of ours, checked before it closes, done after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.editing import BadEdit
from server.refused import Refused
from server.slack import actions as ids
from server.slack.actions import read_value
from server.slack.desk import NOBODY
from server.slack.private import Person

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

    from server.slack.desk import Desk

Body = dict[str, Any]


class Windows:
    """What a submitted window does."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def register(self, app: AsyncApp) -> None:
        """Listen to every one of them."""
        app.view(ids.EDIT_VIEW)(self._edit)
        app.view(ids.ASK_VIEW)(self._ask)
        app.view(ids.FREE_VIEW)(self._free)

    async def _edit(self, ack: Any, body: Body, view: Body) -> None:
        """What cannot be read keeps the window open, with the reason at its first field."""
        person = Person(str(body["user"]["id"]))
        metadata, values = str(view["private_metadata"]), view["state"]["values"]
        pressed = read_value(metadata)
        try:
            wanted = await self._desk.deeds.wanted(metadata, values, pressed)
        except (BadEdit, Refused) as error:
            reason = error.detail if isinstance(error, Refused) else str(error)
            await ack(response_action="errors", errors={next(iter(values)): reason[:150]})
            return
        await ack()
        async with self._desk.privately.answering(person, pressed.strategy, "edit"):
            who = await self._desk.people.who(person.user, "approve")
            await self._desk.deeds.edit(who, pressed, wanted)

    async def _ask(self, ack: Any, body: Body, view: Body) -> None:
        await ack()
        person, pressed = Person(str(body["user"]["id"])), read_value(str(view["private_metadata"]))
        async with self._desk.privately.answering(person, pressed.strategy, "ask"):
            who = await self._desk.people.anybody(person.user)
            await self._desk.deeds.ask(who, pressed, _text(view))

    async def _free(self, ack: Any, body: Body, view: Body) -> None:
        await ack()
        person = Person(str(body["user"]["id"]))
        async with self._desk.privately.answering(person, NOBODY, "answer"):
            who = await self._desk.people.who(person.user, "propose")
            await self._desk.deeds.answer_freely(who, str(view["private_metadata"]), _text(view))


def _text(view: Body) -> str:
    """What was written into the only field."""
    return next(
        (str(entry.get("value") or "") for field in view["state"]["values"].values() for entry in field.values()), ""
    )
