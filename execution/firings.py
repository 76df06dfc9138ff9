"""Firings: what every node said on every bar, without lifecycle, risk, approval or position."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from execution.approximation import approximations
from spec.equipped import code_of
from spec.evaluation import evaluate
from spec.hits import EVENTS
from spec.signals import kind_of
from spec.strategy import BadStrategy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spec.bars import Bars
    from spec.strategy import Strategy


@dataclass(frozen=True, slots=True, eq=False)
class Firings:
    """Columns of equal length in time order (alike times by name of the node).

    ``node`` indexes ``names`` and ``kinds``, ``event`` spec.hits.EVENTS; ``time`` is the open of the node's own bar,
    UNIX seconds UTC; ``value`` is the line's, NaN where there is none.
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    node: NDArray[np.int64]
    event: NDArray[np.int8]
    time: NDArray[np.int64]
    price: NDArray[np.float64]
    value: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.time)


def firings(strategy: Strategy, candles: Bars) -> tuple[Firings, tuple[str, ...]]:
    """Every firing over candles of the finest node's timeframe or finer, and notes.

    Raises BadStrategy for a watch whose market is unknown, BadBars where the candles cannot serve.
    """
    if strategy.market is None:
        msg = "the market is unknown, so nothing can be evaluated; answer the question for the market and freeze again"
        raise BadStrategy(msg)
    said, notes = evaluate(strategy.nodes, strategy.market, candles, code_of(strategy))
    names = tuple(sorted(said))
    counts = [len(said[name].hits) for name in names]
    node = np.repeat(np.arange(len(names)), counts)
    event, time, price, value = (
        np.concatenate(column)
        for column in zip(
            *((said[name].hits.event, said[name].time, said[name].hits.price, said[name].hits.value) for name in names),
            strict=True,
        )
    )
    rows = np.argsort(time, kind="stable")
    kinds = tuple(kind_of(strategy.nodes[name]) for name in names)
    found = Firings(names, kinds, node[rows], event[rows], time[rows], price[rows], value[rows])
    return found, (*notes, *approximations(strategy.nodes))


def rows(found: Firings) -> list[dict[str, Any]]:
    """The contract's form: one object a firing; ``value`` is None where there is none."""
    columns = zip(
        found.node.tolist(),
        found.event.tolist(),
        found.time.tolist(),
        found.price.tolist(),
        found.value.tolist(),
        strict=True,
    )
    return [
        {
            "node": found.names[node],
            "kind": found.kinds[node],
            "event": EVENTS[event],
            "time": time,
            "price": price,
            "value": None if math.isnan(value) else value,
        }
        for node, event, time, price, value in columns
    ]
