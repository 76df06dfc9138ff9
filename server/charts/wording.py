"""Wording: what a node waits for, in the few words that stand on its line."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from server.operand_words import comparison_in_words
from spec.geometry import Channel, Level, Line, Zone
from spec.graph import with_inputs
from spec.signals import Compare, Node, SrProximity, Tolerance, TrendlineCross

if TYPE_CHECKING:
    from spec.strategy import Strategy

CROSSING = {"up": "break up", "down": "break down", "either": "cross"}
PROXIMITY = {"inside": "inside", "enter": "enter", "leave": "leave", "touch": "touch", "near": "near"}
UNITS = {"absolute": "", "percent": "%", "ticks": " ticks", "atr": " ATR"}


def words_of(node: Node) -> str:
    """``break up``, ``touch zone``, ``near level (±0.1 ATR)``, ``close above line``; the kind for any other node."""
    match node:
        case TrendlineCross(direction=direction, trigger=trigger):
            return CROSSING[direction] + (", intrabar" if trigger == "intrabar" else "")
        case SrProximity(geometry=shape, event=event, tolerance=tolerance):
            return f"{PROXIMITY[event]} {_noun(shape)}{_tolerance(tolerance)}"
        case Compare():
            return comparison_in_words(node)
        case _:
            return ""


def _noun(shape: Line | Level | Zone | Channel) -> str:
    match shape:
        case Line():
            return "line"
        case Level():
            return "level"
        case Zone():
            return "zone"
        case Channel():
            return "channel"
        case _:
            assert_never(shape)


def _tolerance(tolerance: Tolerance | None) -> str:
    return f" (\u00b1{tolerance.amount:g}{UNITS[tolerance.unit]})" if tolerance else ""


def roles(strategy: Strategy) -> dict[str, str]:
    """What each node is for: ``long`` or ``short``, ``exit``; nodes that serve neither are absent."""
    found: dict[str, str] = {}
    if strategy.exit is not None:
        found |= dict.fromkeys(with_inputs(strategy.nodes, (strategy.exit,)), "exit")
    if strategy.entry is not None:
        found |= dict.fromkeys(with_inputs(strategy.nodes, (strategy.entry.node,)), strategy.entry.side)
    return found
