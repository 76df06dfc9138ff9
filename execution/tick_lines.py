"""Lines that a price crosses, tick by tick: sorted by their value on the bar, so that a tick costs its crossings.

Below a tick's place in the order price is above every line, beyond it below every one: only the lines between that
place and the last one can turn. A tick exactly on a line keeps the side before, from bar to bar.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from execution.tick_places import NOT_QUIET, Places, between, margins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from execution.tick_places import Quiet
    from spec.placement import Straight
    from spec.signals import Direction

    Floats = NDArray[np.float64]

WANTS = {"up": (True, False), "down": (False, True), "either": (True, True)}


class Turned(NamedTuple):
    """Lines (by their place among those given) that a tick crossed, upwards or downwards, and their prices."""

    lines: list[int]
    up: bool
    values: list[float]


class TickLines:
    """Lines of one scale with the side of each: 1 where price was above, -1 below, 0 none yet.

    The first tick of a bar may turn any of them, so it asks columns; the others turn a few, which are asked one by one.
    """

    def __init__(self, straights: Sequence[Straight], directions: Sequence[Direction], *, log: bool) -> None:
        self.places = Places(straights)
        self.sides = np.zeros(len(straights), np.int8)
        self._log = log
        self._wants = {up: [WANTS[one][not up] for one in directions] for up in (True, False)}
        self._columns = {up: np.array(wants, np.bool_) for up, wants in self._wants.items()}
        self._fired: set[int] = set()
        self._order: list[int] = []
        self._values: list[float] = []
        self._prices: Floats = np.empty(0)
        self._sides: list[int] = []
        self._between: tuple[int, int] | None = None
        self._last = 0.0

    @property
    def here(self) -> list[int]:
        """The lines in whose extent the bar lies."""
        return self._order

    @property
    def quiet(self) -> Quiet:
        """The prices that turn no line after the last one; where that is on a line, it alone."""
        if self._between is None:
            return NOT_QUIET
        lower, upper = self._between
        if lower != upper:
            return self._last, self._last
        below = self._values[lower - 1] if lower else None
        return between(below, self._values[upper] if upper < len(self._values) else None, log=self._log)

    def open(self, x: float, time: float) -> None:
        """A bar begins: its values hold until the next one."""
        self._prices = values = self.places.values(x, time)
        if self.places.endless:
            order = np.argsort(values)
        else:
            here = np.flatnonzero(self.places.within(x, time))
            order = here[np.argsort(values[here])]
        self._order, self._values = order.tolist(), values[order].tolist()
        self._fired.clear()
        self._between = None

    def tick(self, price: float) -> list[Turned]:
        """The lines that this price turned, each once a bar and in its own direction."""
        under, over = margins(price, log=self._log)
        lower, upper = bisect_right(self._values, under), bisect_left(self._values, over)
        before, self._between, self._last = self._between, (lower, upper), price
        if before is None:
            turns = [self._opened(self._order[:lower], up=True), self._opened(self._order[upper:], up=False)]
            self._sides = self.sides.tolist()
        else:
            turns = [self._turn(self._order[before[0] : lower], up=True)] if before[0] < lower else []
            turns += [self._turn(self._order[upper : before[1]], up=False)] if upper < before[1] else []
        return [turned for turned in turns if turned.lines]

    def _opened(self, lines: list[int], *, up: bool) -> Turned:
        """Put the first price of a bar above (or below) these lines; those it was on the other side of are crossed."""
        rows = np.array(lines, np.int64)
        sides = self.sides[rows]
        crossed = rows[(sides < 0 if up else sides > 0) & self._columns[up][rows]]
        self.sides[rows] = 1 if up else -1
        return self._fire(crossed.tolist(), up=up)

    def _turn(self, lines: list[int], *, up: bool) -> Turned:
        """The same of a later price."""
        side, wants, crossed = (1 if up else -1), self._wants[up], []
        for line in lines:
            if self._sides[line] == -side and wants[line] and line not in self._fired:
                crossed.append(line)
            self._sides[line] = self.sides[line] = side
        return self._fire(crossed, up=up)

    def _fire(self, lines: list[int], *, up: bool) -> Turned:
        lines.sort()  # equal values may lie in any order, their hits may not
        self._fired.update(lines)
        values = self._prices[lines]
        return Turned(lines, up, (np.exp(values) if self._log else values).tolist())
