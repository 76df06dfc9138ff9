"""Fees, slippage, distances from the entry, sizes and ticks."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from execution.backtest import Borders, run
from execution.brokers.paper import BadTerms, PaperTerms
from execution.ledger import Trade
from execution.rounding import floor_size, to_tick
from spec.strategy import AtAtr, AtPercent, AtPrice, Risk, Target
from tests.execution.scenes import (
    MARKET,
    TERMS,
    Scene,
    bars_of,
    mirrored,
    outcomes,
    play,
    rounded,
    strategy_of,
    time_of,
)

CALM = (100.0, 101.0, 99.5, 100.0)
WON = Scene("", (CALM, (100.0, 102.0, 99.0, 101.0), (101.0, 105.5, 100.5, 105.0)), ())
LOST = Scene("", (CALM, (100.0, 102.0, 99.0, 101.0), (101.0, 101.5, 97.5, 98.0)), ())


def test_slippage_is_taken_on_market_and_stop_orders_and_not_on_limits() -> None:
    terms = PaperTerms(slippage_ticks=10.0, slippage_rate=0.001)
    assert rounded(outcomes(play(WON, terms=terms))) == [(1, 100.2, 2, 105.0, 50.0, "target")]
    assert rounded(outcomes(play(LOST, terms=terms))) == [(1, 100.2, 2, 97.802, 50.0, "stop")]
    assert rounded(outcomes(play(mirrored(LOST), terms=terms))) == [(1, 99.8, 2, 102.202, 50.0, "stop")]


def test_a_trade_pays_the_fee_of_its_exit_and_its_share_of_the_entrys() -> None:
    halves = replace(WON, targets=(Target(AtPrice(103.0), 0.5), Target(AtPrice(105.0), 0.5)))
    played = play(halves, terms=PaperTerms(fee_rate=0.001))
    assert played.trades == (
        Trade("long", time_of(1), 100.0, time_of(2), 103.0, 25.0, "target 1", 75.0 - 2.575 - 2.5),
        Trade("long", time_of(1), 100.0, time_of(2), 105.0, 25.0, "target 2", 125.0 - 2.625 - 2.5),
    )
    assert played.equity.tolist() == pytest.approx([10_000.0, 10_045.0, 10_189.8])


def test_percentages_are_taken_of_the_price_that_was_paid() -> None:
    scene = replace(WON, stop=AtPercent(2.0), targets=(Target(AtPercent(4.0)),))
    assert rounded(outcomes(play(scene))) == [(1, 100.0, 2, 104.0, 50.0, "target")]
    slipped = outcomes(play(scene, terms=PaperTerms(slippage_rate=0.001)))
    assert rounded(slipped) == [(1, 100.1, 2, 104.1, 50.0, "target")]


def test_an_atr_is_that_of_the_bar_before_the_entry() -> None:
    quiet = (CALM[0], 100.5, 99.5, 100.0)
    loud = (100.0, 103.8, 96.2, 100.0)  # moves the average of 14 from 1.0 to 1.47
    bars = (*[quiet] * 500, loud, (100.0, 101.0, 99.0, 100.0), (100.0, 103.0, 98.75, 102.0))
    scene = Scene("", bars, (), stop=AtAtr(1.0), targets=(Target(AtAtr(2.0)),), signal=500)
    mean = 1.0 + 6.6 / 14
    size = float(floor_size(Decimal(100) / (Decimal(100) - to_tick(100 - mean, 0.01))))
    assert outcomes(play(scene)) == ((501, 100.0, 502, 102.94, size, "target"),)


def test_an_entry_before_the_atr_is_warmed_up_is_refused_and_it_says_so() -> None:
    played = play(replace(WON, stop=AtAtr(1.0)))
    assert played.trades == ()
    assert played.notes == (
        "entry refused: a stop or target has no price yet (an ATR is not warmed up, or a line is too steep) "
        "(2023-11-14 23:00 UTC)",
    )


def test_a_refused_entry_says_why_and_how_often() -> None:
    entries = {"in": strategy_of(WON).nodes["in"]}
    always = replace(entries["in"], start=None, end=None)
    played = play(replace(WON, stop=AtPrice(110.0), targets=()), {"in": always})
    assert played.notes == (
        "entry refused: the stop stands on the wrong side of the entry price, or on it "
        "(2023-11-14 23:00 UTC, 2 times in all)",
        "stopped between the decision for an entry and the next open: it was not asked for (2023-11-15 00:00 UTC)",
    )


def test_signals_while_a_position_is_open_are_counted() -> None:
    always = replace(strategy_of(WON).nodes["in"], start=None, end=None)
    bars = (*WON.bars[:2], (101.0, 101.5, 100.5, 101.0), *WON.bars[2:])
    played = play(replace(WON, bars=bars), {"in": always})
    assert rounded(outcomes(played)) == [(1, 100.0, 3, 105.0, 50.0, "target")]
    assert played.notes[-1] == "an entry signal came while a position was open: one position at a time (2 bars)"


def test_exposure_caps_the_size() -> None:
    strategy = replace(strategy_of(WON), risk=Risk(percent=1.0, max_exposure=0.25))
    assert run(strategy, bars_of(WON.bars), Borders(), TERMS).trades[0].size == 25.0


def test_order_prices_stand_on_the_nearest_tick() -> None:
    scene = replace(LOST, stop=AtPrice(98.004), targets=())
    assert rounded(outcomes(play(scene))) == [(1, 100.0, 2, 98.0, 50.0, "stop")]
    no_tick = strategy_of(scene, market=replace(MARKET, tick_size=None))
    assert run(no_tick, bars_of(scene.bars), Borders(), TERMS).trades[0].exit_price == 98.004


@pytest.mark.parametrize(
    ("price", "tick", "order"),
    [(98.004, 0.01, "98.00"), (98.005, 0.01, "98.00"), (98.015, 0.01, "98.02"), (0.0984765432, 1e-6, "0.098477"),
     (17.3, 2.5, "17.5"), (98.0041, None, "98.0041"), (1e-7, None, "1E-7")],
)  # fmt: skip
def test_a_price_is_rounded_as_the_decimal_it_reads_as(price: float, tick: float | None, order: str) -> None:
    assert to_tick(price, tick) == Decimal(order)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"equity": 0.0}, "the equity to begin with must be above 0, not 0.0"),
        ({"equity": float("inf")}, "the equity to begin with must be above 0, not inf"),
        ({"fee_rate": -0.1}, "fee_rate must be 0 or more, not -0.1"),
        ({"slippage_rate": float("nan")}, "slippage_rate must be 0 or more, not nan"),
    ],
)
def test_terms_that_make_no_sense_are_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadTerms) as raised:
        PaperTerms(**change)
    assert str(raised.value) == sentence


def test_slippage_in_ticks_needs_a_tick() -> None:
    strategy = strategy_of(WON, market=replace(MARKET, tick_size=None))
    with pytest.raises(BadTerms) as raised:
        run(strategy, bars_of(WON.bars), Borders(), PaperTerms(slippage_ticks=1.0))
    assert str(raised.value) == "slippage in ticks needs the market's tick size; give the slippage as a rate"


def test_an_account_that_is_used_up_trades_no_more() -> None:
    falls = ((100.0, 101.0, 99.5, 100.0), (100.0, 100.5, 99.5, 100.0), (40.0, 41.0, 39.0, 40.0), CALM, CALM)
    always = replace(strategy_of(WON).nodes["in"], start=None, end=None)
    strategy = replace(strategy_of(replace(WON, bars=falls), {"in": always}), risk=Risk(100.0, 100.0))
    played = run(strategy, bars_of(falls), Borders(), TERMS)
    assert outcomes(played) == ((1, 100.0, 2, 40.0, 5_000.0, "stop"),)
    assert "entry refused: the equity is used up" in played.notes[0]
    assert played.metrics.before_export.sharpe is None
