"""Group commit: what is submitted while the last transaction runs is written in the next one, all of it at once.

Nothing waits for a timer: the first to come is written at once, and under load a transaction holds what came during
the one before. So the disk's time is paid once for all that wait, not once each. A transaction that fails for any
other reason than the store's trouble is undone and each of its items is written alone, so that only those fail that
are at fault: ``write`` is then asked for the same items again, and has to leave nothing behind where it raises.
"""

from __future__ import annotations

import asyncio
from contextvars import Context
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from server.store.outlasting import outlast
from server.store.unavailable import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

T = TypeVar("T")
R = TypeVar("R")


class Waiting(NamedTuple, Generic[T, R]):
    """An item, and what its sender waits for."""

    item: T
    done: asyncio.Future[R]


class GroupCommit(Generic[T, R]):
    """Writes items of many senders; ``write`` commits some of them and gives a result for each.

    A transaction takes items up to ``most`` in all, counted by ``size``, and at least one.
    """

    def __init__(
        self, write: Callable[[list[T]], Awaitable[Sequence[R]]], most: int, size: Callable[[T], int] = lambda _: 1
    ) -> None:
        self._write = write
        self._most = most
        self._size = size
        self._waiting: list[Waiting[T, R]] = []
        self._task: asyncio.Task[None] | None = None

    @property
    def depth(self) -> int:
        """How many wait for a transaction that has not begun."""
        return len(self._waiting)

    async def submit(self, item: T) -> R:
        """Write an item; its result once it is committed. Raises what ``write`` raises for it alone.

        A sender that is cancelled waits all the same, so that nothing is written behind its back.
        """
        done: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append(Waiting(item, done))
        if self._task is None:  # nothing of this sender's context is the others' business
            self._task = asyncio.create_task(self._run(), name="group commit", context=Context())
        return await outlast(done)

    async def settle(self) -> None:
        """Wait until nothing waits."""
        while self._task is not None:
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        batch: list[Waiting[T, R]] = []
        try:
            while self._waiting:
                batch = self._next()
                await self._commit(batch)
        finally:  # where the loop itself ends, nobody may wait on
            self._task = None
            left, self._waiting = [*batch, *self._waiting], []
            for one in left:
                one.done.cancel()

    def _next(self) -> list[Waiting[T, R]]:
        count, size = 1, self._size(self._waiting[0].item)
        for one in self._waiting[1:]:
            size += self._size(one.item)
            if size > self._most:
                break
            count += 1
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        return batch

    async def _commit(self, batch: list[Waiting[T, R]]) -> None:
        try:
            results = await self._write([one.item for one in batch])
        except Exception as error:  # noqa: BLE001 - told to every sender, who must not wait for ever
            if len(batch) == 1 or isinstance(error, StoreUnavailable):
                for one in batch:
                    one.done.set_exception(error)
                return
            for one in batch:
                await self._commit([one])
            return
        for one, result in zip(batch, results, strict=True):
            one.done.set_result(result)
