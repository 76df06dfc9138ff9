"""Sending: one message of a thread at a time, with its picture where Slack takes it, and noted once it stands.

What cannot be put together, and what Slack does not take as it is, goes out in a simpler form: without its picture,
which it says, then as text, so that it holds up nothing. What it takes in no form is refused in the log.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from msgspec.structs import replace

from server.logs import logger
from server.slack import outbox
from server.slack.pictures import UNTAKEN, Shown
from server.slack.stamps import Stamp
from server.slack.trouble import NotReady, Unwanted
from server.store.events import events_at
from server.store.unavailable import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from server.slack.line import Line
    from server.slack.message import Message
    from server.slack.outbox import Thread
    from server.slack.pictures import Picture, Pictures
    from server.slack.stamps import Place
    from server.store.events import EventRow
    from server.store.store import Store

TRIES = 3  # at composing a message, before it says that it cannot be shown
READY_PAUSES = (0.5, 1.0, 2.0)  # seconds between tries with a picture that Slack calls ready and does not take


class Made(NamedTuple):
    """A message as things stand; not ``whole`` where something of it is still being found out."""

    message: Message
    whole: bool = True


class Composer(Protocol):
    """What a thread shows. Whatever it raises beyond StoreUnavailable, the message goes out in a simpler form."""

    async def root(self, thread: Thread, why: str = "") -> Made:
        """The root as things stand; with the picture ``thread.picture``, or why it has none."""

    async def root_picture(self, thread: Thread) -> Picture | None:
        """The picture of a root, where it needs another than it has."""

    async def together(self, thread: Thread, events: Sequence[EventRow]) -> int:
        """How many of these go in one message: at least one, the first ones."""

    async def reply(self, thread: Thread, events: Sequence[EventRow], picture: Shown) -> Message:
        """What happened, in one message, which says why it has no picture where it was to have one."""

    async def reply_picture(self, thread: Thread, events: Sequence[EventRow]) -> Picture | None:
        """The picture of the last of the events that has one."""

    def plain(self, message: Message | None, key: str) -> Message:
        """The same in text alone, with where to decide; for None, that it cannot be shown."""


Compose: TypeAlias = "Callable[[Shown], Awaitable[Made]]"


class Way(NamedTuple):
    """How a thread's message gets out: a turn is waited for, it is composed with a picture or none, and sent."""

    key: str
    turn: Callable[[], Awaitable[None]]
    compose: Compose
    send: Callable[[Message], Awaitable[str]]
    new: bool = True  # False: it stands already, and is left as it is where it cannot be composed


class Sent(NamedTuple):
    """A message that stands: its ts, the picture that it shows, and whether it says all that it was to say."""

    ts: str
    picture: Shown
    whole: bool = True


