"""What may go wrong between an app and Slack: by script, every so many calls, by a seed, or all of it for a while."""

from __future__ import annotations

import random
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.slack.clock import Clock

# reset: the connection is cut before anything happens. hang: no answer ever.
# lost: done, and the connection is cut before the answer. swallowed: done, and no answer ever.
Fault = Literal["429", "500", "503", "hang", "reset", "lost", "swallowed"]
FAULTS: tuple[Fault, ...] = get_args(Fault)


@dataclass
class Planned:
    """Waits for calls of methods that match; ``every``: how many such calls until it strikes."""

    fault: Fault
    methods: str
    every: int = 1
    left: int | None = 1  # times that it still strikes; None: always
    seen: int = 0


class Faults:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.injected: list[tuple[str, Fault]] = []
        self.retry_after = 1  # seconds that a 429 asks for
        self._planned: list[Planned] = []
        self._dice: tuple[random.Random, float, Sequence[Fault]] | None = None
        self._down: tuple[float, Fault] | None = None

    def next(self, fault: Fault, methods: str = "*", times: int = 1) -> None:
        """The next so many calls of these methods (``chat.*``) meet it."""
        self._planned.append(Planned(fault, methods, left=times))

    def every(self, count: int, fault: Fault, methods: str = "*") -> None:
        self._planned.append(Planned(fault, methods, every=count, left=None))

    def seeded(self, seed: int, share: float, among: Sequence[Fault] = FAULTS) -> None:
        """Each call meets one of these with this probability."""
        self._dice = (random.Random(seed), share, among)

    def down(self, seconds: float = float("inf"), fault: Fault = "503") -> None:
        """Every call meets ``fault`` for so long, and Socket Mode's dials are refused."""
        self._down = (self.clock.now() + seconds, fault)

    def clear(self) -> None:
        self._planned, self._dice, self._down = [], None, None

    @property
    def is_down(self) -> bool:
        return self._down is not None and self.clock.now() < self._down[0]

    def of(self, method: str) -> Fault | None:
        """What this call meets."""
        met = self._met(method)
        if met:
            self.injected.append((method, met))
        return met

    def _met(self, method: str) -> Fault | None:
        if self._down and self.is_down:
            return self._down[1]
        for plan in self._planned:
            if fnmatch(method, plan.methods) and plan.left != 0:
                plan.seen += 1
                if plan.seen % plan.every == 0:
                    plan.left = None if plan.left is None else plan.left - 1
                    return plan.fault
        if self._dice:
            dice, share, among = self._dice
            return dice.choice(among) if dice.random() < share else None
        return None
