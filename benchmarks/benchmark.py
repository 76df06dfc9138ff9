"""What a benchmark is: candidates that do the same work, which of them is peer and which floor, and the aim."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.timing import Candidate, Timing


@dataclass(frozen=True, slots=True)
class Amount:
    """How much of what is worked through, so that a rate can be given."""

    count: int
    unit: str


@dataclass(frozen=True, slots=True)
class Aim:
    """At least ``rate`` units a second, or at most ``ratio`` times the peer's time."""

    rate: float | None = None
    ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Benchmark:
    """The first candidate is the program's own; ``peer`` is what one would use instead, ``floor`` a lower limit.

    ``title`` and ``text`` say what is measured, ``text`` in whole sentences. ``more`` are further columns, each with
    what it says of a candidate once all have run.
    """

    title: str
    text: str
    candidates: tuple[Candidate, ...]
    peer: str
    floor: str
    rounds: int
    warm: int = 2
    amount: Amount | None = None
    aim: Aim | None = None
    more: dict[str, Callable[[str], str]] = field(default_factory=dict)

    @property
    def runs(self) -> int:
        """How often any candidate is called."""
        return (self.rounds + self.warm) * len(self.candidates)


@dataclass(frozen=True, slots=True)
class Result:
    """A benchmark with the timing of each candidate by its name."""

    benchmark: Benchmark
    timings: dict[str, Timing]

    def ratio(self, name: str, other: str) -> float:
        """How many times as long as another candidate one takes."""
        return self.timings[name].median / self.timings[other].median

    def rate(self, name: str) -> float | None:
        """Units a second."""
        amount = self.benchmark.amount
        return amount.count / self.timings[name].median if amount else None

    def reached(self) -> bool | None:
        """Whether the program's own candidate reaches the aim; None without one."""
        aim, own = self.benchmark.aim, self.benchmark.candidates[0].name
        if aim is None:
            return None
        rate = self.rate(own)
        fast = aim.rate is None or (rate is not None and rate >= aim.rate)
        return fast and (aim.ratio is None or self.ratio(own, self.benchmark.peer) <= aim.ratio)
