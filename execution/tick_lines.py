"""Lines that a price crosses, tick by tick: sorted by their value on the bar, so that a tick costs its crossings.

Below a tick's place in the order price is above every line, beyond it below every one: only the lines between that
place and the last one can turn. A tick exactly on a line keeps the side before, from bar to bar.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from execution.tick_places import Places, margins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from spec.placement import Straight
    from spec.signals import Direction

    Floats = NDArray[np.float64]
    Rows = NDArray[np.int64]

WANTS = {"up": (True, False), "down": (False, True), "either": (True, True)}


class Turned(NamedTuple):
    """Lines (by their place among those given) that a tick crossed, upwards or downwards, and their prices."""

    lines: Rows
    up: bool
    values: Floats


class TickLines:
    """Lines of one scale with the side of each: 1 where price was above, -1 below, 0 none yet."""

    def __init__(self, straights: Sequence[Straight], directions: Sequence[Direction], *, log: bool) -> None:
        self.places = Places(straights)
        self.sides = np.zeros(len(straights), np.int8)
        self._log = log
        self._wants = {up: np.array([WANTS[one][not up] for one in directions], np.bool_) for up in (True, False)}
        self._fired = np.zeros(len(straights), np.bool_)
        self._order: Rows = np.empty(0, np.int64)
        self._values: list[float] = []
        self._prices: Floats = np.empty(0)
        self._between = (0, 0)
        self._opening = True

    def open(self, x: float, time: float) -> None:
        """A bar begins: its values hold until the next one."""
        values = self.places.values(x, time)
        if self.places.endless:
            self._order = np.argsort(values)
        else:
            here = np.flatnonzero(self.places.within(x, time))
            self._order = here[np.argsort(values[here])]
        self._prices = values
        self._values = values[self._order].tolist()
        self._fired[:] = False
        self._opening = True

    def tick(self, price: float) -> list[Turned]:
        """The lines that this price turned, each once a bar and in its own direction."""
        under, over = margins(price, log=self._log)
        lower, upper = bisect_right(self._values, under), bisect_left(self._values, over)
        if self._opening:
            self._opening, rise, fall = False, slice(0, lower), slice(upper, len(self._values))
        else:
            rise, fall = slice(self._between[0], lower), slice(upper, self._between[1])
        self._between = (lower, upper)
        turns = (self._turn(rows, up=up) for rows, up in ((rise, True), (fall, False)) if rows.start < rows.stop)
        return [turned for turned in turns if turned is not None]

    def _turn(self, rows: slice, *, up: bool) -> Turned | None:
        """Put price above (or below) these lines; those that it was on the other side of are crossed."""
        lines = self._order[rows]
        sides = self.sides[lines]
        crossed = (sides < 0 if up else sides > 0) & self._wants[up][lines] & ~self._fired[lines]
        self.sides[lines] = 1 if up else -1
        if not crossed.any():
            return None
        mine = np.sort(lines[crossed])  # equal values may lie in any order, their hits may not
        values = self._prices[mine]
        self._fired[mine] = True
        return Turned(mine, up, np.exp(values) if self._log else values)
