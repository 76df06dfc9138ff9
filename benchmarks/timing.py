"""Timing candidates side by side: warmed up, then in rounds in which each of them runs once.

A machine's speed drifts with its load and its temperature. As every round runs all candidates, one after another and
each round beginning with another one, the drift hits all of them alike and the ratios stand.
"""

from __future__ import annotations

import gc
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to do the work; ``share`` is the part of it that one run does, for ways too slow to do all of it.

    ``before`` is called ahead of each run and is not timed.
    """

    name: str
    run: Callable[[], object]
    share: float = 1.0
    before: Callable[[], object] | None = None


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds for the whole work: the median of all rounds, the shortest and the longest."""

    median: float
    least: float
    most: float


def measure(
    candidates: tuple[Candidate, ...], rounds: int, warm: int, told: Callable[[], None] = lambda: None
) -> dict[str, Timing]:
    """Timings by name; ``told`` is called after each of the (rounds + warm) x candidates runs."""
    seconds: dict[str, list[float]] = {candidate.name: [] for candidate in candidates}
    for number in range(-warm, rounds):
        gc.collect()
        first = number % len(candidates)
        for candidate in (*candidates[first:], *candidates[:first]):
            taken = _once(candidate)
            if number >= 0:
                seconds[candidate.name].append(taken)
            told()
    return {name: Timing(median(taken), min(taken), max(taken)) for name, taken in seconds.items()}


def _once(candidate: Candidate) -> float:
    if candidate.before:
        candidate.before()
    start = perf_counter()
    candidate.run()
    return (perf_counter() - start) / candidate.share
