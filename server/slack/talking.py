"""Talking: the slash command, mentions, exports sent as files or text, links to strategies, and App Home being opened.

Slack tells an event again if it did not hear our answer in time: messages are known by their channel and time.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from server.slack import outbox
from server.slack.answers import status_message
from server.slack.commands import read_said
from server.slack.desk import NOBODY
from server.slack.line import told
from server.slack.manifest import COMMAND
from server.slack.pressing import publish_home
from server.slack.private import Person
from server.slack.uploads import MENTION, fetch, may_be_export, pasted
from server.strategies import strategy_row

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

    from server.access.who import Who
    from server.slack.commands import Said
    from server.slack.desk import Desk
    from server.slack.message import Message
    from server.slack.routing import Channels

Body = dict[str, Any]
STRATEGY_PAGE = re.compile(r"/strategies/(str_[0-9a-f]+)")
REMEMBERED = 1_000  # messages that were taken, by channel and time
SPOKEN = frozenset({None, "file_share", "thread_broadcast"})  # of subtypes, those by which people say something


class Talking:
    """What people say."""

    def __init__(self, desk: Desk, channels: Channels) -> None:
        self._desk = desk
        self._known = frozenset({channels.default, *channels.others.values()})
        self._taken: dict[tuple[str, str], None] = {}

    def register(self, app: AsyncApp) -> None:
        """Listen to all of it."""
        app.command(COMMAND)(self._command)
        app.event("app_mention")(self._mentioned)
        app.event("message")(self._message)
        app.event("link_shared")(self._link)
        app.event("app_home_opened")(self._home)

    async def _command(self, ack: Any, body: Body) -> None:
        await ack()
        person = Person(str(body["user_id"]), str(body["channel_id"]))
        said = read_said(str(body.get("text") or ""))
        async with self._desk.privately.answering(person, NOBODY, f"{COMMAND} {said.word}"):
            answer, public = await self._desk.commands.do(await self._who(person, said), said)
            await (self._tell(person, answer) if public else self._desk.privately.say(person, answer))

    async def _mentioned(self, ack: Any, event: Body) -> None:
        await ack()
        if not self._is_new(event) or pasted(str(event.get("text", ""))) or event.get("files"):
            return  # an export is heard as a message, too
        person = Person(str(event["user"]), str(event["channel"]), str(event.get("thread_ts") or event["ts"]))
        said = read_said(MENTION.sub("", str(event.get("text", ""))))
        async with self._desk.privately.answering(person, NOBODY, f"mention {said.word}"):
            answer, _ = await self._desk.commands.do(await self._who(person, said), said)
            await self._tell(person, answer)

    async def _who(self, person: Person, said: Said) -> Who:
        people = self._desk.people
        return await (people.who(person.user, said.right) if said.right else people.anybody(person.user))

    async def _message(self, ack: Any, event: Body) -> None:
        """A message that may hold exports; whatever else is said is none of ours."""
        await ack()
        if event.get("subtype") not in SPOKEN or event.get("bot_id") or not event.get("user"):
            return
        files = [file for file in event.get("files") or [] if may_be_export(file)]
        text = pasted(str(event.get("text") or ""))
        if not (files or text) or not self._is_new({**event, "type": "export"}):
            return
        channel, ts = str(event["channel"]), str(event["ts"])
        if await outbox.is_parent(channel, ts):
            return
        person = Person(str(event["user"]), channel, str(event.get("thread_ts") or ts))
        for file in files:
            async with self._desk.privately.answering(person, NOBODY, "export"):
                who = await self._desk.people.who(person.user, "propose")
                await self._receive(who, await fetch(self._desk.client, await self._whole(file)), person)
        if text is not None and not files:
            async with self._desk.privately.answering(person, NOBODY, "export"):
                await self._receive(await self._desk.people.who(person.user, "propose"), text, person)

    async def _whole(self, file: Body) -> Body:
        """A file with its address, which Slack leaves out in shared channels."""
        if file.get("url_private"):
            return file
        with told():
            answer = await self._desk.client.files_info(file=file["id"])
        whole: Body = answer["file"]
        return whole

    async def _receive(self, who: Who, raw: bytes, person: Person) -> None:
        origin = {"chat": "slack", "channel": str(person.channel), "ts": str(person.thread)}
        await self._desk.deeds.receive(who, raw, origin)

    async def _link(self, ack: Any, event: Body) -> None:
        """Links to strategies, in channels that are told about them anyway."""
        await ack()
        channel, ts = str(event.get("channel", "")), str(event.get("message_ts", ""))
        if channel not in self._known:
            return
        unfurls: Body = {}
        for link in event.get("links", []):
            url = str(link.get("url", ""))
            if found := STRATEGY_PAGE.search(url):
                person = Person(str(event.get("user", "")), channel, ts)
                async with self._desk.privately.answering(person, found[1], "link"):
                    shown = status_message(await self._desk.showing.strategy(await strategy_row(found[1])))
                    unfurls[url] = {"blocks": list(shown.blocks)}
        if unfurls:
            with told():
                await self._desk.client.chat_unfurl(channel=channel, ts=ts, unfurls=unfurls)

    async def _home(self, ack: Any, event: Body) -> None:
        await ack()
        if event.get("tab") not in {None, "home"}:
            return
        person = Person(str(event["user"]))
        async with self._desk.privately.answering(person, NOBODY, "home"):
            await publish_home(self._desk, person.user)

    async def _tell(self, person: Person, answer: Message) -> None:
        """An answer that everybody may see, where it was asked."""
        with told():
            await self._desk.client.chat_postMessage(
                channel=str(person.channel), thread_ts=person.thread, text=answer.text, blocks=list(answer.blocks)
            )

    def _is_new(self, event: Body) -> bool:
        """Whether this was not taken before."""
        name = (f"{event.get('type')} {event.get('channel')}", str(event.get("ts")))
        if name in self._taken:
            return False
        self._taken[name] = None
        if len(self._taken) > REMEMBERED:
            del self._taken[next(iter(self._taken))]
        return True
