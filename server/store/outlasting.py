"""A step that runs to its end even if the task that waits for it is cancelled: a commit is never left half known."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Coroutine
    from typing import Any

T = TypeVar("T")


async def outlast(step: Coroutine[Any, Any, T] | Future[T]) -> T:
    """The step's result; a cancellation that comes meanwhile is raised after the step has ended."""
    task = asyncio.ensure_future(step)
    cancelled = False
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            cancelled = True
    if not cancelled:
        return task.result()
    if not task.cancelled():
        task.exception()  # looked at, so that the loop does not report it: the cancellation is what is told
    raise asyncio.CancelledError
