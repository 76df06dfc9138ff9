"""Delivery: what the outbox holds is sent once, in order within a thread, at the pace that Slack allows.

A thread is served by one lane at a time: its root first, then what it has to be told (all that waits, in one message),
then its root again, where there is something new to show. After a start, and after a send without an answer, the thread
is searched for our stamps before anything is sent again. While Slack is away everything waits, and few calls are made.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from msgspec.structs import replace

from server.logs import logger
from server.slack import outbox
from server.slack.stamps import Stamp
from server.slack.trouble import Limited, NotReady, Unconfirmed, Unreachable, Unwanted
from server.store.events import EventRow, events_at
from server.store.unavailable import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from server.slack.line import Line
    from server.slack.message import Message
    from server.slack.outbox import Thread
    from server.slack.pace import Pace
    from server.slack.stamps import Place
    from server.store.store import Store

LANES = 6  # threads served at once: while one's picture is drawn and processed, others are told
SLACK = "slack"  # rests as a whole while it is away
READY_PAUSES = (0.5, 1.0, 2.0, 4.0)  # seconds between tries with a picture that Slack calls ready and does not take


class Picture(Struct, frozen=True):
    """A picture to be sent: a file name, its PNG, and what it shows in words; ``digest`` of the version shown."""

    name: str
    png: bytes
    alt: str
    digest: str | None = None


class Composer(Protocol):
    """What a thread shows."""

    async def root(self, thread: Thread) -> Message:
        """The root as things stand; with the picture ``thread.picture``, if it has one."""

    async def root_picture(self, thread: Thread) -> Picture | None:
        """The picture of a root, where it needs another than it has."""

    async def reply(self, thread: Thread, events: Sequence[EventRow], picture: str | None) -> tuple[Message, int]:
        """What happened, in one message, and how many of the events it tells: at least one, the first ones."""

    async def reply_picture(self, thread: Thread, events: Sequence[EventRow]) -> Picture | None:
        """The picture of the last of the events that has one."""

    async def plain(self, message: Message) -> Message:
        """The same in text alone, for what Slack does not take in blocks."""


class Patience(Struct, frozen=True):
    """Seconds: between two updates of one root; the first and the longest back-off; between tries at a closed door."""

    update: float = 3.0
    back_off: float = 1.0
    longest: float = 60.0
    closed: float = 30.0


class Delivery:
    """Serves the threads of one workspace; ``trouble`` says why nothing is sent, while nothing is."""

    def __init__(self, store: Store, ends: tuple[Line, Composer], pace: Pace, patience: Patience) -> None:
        self._store = store
        self._line, self._composer = ends
        self._pace = pace
        self._patience = patience
        self._wanted: dict[str, None] = {}
        self._busy: set[str] = set()
        self._unsure: set[str] = set()
        self._updated: dict[str, float] = {}
        self._failures = 0
        self._news = asyncio.Condition()
        self.trouble: str | None = None

    async def run(self) -> None:
        """Send what waits and what comes, until cancelled."""
        self._busy.clear()
        keys = await outbox.unfinished()
        self._unsure.update(keys)  # a process that died may have sent the next of each
        await self.want(keys)
        async with asyncio.TaskGroup() as lanes:
            for _ in range(LANES):
                lanes.create_task(self._lane())

    async def want(self, keys: Iterable[str]) -> None:
        """Something is to be done for these threads."""
        async with self._news:
            self._wanted.update(dict.fromkeys(keys))
            self._news.notify_all()

    async def _lane(self) -> None:
        while True:
            key = await self._next()
            again: float | None = self._patience.back_off
            try:
                again = await self._serve(key)
                self._failures, self.trouble = 0, None
            except (Limited, Unconfirmed, Unreachable, StoreUnavailable) as error:
                again = await self._failed(key, error)
            except Exception as error:  # noqa: BLE001 - one thread that cannot be composed must not silence the others
                logger().error("chat failed", chat="slack", thread=key, exc_info=error)
                again = self._patience.longest
            finally:
                self._busy.discard(key)
                if again is not None:
                    self._later(key, again)

    async def _next(self) -> str:
        async with self._news:
            while (key := next((one for one in self._wanted if one not in self._busy), None)) is None:
                await self._news.wait()
            del self._wanted[key]
            self._busy.add(key)
            return key

    def _later(self, key: str, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(seconds, lambda: loop.create_task(self.want([key])))

    async def _failed(self, key: str, error: Exception) -> float:
        """How long this thread waits; where Slack itself is away, all do."""
        pause = self._patience.back_off
        match error:
            case Limited(seconds=seconds):
                return seconds
            case Unreachable():
                self.trouble, pause = str(error), self._patience.closed
            case Unconfirmed():
                self._unsure.add(key)
                pause = min(self._patience.longest, self._patience.back_off * 2**self._failures)
                self._failures, self.trouble = self._failures + 1, str(error)
                self._pace.rest(SLACK, pause)
            case _:
                pass
        logger().warning("chat waits", chat="slack", thread=key, seconds=pause, reason=str(error))
        return pause

    async def _serve(self, key: str) -> float | None:
        """One step for a thread; after how many seconds there is another, None where it is done."""
        await self._pace.turn(SLACK)
        thread = await outbox.thread_of(key)
        if thread is None:
            return None
        if key in self._unsure:
            await self._look(thread)
            self._unsure.discard(key)
            return 0.0
        if thread.ts is None and thread.rooted:
            await self._send_root(thread)
            return 0.0
        waiting = await outbox.waiting(key)
        if thread.due > thread.shown and (not waiting or self._may_update(key) == 0.0):
            if (left := self._may_update(key)) > 0.0:
                return left
            await self._update_root(thread)
            return 0.0
        if not waiting:
            return None
        await self._reply(thread, waiting)
        return 0.0

    def _may_update(self, key: str) -> float:
        """Seconds until the root may be updated again."""
        now = asyncio.get_running_loop().time()
        return max(0.0, self._updated.get(key, -self._patience.update) + self._patience.update - now)

    async def _look(self, thread: Thread) -> None:
        """Find what was sent and not confirmed."""
        if thread.ts is None and thread.rooted:
            stamp = Stamp(thread.key)
            found = await self._line.find(thread.place_of_root, {stamp})
            if stamp in found:
                await outbox.confirm_root(self._store, replace(thread, ts=found[stamp]))
            return
        ends = sorted((await self._line.told_up_to(thread.place, thread.key)).items())
        for seq in await outbox.waiting(thread.key):
            ts = next((ts for last, ts in ends if seq <= last), None)
            if ts is not None:
                await outbox.confirm(self._store, thread.key, [seq], ts)

    async def _send_root(self, thread: Thread) -> None:
        thread = await self._pictured(thread)
        message = await self._composer.root(thread)
        ts = await self._post(thread.place_of_root, message, Stamp(thread.key))
        await outbox.confirm_root(self._store, replace(thread, ts=ts, shown=thread.due))
        self._updated[thread.key] = asyncio.get_running_loop().time()

    async def _update_root(self, thread: Thread) -> None:
        thread = await self._pictured(thread)
        message = await self._composer.root(thread)
        await self._pace.turn(f"update {thread.channel}")
        self._updated[thread.key] = asyncio.get_running_loop().time()
        try:
            await self._line.update(thread.channel, str(thread.ts), message, Stamp(thread.key))
        except Unwanted as error:
            logger().warning("chat refused", chat="slack", thread=thread.key, reason=str(error))
        await outbox.confirm_root(self._store, replace(thread, shown=thread.due))

    async def _pictured(self, thread: Thread) -> Thread:
        """The thread with the picture that its root needs; noted at once, so that it is not sent again after a kill."""
        picture = await self._composer.root_picture(thread)
        if picture is None:
            return thread
        shown = replace(thread, picture=await self._upload(picture), pictured=picture.digest)
        await outbox.confirm_root(self._store, shown)
        return shown

    async def _reply(self, thread: Thread, waiting: list[int]) -> None:
        events = await events_at(waiting)
        picture = await self._upload(await self._composer.reply_picture(thread, events))
        message, count = await self._composer.reply(thread, events, picture)
        told = waiting[:count]
        try:
            ts = await self._post(thread.place, message, Stamp(thread.key, told[0], told[-1]))
        except Unwanted as error:
            await outbox.refuse(self._store, thread.key, told, str(error))
        else:
            await outbox.confirm(self._store, thread.key, told, ts)

    async def _upload(self, picture: Picture | None) -> str | None:
        """Slack's id of a picture; None where there is none, or Slack does not process it: words go out without it."""
        if picture is None:
            return None
        try:
            return await self._line.upload(picture.name, picture.png, picture.alt)
        except Unwanted as error:
            logger().warning("picture refused", chat="slack", reason=str(error))
            return None

    async def _post(self, place: Place, message: Message, stamp: Stamp) -> str:
        """Post at the channel's pace; a message that Slack does not take in blocks goes out as text."""
        for pause in READY_PAUSES:
            await self._pace.turn(place.channel)
            try:
                return await self._line.post(place, message, stamp)
            except Limited as error:
                self._pace.rest(place.channel, error.seconds)
                raise
            except NotReady:
                await asyncio.sleep(pause)
            except Unwanted as error:
                logger().warning("chat refused", chat="slack", reason=str(error))
                break
        await self._pace.turn(place.channel)
        return await self._line.post(place, await self._composer.plain(message), stamp)
