"""Nearness to a level or zone: inside, entering, leaving, touching, near.

The close is asked, or the bar's range when ``intrabar``; ``touch`` is entering with the range. Entering and
leaving compare two bars that both lie in the extent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import numpy as np
from msgspec import Struct

from spec.hits import CODE, NOTHING, Hits
from spec.operands import AtrOf

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spec.block import Block
    from spec.placement import Band
    from spec.signals import SrProximity, Tolerance

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]


class WasInside(Struct, frozen=True):
    """Whether the last bar in the extent was inside."""

    inside: bool


class Edges(Struct, frozen=True):
    """Low and high of a band on each row (numbers where flat), and whether they are logarithms."""

    low: Floats | float
    high: Floats | float
    log: bool


def nearness(
    before: WasInside | None, band: Band, block: Block, node: SrProximity, tick: float | None
) -> tuple[WasInside | None, Hits]:
    """The bars of the block on which the node is true."""
    rows = _extent(band, block)
    if rows.start == rows.stop:
        return before, NOTHING
    edges = _edges(band, block, rows)
    reach = edges if node.tolerance is None else _widened(edges, node.tolerance, block, (rows, tick))
    fields = ("low", "high") if node.trigger == "intrabar" or node.event == "touch" else ("close", "close")
    if not (before and before.inside) and _far(reach, block, fields):
        return WasInside(inside=False), NOTHING
    inside = _inside(reach, block, rows, fields)
    fires = _fires(inside, before, node)
    at = np.flatnonzero(fires)
    after = WasInside(bool(inside[-1]))
    return after, _hits(at, rows.start, edges, reach, (node, block)) if len(at) else NOTHING


def _extent(band: Band, block: Block) -> slice:
    rows = block.within(band.one)
    if band.two is band.one:
        return rows
    other = block.within(band.two)
    start = max(rows.start, other.start)
    return slice(start, max(start, min(rows.stop, other.stop)))


def _edges(band: Band, block: Block, rows: slice) -> Edges:
    one = _cut(block.value(band.one, 0), rows)
    if band.two is band.one:
        return Edges(one, one, band.one.log)
    two = _cut(block.value(band.two, 1), rows)
    if isinstance(one, float) and isinstance(two, float):
        return Edges(min(one, two), max(one, two), band.one.log)
    return Edges(np.minimum(one, two), np.maximum(one, two), band.one.log)


def _cut(value: Floats | float, rows: slice) -> Floats | float:
    return value if isinstance(value, float) else value[rows]


def _widened(edges: Edges, tolerance: Tolerance, block: Block, place: tuple[slice, float | None]) -> Edges:
    rows, tick = place
    low, high = (np.exp(edges.low), np.exp(edges.high)) if edges.log else (edges.low, edges.high)
    match tolerance.unit:
        case "absolute":
            reach: Floats | float = tolerance.amount
        case "ticks":
            reach = np.nan if tick is None else tolerance.amount * tick
        case "percent":
            share = tolerance.amount / 100
            return Edges(low - np.abs(low) * share, high + np.abs(high) * share, log=False)
        case "atr":
            reach = block.given(AtrOf(tolerance.length))[rows] * tolerance.amount
        case _:
            assert_never(tolerance.unit)
    return Edges(low - reach, high + reach, log=False)


def _far(edges: Edges, block: Block, fields: tuple[str, str]) -> bool:
    """Whether a flat band lies above or below all prices of the block, which is seen at once."""
    if not (isinstance(edges.low, float) and isinstance(edges.high, float)):
        return False
    least, most = block.bounds(*fields, log=edges.log)
    return most <= edges.low or least >= edges.high


def _inside(edges: Edges, block: Block, rows: slice, fields: tuple[str, str]) -> Bools:
    bottom, top = fields
    inside, under = (block.scratch.bools(which, rows.stop - rows.start) for which in range(2))
    np.greater(block.over(top, log=edges.log)[rows], edges.low, out=inside)
    np.less(block.under(bottom, log=edges.log)[rows], edges.high, out=under)
    return np.logical_and(inside, under, out=inside)


def _fires(inside: Bools, before: WasInside | None, node: SrProximity) -> Bools:
    if node.event in {"inside", "near"}:
        return inside
    was = np.concatenate([[before is not None and before.inside], inside[:-1]])
    fires: Bools = was & ~inside if node.event == "leave" else inside & ~was
    if before is None:
        fires[0] = False
    return fires


def _hits(at: NDArray[np.int64], shift: int, edges: Edges, reach: Edges, place: tuple[SrProximity, Block]) -> Hits:
    """``value`` is the edge nearest to the close (to the open when intrabar); the price is the close.

    Intrabar, the price is that edge, or the open where the bar opened inside the band (or has left it).
    """
    node, block = place
    rows = at + shift
    low, high = _prices(edges, at)
    price = (block.bars.open if node.trigger == "intrabar" else block.bars.close)[rows]
    value = np.where(np.abs(price - low) <= np.abs(price - high), low, high)
    if node.trigger == "intrabar" and node.event != "leave":
        near_low, near_high = _prices(reach, at)
        price = np.where((price >= near_low) & (price <= near_high), price, value)
    return Hits(rows + block.start, np.full(len(at), CODE[node.event], np.int8), price, value)


def _prices(edges: Edges, at: NDArray[np.int64]) -> tuple[Floats | float, Floats | float]:
    low = edges.low if isinstance(edges.low, float) else edges.low[at]
    high = edges.high if isinstance(edges.high, float) else edges.high[at]
    return (np.exp(low), np.exp(high)) if edges.log else (low, high)
