"""What a comparison compares, in a trader's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from spec.geometry import Line
from spec.operands import AtrOf, Constant, EmaOf, Operand, PriceOf, RsiOf, SmaOf, ValueOf

if TYPE_CHECKING:
    from spec.signals import Compare

OPS = {"greater": "above", "less": "below"}


def comparison_in_words(node: Compare) -> str:
    """``close above level``, ``volume above SMA(20) of volume``, ``RSI(14) below 30``."""
    factor = f"{node.factor:.10g} \u00d7 " if node.factor != 1 else ""
    plus = f" {'+' if node.plus > 0 else '-'} {abs(node.plus):.10g}" if node.plus else ""
    return f"{operand_in_words(node.left)} {OPS[node.op]} {factor}{operand_in_words(node.right)}{plus}"


def operand_in_words(operand: Operand) -> str:
    """The name that charts give it, with its lengths, its source where that is not the close, and ``[bars ago]``."""
    match operand:
        case PriceOf(field, back):
            return field + _ago(back)
        case Constant(value):
            return f"{value:g}"
        case ValueOf(line):
            return "line" if isinstance(line, Line) else "level"
        case AtrOf(length):
            return f"ATR({length})"
        case SmaOf() | EmaOf() | RsiOf():
            return _average(operand)
        case _:
            assert_never(operand)


def _average(operand: SmaOf | EmaOf | RsiOf) -> str:
    match operand:
        case SmaOf():
            name = "SMA"
        case EmaOf():
            name = "EMA"
        case RsiOf():
            name = "RSI"
        case _:
            assert_never(operand)
    return f"{name}({operand.length}){_ago(operand.back)}{_source(operand.source)}"


def _source(source: str) -> str:
    return "" if source == "close" else f" of {source}"


def _ago(back: int) -> str:
    return f"[{back}]" if back else ""
