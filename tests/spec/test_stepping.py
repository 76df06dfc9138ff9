"""Bar by bar, in blocks, all at once, from the beginning or from a history: the same answers, bit for bit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from spec.bars import BadBars, Bars, make_bars, resample
from spec.block import BLOCK
from spec.evaluation import Evaluation, evaluate
from spec.graph import BadGraph, timeframes
from spec.operands import AtrOf, BollingerOf, Constant, EmaOf, MacdOf, PriceOf, RsiOf, SmaOf, VwapOf
from spec.signals import Compare, Regime, SrProximity, Tolerance, TrendlineCross
from tests.spec import generated as make
from tests.spec.oracle_nodes import truths
from tests.spec.series import MARKET, START, candles_of, cut, flat, walk

if TYPE_CHECKING:
    from spec.evaluation import Said
    from spec.market import Market
    from spec.signals import Node

COARSE = ["2h", "2h", "3h", "4h", "1d", "1w"]
SIZES = st.lists(st.integers(1, 9), max_size=20)


@st.composite
def mixed_graphs(draw: st.DrawFn, bars: Bars) -> dict[str, Node]:
    """Leaves on several timeframes, and combinators that may read them from finer ones."""
    frames = ["1h", *draw(st.lists(st.sampled_from(COARSE), min_size=1, max_size=3))]
    nodes: dict[str, Node] = {}
    for i, frame in enumerate(frames):
        own = resample(bars, frame)
        ground = own if len(own) else bars
        leaf = make.crosses(ground) | make.proximities(ground) | make.comparisons(ground) | make.windows(ground)
        nodes[f"leaf{i}"] = draw(leaf)
    for i in range(draw(st.integers(2, 5))):
        candidate: dict[str, Node] = {**nodes, f"on{i}": draw(make.combinators(list(nodes)))}
        try:
            timeframes(candidate)
        except BadGraph:
            continue
        nodes = candidate
    return nodes


def exact(said: Said) -> tuple[Any, ...]:
    """Everything a node said, comparable bit by bit (NaN included)."""
    hits = said.hits
    return (
        said.timeframe,
        said.time.tolist(),
        *(column.tobytes() for column in (hits.index, hits.event, hits.price, hits.value)),
    )


def stepped(nodes: dict[str, Node], market: Market | None, known: Bars, runs: list[Bars]) -> dict[str, tuple[Any, ...]]:
    """What an evaluation placed on ``known`` says over the runs, joined."""
    running = Evaluation(nodes, market, known)
    parts = [running.advance(run) for run in runs]
    joined = {}
    for name in nodes:
        said = [part[name] for part in parts]
        columns = [[exact(one)[at] for one in said] for at in range(2, 6)]
        times = [time for one in said for time in one.time.tolist()]
        joined[name] = (said[0].timeframe, times, *(b"".join(column) for column in columns))
    return joined


def at_once(nodes: dict[str, Node], market: Market | None, bars: Bars) -> dict[str, tuple[Any, ...]]:
    return {name: exact(said) for name, said in evaluate(nodes, market, bars)[0].items()}


@given(data=st.data())
def test_bar_by_bar_and_in_any_blocks_is_the_same_as_at_once(data: st.DataObject) -> None:
    bars = data.draw(make.candles(most=60))
    nodes = data.draw(mixed_graphs(bars))
    base = resample(bars, Evaluation(nodes, MARKET, bars).base)
    assume(len(base))
    whole = at_once(nodes, MARKET, bars)
    assert stepped(nodes, MARKET, bars, cut(base, [1] * len(base))) == whole
    assert stepped(nodes, MARKET, bars, cut(base, data.draw(SIZES))) == whole


@given(data=st.data())
def test_a_log_line_steps_to_the_same_bits(data: st.DataObject) -> None:
    bars = data.draw(make.candles(make.LOG))
    leaf = st.one_of(make.crosses(bars, make.LOG), make.proximities(bars, make.LOG), make.comparisons(bars, make.LOG))
    nodes: dict[str, Node] = {f"leaf{i}": data.draw(leaf) for i in range(3)}
    assert stepped(nodes, MARKET, bars, cut(bars, [1] * len(bars))) == at_once(nodes, MARKET, bars)


@given(data=st.data())
def test_a_run_that_starts_from_a_history_says_what_a_backtest_over_everything_says(data: st.DataObject) -> None:
    bars = data.draw(make.candles(most=60))
    history = bars[: data.draw(st.integers(1, len(bars)))]
    nodes = data.draw(mixed_graphs(history))
    try:
        live = Evaluation(nodes, MARKET, history)
    except BadBars:  # an anchor's bar of a coarser timeframe that has not closed, and is not the next one either
        assume(False)
        raise
    base = resample(bars, live.base)
    assume(len(base))
    assert stepped(nodes, MARKET, history, cut(base, data.draw(SIZES))) == at_once(nodes, MARKET, bars)


@given(data=st.data())
def test_nodes_on_several_timeframes_are_true_where_the_design_says(data: st.DataObject) -> None:
    bars = data.draw(make.candles(most=60))
    nodes = data.draw(mixed_graphs(bars))
    answers, _ = evaluate(nodes, MARKET, bars)
    expected = truths(nodes, MARKET.tick_size, candles_of(bars), bars.timeframe)
    found = {name: answers[name].hits.index.tolist() for name in nodes}
    assert found == {name: [bar for bar, true in enumerate(expected[name][1]) if true] for name in nodes}


def test_a_series_of_several_blocks_is_one_series() -> None:
    """More bars than one block holds, with crossings on both sides of every border between blocks."""
    count = 2 * BLOCK + 3
    closes = np.full(count, 9.0)
    for border in (BLOCK, 2 * BLOCK):
        closes[border - 1 : border + 1] = 11.0
    table = np.column_stack([START + 3600.0 * np.arange(count), closes, closes, closes, closes, np.ones(count)])
    answers, _ = evaluate({"node": TrendlineCross("1h", flat(10))}, MARKET, make_bars("1h", table))
    borders = [BLOCK - 1, BLOCK + 1, 2 * BLOCK - 1, 2 * BLOCK + 1]
    assert answers["node"].hits.index.tolist() == borders
    assert answers["node"].time.tolist() == [START + 3600 * bar for bar in borders]


def test_an_indicator_steps_to_the_same_bits_through_its_warm_up_and_after() -> None:
    bars = walk(1300)
    nodes: dict[str, Node] = {
        "near": SrProximity("1h", flat(float(bars.close[900])), "near", "intrabar", Tolerance("atr", 0.5, 60)),
        "coarse": SrProximity("2h", flat(float(bars.close[1200])), "near", tolerance=Tolerance()),
        "wide": Compare("1h", AtrOf(14), "greater", AtrOf(60)),
        "jump": Compare("1h", PriceOf("high"), "greater", PriceOf("close", 1), plus=1.5),
        "strong": Compare("1h", RsiOf(), "greater", RsiOf(back=7), plus=5.0),
        "cross": Compare("1h", EmaOf(9), "crosses_above", SmaOf(40)),
        "turn": Compare("1h", MacdOf("histogram"), "crosses_below", Constant(0.0)),
        "dear": Compare("2h", PriceOf(), "greater", VwapOf()),
        "outside": Compare("1h", PriceOf(), "crosses_above", BollingerOf("upper")),
        "trend": Regime("1h", "trend"),
    }
    whole = at_once(nodes, MARKET, bars)
    assert all(said[1] for said in whole.values())
    assert stepped(nodes, MARKET, bars, cut(bars, [1] * 1300)) == whole
    assert stepped(nodes, MARKET, bars, cut(bars, [499, 1, 1, 98, 1, 1, 300])) == whole
