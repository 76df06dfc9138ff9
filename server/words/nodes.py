"""Nodes in words: what each asks, with everything that decides when it is true."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from server.operand_words import comparison_in_words, operand_in_words, regime_in_words
from server.words.shapes import shape_in_words
from spec.custom import Custom
from spec.signals import (
    AllOf,
    AnyOf,
    Compare,
    Cooldown,
    Leaf,
    NoneOf,
    Once,
    Regime,
    Sequence,
    SrProximity,
    TimeWindow,
    Tolerance,
    TrendlineCross,
)
from spec.timeframe import text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spec.geometry import UnixTime
    from spec.signals import Node

CLOSE = {"bar_close": "at a bar's close", "intrabar": "within the bar"}
WAYS = {"up": "from below", "down": "from above", "either": "either way"}
DOES = {"inside": "is inside", "enter": "enters", "leave": "leaves", "touch": "touches", "near": "is near"}
HOW_OFTEN = {
    "only_once": ", once and never again",
    "once_per_bar": "",
    "once_per_bar_close": ", once a close",
    "once_per_minute": ", at most once a minute",
}
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def expanded(name: str, nodes: Mapping[str, Node]) -> str:
    """What a node asks, and in it what the nodes ask that it reads."""
    match nodes[name]:
        case AllOf(names):
            return f"all of {_each(names, nodes)}"
        case AnyOf(names):
            return f"any of {_each(names, nodes)}"
        case NoneOf(names):
            return f"none of {_each(names, nodes)}"
        case Sequence(first, then, within):
            return f"first ({expanded(first, nodes)}), then within {within} bars ({expanded(then, nodes)})"
        case Once(read):
            return f"once and never again ({expanded(read, nodes)})"
        case Cooldown(read, bars):
            return f"({expanded(read, nodes)}), then silent for {bars} bars"
        case leaf:
            return leaf_in_words(name, leaf)


def _each(names: tuple[str, ...], nodes: Mapping[str, Node]) -> str:
    return f"({'; '.join(expanded(name, nodes) for name in names)})"


def leaf_in_words(name: str, node: Leaf) -> str:
    """What a node asks that reads no other."""
    match node:
        case TrendlineCross(geometry=shape, direction=direction):
            return f"price crosses {WAYS[direction]}, {_told(node)}, {shape_in_words(shape)}"
        case SrProximity(geometry=shape, event=event, tolerance=tolerance):
            return f"price {DOES[event]}{_reach(tolerance)}, {_told(node)}, {shape_in_words(shape)}"
        case Compare():
            return f"{comparison_in_words(node, shape_in_words)} at a bar's close ({node.timeframe})"
        case Regime():
            return f"{regime_in_words(node)} ({node.timeframe})"
        case TimeWindow():
            return f"{_window(node)} ({node.timeframe})"
        case Custom():
            return f"custom code {name} says so, a {node.output}, at a bar's close ({node.timeframe}){_given(node)}"
        case _:
            assert_never(node)


def _told(node: TrendlineCross | SrProximity) -> str:
    often, valid = HOW_OFTEN[node.frequency], _valid(node.valid_from, node.valid_until)
    return f"{CLOSE[node.trigger]} ({node.timeframe}){often}{valid}"


def _valid(since: UnixTime | None, until: UnixTime | None) -> str:
    begins = "" if since is None else f", from {text_of(since)}"
    return begins + ("" if until is None else f", until {text_of(until)}")


def _reach(tolerance: Tolerance | None) -> str:
    if tolerance is None:
        return ""
    amount = f"{tolerance.amount:.10g}"
    units = {"absolute": amount, "percent": f"{amount} %", "ticks": f"{amount} ticks"}
    return f" (within {units.get(tolerance.unit, f'{amount} x ATR({tolerance.length})')})"


def _window(node: TimeWindow) -> str:
    days = "" if node.weekdays is None else f", {' '.join(WEEKDAYS[day] for day in node.weekdays)}"
    return (
        f"bars that open {_clock(node.from_minute)} to {_clock(node.to_minute)} UTC{days}{_valid(node.start, node.end)}"
    )


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _given(node: Custom) -> str:
    told = ", ".join(f"{name} = {operand_in_words(one, shape_in_words)}" for name, one in node.inputs.items())
    params = ", ".join(f"{name} = {value!r}" for name, value in node.params.items())
    return f", told {told} of {node.lookback} bars" + (f", with {params}" if params else "")
