"""One tick against all nodes of a market: what a bar's path says, whatever else is watched, however fine the ticks."""

from __future__ import annotations

import resource
import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from execution.tick_index import TickHit, TickIndex, is_ticked
from execution.tick_places import NOT_QUIET, between
from spec.evaluation import Evaluation
from spec.geometry import Level, Zone
from spec.placement import Ground, place
from spec.signals import SrProximity, Tolerance, TrendlineCross
from tests.spec.generated import LINEAR, LOG, candles, crosses, proximities
from tests.spec.oracle import path
from tests.spec.series import MARKET, candles_of, flat, line, series, told

if TYPE_CHECKING:
    from hypothesis.strategies import DataObject

    from spec.bars import Bars

Told = list[tuple[int, str, float, float]]
Watched = dict[str, TrendlineCross | SrProximity]


def index_of(nodes: Watched, bars: Bars) -> TickIndex:
    ground = Ground(bars, by_clock=MARKET.reports_every_interval)
    return TickIndex({name: (node, place(node.geometry, ground)) for name, node in nodes.items()}, MARKET.tick_size)


def heard(index: TickIndex, bars: Bars, finer: list[float] | None = None, start: int = 0) -> dict[str, Told]:
    """What the index says of the corners of each bar's path, with prices between them where shares are given."""
    found: dict[str, Told] = {}
    for row, candle in list(enumerate(candles_of(bars)))[start:]:
        index.open(row, int(bars.time[row]))
        corners = path(candle, MARKET.tick_size)
        for at, corner in enumerate(corners):
            before = corners[max(at - 1, 0)]
            for price in (*(before + (corner - before) * share for share in sorted(finer or []) if at), corner):
                for hit in index.tick(price):
                    found.setdefault(hit.node, []).append((row, hit.event, hit.price, hit.value))
    return found


def watched(data: DataObject, bars: Bars, grid: tuple[float, ...]) -> Watched:
    """Nodes that fire within the bar, without lives and once a bar."""
    plain = {"trigger": "intrabar", "frequency": "once_per_bar", "valid_from": None, "valid_until": None}
    drawn = data.draw(st.lists(crosses(bars, grid) | proximities(bars, grid), min_size=1, max_size=12))
    nodes = (replace(node, **plain) for node in drawn)
    return {f"n{at}": node for at, node in enumerate(nodes) if is_ticked(node)}


def expected(nodes: Watched, bars: Bars) -> dict[str, Told]:
    """What the definition says of each node alone."""
    return {name: said for name, node in nodes.items() if (said := told(node, bars))}


@given(st.data(), st.sampled_from([LINEAR, LOG]), st.lists(st.sampled_from([0.25, 0.5, 0.75]), max_size=3))
def test_the_corners_of_a_path_as_ticks_say_what_the_path_says(
    data: DataObject, grid: tuple[float, ...], finer: list[float]
) -> None:
    bars = data.draw(candles(grid))
    nodes = watched(data, bars, grid)
    assert heard(index_of(nodes, bars), bars, finer) == expected(nodes, bars)


@given(st.data(), st.sampled_from([LINEAR, LOG]))
def test_it_goes_on_from_what_an_evaluation_remembers(data: DataObject, grid: tuple[float, ...]) -> None:
    bars = data.draw(candles(grid))
    nodes = watched(data, bars, grid)
    cut = data.draw(st.integers(1, len(bars)))
    running = Evaluation(nodes, MARKET, bars)
    running.advance(bars[:cut])
    index = index_of(nodes, bars)
    index.remember({name: memory for name, (_, memory) in running._memory.items()})
    later = {name: [one for one in said if one[0] >= cut] for name, said in expected(nodes, bars).items()}
    assert heard(index, bars, start=cut) == {name: said for name, said in later.items() if said}


def test_a_node_fires_once_a_bar_and_again_on_the_next() -> None:
    index = index_of({"up": TrendlineCross("1h", flat(10.0), "up", "intrabar")}, series(9.0, 9.0))
    index.open(0, 0)
    assert [index.tick(price) for price in (9.0, 10.0)] == [[], []]
    assert index.tick(10.5) == [TickHit("up", "up", 10.0, 10.0)]
    assert [index.tick(price) for price in (9.0, 11.0, 9.0)] == [[], [], []]
    index.open(1, 3_600)
    assert index.tick(10.25) == [TickHit("up", "up", 10.25, 10.0)]


def test_a_line_that_moves_past_a_resting_price_is_crossed_at_the_open() -> None:
    bars = series(10.0, 10.0, 10.0)
    index = index_of({"line": TrendlineCross("1h", line((0, 9.0), (2, 13.0)), "either", "intrabar")}, bars)
    hits = []
    for row in range(3):
        index.open(row, int(bars.time[row]))
        hits.append(index.tick(10.0))
    assert hits == [[], [TickHit("line", "down", 10.0, 11.0)], []]


