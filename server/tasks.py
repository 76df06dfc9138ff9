"""Background tasks: started with the server, begun again when they fail, ended with it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from server.logs import logger

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from server.metrics import Metrics

PAUSE = 1.0  # seconds between a failure and the next try; the store may be coming back


class Tasks:
    """The tasks that run beside the doors."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._running: dict[str, asyncio.Task[None]] = {}
        self._states: dict[str, str] = {}

    def start(self, name: str, job: Callable[[], Awaitable[None]]) -> None:
        """Run a job until ``stop``; where it fails it is begun again, so it must find its place itself."""
        self._running[name] = asyncio.create_task(self._keep(name, job), name=name)

    async def stop(self) -> None:
        """End all of them, the last started first."""
        for task in reversed(self._running.values()):
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)
        self._running.clear()

    def states(self) -> dict[str, str]:
        """Of each task: running, failing or ended."""
        return dict(self._states)

    async def _keep(self, name: str, job: Callable[[], Awaitable[None]]) -> None:
        while True:
            self._states[name] = "running"
            try:
                await job()
            except Exception as error:  # noqa: BLE001 - whatever it was, it is told and tried again
                self._states[name] = "failing"
                self._metrics.failures.labels(name).inc()
                logger().error("task failed", task=name, exc_info=error)
            else:
                self._states[name] = "ended"
                return
            await asyncio.sleep(PAUSE)
