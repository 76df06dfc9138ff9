"""Slack's rate limits: messages by channel, all other methods by their tier; off until a test turns them on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.slack.calls import Call

POSTING = {"chat.postMessage", "chat.postEphemeral"}  # about one a second and channel, short bursts allowed
MINUTE = 60.0


@dataclass
class Bucket:
    """``rate``: a second. ``level``: calls that may come at once."""

    rate: float
    size: float
    level: float
    at: float

    def take(self, now: float) -> float:
        """0 where a call is allowed, else the seconds until it is."""
        self.level = min(self.size, self.level + (now - self.at) * self.rate)
        self.at = now
        if self.level >= 1:
            self.level -= 1
            return 0.0
        return (1 - self.level) / self.rate


class Limiter:
    """``burst``: messages that a channel takes at once."""

    def __init__(self, *, on: bool = False, rate: float = 1.0, burst: int = 3) -> None:
        self.on = on
        self.rate = rate
        self.burst = burst
        self.refused = 0
        self._buckets: dict[str, Bucket] = {}

    def wait(self, call: Call, tier: int) -> float:
        """Seconds that this call has to wait; ``tier``: calls a minute, 0 for no limit but the channel's."""
        if not self.on:
            return 0.0
        if call.method in POSTING:
            wait = self._take(call.channel, self.rate, self.burst, call.at)
        else:
            wait = self._take(call.method, tier / MINUTE, tier, call.at) if tier else 0.0
        self.refused += wait > 0
        return wait

    def _take(self, key: str, rate: float, size: float, now: float) -> float:
        return self._buckets.setdefault(key, Bucket(rate, size, size, now)).take(now)
