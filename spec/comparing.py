"""Compare: a price, a line, an indicator or a number against another, bar by bar."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import numpy as np
from msgspec import Struct

from spec.block import ON_THE_LINE, SMALLEST
from spec.operands import Constant, Operand, PriceOf, ValueOf, back_of, current

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spec.block import Block
    from spec.placement import Straight
    from spec.signals import Compare

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]


class Tail(Struct, frozen=True):
    """The last values of each side's column, oldest first, for operands that look back; and whether a cross can follow.

    ``short`` says that on the last bar both sides had a value, and left was not beyond the limit.
    """

    left: tuple[float, ...] = ()
    right: tuple[float, ...] = ()
    short: bool = False


def compare(before: Tail, node: Compare, places: tuple[Straight, Straight], block: Block) -> tuple[Tail, Bools]:
    """Bars where left is greater (less) than right times factor plus the number; equal within 1e-12 is neither."""
    left, left_tail = column_of(node.left, places[0], before.left, block)
    right, right_tail = column_of(node.right, places[1], before.right, block)
    limit = right * node.factor + node.plus
    margin = np.maximum(np.abs(limit) * ON_THE_LINE, SMALLEST)
    match node.op:  # NaN compares false: nothing is true without a value
        case "greater" | "crosses_above":
            beyond: Bools = left - margin >= limit
        case "less" | "crosses_below":
            beyond = left + margin <= limit
        case _:
            assert_never(node.op)
    if node.op in {"greater", "less"}:
        return Tail(left_tail, right_tail), beyond
    short = ~(beyond | np.isnan(left) | np.isnan(limit))
    crossed = beyond & np.append(before.short, short[:-1])
    return Tail(left_tail, right_tail, bool(short[-1])), crossed


def column_of(
    operand: Operand, place: Straight, tail: tuple[float, ...], block: Block
) -> tuple[Floats, tuple[float, ...]]:
    """An operand's value on each bar, NaN where it has none; ``tail`` is what a look back needs of earlier bars."""
    match operand:
        case PriceOf(field, back):
            column: Floats = getattr(block.bars, field)
            return _earlier(column, back, tail)
        case Constant(value):
            return np.full(len(block), value), ()
        case ValueOf():
            return _line(place, block), ()
        case _:
            return _earlier(block.given(current(operand)), back_of(operand), tail)


def _earlier(column: Floats, back: int, tail: tuple[float, ...]) -> tuple[Floats, tuple[float, ...]]:
    """The column ``back`` bars ago, and its last values for the next block."""
    if back == 0:
        return column, ()
    padded = np.concatenate([np.full(back - len(tail), np.nan), tail, column])
    return padded[: len(column)], tuple(padded[len(column) :].tolist())


def _line(place: Straight, block: Block) -> Floats:
    values = np.full(len(block), np.nan)
    rows = block.within(place)
    value = block.value(place, 2)
    values[rows] = value if isinstance(value, float) else value[rows]
    return np.exp(values) if place.log else values
