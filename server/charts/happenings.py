"""Happenings: firings and fills, as marks and arrows on the bars of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from server.charts.elements import Arrow, Fill, Mark, Way
from spec import timeframe as tf
from spec.bars import Bars, index_of
from spec.hits import EVENTS
from spec.signals import is_state
from spec.strategy import shapes_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from server.charts.overlay import Overlay
    from spec.evaluation import Said
    from spec.strategy import Strategy

WAYS: dict[str, Way] = {"up": "up", "down": "down"}


class Firing(Struct, frozen=True):
    """A node's firing on a bar of the picture's series."""

    node: str
    index: int
    price: float
    way: Way


def firings_of(strategy: Strategy, overlay: Overlay, bars: Bars) -> list[Firing]:
    """The firings to show, in order of bars.

    Shown are the nodes with geometry, and the entry and the exit whatever they are. A state is shown where it
    begins, not on every bar that it lasts.
    """
    entry = strategy.entry.node if strategy.entry else None
    shown = {name for name, node in strategy.nodes.items() if shapes_of(node)} | ({entry, strategy.exit} - {None})
    found: list[Firing] = []
    for name in sorted(shown & overlay.firings.keys() & strategy.nodes.keys(), key=str):
        usual: Way = "at"
        if strategy.entry is not None and name in {entry, strategy.exit}:
            opens = name == entry
            usual = "up" if opens == (strategy.entry.side == "long") else "down"
        said = overlay.firings[str(name)]
        rows = _beginnings(said) if is_state(str(name), strategy.nodes) else np.arange(len(said.hits))
        found += _firings(str(name), said, rows, bars, usual)
    return sorted(found, key=lambda firing: firing.index)


def _beginnings(said: Said) -> NDArray[np.int64]:
    """Rows whose bar does not follow directly on the bar of the row before."""
    index = said.hits.index
    return np.flatnonzero(np.diff(index, prepend=index[:1] - 2) > 1)


def _firings(name: str, said: Said, rows: NDArray[np.int64], bars: Bars, usual: Way) -> list[Firing]:
    found = []
    for row in rows.tolist():
        index = index_of(bars, tf.close_time(int(said.time[row]), said.timeframe) - 1)
        if index >= 0:
            way = WAYS.get(EVENTS[int(said.hits.event[row])], usual)
            found.append(Firing(name, index, float(said.hits.price[row]), way))
    return found


def filled_at(fill: Fill, bars: Bars) -> int | None:
    """The bar of a fill; None where it lies before the first bar or after the last one's end."""
    index = index_of(bars, fill.time)
    return index if index >= 0 and fill.time < bars.end else None


def marks_of(firings: list[Firing], colours: dict[str, str], view: tuple[int, int]) -> tuple[Mark, ...]:
    """Marks of the firings on the bars shown, counted from the first of them."""
    first, last = view
    return tuple(
        Mark(firing.index - first, firing.price, firing.way, colours[firing.node])
        for firing in firings
        if first <= firing.index <= last
    )


def arrows_of(overlay: Overlay, bars: Bars, view: tuple[int, int]) -> tuple[Arrow, ...]:
    """Arrows of the fills on the bars shown, counted from the first of them."""
    first, last = view
    placed = ((fill, filled_at(fill, bars)) for fill in overlay.fills)
    return tuple(
        Arrow(index - first, fill.price, fill.deal, fill.text)
        for fill, index in placed
        if index is not None and first <= index <= last
    )
