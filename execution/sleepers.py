"""Sleepers: who has to hear a price, found by what it passes and not by asking everybody.

Each sleeps between two prices; a price outside of them wakes it, and it sleeps again once it has said between which.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from execution.tick_places import Quiet

T = TypeVar("T")
SPARE = 64  # entries that nobody stands behind any more, beyond which they are cleared away


class Sleepers(Generic[T]):
    """Two heaps: the nearest price above which somebody wakes, and the nearest below."""

    def __init__(self) -> None:
        self._asleep: dict[int, tuple[T, Quiet]] = {}
        self._above: list[tuple[float, int]] = []
        self._below: list[tuple[float, int]] = []
        self._numbers: dict[int, int] = {}
        self._next = 0

    def __len__(self) -> int:
        return len(self._asleep)

    def rest(self, one: T, quiet: Quiet) -> None:
        """Sleep at prices from the one to the other, both included; whoever sleeps already sleeps otherwise now."""
        self.forget(one)
        number = self._next = self._next + 1
        self._asleep[number] = (one, quiet)
        self._numbers[id(one)] = number
        heappush(self._above, (quiet[1], number))
        heappush(self._below, (-quiet[0], number))
        if len(self._above) > SPARE + 2 * len(self._asleep) or len(self._below) > SPARE + 2 * len(self._asleep):
            self._clear_away()

    def forget(self, one: T) -> None:
        """Wake it, or let it go."""
        number = self._numbers.pop(id(one), None)
        if number is not None:
            del self._asleep[number]

    def wake(self, price: float) -> list[T]:
        """Who is woken by a price, in the order in which they went to sleep."""
        if not self._asleep:
            return []
        numbers = {*self._passed(self._above, price), *self._passed(self._below, -price)}
        woken = [self._asleep[number][0] for number in sorted(numbers)]
        for one in woken:
            self.forget(one)
        return woken

    def everyone(self) -> list[T]:
        """Wake all."""
        woken = [one for one, _ in self._asleep.values()]
        for heap in (self._above, self._below):
            heap.clear()
        self._asleep.clear()
        self._numbers.clear()
        return woken

    def _passed(self, heap: list[tuple[float, int]], price: float) -> list[int]:
        found = []
        while heap and heap[0][0] < price:
            _, number = heappop(heap)
            if number in self._asleep:
                found.append(number)
        return found

    def _clear_away(self) -> None:
        for at, heap in ((1, self._above), (0, self._below)):
            sign = 1 if at else -1
            heap[:] = [(sign * quiet[at], number) for number, (_, quiet) in self._asleep.items()]
            heapify(heap)
