"""Pace: how often Slack takes a call, and how long it asked to be left alone.

Slack takes about one message a second in a channel, and other methods so many times a minute by their tier; above that
it answers 429 with ``Retry-After`` (docs.slack.dev, rate limits). Turns are given out by the generic cell rate
algorithm (ITU-T I.371): one theoretical arrival time a name.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Rate(Struct, frozen=True):
    """One turn every ``apart`` seconds, ``burst`` of them at once after a silence."""

    apart: float
    burst: int = 1


CHANNEL = Rate(1.0)
# By method, below the tiers that its page names (docs.slack.dev/reference/methods).
METHODS: Mapping[str, Rate] = {
    "chat.update": Rate(1.25, 5),  # tier 3: 50 a minute
    "conversations.history": Rate(1.25, 10),  # tier 3
    "conversations.replies": Rate(1.25, 10),  # tier 3
    "files.getUploadURLExternal": Rate(0.65, 10),  # tier 4: 100 a minute
    "files.completeUploadExternal": Rate(0.65, 10),  # tier 4
    "files.info": Rate(0.65, 20),  # tier 4
}


class Pace:
    """Turns by name: a method, or else a channel; ``clock`` counts seconds."""

    def __init__(self, clock: Callable[[], float], channel: Rate = CHANNEL) -> None:
        self._clock = clock
        self._channel = channel
        self._queues: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._arrival: dict[str, float] = {}
        self._rest: dict[str, float] = {}

    async def turn(self, name: str) -> None:
        """Wait for a turn, first come, first served.

        A turn counts from when it comes, not from when it was due: where this process was held up, those that waited
        do not go at once. A rest that begins meanwhile is waited for, too.
        """
        async with self._queues[name]:
            while (left := self._due(name) - self._clock()) > 0:  # noqa: ASYNC110 - a time is waited for, not a state
                await asyncio.sleep(left)
            self.passed(name)

    def _due(self, name: str) -> float:
        rate, rest = METHODS.get(name, self._channel), self._rest.get(name, 0.0)
        return max(self._arrival.get(name, 0.0) - (rate.burst - 1) * rate.apart, rest)

    def passed(self, name: str) -> None:
        """Somebody goes now, also without a turn: the next turn comes as much later."""
        rate, now = METHODS.get(name, self._channel), self._clock()
        self._arrival[name] = max(now, self._arrival.get(name, now)) + rate.apart

    async def rested(self, name: str) -> None:
        """Wait for the end of a rest that began since the turn came."""
        if (left := self._rest.get(name, 0.0) - self._clock()) > 0:
            await asyncio.sleep(left)
            await self.rested(name)

    def rest(self, name: str, seconds: float) -> None:
        """No turn for so many seconds."""
        self._rest[name] = max(self._rest.get(name, 0.0), self._clock() + seconds)
