"""Slack's time: seconds that may run faster than the wall's, so that its waits are short in tests."""

from __future__ import annotations

import asyncio
from typing import Final

from slack_sdk.signature import Clock as Wall

ACK: Final = 3.0  # seconds within which an app acknowledges, and within which a trigger opens a view
RETRIES: Final = (0.0, 60.0, 300.0)  # an event is sent again at once, after 1 and after 5 minutes


class Clock:
    """UNIX seconds UTC that start at the wall's and run ``pace`` times as fast."""

    def __init__(self, pace: float = 1.0) -> None:
        self.pace = pace
        self.began = Wall().now()
        self.skipped = 0.0

    def wall(self) -> float:
        """What an app's own clock says: signatures are stamped by it."""
        return Wall().now()

    def now(self) -> float:
        return self.began + (self.wall() - self.began) * self.pace + self.skipped

    def skip(self, seconds: float) -> None:
        """So much time has passed all at once; who sleeps already is not woken by it."""
        self.skipped += seconds

    def real(self, seconds: float) -> float:
        """How long so many of Slack's seconds last here."""
        return seconds / self.pace

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(self.real(seconds))
