"""Delivery: what the outbox holds is sent once, in order within a thread, at the pace that Slack allows.

A thread is told by one task at a time: its root first, then all that waits, in as few messages as it fits. Its root is
kept up to date by a task of its own. After a start, and after a send without an answer, a thread is searched for our
stamps before anything is sent again. While Slack is away everything waits, and few calls are made (``reach``).
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from server.logs import logger
from server.slack import outbox
from server.slack.jobs import Jobs
from server.slack.trouble import Gone, Limited, Unconfirmed, Unreachable
from server.store.unavailable import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from server.slack.outbox import Thread
    from server.slack.reach import Patience, Reach
    from server.slack.sending import Sending
    from server.store.store import Store

    Step = Callable[[Thread], Awaitable[float | None]]


class Delivery:
    """Serves the threads of one workspace."""

    def __init__(self, store: Store, sending: Sending, reach: Reach, patience: Patience) -> None:
        self._store = store
        self._sending = sending
        self._reach = reach
        self._patience = patience
        self._threads = Jobs(partial(self._serve, self._tell))
        self._roots = Jobs(partial(self._serve, self._show))
        self._unsure: set[str] = set()
        self._failed: dict[str, int] = {}  # by thread: how often on end
        self._updated: dict[str, float] = {}

    async def run(self) -> None:
        """Send what waits and what comes, until cancelled."""
        keys = await outbox.unfinished()
        self._unsure.update(keys)  # a process that died may have sent the next of each
        self.want(keys, await outbox.behind())
        async with asyncio.TaskGroup() as both:
            both.create_task(self._threads.run())
            both.create_task(self._roots.run())

    def want(self, told: Iterable[str], due: Iterable[str]) -> None:
        """These threads have something to be told, and these roots something to show."""
        self._threads.want(told)
        self._roots.want(due)

    async def _serve(self, step: Step, key: str) -> float | None:
        """A step for a thread; what fails is tried again, and never holds up other threads."""
        try:
            again = await self._step(step, key)
        except Limited as error:
            return error.seconds
        except (Unconfirmed, Unreachable, Gone, StoreUnavailable) as error:
            logger().warning("chat waits", chat="slack", thread=key, reason=str(error))
            return await self._after(key, error)
        except Exception as error:  # noqa: BLE001 - one thread in trouble must not silence the others
            logger().error("chat failed", chat="slack", thread=key, exc_info=error)
            return self._pause(key)
        self._failed.pop(key, None)
        return again

    async def _step(self, step: Step, key: str) -> float | None:
        thread = await outbox.thread_of(key)
        if thread is None:
            return None
        async with self._reach.trial(thread.channel) as waited:
            current = await outbox.thread_of(key) if waited else thread
            return await step(current or thread)

    async def _after(self, key: str, error: Exception) -> float:
        """How long a thread waits by itself; where Slack or its channel is closed, it waits at that door as well."""
        match error:
            case Unconfirmed(answered=False):
                return self._patience.back_off
            case Gone():
                with suppress(StoreUnavailable):  # the next try finds it gone again
                    await outbox.uproot(self._store, key)
                self._threads.want([key])
            case _:
                pass
        return self._pause(key)

    def _pause(self, key: str) -> float:
        self._failed[key] = failures = self._failed.get(key, 0) + 1
        return self._patience.after(failures)

    async def _tell(self, thread: Thread) -> float | None:
        """The next message of a thread; one that may have been sent before is looked for first."""
        if thread.key in self._unsure:
            await self._sending.look(thread)
            self._unsure.discard(thread.key)
            self._roots.want([thread.key])  # a root that is found shows what stood then
            thread = await outbox.thread_of(thread.key) or thread
        try:
            return await self._next(thread)
        except (Limited, Unreachable, Gone):
            raise  # Slack said that it took nothing
        except Exception:
            self._unsure.add(thread.key)  # it may have been sent, and not noted
            raise

    async def _next(self, thread: Thread) -> float | None:
        if thread.ts is None and thread.rooted:
            await self._sending.root(thread)
            self._updated[thread.key] = asyncio.get_running_loop().time()
            self._roots.want([thread.key])  # it may have been told something since
            return 0.0
        waiting = await outbox.waiting(thread.key)
        if not waiting:
            return None
        told = await self._sending.reply(thread, waiting)
        return 0.0 if told < len(waiting) or told == outbox.MOST_TOLD else None

    async def _show(self, thread: Thread) -> float | None:
        """A root's next update, not too soon after the last."""
        if thread.ts is None or thread.due <= thread.shown:
            return None
        now = asyncio.get_running_loop().time()
        left = self._updated.get(thread.key, -self._patience.update) + self._patience.update - now
        if left > 0:
            return left
        await self._sending.update(thread)
        self._updated[thread.key] = asyncio.get_running_loop().time()
        return 0.0
