"""Pace: how often a channel takes a message, and how long Slack asked to be left alone.

Slack takes about one message a second in a channel and answers 429 with ``Retry-After`` above that
(docs.slack.dev, rate limits).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Pace:
    """Turns by name, so many seconds apart; ``clock`` counts seconds."""

    def __init__(self, apart: float, clock: Callable[[], float]) -> None:
        self._apart = apart
        self._clock = clock
        self._next: dict[str, float] = {}
        self._rest: dict[str, float] = {}

    async def turn(self, name: str) -> None:
        """Wait for a turn, first come, first served; a rest that begins meanwhile is waited for, too."""
        now = self._clock()
        at = max(now, self._next.get(name, 0.0))
        self._next[name] = at + self._apart
        await asyncio.sleep(max(at, self._rest.get(name, 0.0)) - now)
        if self.rests(name):
            await self.turn(name)

    def rest(self, name: str, seconds: float) -> None:
        """No turn for so many seconds."""
        self._rest[name] = max(self._rest.get(name, 0.0), self._clock() + seconds)

    def rests(self, name: str) -> bool:
        """Whether it rests."""
        return self._rest.get(name, 0.0) > self._clock()
