"""Crossings of a line: the close as Pine's ta.crossover reads it, or TradingView's assumed path within the bar.

A kernel takes what it remembered, the line's place and a block of bars; it gives what to remember and the hits.
Both bars of a crossing lie in the extent, so a block is first cut to it. Intrabar, only bars that do not lie
wholly on the side of the bar before are looked into; on those, the path open → nearer extreme → other extreme →
close is walked, a point exactly on the line keeping the side before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import numpy as np
from msgspec import Struct

from spec.block import ON_THE_LINE, SMALLEST, Block, value_at
from spec.hits import CODE, NOTHING, Hits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spec.placement import Straight
    from spec.signals import Direction

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Signs = NDArray[np.int8]

UP, DOWN = CODE["up"], CODE["down"]
NO_ROWS = np.empty(0, np.int64)
PATH = 4  # steps within a bar: to the open, the nearer extreme, the other one, the close


class CloseSide(Struct, frozen=True):
    """The side of the last close in the extent: 1 above, -1 below, 0 on the line."""

    side: int


class PathSide(Struct, frozen=True):
    """The side that the path had when the last bar in the extent closed: 1 above, -1 below, 0 none yet."""

    side: int


def close_crossings(
    before: CloseSide | None, line: Straight, block: Block, direction: Direction
) -> tuple[CloseSide | None, Hits]:
    """Crossings by the close. ``up``: close above the value and the close before at or below its own bar's value."""
    rows = block.within(line)
    if rows.start == rows.stop or (before and before.side and before.side == block.side(line, rows, "close", "close")):
        return before, NOTHING  # no bar, or none that leaves the side of the one before
    value = _cut(block.value(line, 0), rows)
    above = _beyond(value, rows, line, block, UP) if direction != "down" else None
    up = _rises(above, before, 1, block) if above is not None else NO_ROWS
    below = _beyond(value, rows, line, block, DOWN) if direction != "up" else None
    down = _rises(below, before, -1, block) if below is not None else NO_ROWS
    return CloseSide(_side_at(rows.stop - 1, value, line, block)), _close_hits(up, down, rows.start, (line, block))


def _beyond(value: Floats | float, rows: slice, line: Straight, block: Block, event: int) -> Bools:
    out = block.scratch.bools(0, rows.stop - rows.start)
    if event == UP:
        return np.greater_equal(block.under("close", log=line.log)[rows], value, out=out)
    return np.less_equal(block.over("close", log=line.log)[rows], value, out=out)


def _side_at(row: int, value: Floats | float, line: Straight, block: Block) -> int:
    """The side of the close of the extent's last row, whose value is the last of ``value``."""
    last = value if isinstance(value, float) else value[-1]
    above, below = block.under("close", log=line.log)[row] >= last, block.over("close", log=line.log)[row] <= last
    return int(above) - int(below)


def _rises(beyond: Bools, before: CloseSide | None, side: int, block: Block) -> NDArray[np.int64]:
    """Rows where ``beyond`` (the given side) turned true; on the first row only after a bar in the extent."""
    fires = block.scratch.bools(1, len(beyond))
    fires[0] = before is not None and before.side != side and beyond[0]
    np.greater(beyond[1:], beyond[:-1], out=fires[1:])
    return np.flatnonzero(fires)


def _close_hits(up: NDArray[np.int64], down: NDArray[np.int64], shift: int, place: tuple[Straight, Block]) -> Hits:
    line, block = place
    rows = np.concatenate([up, down]) + shift
    if not len(rows):
        return NOTHING
    events = np.repeat(np.array([UP, DOWN], np.int8), [len(up), len(down)])
    if len(up) and len(down):
        order = np.argsort(rows, kind="stable")
        rows, events = rows[order], events[order]
    return Hits(rows + block.start, events, block.bars.close[rows], value_at(line, block.x(line)[rows]))


def path_crossings(
    before: PathSide | None, line: Straight, block: Block, direction: Direction, tick: float
) -> tuple[PathSide | None, Hits]:
    """Each bar's first crossing in ``direction`` along the assumed path; ``tick`` is 0 where unknown.

    The price is the line's value, or the open where the side changed between two bars.
    """
    rows = block.within(line)
    if rows.start == rows.stop or (before and before.side and before.side == block.side(line, rows, "low", "high")):
        return before, NOTHING  # no bar, or none that leaves the side of the one before
    value = block.value(line, 0)
    busy = _busy(_cut(value, rows), line, block, rows, before) + rows.start
    if not len(busy):
        return _quiet_end(value, line, block, rows), NOTHING
    signs = _path_signs(busy, value, (line, block), tick)
    if busy[0] == rows.start:
        signs[0, 0] = 0 if before is None else before.side  # the close before lies in another block, or outside
    kept = _carry(signs)
    hits = _path_hits(busy, kept, direction, line, block)
    if busy[-1] != rows.stop - 1:
        return _quiet_end(value, line, block, rows), hits
    return PathSide(int(kept[-1, 4])), hits


