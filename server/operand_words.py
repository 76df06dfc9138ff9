"""What a comparison compares, in a trader's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from spec.geometry import Line
from spec.operands import (
    AtrOf,
    BollingerOf,
    Constant,
    EmaOf,
    MacdOf,
    ObvOf,
    Operand,
    PriceOf,
    RsiOf,
    SmaOf,
    StochasticOf,
    ValueOf,
    VolumeProfileOf,
    VwapOf,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from spec.geometry import Level
    from spec.signals import Compare, Regime

OPS = {"greater": "above", "less": "below", "crosses_above": "crosses above", "crosses_below": "crosses below"}


def called(shape: Line | Level) -> str:
    """A shape's kind, where its figures stand beside."""
    return "line" if isinstance(shape, Line) else "level"


def comparison_in_words(node: Compare, shapes: Callable[[Line | Level], str] = called) -> str:
    """``close above level``, ``volume above SMA(20) of volume``, ``RSI(14) below 30``."""
    factor = f"{node.factor:.10g} \u00d7 " if node.factor != 1 else ""
    plus = f" {'+' if node.plus > 0 else '-'} {abs(node.plus):.10g}" if node.plus else ""
    left, right = (operand_in_words(side, shapes) for side in (node.left, node.right))
    return f"{left} {OPS[node.op]} {factor}{right}{plus}"


def regime_in_words(node: Regime) -> str:
    """``volatile market (ATR(14) above 90 % of the 200 before)``, and what the other two are."""
    volatile = f"ATR({node.length}) above {100 * node.volatile_share:.10g} % of the {node.lookback} before"
    strength = f"ADX({node.length})"
    match node.state:
        case "volatile":
            return f"volatile market ({volatile})"
        case "trend":
            return f"trending market ({strength} at least {node.trend_adx:.10g}, and not {volatile})"
        case "range":
            return f"ranging market ({strength} below {node.trend_adx:.10g}, and not {volatile})"
        case _:
            assert_never(node.state)


def operand_in_words(operand: Operand, shapes: Callable[[Line | Level], str] = called) -> str:
    """The name that charts give it, with its lengths, ``[bars ago]``, and its source where that is not the close."""
    match operand:
        case PriceOf(field, back):
            return field + _ago(back)
        case Constant(value):
            return f"{value:.10g}"
        case ValueOf(line):
            return shapes(line)
        case AtrOf(length):
            return f"ATR({length})"
        case SmaOf() | EmaOf() | RsiOf() | BollingerOf() | MacdOf():
            source = "" if operand.source == "close" else f" of {operand.source}"
            return _of_source(operand) + _ago(operand.back) + source
        case VwapOf() | StochasticOf() | ObvOf() | VolumeProfileOf():
            return _of_bars(operand) + _ago(operand.back)
        case _:
            assert_never(operand)


def _of_source(operand: SmaOf | EmaOf | RsiOf | BollingerOf | MacdOf) -> str:
    match operand:
        case SmaOf(length):
            return f"SMA({length})"
        case EmaOf(length):
            return f"EMA({length})"
        case RsiOf(length):
            return f"RSI({length})"
        case BollingerOf(part, length, deviations):
            return f"{part} Bollinger band({length}, {deviations:g})"
        case MacdOf(part, fast, slow, signal):
            return f"MACD{'' if part == 'line' else ' ' + part}({fast}, {slow}, {signal})"
        case _:
            assert_never(operand)


def _of_bars(operand: VwapOf | StochasticOf | ObvOf | VolumeProfileOf) -> str:
    match operand:
        case VwapOf(anchor):
            return "VWAP" if anchor == "day" else f"VWAP of the {anchor}"
        case StochasticOf("k", length, smooth):
            return f"stochastic %K({length}, {smooth})"
        case StochasticOf(_, length, smooth, signal):
            return f"stochastic %D({length}, {smooth}, {signal})"
        case ObvOf(length):
            return "OBV" if length == 1 else f"SMA({length}) of OBV"
        case VolumeProfileOf(part, length, rows, area):
            share = f", {100 * area:.10g} %" if part.startswith("value_area") else ""
            return f"{part.replace('_', ' ')} of {length} bars in {rows} rows{share}"
        case _:
            assert_never(operand)


def _ago(back: int) -> str:
    return f"[{back}]" if back else ""
