"""The Slack adapter of ``server.chat``: notes in the outbox what it is told, delivers it, and listens to people."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from slack_bolt.request.async_request import AsyncBoltRequest

from server.chat import Heard, Standing
from server.logs import logger
from server.refused import Refused
from server.slack import outbox
from server.slack.access import connected
from server.slack.bolt import bolt_of, keep_socket
from server.slack.outbox import Thread
from server.slack.replays import Replays
from server.slack.routing import EXPORT, STRATEGY, changes_root, is_told, key_of, thread_of_export
from server.store.tables import Export, Strategy
from server.strategies import artifact_of
from server.words.events import WORDS
from spec.artifact import BadArtifact

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slack_bolt.async_app import AsyncApp

    from server.slack.access import Access
    from server.slack.delivery import Delivery
    from server.slack.desk import Desk
    from server.slack.pictures import Pictures
    from server.slack.reach import Reach
    from server.store.events import EventRow
    from server.store.store import Work

SWITCHED = frozenset({"kill.set", "kill.cleared"})
ALIVE = ("proposed", "approved", "running", "paused")
KINDS = frozenset(WORDS)
FIRST = 1  # what a root has to show that nobody has seen yet


class SlackChat:
    """One workspace."""

    name = "slack"

    def __init__(self, access: Access, delivery: Delivery, out: tuple[Reach, Pictures], desk: Desk) -> None:
        self._access = access
        self._delivery = delivery
        self._replays = Replays(time.monotonic)
        self._reach, self._pictures = out
        self._client = desk.client
        self._told: set[str] = set()  # noted since the last wake: threads that are told something
        self._due: set[str] = set()  # and those whose root has something new to show
        self._opened: set[str] = set()  # and those that were opened, which a rollback undoes
        self._open: set[str] = set()  # threads that are stored
        self.bolt: AsyncApp = bolt_of(access, desk)

    @property
    def by_http(self) -> bool:
        """Whether Slack sends to a door of ours."""
        return not self._access.socket

    async def begin(self, work: Work) -> None:
        """Open a thread for whatever waits or runs, and for every question that is open."""
        self._forget()
        for row in await Strategy.filter(state__in=ALIVE).using_db(work.connection).order_by("created_at"):
            channel = self._access.channels.of(row, await _market_of(row))
            await self._open_thread(work, Thread(row.id, STRATEGY, channel, due=FIRST))
        for identity in await Export.exclude(questions="[]").using_db(work.connection).values_list("id", flat=True):
            await self._open_thread(work, Thread(str(identity), EXPORT, self._access.channels.default, due=FIRST))

    async def tell(self, work: Work, events: Sequence[EventRow]) -> None:
        """Note every event in the thread that it belongs to."""
        self._forget()
        told: list[tuple[str, int]] = []
        due: dict[str, int] = {}
        for event in events:
            where = key_of(event)
            if where is None or not await self._has_thread(work, event, where):
                continue
            if is_told(event, KINDS):
                told.append((where[1], event.seq))
            if changes_root(event):
                due[where[1]] = event.seq
            if event.kind in SWITCHED:
                due |= dict.fromkeys(await _alive(work), event.seq)
        await outbox.put(work, told)
        await outbox.make_due(work, due)
        self._told.update(key for key, _ in told)
        self._due.update(due)

    async def wake(self) -> None:
        """Deliver what was noted."""
        self._open |= self._opened
        self._delivery.want(self._told | self._opened, self._due)
        self._forget()

    async def standing(self) -> Standing:
        """How much waits, and why."""
        reach = self._reach
        waiting = await outbox.depth()
        return Standing(self.name, waiting, reach.failures, reach.last, reach.trouble, self._pictures.trouble)

    def _forget(self) -> None:
        """What was noted before is stored, or was rolled back and comes again."""
        self._told, self._due, self._opened = set(), set(), set()

    async def run(self) -> None:
        """Deliver and listen."""
        async with connected(self._client), asyncio.TaskGroup() as tasks:
            tasks.create_task(self._delivery.run())
            if self._access.socket:
                tasks.create_task(keep_socket(self._access, self.bolt))

    async def hear(self, body: str, query: str, headers: Mapping[str, str]) -> Heard:
        """One request of Slack's, raw; Bolt refuses (401) what is not freshly signed by this app's secret.

        What is signed and was heard already is acknowledged, and nothing is done.
        """
        signature = headers.get("x-slack-signature", "")
        if not self._replays.is_new(signature):
            logger().warning("replayed", chat="slack")
            return Heard(200, "")
        answer = await self.bolt.async_dispatch(AsyncBoltRequest(body=body, query=query, headers=dict(headers)))
        if answer.status != 200:
            self._replays.forget(signature)
        kind = answer.first_headers().get("content-type", "text/plain").partition(";")[0]
        return Heard(answer.status, answer.body, kind)

    async def _has_thread(self, work: Work, event: EventRow, where: tuple[str, str]) -> bool:
        """Whether an event has a thread; opens it if it is the first."""
        kind, key = where
        if key in self._open or key in self._opened:
            return True
        thread = await self._thread(work, event, kind, key)
        if thread is None:
            return False
        await self._open_thread(work, thread)
        return True

    async def _thread(self, work: Work, event: EventRow, kind: str, key: str) -> Thread | None:
        channels = self._access.channels
        if kind == STRATEGY:
            row = await Strategy.get_or_none(id=key, using_db=work.connection)
            return Thread(key, kind, channels.of(row, await _market_of(row))) if row else None
        if kind == EXPORT:
            row_ = await Export.get_or_none(id=key, using_db=work.connection)
            asked = row_ is not None and (row_.questions != "[]" or bool(event.data.get("origin")))
            return thread_of_export(event, channels.default) if asked else None
        return Thread(key, kind, channels.default)

    async def _open_thread(self, work: Work, thread: Thread) -> None:
        await outbox.open_thread(work, thread)
        self._opened.add(thread.key)


async def _alive(work: Work) -> list[str]:
    """The strategies whose roots show the kill switch."""
    rows = await Strategy.filter(state__in=ALIVE).using_db(work.connection).values_list("id", flat=True)
    return [str(identity) for identity in rows]


async def _market_of(row: Strategy) -> str | None:
    """The market that a strategy trades, as channels are named by it; None where it cannot be read."""
    try:
        market = (await artifact_of(row)).strategy.market
    except (BadArtifact, Refused):
        return None
    return market.name if market else None
