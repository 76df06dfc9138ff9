"""An oracle: one position at a time, replayed price by price on whole numbers, with nothing of the kernels in it.

A bar's path is spelled out as every whole number that it passes. All levels stand on whole numbers, so an order
fills at the first price at or beyond its level, which at an open that gapped is the open.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

Row = tuple[float, float, float, float]
Outcome = tuple[int, float, int, float, Fraction, str]


def spelled(row: Row) -> list[int]:
    """Every price of a bar's path: the nearer extreme first, of two as near the low."""
    o, h, low, c = (int(price) for price in row)
    corners = [o, low, h, c] if o - low <= h - o else [o, h, low, c]
    prices = [o]
    for a, b in pairwise(corners):
        prices += range(a + 1, b + 1) if b > a else range(a - 1, b - 1, -1)
    return prices


@dataclass
class Replay:
    """``targets`` are (level, share); sizes are shares of the position as it was opened."""

    sign: int
    stop: int
    targets: list[tuple[int, Fraction]]
    trades: list[Outcome] = field(default_factory=list)
    entry: tuple[int, int] | None = None
    rest: Fraction = Fraction(0)
    open_targets: list[int] = field(default_factory=list)

    def enter(self, row: int, price: int) -> None:
        levels = [level for level, _ in self.targets]
        if (price - self.stop) * self.sign > 0 and all((level - price) * self.sign > 0 for level in levels):
            self.entry, self.rest, self.open_targets = (row, price), Fraction(1), list(range(len(levels)))

    def leave(self, row: int, price: int, size: Fraction, reason: str) -> None:
        assert self.entry is not None
        self.trades.append((self.entry[0], float(self.entry[1]), row, float(price), size, reason))
        self.rest -= size
        if self.rest == 0:
            self.entry = None

    def tick(self, row: int, price: int) -> None:
        """The stop first, then the targets, as orders in the book would see this price."""
        if self.entry is not None and (price - self.stop) * self.sign <= 0:
            self.leave(row, price, self.rest, "stop")
        for at in list(self.open_targets):
            level, share = self.targets[at]
            if self.entry is not None and (price - level) * self.sign >= 0:
                self.open_targets.remove(at)
                name = "target" if len(self.targets) == 1 else f"target {at + 1}"
                self.leave(row, price, share, name)

    def run(self, bars: list[Row], entries: set[int], exits: set[int]) -> list[Outcome]:
        """Entries and exits are bars on whose close the nodes are true; they act at the next open."""
        for row, bar in enumerate(bars):
            prices = spelled(bar)
            if self.entry is not None and self.leaving:
                self.leave(row, prices[0], self.rest, "exit")
            elif self.entry is None and row - 1 in entries and self.looking:
                self.enter(row, prices[0])
            for price in prices:
                self.tick(row, price)
            self.leaving = self.entry is not None and row in exits
            self.looking = self.entry is None
        if self.entry is not None:
            self.leave(len(bars) - 1, int(bars[-1][3]), self.rest, "end of data")
        return self.trades

    leaving: bool = False
    looking: bool = True