@pytest.mark.parametrize(
    "node",
    [
        TrendlineCross("1h", flat(10.0), "up"),
        SrProximity("1h", Level(10.0), "leave", "intrabar"),
        SrProximity("1h", Level(10.0), "near", "intrabar", Tolerance("atr", 1.0)),
        SrProximity("1h", Zone(9.0, 10.0), "inside"),
    ],
    ids=["a cross on the close", "leaving", "near by a multiple of the ATR", "inside on the close"],
)
def test_what_only_the_close_can_tell_is_not_ticked(node: TrendlineCross | SrProximity) -> None:
    assert not is_ticked(node)


def test_nothing_is_quiet_before_the_first_tick_of_a_bar_and_on_a_line_that_price_alone() -> None:
    nodes: Watched = {
        "up": TrendlineCross("1h", flat(10.0), "up", "intrabar"),
        "near": SrProximity("1h", Zone(12.0, 13.0), "touch", "intrabar"),
        "under": SrProximity("1h", Zone(7.0, 8.0), "touch", "intrabar"),
    }
    index = index_of(nodes, series(9.0, 9.0))
    index.open(0, 0)
    assert index.quiet == NOT_QUIET
    index.tick(11.0)
    assert list(index.quiet) == pytest.approx([10.0, 12.0])
    index.tick(10.0)
    assert index.quiet == (10.0, 10.0)
    index.tick(9.0)
    low, high = index.quiet
    assert [low, high] == pytest.approx([8.0, 10.0])
    assert 8.0 < low < high < 10.0
    assert between(-np.inf, np.inf, log=False) == (-np.inf, np.inf)


@given(st.data(), st.sampled_from([LINEAR, LOG]), st.lists(st.sampled_from([0.25, 0.5, 0.75]), max_size=3))
def test_ticks_at_quiet_prices_may_be_left_out(data: DataObject, grid: tuple[float, ...], finer: list[float]) -> None:
    bars = data.draw(candles(grid))
    nodes = watched(data, bars, grid)

    class Loud:
        def __init__(self) -> None:
            self.index = index_of(nodes, bars)

        def open(self, row: int, time: int) -> None:
            self.index.open(row, time)

        def tick(self, price: float) -> list[TickHit]:
            low, high = self.index.quiet
            return [] if low <= price <= high else self.index.tick(price)

    assert heard(Loud(), bars, finer) == heard(index_of(nodes, bars), bars, finer)  # type: ignore[arg-type]


def test_what_falls_silent_for_want_of_a_tick_size_is_silent() -> None:
    node = SrProximity("1h", Level(10.0), "near", "intrabar", Tolerance("ticks", 5.0))
    bars = series(10.0)
    index = TickIndex({"near": (node, place(node.geometry, Ground(bars, by_clock=False)))}, None)
    index.open(0, 0)
    assert index.tick(10.0) == []


def many(count: int, bars: Bars) -> TickIndex:
    """Lines and levels around 100, half of each."""
    random = np.random.default_rng(3)
    nodes: Watched = {}
    for at in range(count // 2):
        start, end = (100 * np.exp(random.normal(0, 0.05, 2))).tolist()
        drawn = line((0, start), (40, end), extend_backward=True, extend_forward=True)
        nodes[f"line{at}"] = TrendlineCross("1h", drawn, "either", "intrabar")
        level = Level(float(100 * np.exp(random.normal(0, 0.05))))
        nodes[f"level{at}"] = SrProximity("1h", level, "near", "intrabar", Tolerance("percent", 0.01))
    return index_of(nodes, bars)


def walked(index: TickIndex, ticks: int, random: np.random.Generator) -> int:
    """Feed ticks of a random walk, sixty a bar; how many hits there were."""
    prices, found = 100 * np.exp(np.cumsum(random.normal(0, 1e-4, ticks))), 0
    for at, price in enumerate(prices.tolist()):
        if at % 60 == 0:
            index.open(at // 60 % 50, at * 60)
        found += len(index.tick(price))
    return found


@pytest.mark.parametrize("ticks", [20_000, pytest.param(2_000_000, marks=pytest.mark.soak)])
def test_memory_stays_flat_however_many_ticks_there_are(ticks: int) -> None:
    index, random = many(1_000, series(*[100.0] * 50)), np.random.default_rng(5)
    walked(index, ticks // 10, random)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    top = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    hits = sum(walked(index, ticks // 10, random) for _ in range(9))
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert hits > ticks // 100
    assert after - before < 1_000_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - top < 100_000  # KiB; the prices of one run are in it
