"""The graph of named nodes: in which order they are evaluated, and on which timeframe each one lives."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from spec import timeframe as tf
from spec.custom import Custom
from spec.signals import Compare, Regime, Sequence, SrProximity, TimeWindow, TrendlineCross, inputs_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spec.signals import Node


class BadGraph(ValueError):
    """Nodes that cannot be evaluated together: one sentence names them."""


def order(nodes: Mapping[str, Node]) -> tuple[str, ...]:
    """Names so that each node follows those it reads; raises BadGraph on a circle or an unknown name."""
    for name, node in nodes.items():
        for read in inputs_of(node):
            if read not in nodes:
                msg = f"node {name} reads {read}, which does not exist; the nodes are {', '.join(sorted(nodes))}"
                raise BadGraph(msg)
    sorter = TopologicalSorter({name: sorted(inputs_of(nodes[name])) for name in sorted(nodes)})
    try:
        return tuple(sorter.static_order())
    except CycleError as error:
        circle = " → ".join(reversed(error.args[1]))
        msg = f"the nodes read each other in a circle: {circle}"
        raise BadGraph(msg) from None


def timeframes(nodes: Mapping[str, Node]) -> dict[str, str]:
    """Each node's timeframe: a leaf's own, a sequence's that of ``then``, any other combinator's finest input.

    Raises BadGraph where a node would read one that is finer than itself, or whose bars do not fill its own.
    """
    frames: dict[str, str] = {}
    for name in order(nodes):
        node = nodes[name]
        match node:
            case TrendlineCross() | SrProximity() | TimeWindow() | Compare() | Regime() | Custom():
                frames[name] = node.timeframe
            case Sequence():
                frames[name] = frames[node.then]
            case _:
                frames[name] = min((frames[read] for read in inputs_of(node)), key=tf.seconds)
        for read in inputs_of(node):
            _check_fill(name, frames[name], read, frames[read])
    return frames


def _check_fill(name: str, frame: str, read: str, theirs: str) -> None:
    if not tf.divides(frame, theirs):
        msg = f"node {name} on {frame} cannot read {read} on {theirs}: bars of {frame} do not fill those of {theirs}"
        raise BadGraph(msg)


def with_inputs(nodes: Mapping[str, Node], names: tuple[str, ...]) -> frozenset[str]:
    """The given nodes and all that they read, directly or through others."""
    found: set[str] = set()
    todo = list(names)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo.extend(inputs_of(nodes[name]))
    return frozenset(found)