class Sending:
    """Sends to one workspace what a composer makes of the outbox."""

    def __init__(self, store: Store, line: Line, pictures: Pictures, composer: Composer) -> None:
        self._store = store
        self._line = line
        self._pictures = pictures
        self._composer = composer
        self._uncomposed: Counter[str] = Counter()  # by thread, on end

    async def look(self, thread: Thread) -> None:
        """Find what was sent and not confirmed; raises what the line raises, as all of these do."""
        since = await outbox.searched_from(thread)
        if thread.ts is None and thread.rooted:
            root = Stamp(thread.key)
            ends = [ts for stamp, ts in await self._line.sent(thread.place_of_root, thread.key, since) if stamp == root]
            if ends:
                await outbox.confirm_root(self._store, replace(thread, ts=ends[0]))
            return
        sent = await self._line.sent(thread.place, thread.key, since)
        for stamp, ts in sorted(sent, key=lambda one: one[0].last):
            if stamp.last:
                await outbox.confirm_between(self._store, thread.key, (stamp.first, stamp.last), ts)

    async def root(self, thread: Thread) -> None:
        """Send the root."""
        thread, shown = await self._pictured(thread)
        way = self._post(thread.place_of_root, partial(self._root, thread), Stamp(thread.key))
        sent = await self._sent(way, shown)
        await self._confirm(thread, sent, sent.picture.why)

    async def update(self, thread: Thread) -> None:
        """Show in the root how things stand; what Slack takes in no form is left as it is."""
        thread, shown = await self._pictured(thread)
        ts = str(thread.ts)
        sent = Sent(ts, shown)

        async def send(message: Message) -> str:
            await self._line.update(thread.channel, ts, message, Stamp(thread.key))
            return ts

        try:
            way = Way(thread.key, self._line.turn_to_update, partial(self._root, thread), send, new=False)
            sent = await self._sent(way, shown)
        except Unwanted as error:
            logger().warning("chat refused", chat="slack", thread=thread.key, reason=str(error))
        await self._confirm(thread, sent)

    async def reply(self, thread: Thread, waiting: list[int]) -> int:
        """Tell what waits, as much as goes in one message; how many events that were."""
        events = await events_at(waiting)
        told = waiting[: await self._together(thread, events)]
        events = events[: len(told)]
        shown = (await self._pictures.uploaded(lambda: self._composer.reply_picture(thread, events))).shown

        async def compose(picture: Shown) -> Made:
            return Made(await self._composer.reply(thread, events, picture))

        way = self._post(thread.place, compose, Stamp(thread.key, told[0], told[-1]))
        try:
            sent = await self._sent(way, shown)
        except Unwanted as error:
            await outbox.refuse(self._store, thread.key, told, str(error))
        else:
            await outbox.confirm(self._store, thread.key, told, sent.ts, sent.picture.why)
        return len(told)

    async def _together(self, thread: Thread, events: Sequence[EventRow]) -> int:
        """How many go in one message; one where that cannot be told, so that one bad event holds up no other."""
        try:
            return await self._composer.together(thread, events)
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - composing the one will say what is wrong with it, if it is that
            logger().error("chat failed", chat="slack", thread=thread.key, exc_info=error)
            return 1

    async def _root(self, thread: Thread, picture: Shown) -> Made:
        return await self._composer.root(replace(thread, picture=picture.file), picture.why)

    def _post(self, place: Place, compose: Compose, stamp: Stamp) -> Way:
        turn = partial(self._line.turn, place.channel)
        return Way(stamp.key, turn, compose, lambda made: self._line.post(place, made, stamp))

    async def _confirm(self, thread: Thread, sent: Sent, unpictured: str = "") -> None:
        shown = thread.due if sent.whole else thread.shown
        now = replace(thread, ts=sent.ts, picture=sent.picture.file, shown=shown)
        await outbox.confirm_root(self._store, now, unpictured)

    async def _pictured(self, thread: Thread) -> tuple[Thread, Shown]:
        """The thread with the picture that its root needs; noted at once, so that it is not sent again after a kill."""
        made = await self._pictures.uploaded(lambda: self._composer.root_picture(thread))
        if made.digest is None:
            return thread, Shown(thread.picture, made.shown.why)
        shown = replace(thread, picture=made.shown.file, pictured=made.digest)
        await outbox.confirm_root(self._store, shown)
        return shown, made.shown

    async def _sent(self, way: Way, picture: Shown) -> Sent:
        """Send in the best form that Slack takes."""
        for pause in READY_PAUSES if picture.file is not None else ():
            try:
                made = await self._composed(way, picture)
                return Sent(await way.send(made.message), picture, made.whole)
            except NotReady:
                await asyncio.sleep(pause)
            except Unwanted as error:
                logger().warning("chat refused", chat="slack", thread=way.key, reason=str(error))
                break
        without = Shown(why=UNTAKEN if picture.file is not None else picture.why)
        made = await self._composed(way, without)
        try:
            return Sent(await way.send(made.message), without, made.whole)
        except Unwanted as error:
            logger().warning("chat refused", chat="slack", thread=way.key, reason=str(error))
        await way.turn()
        return Sent(await way.send(self._composer.plain(made.message, way.key)), without, made.whole)

    async def _composed(self, way: Way, picture: Shown) -> Made:
        """A message as things stand when its turn has come; that it cannot be shown, after some tries."""
        await way.turn()
        try:
            made = await way.compose(picture)
        except StoreUnavailable:
            raise
        except Exception as error:
            self._uncomposed[way.key] += 1
            if self._uncomposed[way.key] <= TRIES or not way.new:
                raise
            logger().error("chat failed", chat="slack", thread=way.key, exc_info=error)
            return Made(self._composer.plain(None, way.key), whole=False)
        self._uncomposed.pop(way.key, None)
        return made
