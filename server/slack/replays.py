"""Replays: a signed request counts once. Bolt takes a signature for five minutes, from whoever shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

KEPT = 600.0  # seconds: a signature is taken five minutes before and after its time


class Replays:
    """The signatures that were taken; ``now`` gives seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._taken: dict[str, float] = {}

    def is_new(self, signature: str) -> bool:
        """Whether it was not shown before; from now on it was."""
        now = self._now()
        while self._taken and now - next(iter(self._taken.values())) > KEPT:
            del self._taken[next(iter(self._taken))]
        if signature in self._taken:
            return False
        self._taken[signature] = now
        return True

    def forget(self, signature: str) -> None:
        """What was refused is none of Slack's, and what failed may be tried again."""
        self._taken.pop(signature, None)
