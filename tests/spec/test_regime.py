"""The regime of a market is one of three on every bar after its warm-up; docs/semantics.md says which."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import get_args, get_type_hints

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import ValidationError, convert
from msgspec.structs import replace

from spec.bars import Bars, make_bars
from spec.indicators.directional import AdxState, adx
from spec.signals import Node, NoneOf, Regime, is_state
from tests.spec.indicated import walked, walks
from tests.spec.oracle_indicators import adx as adx_in_words
from tests.spec.oracle_nodes import truths
from tests.spec.series import HOUR, MARKET, START, candles_of, cut, said, true_on
from tests.spec.test_stepping import at_once, stepped

GOLDEN = Path(__file__).parent / "golden" / "talib.csv"
CANDLES = Path(__file__).parents[2] / "examples" / "ETHBTC-5m.csv"
STATES = get_args(get_type_hints(Regime)["state"])
NODES: dict[str, Node] = {state: Regime("1h", state, 14, 60, 0.8, 20.0) for state in STATES}
FIRST = 560  # the warm-up and the ranges that the first one is ranked among


def shaped(closes: np.ndarray, reach: float | np.ndarray = 0.5) -> Bars:
    """Bars that open at the close before and reach so far beyond both."""
    opens = np.concatenate([closes[:1], closes[:-1]])
    highs, lows = np.maximum(opens, closes) + reach, np.minimum(opens, closes) - reach
    times = START + HOUR * np.arange(len(closes))
    return make_bars("1h", np.column_stack([times, opens, highs, lows, closes, np.ones(len(closes))]))


def states(bars: Bars) -> list[str]:
    """The state on each bar from FIRST on, all others being none."""
    found = {state: {bar for bar, _ in said(NODES[state], bars)} for state in STATES}
    assert min(min(bars_of, default=FIRST) for bars_of in found.values()) == FIRST
    return [" ".join(state for state in STATES if bar in found[state]) for bar in range(FIRST, len(bars))]


@settings(max_examples=20)
@given(bars=walks(600, 900))
def test_exactly_one_holds_on_every_bar_after_the_warm_up(bars: Bars) -> None:
    assert set(states(bars)) <= set(STATES)
    none = {**NODES, "none": NoneOf(tuple(NODES))}
    assert true_on(none, "none", bars) == bars.time[:FIRST].tolist()


def test_a_market_that_stands_still_ranges() -> None:
    assert set(states(shaped(np.full(700, 0.1), reach=0.0))) == {"range"}
    assert set(states(shaped(np.full(700, 0.1), reach=0.3))) == {"range"}


def test_a_steady_climb_trends_and_so_does_a_steady_fall() -> None:
    climb = np.arange(700) * 0.7
    assert set(states(shaped(1000 + climb))) == set(states(shaped(1000 - climb))) == {"trend"}


def test_swings_back_and_forth_range() -> None:
    assert set(states(shaped(100 + np.tile([0.0, 1.0, 0.0, -1.0], 175)))) == {"range"}


def test_bars_that_reach_further_than_before_are_volatile_whichever_way_they_go() -> None:
    reach = np.where(np.arange(700) < 650, 0.5, 3.0)
    for closes in (np.full(700, 100.0), 1000 + np.arange(700) * 0.7):
        found = states(shaped(closes, reach))
        assert "volatile" not in found[: 650 - FIRST]
        assert found[650 - FIRST : 680 - FIRST] == ["volatile"] * 30


@settings(max_examples=10)
@given(bars=walks(600, 800), sizes=st.lists(st.sampled_from([1, 1, 2, 3, 17, 64, 130]), max_size=60))
def test_any_blocks_say_the_same(bars: Bars, sizes: list[int]) -> None:
    assert stepped({**NODES}, MARKET, bars, cut(bars, sizes)) == at_once({**NODES}, MARKET, bars)


def test_bar_by_bar_says_the_same() -> None:
    bars = walked(640, np.random.default_rng(5))
    assert stepped({**NODES}, MARKET, bars, cut(bars, [1] * 640)) == at_once({**NODES}, MARKET, bars)


@pytest.mark.parametrize("seed", range(3))
def test_a_regime_is_what_the_words_say(seed: int) -> None:
    bars = walked(800, np.random.default_rng(seed))
    expected = truths({**NODES}, None, candles_of(bars), "1h")
    assert all(any(expected[state][1]) for state in STATES)
    for state in STATES:
        assert said(NODES[state], bars) == [(bar, "true") for bar, true in enumerate(expected[state][1]) if true]


def test_the_directional_index_is_that_of_ta_lib_and_of_the_words() -> None:
    _, found = adx(AdxState(), 14, make_bars("5m", np.loadtxt(CANDLES, delimiter=",", skiprows=1)))
    with GOLDEN.open(encoding="utf-8") as file:
        rows = [(int(row["bar"]), float(row["adx_14"])) for row in csv.DictReader(file)]
    assert [found[bar] for bar, _ in rows] == pytest.approx([value for _, value in rows], rel=1e-9)
    bars = walked(300, np.random.default_rng(3))
    expected = [float(value) for value in adx_in_words(candles_of(bars), 9)]
    assert adx(AdxState(), 9, bars)[1][1:].tolist() == pytest.approx(expected, rel=1e-11)


def test_prices_twice_as_high_leave_the_regime() -> None:
    bars = walked(800, np.random.default_rng(6))
    higher = Bars("1h", bars.time, bars.open * 2, bars.high * 2, bars.low * 2, bars.close * 2, bars.volume)
    assert states(higher) == states(bars)


def test_a_regime_is_a_state_and_takes_no_other_name() -> None:
    node = Regime("1h", "trend")
    assert is_state("node", {"node": node})
    assert replace(node, lookback=200, length=14) == node
    with pytest.raises(ValidationError):
        convert({"kind": "regime", "timeframe": "1h", "state": "bull"}, Regime)
