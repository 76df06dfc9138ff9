"""Indicators have the values of the words in docs/semantics.md, and of TA-Lib where it has them."""

from __future__ import annotations

import csv
import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from spec.bars import make_bars
from spec.operands import AtrOf, BollingerOf, EmaOf, Indicator, MacdOf, ObvOf, RsiOf, SmaOf, StochasticOf
from tests.spec.indicated import EVERY, values_of, walked
from tests.spec.oracle_indicators import indicator as told
from tests.spec.series import candles_of

GOLDEN = Path(__file__).parent / "golden" / "talib.csv"
CANDLES = Path(__file__).parents[2] / "examples" / "ETHBTC-5m.csv"


@cache
def golden() -> dict[str, list[float]]:
    """TA-Lib's columns, and the bars on which they were taken."""
    with GOLDEN.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: [float(row[name]) for row in rows] for name in rows[0]}


@pytest.mark.parametrize(
    ("name", "indicator"),
    [
        ("atr_14", AtrOf(14)),
        ("sma_20", SmaOf(20)),
        ("sma_7_volume", SmaOf(7, "volume")),
        ("ema_9", EmaOf(9)),
        ("ema_50", EmaOf(50)),
        ("rsi_14", RsiOf(14)),
        ("rsi_3", RsiOf(3)),
        ("upper", BollingerOf("upper")),
        ("middle", BollingerOf()),
        ("lower", BollingerOf("lower")),
        ("macd", MacdOf()),
        ("signal", MacdOf("signal")),
        ("histogram", MacdOf("histogram")),
        ("fast_k", StochasticOf()),
        ("k", StochasticOf("k", 14, 3)),
        ("d", StochasticOf("d", 14, 3, 3)),
    ],
)
def test_a_value_is_that_of_ta_lib(name: str, indicator: Indicator) -> None:
    found = values_of(indicator, [make_bars("5m", np.loadtxt(CANDLES, delimiter=",", skiprows=1))])
    rows = [int(bar) for bar in golden()["bar"]]
    assert found[rows].tolist() == pytest.approx(golden()[name], rel=1e-7, abs=1e-11)  # our warm-up is shorter


def test_on_balance_volume_changes_as_ta_libs_does() -> None:
    found = values_of(ObvOf(), [make_bars("5m", np.loadtxt(CANDLES, delimiter=",", skiprows=1))])
    rows = np.array(golden()["bar"], np.int64)
    assert (found[rows] - found[rows - 50]).tolist() == pytest.approx(golden()["obv_over_50"], rel=1e-7)


@pytest.mark.parametrize("indicator", EVERY, ids=str)
def test_a_value_is_what_the_words_say(indicator: Indicator) -> None:
    bars = walked(640, np.random.default_rng(3))
    expected = [math.nan if value is None else float(value) for value in told(indicator, candles_of(bars))]
    assert not math.isnan(expected[-1])
    assert values_of(indicator, [bars]).tolist() == pytest.approx(expected, rel=1e-11, abs=1e-11, nan_ok=True)
