"""Firings: every node's own truth, as columns and in the contract's form."""

from __future__ import annotations

import json

import numpy as np
import pytest

from execution.firings import firings, rows
from spec.geometry import Level
from spec.signals import AnyOf, Node, SrProximity, TrendlineCross
from spec.strategy import BadStrategy, Strategy
from tests.execution.scenes import MARKET, bars_of, on_bar, time_of

BARS = bars_of([(99.0, 99.5, 98.5, 99.0), (99.0, 101.0, 98.75, 100.5), (100.5, 102.0, 99.75, 101.0)])
NODES: dict[str, Node] = {
    "up": TrendlineCross("1h", Level(100.0), "up"),
    "touch": SrProximity("1h", Level(100.0), "touch", "intrabar"),
    "any": AnyOf(("up", "touch")),
    "second": on_bar(2),
}
WATCH = Strategy("watch", MARKET, "1h", NODES)


def test_rows_come_in_time_order_and_within_a_bar_by_name() -> None:
    found, _ = firings(WATCH, BARS)
    told = rows(found)
    assert told == [
        {"node": "any", "kind": "any_of", "event": "true", "time": time_of(1), "price": 100.5, "value": None},
        {"node": "touch", "kind": "sr_proximity", "event": "touch", "time": time_of(1), "price": 100.0, "value": 100.0},
        {"node": "up", "kind": "trendline_cross", "event": "up", "time": time_of(1), "price": 100.5, "value": 100.0},
        {"node": "second", "kind": "time_window", "event": "true", "time": time_of(2), "price": 101.0, "value": None},
    ]
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert len(found) == 4


def test_a_node_of_a_higher_timeframe_is_told_by_its_own_bar() -> None:
    first = 4 - time_of(0) // 3_600 % 4
    bars = bars_of([*[(99.0, 99.5, 98.5, 99.0)] * (first + 7), *[(101.0, 101.5, 100.5, 101.0)] * 2])
    found, _ = firings(Strategy("watch", MARKET, "1h", {"up": TrendlineCross("4h", Level(100.0), "up")}), bars)
    assert [(row["time"], row["price"]) for row in rows(found)] == [(time_of(first + 4), 101.0)]


def test_nothing_fired_is_no_rows() -> None:
    found, notes = firings(Strategy("watch", MARKET, "1h", {"never": on_bar(50)}), BARS)
    assert (rows(found), notes) == ([], ())


def test_intrabar_nodes_are_reported_as_approximate() -> None:
    assert firings(WATCH, BARS)[1] == (
        "approximate: within a bar, the candles alone leave the path to an assumption (intrabar: touch)",
    )


def test_columns_and_rows_say_the_same() -> None:
    found, _ = firings(WATCH, BARS)
    told = rows(found)
    assert [found.names[at] for at in found.node.tolist()] == [row["node"] for row in told]
    assert found.time.tolist() == [row["time"] for row in told]
    assert [None if np.isnan(value) else value for value in found.value.tolist()] == [row["value"] for row in told]


def test_a_watch_without_a_market_is_shown_and_not_evaluated() -> None:
    with pytest.raises(BadStrategy, match="the market is unknown"):
        firings(Strategy("watch", None, "1h", NODES), BARS)
