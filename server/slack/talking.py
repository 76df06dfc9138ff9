"""Talking: the slash command, mentions, exports sent as files or text, links to strategies, and App Home being opened.

Slack tells an event again if it did not hear our answer in time: messages are known by their channel and time.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from server.logs import logger
from server.refused import Refused
from server.slack import outbox
from server.slack.answers import status_message
from server.slack.commands import read_said
from server.slack.desk import NOBODY
from server.slack.home import closed_view
from server.slack.line import told
from server.slack.manifest import COMMAND
from server.slack.people import Stranger
from server.slack.pressing import publish_home
from server.slack.private import Person
from server.slack.trouble import TROUBLE
from server.slack.uploads import MENTION, fetch, may_be_export, pasted
from server.store.unavailable import StoreUnavailable
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
        self._default = channels.default
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
        if not _exports(event) and self._is_new(event):  # an export is heard as a message, too
            await self._words(event)

    async def _words(self, event: Body) -> None:
        """The words of the command, said to the bot: answered where they were said, for all in channels of ours."""
        person, said = _writer(event), read_said(MENTION.sub("", str(event.get("text", ""))))
        async with self._desk.privately.answering(person, NOBODY, f"mention {said.word}"):
            answer, public = await self._desk.commands.do(await self._who(person, said), said)
            ours = person.channel in self._known or event.get("channel_type") == "im"
            await (self._tell(person, answer) if public or ours else self._desk.privately.say(person, answer))

    async def _who(self, person: Person, said: Said) -> Who:
        people = self._desk.people
        return await (people.who(person.user, said.right) if said.right else people.anybody(person.user))

    async def _message(self, ack: Any, event: Body) -> None:
        """A message that holds exports, or that is said to the bot alone; other talk is none of ours."""
        await ack()
        if event.get("subtype") not in SPOKEN or event.get("bot_id") or not event.get("user"):
            return
        exports = _exports(event)
        if not (exports or event.get("channel_type") == "im") or not self._is_new(event):
            return
        if not exports:
            await self._words(event)
        for name, export in exports.items():
            person = _writer(event)
            async with self._desk.privately.answering(person, NOBODY, "export"):
                who = await self._desk.people.who(person.user, "propose")
                raw = export if isinstance(export, bytes) else await self._fetch(export)
                await self._receive(who, raw, person, name)

    async def _fetch(self, file: Body) -> bytes:
        return await fetch(self._desk.client, await self._whole(file))

    async def _whole(self, file: Body) -> Body:
        """A file with its address, which Slack leaves out in shared channels."""
        if file.get("url_private"):
            return file
        with told():
            answer = await self._desk.client.files_info(file=file["id"])
        whole: Body = answer["file"]
        return whole

    async def _receive(self, who: Who, raw: bytes, person: Person, name: str) -> None:
        """An export is known by its message and its file, so that it is not taken twice where Slack tells it again."""
        place = {"chat": "slack", "channel": str(person.channel), "ts": str(person.under)}
        await self._desk.deeds.receive(who, raw, {**place, "id": f"{person.channel} {person.message} {name}"})

    async def _link(self, ack: Any, event: Body) -> None:
        """Links to strategies, shown where people are told about them anyway; elsewhere they stay links."""
        await ack()
        channel, ts = str(event.get("channel", "")), str(event.get("message_ts", ""))
        urls = [str(link.get("url", "")) for link in event.get("links", [])]
        found = {url: page[1] for url in urls if (page := STRATEGY_PAGE.search(url))}
        try:
            unfurls = {url: shown for url, one in found.items() if (shown := await self._unfurled(one, channel))}
            if unfurls:
                await self._desk.voice.unfurl(channel, ts, unfurls)
        except (StoreUnavailable, *TROUBLE) as error:
            logger().warning("chat trouble", chat="slack", did="unfurl", reason=str(error))

    async def _unfurled(self, identity: str, channel: str) -> Body | None:
        """A strategy as a link to it shows it; None in a channel that is not told about it."""
        thread = await outbox.thread_of(identity)
        home = thread.channel if thread else self._default
        if channel not in (self._known if home == self._default else {home}):
            return None
        try:
            shown = status_message(await self._desk.showing.strategy(await strategy_row(identity)))
        except Refused:
            return None
        return {"blocks": list(shown.blocks)}

    async def _home(self, ack: Any, event: Body) -> None:
        await ack()
        if event.get("tab") not in {None, "home"}:
            return
        person = Person(str(event["user"]))
        async with self._desk.privately.answering(person, NOBODY, "home"):
            try:
                await publish_home(self._desk, person.user)
            except Stranger as stranger:  # who only looks is told where they look
                await self._desk.voice.home(person.user, closed_view(str(stranger)))

    async def _tell(self, person: Person, answer: Message) -> None:
        """An answer that everybody may see, where it was asked."""
        await self._desk.voice.aloud(str(person.channel), answer, person.under)

    def _is_new(self, event: Body) -> bool:
        """Whether this was not taken before."""
        name = f"{event.get('type')} {event.get('channel')}", str(event.get("ts"))
        if name in self._taken:
            return False
        self._taken[name] = None
        if len(self._taken) > REMEMBERED:
            del self._taken[next(iter(self._taken))]
        return True


def _writer(event: Body) -> Person:
    """Who wrote a message, and where."""
    thread = event.get("thread_ts")
    return Person(str(event["user"]), str(event["channel"]), str(thread) if thread else None, str(event["ts"]))


def _exports(event: Body) -> dict[str, Body | bytes]:
    """What of a message may be an export: its files by their ids, else its text."""
    files = {str(file.get("id")): file for file in event.get("files") or [] if may_be_export(file)}
    text = pasted(str(event.get("text") or ""))
    return files or ({} if text is None else {"text": text})
