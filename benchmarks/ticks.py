"""Ticks: one tick against ten thousand lines and levels of one market."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.benchmark import Aim, Amount, Benchmark
from benchmarks.timing import Candidate
from execution.tick_index import TickIndex
from spec.geometry import Level
from spec.placement import Band, Straight
from spec.signals import SrProximity, Tolerance, TrendlineCross

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

NODES, TICKS, PER_BAR = 10_000, 6_000, 60
REACH = 0.0001  # near a level: within 0.01 %
STEP = 1e-4  # volatility of a tick
AIM = 40e-6  # seconds a tick
TEXT = (
    "{nodes:,} nodes of one market, half of them sloping lines crossed either way and half of them levels within "
    "0.01 %, each firing once a bar at most; {ticks:,} ticks of a seeded random walk, {bar} a bar; {hits:,} hits, as "
    "many in each. The times are those of all ticks with the beginnings of the bars, at which every line gets another "
    "value; *tick µs* is the median of one tick alone. The floor compares all nodes by NumPy in preallocated buffers, "
    "without margins or extents; the peer asks an object for each node, on {part:,} ticks, and its time is scaled."
)


@dataclass(frozen=True, slots=True)
class Market:
    """Lines as (value on bar 0, slope), the prices of the levels, and the ticks."""

    starts: Floats
    slopes: Floats
    levels: Floats
    prices: list[float]


def make_market(nodes: int, ticks: int) -> Market:
    """Around 100; seeded."""
    random, half = np.random.default_rng(11), nodes // 2
    starts, levels = 100 * np.exp(random.normal(0, 0.05, (2, half)))
    prices = 100 * np.exp(np.cumsum(random.normal(0, STEP, ticks)))
    return Market(starts, random.normal(0, 0.002, half), levels, prices.tolist())


class Ours:
    """The tick index."""

    def __init__(self, market: Market) -> None:
        placed: dict[str, tuple[TrendlineCross | SrProximity, Band]] = {}
        cross = TrendlineCross("1m", Level(1.0), "either", "intrabar")
        near = SrProximity("1m", Level(1.0), "near", "intrabar", Tolerance("percent", 100 * REACH))
        for at, (start, slope) in enumerate(zip(market.starts.tolist(), market.slopes.tolist(), strict=True)):
            line = Straight(0.0, start, slope)
            placed[f"a{at}"] = (cross, Band(line, line))
        for at, price in enumerate(market.levels.tolist()):
            level = Straight(0.0, price, 0.0)
            placed[f"b{at}"] = (near, Band(level, level))
        self.index = TickIndex(placed)

    def open(self, bar: int) -> None:
        self.index.open(bar, 60 * bar)

    def tick(self, price: float) -> int:
        return len(self.index.tick(price))


class Columns:
    """All nodes at once, in buffers that are there already."""

    def __init__(self, market: Market) -> None:
        self.market, half = market, len(market.levels)
        self.values, self.low, self.high = np.empty(half), 0.0, 0.0
        self.above, self.now, self.turned, self.near, self.quiet = np.empty((5, half), np.bool_)
        self.fired, self.known = np.zeros((2, half), np.bool_), False
        self.bottoms, self.tops = market.levels * (1 - REACH), market.levels * (1 + REACH)

    def open(self, bar: int) -> None:
        np.add(np.multiply(self.market.slopes, bar, out=self.values), self.market.starts, out=self.values)
        self.fired[:] = False
        self.low, self.high = np.inf, -np.inf

    def tick(self, price: float) -> int:
        self.low, self.high = min(self.low, price), max(self.high, price)
        np.less_equal(self.values, price, out=self.now)
        np.not_equal(self.now, self.above, out=self.turned)
        self.above, self.now = self.now, self.above
        if not self.known:
            self.known = True
            self.turned[:] = False
        np.less(self.bottoms, self.high, out=self.near)
        np.logical_and(self.near, np.greater(self.tops, self.low, out=self.quiet), out=self.near)
        return self._new(self.turned, 0) + self._new(self.near, 1)

    def _new(self, found: NDArray[np.bool_], which: int) -> int:
        fired = self.fired[which]
        np.greater(found, fired, out=self.quiet)
        np.logical_or(fired, found, out=fired)
        return int(np.count_nonzero(self.quiet))


class LineObject:
    """A line that is asked each tick."""

    def __init__(self, start: float, slope: float) -> None:
        self.start, self.slope, self.value = start, slope, start
        self.above: bool | None = None
        self.fired = False

    def open(self, bar: int) -> None:
        self.value, self.fired = self.start + bar * self.slope, False

    def update(self, price: float) -> bool:
        above = price >= self.value
        turned = self.above is not None and above != self.above and not self.fired
        self.above = above
        self.fired = self.fired or turned
        return turned


class LevelObject:
    """A level that is asked each tick, about the range of the bar so far."""

    def __init__(self, price: float) -> None:
        self.bottom, self.top, self.fired = price * (1 - REACH), price * (1 + REACH), False
        self.low, self.high = np.inf, -np.inf

    def open(self, _: int) -> None:
        self.low, self.high, self.fired = np.inf, -np.inf, False

    def update(self, price: float) -> bool:
        if price > self.high:
            self.high = price
        if price < self.low:
            self.low = price
        near = self.bottom < self.high and self.top > self.low and not self.fired
        self.fired = self.fired or near
        return near


class Objects:
    """An object for each node."""

    def __init__(self, market: Market) -> None:
        self.nodes: list[LineObject | LevelObject] = []
        self.nodes += [LineObject(*line) for line in zip(market.starts.tolist(), market.slopes.tolist(), strict=True)]
        self.nodes += [LevelObject(price) for price in market.levels.tolist()]

    def open(self, bar: int) -> None:
        for node in self.nodes:
            node.open(bar)

    def tick(self, price: float) -> int:
        return sum(node.update(price) for node in self.nodes)


class Session:
    """A way to do it over the ticks, with the time of each tick by itself."""

    def __init__(self, way: Callable[[Market], Ours | Columns | Objects], market: Market, ticks: int) -> None:
        self.made, self.prices = way(market), market.prices[:ticks]
        self.seconds: list[float] = []

    def run(self) -> int:
        """All ticks; how many hits there were."""
        made, hits = self.made, 0
        self.seconds = []
        for at, price in enumerate(self.prices):
            if at % PER_BAR == 0:
                made.open(at // PER_BAR)
            start = perf_counter()
            hits += made.tick(price)
            self.seconds.append(perf_counter() - start)
        return hits


class Disagreement(AssertionError):
    """The ways found other numbers of hits, so that their times cannot be compared."""


def benchmarks(nodes: int = NODES, ticks: int = TICKS, rounds: int = 7) -> list[Benchmark]:
    """The one benchmark."""
    market, part = make_market(nodes, ticks), max(PER_BAR, ticks // 50)
    hits = {way.__name__: Session(way, market, ticks).run() for way in (Ours, Columns)}
    some = {way.__name__: Session(way, market, part).run() for way in (Ours, Objects)}
    if len(set(hits.values())) > 1 or len(set(some.values())) > 1:
        msg = f"hits {hits}, and of the first {part} ticks {some}"
        raise Disagreement(msg)
    sessions = {
        "Drawbridge": Session(Ours, market, ticks),
        "NumPy over all nodes": Session(Columns, market, ticks),
        "Python objects": Session(Objects, market, part),
    }
    shares = {"Python objects": part / ticks}
    text = TEXT.format(nodes=nodes, ticks=ticks, bar=PER_BAR, hits=hits["Ours"], part=part)
    return [
        Benchmark(
            title="Ticks",
            text=text,
            candidates=tuple(Candidate(name, one.run, shares.get(name, 1.0)) for name, one in sessions.items()),
            peer="Python objects",
            floor="NumPy over all nodes",
            rounds=rounds,
            warm=1,
            amount=Amount(ticks, "ticks"),
            aim=Aim(rate=1 / AIM),
            more={"tick µs": lambda name: f"{median(sessions[name].seconds) * 1e6:.1f}"},
        )
    ]
