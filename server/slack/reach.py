"""Reach: whether Slack, and each channel of it, takes anything. While it does not, one finds out, ever less often.

A circuit breaker (M. Nygard, Release It!): closed doors let one trial through after each pause, and everybody else
waits for what comes of it. So an hour's outage costs few calls, however many threads wait.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from msgspec import Struct

from server.slack.trouble import Unconfirmed, Unreachable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

SLACK = "slack"  # the workspace as a whole
MOST_DOUBLED = 16  # beyond it, a pause is at its longest anyhow


class Patience(Struct, frozen=True):
    """Seconds: between two updates of one root; the first and the longest pause while Slack is not to be reached."""

    update: float = 3.0
    back_off: float = 1.0
    longest: float = 60.0

    def after(self, failures: int) -> float:
        """The pause after so many failures on end, at least one."""
        return min(self.longest, self.back_off * 2.0 ** min(failures - 1, MOST_DOUBLED))


class _Door:
    """A door that is closed until ``until``; ``tried`` while somebody tries it."""

    def __init__(self) -> None:
        self.failures = 0
        self.until = 0.0
        self.why = ""
        self.tried = False
        self.news = asyncio.Event()

    def tell(self) -> None:
        """Let those look again who wait."""
        self.news.set()
        self.news = asyncio.Event()


class Reach:
    """The doors that are closed; ``clock`` counts seconds, ``now`` tells UNIX milliseconds UTC."""

    def __init__(self, clock: Callable[[], float], now: Callable[[], int], patience: Patience) -> None:
        self._clock, self._now = clock, now
        self._patience = patience
        self._closed: dict[str, _Door] = {}
        self.failures = 0  # since the start
        self.last: int | None = None  # when a channel took a message, UNIX milliseconds UTC

    @property
    def trouble(self) -> str | None:
        """Why something is not sent; None while everything is."""
        return "; ".join(f"{name}: {door.why}" for name, door in sorted(self._closed.items())) or None

    def is_closed(self, name: str) -> bool:
        """Whether it took nothing when it was tried last."""
        return name in self._closed

    @asynccontextmanager
    async def trial(self, channel: str) -> AsyncIterator[bool]:
        """Do something in a channel as soon as that may be; yields whether it had to wait.

        What fails in it closes what it concerns, and is raised on.
        """
        waited = False
        held: dict[str, _Door] = {}
        try:
            for name in (channel, SLACK):  # in this order: who tries Slack waits for no channel
                waited = await self._enter(name, held) or waited
            yield waited
        except Unconfirmed as error:
            self.failures += 1
            if not error.answered:
                self._close(SLACK, str(error), held)
            raise
        except Unreachable as error:
            self.failures += 1
            if error.where != "message":
                self._close(SLACK if error.where == "team" else channel, str(error), held)
            raise
        finally:
            for door in held.values():
                door.tried = False
                door.tell()

    def delivered(self, channel: str) -> None:
        """A channel took a message."""
        self.last = self._now()
        self.proved(channel)

    def proved(self, name: str) -> None:
        """It takes something."""
        if door := self._closed.pop(name, None):
            door.tell()

    async def _enter(self, name: str, held: dict[str, _Door]) -> bool:
        """Wait until a door is open, or it is our turn to try it; whether there was a wait."""
        waited = False
        while (door := self._closed.get(name)) is not None:
            left = door.until - self._clock()
            if left <= 0 and not door.tried:
                door.tried = True
                held[name] = door
                break
            waited = True
            with suppress(TimeoutError):
                await asyncio.wait_for(door.news.wait(), None if door.tried else left)
        return waited

    def _close(self, name: str, why: str, held: dict[str, _Door]) -> None:
        door = self._closed.setdefault(name, _Door())
        if name in held or not door.failures:  # what was under way when it closed says nothing new
            door.failures += 1
            door.until = self._clock() + self._patience.after(door.failures)
        door.why = why
