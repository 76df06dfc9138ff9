"""Pressing: buttons and menus of our messages and of App Home, each to the deed that it means.

Slack wants an answer within three seconds and shows an error otherwise, so each is acknowledged first. Two clicks, or
one that is told twice, are told apart by the domain: the second is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from server.slack import actions as ids
from server.slack.actions import Pressed, read_value
from server.slack.asks import ask_view
from server.slack.desk import NOBODY
from server.slack.edits import edit_view
from server.slack.papers import account_view
from server.slack.private import Person, person_of
from server.slack.questions import free_view
from server.slack.remembered import remembered

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from slack_bolt.async_app import AsyncApp

    from server.approvals import Purpose, Verdict
    from server.slack.desk import Desk

Body = dict[str, Any]
VERDICTS: dict[str, Verdict] = {
    ids.APPROVE: "approve", ids.REJECT: "reject", ids.GO_LIVE: "approve", ids.REFUSE_LIVE: "reject",
}  # fmt: skip
LIVE: dict[str, Purpose] = {ids.GO_LIVE: "live", ids.REFUSE_LIVE: "live"}
MOVES = {ids.PAUSE: "pause", ids.RESUME: "resume", ids.STOP: "stop"}


class Pressing:
    """What buttons and menus do."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def register(self, app: AsyncApp) -> None:
        """Listen to every one of them."""
        deeds: dict[str, Callable[[Body, Body], Awaitable[None]]] = {
            **dict.fromkeys(VERDICTS, self._decide),
            **dict.fromkeys(MOVES, self._move),
            ids.APPROVE_ON: self._approve_on,
            ids.EDIT: self._edit,
            ids.ASK: self._ask,
            ids.ANSWER: self._answer,
            ids.ANSWER_ALL: self._answer,
            ids.FREE: self._free,
            ids.KILL: self._kill,
            ids.CLEAR: self._clear,
            ids.REPLAY: self._replay,
            f"{ids.PAGE}.newer": self._turn,
            f"{ids.PAGE}.older": self._turn,
        }
        for name, deed in deeds.items():
            app.action(name)(_acknowledged(deed))

    async def _decide(self, body: Body, action: Body) -> None:
        person, pressed = person_of(body), _pressed(action)
        async with self._desk.privately.answering(person, _subject(pressed), action["action_id"]):
            who = await self._desk.people.who(person.user, "approve")
            purpose = LIVE.get(action["action_id"], "paper")  # what the button says counts, whatever it carries
            meant = replace(read_value(action["value"]), purpose=purpose)
            await self._desk.deeds.decide(who, meant, VERDICTS[action["action_id"]])

    async def _approve_on(self, body: Body, action: Body) -> None:
        person, pressed = person_of(body), _pressed(action)
        async with self._desk.privately.answering(person, _subject(pressed), action["action_id"]):
            await self._desk.people.who(person.user, "approve")
            await self._open(body, account_view(await self._desk.deeds.choosing(read_value(action["value"]))))

    async def _move(self, body: Body, action: Body) -> None:
        person, pressed = person_of(body), _pressed(action)
        async with self._desk.privately.answering(person, _subject(pressed), action["action_id"]):
            who = await self._desk.people.who(person.user, "operate")
            meant = read_value(action["value"])
            await self._desk.deeds.move(who, meant.strategy, MOVES[action["action_id"]], meant.digest)

    async def _edit(self, body: Body, action: Body) -> None:
        person, pressed = person_of(body), _pressed(action)
        async with self._desk.privately.answering(person, _subject(pressed), action["action_id"]):
            who = await self._desk.people.who(person.user, "approve")
            await self._open(body, edit_view(await self._desk.deeds.editing(read_value(action["value"]), who.person)))

    async def _ask(self, body: Body, action: Body) -> None:
        person, pressed = person_of(body), _pressed(action)
        async with self._desk.privately.answering(person, _subject(pressed), action["action_id"]):
            await self._desk.people.anybody(person.user)
            await self._open(body, ask_view(read_value(action["value"])))

    async def _answer(self, body: Body, action: Body) -> None:
        person = person_of(body)
        async with self._desk.privately.answering(person, NOBODY, action["action_id"]):
            who = await self._desk.people.who(person.user, "propose")
            value = str((action.get("selected_option") or {}).get("value", ""))
            every = action["action_id"] == ids.ANSWER_ALL
            await self._desk.deeds.answer(who, str(action.get("block_id", "")), value, all_=every)

    async def _free(self, body: Body, action: Body) -> None:
        person = person_of(body)
        async with self._desk.privately.answering(person, NOBODY, action["action_id"]):
            who = await self._desk.people.who(person.user, "propose")
            asking, question = await self._desk.deeds.question(str(action.get("value", "")))
            last = (await remembered(who.person)).about(question)
            await self._open(body, free_view(asking, question, last))

    async def _kill(self, body: Body, action: Body) -> None:
        person = person_of(body)
        async with self._desk.privately.answering(person, NOBODY, action["action_id"]):
            await self._desk.deeds.kill(await self._desk.people.who(person.user, "kill"))
            await self._home(person)

    async def _clear(self, body: Body, action: Body) -> None:
        person = person_of(body)
        async with self._desk.privately.answering(person, NOBODY, action["action_id"]):
            await self._desk.deeds.clear(await self._desk.people.who(person.user, "kill"))
            await self._home(person)

    async def _replay(self, body: Body, action: Body) -> None:
        person = person_of(body)
        async with self._desk.privately.answering(person, NOBODY, action["action_id"]):
            await self._desk.deeds.replay(await self._desk.people.who(person.user, "kill"), str(action["value"]))
            await self._home(person)

    async def _turn(self, body: Body, action: Body) -> None:
        person = person_of(body)
        async with self._desk.privately.answering(person, NOBODY, action["action_id"]):
            await self._home(person, int(action["value"]) if str(action["value"]).isdecimal() else 0)

    async def _home(self, person: Person, page: int = 0) -> None:
        await publish_home(self._desk, person.user, page)

    async def _open(self, body: Body, view: Body) -> None:
        await self._desk.voice.window(str(body["trigger_id"]), view)


async def publish_home(desk: Desk, user: str, page: int = 0) -> None:
    """Show a person the state of things; raises Stranger, and as the line does."""
    await desk.people.anybody(user)
    administers = await desk.people.may(user, "kill")
    await desk.voice.home(user, await desk.showing.home(administers=administers, page=page))


def _acknowledged(deed: Callable[[Body, Body], Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    async def listener(ack: Any, body: Body, action: Body) -> None:
        await ack()
        await deed(body, action)

    return listener


def _pressed(action: Body) -> Pressed | None:
    try:
        return read_value(str(action.get("value", "")))
    except ids.BadValue:
        return None


def _subject(pressed: Pressed | None) -> str:
    return pressed.strategy if pressed else NOBODY