def _cut(value: Floats | float, rows: slice) -> Floats | float:
    return value if isinstance(value, float) else value[rows]


def _take(value: Floats | float, rows: NDArray[np.int64]) -> Floats | float:
    return value if isinstance(value, float) else value[rows]


def _busy(
    value: Floats | float, line: Straight, block: Block, rows: slice, before: PathSide | None
) -> NDArray[np.int64]:
    """Rows (counted from the extent's first) that do not lie wholly on the side where the bar before lay wholly."""
    length = rows.stop - rows.start
    above, below, same = (block.scratch.bools(which, length) for which in range(3))
    np.greater_equal(block.under("low", log=line.log)[rows], value, out=above)
    np.less_equal(block.over("high", log=line.log)[rows], value, out=below)
    first = before is not None and (above[0] if before.side > 0 else before.side < 0 and below[0])
    np.logical_and(above[1:], above[:-1], out=same[1:])
    np.logical_and(below[1:], below[:-1], out=above[1:])
    np.logical_or(same[1:], above[1:], out=same[1:])
    same[0] = bool(first)
    return np.flatnonzero(np.logical_not(same, out=same))


def _quiet_end(value: Floats | float, line: Straight, block: Block, rows: slice) -> PathSide:
    """What to remember of a last row that lies wholly on one side."""
    last = value if isinstance(value, float) else value[rows.stop - 1]
    side = 1 if block.under("close", log=line.log)[rows.stop - 1] >= last else -1
    return PathSide(side)


def _path_signs(busy: NDArray[np.int64], value: Floats | float, place: tuple[Straight, Block], tick: float) -> Signs:
    """Sides of (previous close, open, first extreme, second extreme, close) for each busy bar, shape (n, 5)."""
    line, block = place
    here = _take(value, busy)
    sides = {name: _sign(block, name, line, busy, here) for name in ("open", "high", "low", "close")}
    earlier = np.maximum(busy - 1, 0)
    previous = _sign(block, "close", line, earlier, _take(value, earlier))
    low_first = _low_first(block, busy, tick)
    return np.stack(
        [
            previous,
            sides["open"],
            np.where(low_first, sides["low"], sides["high"]),
            np.where(low_first, sides["high"], sides["low"]),
            sides["close"],
        ],
        axis=1,
    )


def _sign(block: Block, name: str, line: Straight, at: NDArray[np.int64], value: Floats | float) -> Signs:
    above = block.under(name, log=line.log)[at] >= value
    below = block.over(name, log=line.log)[at] <= value
    return above.astype(np.int8) - below.astype(np.int8)


def _low_first(block: Block, at: NDArray[np.int64], tick: float) -> Bools:
    """Whether the path visits the low before the high: nearer to the open, or as near within tick / 1000."""
    bars = block.bars
    farther = (bars.open[at] - bars.low[at]) - (bars.high[at] - bars.open[at])
    tie = np.maximum(max(tick / 1000, SMALLEST), np.abs(bars.open[at]) * ON_THE_LINE)
    return np.asarray(farther < tie)


def _carry(signs: Signs) -> Signs:
    """Fill points that lie on the line with the side before them, through the path and from bar to bar."""
    flat = signs.ravel()
    last = np.maximum.accumulate(np.where(flat != 0, np.arange(len(flat)), 0))
    return flat[last].reshape(signs.shape)


def _path_hits(busy: NDArray[np.int64], kept: Signs, direction: Direction, line: Straight, block: Block) -> Hits:
    before, after = kept[:, :-1], kept[:, 1:]
    match direction:
        case "up":
            turned = (before < 0) & (after > 0)
        case "down":
            turned = (before > 0) & (after < 0)
        case "either":
            turned = before * after < 0
        case _:
            assert_never(direction)
    if not turned.any():
        return NOTHING
    bar, step = np.divmod(np.flatnonzero(turned), PATH)
    first = np.diff(bar, prepend=-1) > 0  # of several on one bar
    bar, step = bar[first], step[first]
    rows = busy[bar]
    value = value_at(line, block.x(line)[rows])
    events = np.where(after[bar, step] > 0, UP, DOWN).astype(np.int8)
    return Hits(rows + block.start, events, np.where(step == 0, block.bars.open[rows], value), value)
