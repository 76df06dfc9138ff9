"""The path that the price is assumed to take within a bar, as TradingView's broker emulator does from candles alone.

It goes open → the extreme nearer to the open (tie: the low) → the other extreme → close, and through every price
between.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from spec.block import ON_THE_LINE, SMALLEST

Path: TypeAlias = tuple[float, float, float, float]
LEGS = 3


class Point(NamedTuple):
    """A place on the path: its leg (0 to 2), the distance gone on that leg, and the price there."""

    leg: int
    along: float
    price: float


def assumed_path(bar: tuple[float, float, float, float], tick: float | None) -> Path:
    """The four corners of a bar's path from (open, high, low, close).

    Extremes whose distances from the open differ by less than a thousandth of a tick are a tie: the low comes first.
    """
    first, high, low, last = bar
    tie = max((tick or 0.0) / 1000, abs(first) * ON_THE_LINE, SMALLEST)
    low_first = (first - low) - (high - first) < tie
    return (first, low, high, last) if low_first else (first, high, low, last)


def start(path: Path) -> Point:
    """The open."""
    return Point(0, 0.0, path[0])


def still(price: float) -> Path:
    """The path of a single price."""
    return (price, price, price, price)


def end(path: Path) -> Point:
    """The close."""
    return Point(LEGS - 1, abs(path[LEGS] - path[LEGS - 1]), path[LEGS])


def first_passage(path: Path, at: Point, level: float, *, rising: bool) -> Point | None:
    """Where the path, going on from a point, has risen (or fallen) to a level: that point itself if it is beyond."""
    if at.price >= level if rising else at.price <= level:
        return at
    for leg in range(at.leg, LEGS):
        corner = path[leg + 1]
        if corner >= level if rising else corner <= level:
            return Point(leg, abs(level - path[leg]), level)
    return None


def locate(path: Path, event: str, price: float, value: float) -> Point | None:
    """Where an intrabar hit lies on the path: its first passage (``up`` and ``down``: in that direction).

    None where the path never has that price, as for an edge that the price came near to without reaching it.
    """
    crosses = event in {"up", "down"}
    if price == path[0] and (value != price or not crosses):
        return start(path)
    for leg in range(LEGS):
        a, b = path[leg], path[leg + 1]
        passed = min(a, b) <= price <= max(a, b)
        if passed and (not crosses or (b > price if event == "up" else b < price)):
            return Point(leg, abs(price - a), price)
    return None
