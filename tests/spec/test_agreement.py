"""The evaluation agrees with the words of the design, as the oracle reads them, on generated candles and shapes."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from spec.bars import make_bars
from spec.evaluation import evaluate
from spec.geometry import Anchor, Line
from spec.signals import SrProximity, TrendlineCross, Trigger
from tests.spec import generated as make
from tests.spec import oracle
from tests.spec.oracle_nodes import truths
from tests.spec.series import MARKET, candles_of, said, told

if TYPE_CHECKING:
    from spec.bars import Bars
    from spec.geometry import Scale
    from spec.signals import Node

GRIDS = [make.LINEAR, make.QUARTERS, make.LOG]
TICK = MARKET.tick_size
CANDLES = Path(__file__).parents[2] / "examples" / "ETHBTC-5m.csv"


@pytest.mark.parametrize("grid", GRIDS, ids=["whole", "quarters", "logarithmic"])
@given(data=st.data())
def test_a_line_is_crossed_where_the_design_says(grid: tuple[float, ...], data: st.DataObject) -> None:
    bars = data.draw(make.candles(grid))
    shape = data.draw(make.lines(bars, grid) | make.levels(bars, grid))
    node = TrendlineCross(bars.timeframe, shape, data.draw(make.DIRECTIONS), data.draw(make.TRIGGERS))
    expected = [tuple(hit) for hit in oracle.crossings(candles_of(bars), node, TICK)]
    found = told(node, bars)
    assert [hit[:2] for hit in found] == [hit[:2] for hit in expected]
    assert [number for hit in found for number in hit[2:]] == pytest.approx(
        [number for hit in expected for number in hit[2:]], rel=1e-12
    )


@pytest.mark.parametrize("grid", GRIDS, ids=["whole", "quarters", "logarithmic"])
@given(data=st.data())
def test_a_band_is_near_where_the_design_says(grid: tuple[float, ...], data: st.DataObject) -> None:
    bars = data.draw(make.candles(grid))
    node = data.draw(make.proximities(bars, grid))
    expected = truths({"node": node}, TICK, candles_of(bars), bars.timeframe)["node"][1]
    assert said(node, bars) == [(bar, node.event) for bar, true in enumerate(expected) if true]


@st.composite
def graphs(draw: st.DrawFn, bars: Bars) -> dict[str, Node]:
    """Leaves of one timeframe, and combinators that read the nodes before them."""
    leaf = make.crosses(bars) | make.proximities(bars) | make.comparisons(bars) | make.windows(bars)
    nodes: dict[str, Node] = {f"leaf{i}": draw(leaf) for i in range(draw(st.integers(1, 4)))}
    for i in range(draw(st.integers(1, 4))):
        nodes[f"on{i}"] = draw(make.combinators(list(nodes)))
    return nodes


@given(data=st.data())
def test_every_node_of_a_graph_is_true_where_the_design_says(data: st.DataObject) -> None:
    bars = data.draw(make.candles())
    nodes = data.draw(graphs(bars))
    answers, _ = evaluate(nodes, MARKET, bars)
    expected = truths(nodes, TICK, candles_of(bars), bars.timeframe)
    found = {name: answers[name].hits.index.tolist() for name in nodes}
    assert found == {name: [bar for bar, true in enumerate(expected[name][1]) if true] for name in nodes}


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_real_candles_are_crossed_and_touched_where_the_design_says(scale: Scale) -> None:
    """Lines through highs, lows and closes of real bars, so that prices lie exactly on them."""
    table = np.loadtxt(CANDLES, delimiter=",", skiprows=1, max_rows=300)
    bars, dice = make_bars("5m", table), random.Random(scale)
    tick = replace(MARKET, tick_size=1e-6)
    for trigger in get_args(Trigger) * 6:
        one, two = sorted(dice.sample(range(300), 2))
        ends = (dice.choice([bars.high, bars.low, bars.close])[bar] for bar in (one, two))
        a, b = (Anchor(int(bars.time[bar]), float(price)) for bar, price in zip((one, two), ends, strict=True))
        shape = Line("bars", scale, a, b, two - one, extend_backward=True, extend_forward=True)
        cross, touch = TrendlineCross("5m", shape, "either", trigger), SrProximity("5m", shape, "touch", trigger)
        expected = oracle.crossings(candles_of(bars), cross, 1e-6)
        assert said(cross, bars, tick) == [hit[:2] for hit in expected]
        touched = oracle.proximities(candles_of(bars), touch, 1e-6)
        assert said(touch, bars, tick) == [(bar, "touch") for bar in touched]
