"""Operands are named as on a trader's chart."""

from __future__ import annotations

import pytest

from server.operand_words import operand_in_words
from server.words.nodes import leaf_in_words
from spec.operands import (
    BollingerOf,
    Constant,
    EmaOf,
    MacdOf,
    ObvOf,
    Operand,
    PriceOf,
    RsiOf,
    SmaOf,
    StochasticOf,
    VolumeProfileOf,
    VwapOf,
)
from spec.signals import Compare, Regime


@pytest.mark.parametrize(
    ("operand", "words"),
    [
        (SmaOf(50), "SMA(50)"),
        (EmaOf(9, "hlc3", 2), "EMA(9)[2] of hlc3"),
        (RsiOf(), "RSI(14)"),
        (BollingerOf("upper", 20, 2.5), "upper Bollinger band(20, 2.5)"),
        (MacdOf(), "MACD(12, 26, 9)"),
        (MacdOf("histogram", back=1), "MACD histogram(12, 26, 9)[1]"),
        (VwapOf(), "VWAP"),
        (VwapOf("week"), "VWAP of the week"),
        (StochasticOf("k", 14, 3), "stochastic %K(14, 3)"),
        (StochasticOf("d", 14, 3, 5), "stochastic %D(14, 3, 5)"),
        (ObvOf(back=10), "OBV[10]"),
        (ObvOf(20), "SMA(20) of OBV"),
        (VolumeProfileOf("value_area_high", 100), "value area high of 100 bars in 24 rows, 70 %"),
    ],
)
def test_an_operand_is_named(operand: Operand, words: str) -> None:
    assert operand_in_words(operand) == words


def test_the_inbox_says_what_is_compared() -> None:
    node = Compare("4h", PriceOf(), "greater", VwapOf())
    assert leaf_in_words("bull", node) == "close above VWAP at a bar's close (4h)"
    assert (
        leaf_in_words("low", Compare("1h", RsiOf(), "less", Constant(30))) == "RSI(14) below 30 at a bar's close (1h)"
    )


@pytest.mark.parametrize(
    ("node", "words"),
    [
        (Regime("1h", "volatile"), "volatile market (ATR(14) above 90 % of the 200 before) (1h)"),
        (
            Regime("1h", "trend", trend_adx=22.5),
            "trending market (ADX(14) at least 22.5, and not ATR(14) above 90 % of the 200 before) (1h)",
        ),
        (
            Regime("4h", "range", 20, 100, 0.85),
            "ranging market (ADX(20) below 25, and not ATR(20) above 85 % of the 100 before) (4h)",
        ),
    ],
)
def test_a_regime_is_said_with_its_rule(node: Regime, words: str) -> None:
    assert leaf_in_words("regime", node) == words
