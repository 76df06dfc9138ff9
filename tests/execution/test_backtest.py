"""Backtests as a whole: higher timeframes, real candles, the contract's form, what is refused."""

from __future__ import annotations

import csv
import dataclasses
import json
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from execution.backtest import MOST_POINTS, Borders, as_json, run
from execution.brokers.paper import PaperTerms
from execution.ledger import Trade
from execution.tape import prepare
from spec.bars import BadBars, Bars, make_bars
from spec.geometry import Level
from spec.market import Market
from spec.signals import AllOf, Once, SrProximity, TrendlineCross
from spec.strategy import AtLine, AtPercent, BadStrategy, Entry, Strategy, Target
from tests.execution.scenes import (
    MARKET,
    TERMS,
    Scene,
    bars_of,
    on_bar,
    outcomes,
    play,
    rising,
    rounded,
    strategy_of,
    time_of,
)

CALM = (100.0, 101.0, 99.5, 100.0)
WON = Scene("", (CALM, (100.0, 102.0, 99.0, 101.5), (101.5, 105.75, 101.0, 105.5)), ())
CANDLES = Path(__file__).parents[2] / "examples" / "ETHBTC-5m.csv"
KEYS = {
    *("trades", "return", "max_drawdown", "win_rate", "profit_factor", "sharpe", "bars", "net_profit"),
    *("cagr", "sortino", "expectancy", "average_r", "exposure"),
}


def real() -> Bars:
    with CANDLES.open() as file:
        return make_bars("5m", [tuple(float(cell) for cell in row) for row in list(csv.reader(file))[1:]])


def test_the_contracts_form_of_a_result() -> None:
    result = run(strategy_of(WON), bars_of(WON.bars), Borders(time_of(0), time_of(1)), TERMS)
    told = as_json(result)
    assert told["trades"] == [
        {
            "side": "long",
            "entry_time": time_of(1),
            "entry_price": 100.0,
            "exit_time": time_of(2),
            "exit_price": 105.0,
            "size": 50.0,
            "reason": "target",
            "pnl": 250.0,
        }
    ]
    assert told["equity"] == [[time_of(0), 10_000.0], [time_of(1), 10_075.0], [time_of(2), 10_250.0]]
    assert told["notes"] == []
    assert list(told["metrics"]) == ["before_last_anchor", "before_export", "after_export"]
    assert all(set(part) == KEYS for part in told["metrics"].values())
    assert told["metrics"]["before_export"]["average_r"] == 2.5
    assert json.loads(json.dumps(told, allow_nan=False)) == told


def test_a_long_curve_is_thinned_and_keeps_its_extremes() -> None:
    equity = 100 + np.cumsum(np.random.default_rng(7).normal(size=50_000)) / 100
    played = play(WON)
    result = dataclasses.replace(played, trades=(), time=np.arange(50_000), equity=equity, notes=())
    points = as_json(result)["equity"]
    assert len(points) <= MOST_POINTS
    assert points[0] == [0, equity[0]]
    assert points[-1] == [49_999, equity[-1]]
    values = [value for _, value in points]
    assert (min(values), max(values)) == (equity.min(), equity.max())
    assert all(before[0] < after[0] for before, after in pairwise(points))


def test_progress_is_told_now_and_then_and_at_the_end() -> None:
    bars = bars_of((*[CALM] * 10, *WON.bars))
    told: list[tuple[int, int]] = []
    run(strategy_of(replace(WON, signal=10)), bars, Borders(), TERMS, lambda done, total: told.append((done, total)))
    assert told == [(12, 13), (13, 13)]


@pytest.mark.parametrize("trigger", ["bar_close", "intrabar"])
def test_a_node_of_a_higher_timeframe_acts_when_its_bar_is_known(trigger: str) -> None:
    first = 4 - time_of(0) // 3_600 % 4  # so many bars to the next bar of 4 hours
    rows = [*[(99.0, 99.5, 98.5, 99.0)] * (first + 4), (99.0, 101.5, 98.75, 101.0), *[(101.0, 101.5, 100.5, 101.0)] * 5]
    cross = TrendlineCross("4h", Level(100.0), "up", trigger)  # type: ignore[arg-type]
    played = play(Scene("", tuple(rows), ()), {"in": cross})
    assert rounded(outcomes(played)) == [(first + 8, 101.0, len(rows) - 1, 101.0, 33.33333333, "end of data")]


def test_a_state_of_a_higher_timeframe_holds_until_its_next_bar_is_known() -> None:
    first = 4 - time_of(0) // 3_600 % 4
    inside, outside = (100.0, 100.4, 99.9, 100.1), (103.0, 103.4, 102.9, 103.1)
    rows = [*[outside] * first, *[inside] * 4, *[outside] * 4, *[inside] * 2]
    tape = prepare(
        strategy_of(Scene("", (), ()), {"in": SrProximity("4h", Level(100.0), "inside", "intrabar")}), bars_of(rows)
    )
    assert tape.entry.rows.tolist() == [first + 3, first + 4, first + 5, first + 6]


def test_finer_candles_are_made_into_bars_of_the_strategys_timeframe() -> None:
    halves = [half for o, h, low, c in WON.bars for half in ((o, h, o, h), (h, h, low, c))]
    table = [(float(time_of(0) + at * 1_800), *half, 1.0) for at, half in enumerate(halves)]
    result = run(strategy_of(WON), make_bars("30m", table), Borders(), TERMS)
    assert outcomes(result) == outcomes(play(WON))


