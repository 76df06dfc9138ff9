"""Consulting: a custom node asked bar by bar, with the window of its inputs up to that bar.

What a window needs of earlier bars is remembered here, so what answers needs to remember nothing, and a block of
thousands of bars asks the same questions as as many blocks of one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from spec.comparing import column_of
from spec.custom import CustomFailed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spec.block import Block
    from spec.custom import Ask, Custom
    from spec.placement import Straight

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Consulted:
    """A custom node, where the lines among its inputs stand, and what answers for it."""

    node: Custom
    places: tuple[Straight, ...]
    ask: Ask


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """The opens of the last ``lookback`` - 1 bars with the inputs on them, and the tail of each that looks back."""

    time: NDArray[np.int64]
    table: Floats
    tails: tuple[tuple[float, ...], ...]


def uncoded(name: str, _: Custom) -> NoReturn:
    """What stands for the port where no code may run; raises CustomFailed."""
    msg = f"custom node {name}: it is code, and code is run by commands and a server that allow custom nodes only"
    raise CustomFailed(msg)


def consult(before: Past | None, consulted: Consulted, block: Block) -> tuple[Past, Bools, Floats]:
    """On which bars the node is true, with its value there; raises CustomFailed."""
    node, count = consulted.node, len(consulted.places)
    past = before or Past(np.empty(0, np.int64), np.empty((count, 0)), ((),) * count)
    operands = zip(node.inputs.values(), consulted.places, past.tails, strict=True)
    found = [column_of(operand, place, tail, block) for operand, place, tail in operands]
    time = np.concatenate([past.time, block.bars.time])
    table = np.concatenate([past.table, np.stack([column for column, _ in found])], axis=1)
    rows = _asked(table, node.lookback)
    truth, values = np.zeros(len(time), np.bool_), np.full(len(time), np.nan)
    rows = rows[rows >= len(past.time)]
    if len(rows):
        truth[rows], values[rows] = consulted.ask(time, table, rows)
    kept = max(0, len(time) - (node.lookback - 1))
    after = Past(time[kept:], table[:, kept:], tuple(tail for _, tail in found))
    return after, truth[len(past.time) :], values[len(past.time) :]


def _asked(table: Floats, lookback: int) -> NDArray[np.int64]:
    """The columns of the table that end a run of at least ``lookback`` in which every input has a value."""
    places = np.arange(table.shape[1])
    last = np.maximum.accumulate(np.where(np.isfinite(table).all(axis=0), -1, places))
    return np.flatnonzero(places - last >= lookback)
