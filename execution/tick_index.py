"""The tick index: one tick against all line and level nodes of one market and timeframe that fire within the bar.

It says what the path of a bar says (``spec.crossing``, ``spec.proximity``), with the ticks that were traded in place
of the assumed corners: the same ticks give the same hits, however many nodes there are beside one. A tick costs the
edges that it passes, not the nodes. Lives and frequencies are not its matter: ``spec.firing`` takes its hits.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from execution.tick_bands import INSIDE, OUTSIDE, TickBands
from execution.tick_lines import TickLines
from execution.tick_places import EVERYTHING, common
from spec.crossing import PathSide
from spec.proximity import WasInside
from spec.signals import SrProximity, TrendlineCross

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from execution.tick_bands import Scale
    from execution.tick_lines import Turned
    from execution.tick_places import Quiet
    from spec.placement import Band
    from spec.signals import Node

    Placed: TypeAlias = tuple[TrendlineCross | SrProximity, Band]


class TickHit(NamedTuple):
    """A node fired on a tick; price and value as those of an intrabar hit."""

    node: str
    event: str
    price: float
    value: float


def is_ticked(node: Node) -> bool:
    """Whether a tick can decide the node.

    Leaving is known at the close, and a multiple of an ATR that counts the running bar moves with every tick.
    """
    match node:
        case TrendlineCross(trigger="intrabar"):
            return True
        case SrProximity(trigger="intrabar", event=event, tolerance=tolerance):
            return event != "leave" and (tolerance is None or tolerance.unit != "atr")
        case _:
            return False


class TickIndex:
    """The nodes of one market and timeframe on their places; ``tick`` is the market's tick size."""

    def __init__(self, placed: Mapping[str, Placed], tick: float | None = None) -> None:
        lines = {name: one for name, one in placed.items() if isinstance(one[0], TrendlineCross)}
        bands = {name: one for name, one in placed.items() if isinstance(one[0], SrProximity)}
        self._lines = [
            (names, _lines_of([placed[name] for name in names], log=log))
            for log in (False, True)
            if (names := [name for name, (_, band) in lines.items() if band.one.log is log])
        ]
        self._bands = [
            (names, _bands_of([placed[name] for name in names], scale, tick))
            for scale in SCALES
            if (names := [name for name, one in bands.items() if _scale_of(one) == scale])
        ]
        self._events = {name: node.event for name, (node, _) in bands.items() if isinstance(node, SrProximity)}
        self._first = True

    def remember(self, memories: Mapping[str, PathSide | WasInside]) -> None:
        """Take up what an evaluation remembered after the bar before."""
        for names, lines in self._lines:
            for at, name in enumerate(names):
                memory = memories.get(name)
                lines.sides[at] = memory.side if isinstance(memory, PathSide) else 0
        for names, bands in self._bands:
            for at, name in enumerate(names):
                memory = memories.get(name)
                if isinstance(memory, WasInside):
                    bands.states[at] = INSIDE if memory.inside else OUTSIDE

    def memories(self) -> dict[str, PathSide | WasInside]:
        """What an evaluation remembers after this bar; of the nodes in whose extent it lies."""
        found: dict[str, PathSide | WasInside] = {}
        for names, lines in self._lines:
            found.update((names[at], PathSide(int(lines.sides[at]))) for at in lines.here)
        for names, bands in self._bands:
            found.update((names[at], WasInside(bool(bands.states[at] == INSIDE))) for at in bands.here)
        return found

    @property
    def quiet(self) -> Quiet:
        """The prices, both included, that change nothing after the last one, so that they need not be told."""
        quiet = (*(lines.quiet for _, lines in self._lines), *(bands.quiet for _, bands in self._bands))
        return reduce(common, quiet, EVERYTHING)

    def open(self, index: int, time: int) -> None:
        """A bar begins: its index in the series, and its open in UNIX seconds UTC."""
        self._first = True
        for _, lines in self._lines:
            lines.open(index, time)
        for _, bands in self._bands:
            bands.open(index, time)

    def tick(self, price: float) -> list[TickHit]:
        """What fires on the next tick of the bar, each node once a bar at most."""
        hits: list[TickHit] = []
        for names, lines in self._lines:
            for turned in lines.tick(price):
                hits += _crossings(names, turned, price if self._first else None)
        for names, bands in self._bands:
            rows = bands.tick(price)
            if len(rows):
                columns = zip(rows.tolist(), *(column.tolist() for column in bands.prices(rows)), strict=True)
                hits += [TickHit(names[at], self._events[names[at]], cost, value) for at, cost, value in columns]
        self._first = False
        return hits


SCALES: tuple[Scale, ...] = ("linear", "log", "exp")


def _crossings(names: list[str], turned: Turned, opened: float | None) -> Iterable[TickHit]:
    """Crossings as hits; at the first tick of a bar the price is that tick, else the line's value."""
    event = "up" if turned.up else "down"
    for at, value in zip(turned.lines, turned.values, strict=True):
        yield TickHit(names[at], event, value if opened is None else opened, value)


def _lines_of(placed: list[Placed], *, log: bool) -> TickLines:
    directions = [node.direction for node, _ in placed if isinstance(node, TrendlineCross)]
    return TickLines([band.one for _, band in placed], directions, log=log)


def _bands_of(placed: list[Placed], scale: Scale, tick: float | None) -> TickBands:
    reaches = np.array([_reach(node, tick) for node, _ in placed])
    pulses = [isinstance(node, SrProximity) and node.event in {"enter", "touch"} for node, _ in placed]
    return TickBands([band for _, band in placed], (reaches[:, 0], reaches[:, 1]), pulses, scale)


def _scale_of(placed: Placed) -> Scale:
    node, band = placed
    if not band.one.log:
        return "linear"
    return "exp" if isinstance(node, SrProximity) and node.tolerance is not None else "log"


def _reach(node: TrendlineCross | SrProximity, tick: float | None) -> tuple[float, float]:
    """How far a band is widened: in price units, and as a share of the edge."""
    tolerance = node.tolerance if isinstance(node, SrProximity) else None
    if tolerance is None:
        return 0.0, 0.0
    match tolerance.unit:
        case "percent":
            return 0.0, tolerance.amount / 100
        case "ticks":
            return (np.nan if tick is None else tolerance.amount * tick), 0.0
        case _:
            return tolerance.amount, 0.0