def test_nodes_that_no_entry_or_exit_reads_are_not_evaluated() -> None:
    market = replace(MARKET, reports_every_interval=False)
    unplaced = TrendlineCross("1h", rising(1.0, 0.0, last=99).line)
    strategy = strategy_of(WON, {"unused": unplaced}, market)
    assert len(run(strategy, bars_of(WON.bars), Borders(), TERMS).trades) == 1


def test_a_node_made_of_intrabar_nodes_is_known_at_the_close() -> None:
    rows = ((99.0, 99.5, 98.5, 99.0), (99.0, 101.0, 98.75, 100.5), (100.75, 105.5, 100.5, 105.0))
    break_up = TrendlineCross("1h", Level(100.0), "up", "intrabar")
    played = play(Scene("", rows, ()), {"up": break_up, "in": Once("up")})
    assert rounded(outcomes(played)) == [(2, 100.75, 2, 105.0, 36.36363636, "target")]
    assert len(played.notes) == 1


def test_lines_placed_by_the_clock_are_told() -> None:
    played = play(replace(WON, stop=rising(98.0, 0.0, last=30)))
    assert len(played.trades) == 1
    assert "placed by the clock" in played.notes[0]


def test_a_stop_on_a_log_line_is_straight_in_the_logarithm() -> None:
    line = replace(rising(80.0, 5.0, last=4).line, scale="log")  # 80 to 100 in four bars
    rows = (CALM, (100.0, 101.0, 99.0, 100.0), (100.0, 101.0, 99.0, 100.0), (100.0, 101.0, 94.0, 95.0))
    trade = play(Scene("", rows, (), stop=AtLine(line), targets=())).trades[0]
    assert (trade.reason, trade.exit_price) == ("stop", round(80 * (100 / 80) ** (3 / 4), 2))


def test_real_candles_give_the_same_trades_every_time() -> None:
    level = Level(0.095)
    strategy = Strategy(
        kind="strategy",
        market=Market("binance", "ETH/BTC", "spot", 1e-6),
        timeframe="5m",
        nodes={
            "up": TrendlineCross("5m", level, "up"),
            "down": TrendlineCross("5m", level, "down"),
            "hour": SrProximity("1h", level, "inside", "intrabar"),
            "in": AllOf(("up", "hour")),
        },
        entry=Entry("long", "in"),
        stop=AtPercent(0.5),
        targets=(Target(AtPercent(0.5), 0.5), Target(AtPercent(1.0), 0.5)),
        exit="down",
    )
    candles = real()
    borders = Borders(int(candles.time[1_000]), int(candles.time[3_000]))
    result = run(strategy, candles, borders, PaperTerms(fee_rate=0.001))
    assert result.trades[0] == Trade(
        side="long",
        entry_time=1_515_564_600,
        entry_price=0.095289,  # the open after the close of 0.09528888
        exit_time=1_515_564_600,
        exit_price=0.094813,  # half a percent under it, on the nearest tick
        size=104_943.90748145,  # all of the equity: one percent at risk would be twice as much
        reason="stop",
        pnl=-69.90334666120926,
    )
    assert Counter(trade.reason for trade in result.trades) == {"stop": 5, "target 1": 6, "target 2": 3, "exit": 13}
    assert float(result.equity[-1]) == pytest.approx(9_471.86080248041, rel=1e-12)
    parts = result.metrics
    assert parts.after_export is not None
    assert [part.trades for part in (parts.before_last_anchor, parts.before_export, parts.after_export)] == [6, 5, 16]


def test_a_watch_has_no_trades() -> None:
    watch = Strategy("watch", MARKET, "1h", {"seen": on_bar(0)})
    with pytest.raises(BadStrategy, match=r"^a watch has no trades; use signals$"):
        run(watch, bars_of(WON.bars), Borders(), TERMS)


def test_candles_that_fill_no_bar_are_refused() -> None:
    with pytest.raises(BadBars) as raised:
        run(replace(strategy_of(WON), timeframe="1h"), bars_of(WON.bars)[:0], Borders(), TERMS)
    assert str(raised.value) == "the candles do not fill one bar of 1h; give a longer file"


def test_candles_coarser_than_the_strategy_are_refused() -> None:
    coarse = make_bars("4h", [(float(time_of(0)), *CALM, 1.0)])
    with pytest.raises(BadBars, match="cannot be made into 1h"):
        run(strategy_of(WON), coarse, Borders(), TERMS)


def test_a_stop_line_that_cannot_be_placed_is_refused() -> None:
    market = replace(MARKET, reports_every_interval=False)
    strategy = strategy_of(replace(WON, stop=rising(98.0, 0.0, last=30)), market=market)
    with pytest.raises(BadBars, match="before the drawing's anchor"):
        run(strategy, bars_of(WON.bars), Borders(), TERMS)


def test_a_line_too_steep_for_a_float_gives_no_price() -> None:
    steep = replace(rising(1.0, 98.0, last=1).line, scale="log", extend_forward=True)  # 99 times as high each bar
    rows = (*[CALM] * 400, *WON.bars)
    played = play(Scene("", rows, (), targets=(Target(AtLine(steep)),), signal=400))
    assert played.notes[0].startswith("entry refused: a stop or target has no price")
