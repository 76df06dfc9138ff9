"""Several backtests together: the sum of the accounts at every moment, and nothing out of sample that one had seen."""

from __future__ import annotations

import numpy as np
import pytest

from execution.backtest import BacktestResult, run
from execution.metrics import Borders, Course, split
from execution.together import strictest, together
from spec import timeframe as tf
from spec.bars import make_bars
from tests.execution.scenes import TERMS, bars_of, strategy_of, time_of
from tests.execution.test_backtest import WON

CALM = (100.0, 101.0, 99.5, 100.0)


def result_of(timeframe: str, start: int, equity: list[float], borders: Borders | None = None) -> BacktestResult:
    """A result without trades on bars of that timeframe."""
    step, known = tf.seconds(timeframe), borders or Borders()
    bars = make_bars(timeframe, [(float(start + at * step), *CALM, 1.0) for at in range(len(equity))])
    course = Course((), bars, np.array(equity), 100.0, ())
    return BacktestResult((), bars.time, course.equity, split(course, known), (), course, known)


def test_two_of_the_same_are_twice_the_money_and_the_same_shares() -> None:
    one = run(strategy_of(WON), bars_of(WON.bars), Borders(time_of(0), time_of(1)), TERMS)
    both = together([one, one])
    assert both.equity.tolist() == (2 * one.equity).tolist()
    assert both.time.tolist() == one.time.tolist()
    assert both.trades == (*one.trades, *one.trades)
    mine, joint = one.metrics.before_export, both.metrics.before_export
    for name in ("return_", "max_drawdown", "win_rate", "expectancy", "average_r", "exposure", "cagr"):
        assert getattr(joint, name) == pytest.approx(getattr(mine, name)), name


def test_an_account_stands_still_between_its_bars_and_before_its_first() -> None:
    quick, slow = result_of("1h", 0, [101.0, 102.0, 103.0, 104.0]), result_of("2h", 7_200, [90.0, 80.0])
    both = together([quick, slow])
    hours = [time // 3_600 for time in both.time.tolist()]
    assert hours == [0, 1, 2, 3, 5]
    assert both.equity.tolist() == [201.0, 202.0, 203.0, 194.0, 184.0]
    assert both.course.initial == 200.0


def test_the_parts_are_the_strictest_of_all() -> None:
    assert strictest([Borders(5, 10), Borders(7, 9)]) == Borders(7, 10)
    assert strictest([Borders(None, 10), Borders(7, None)]) == Borders(7, None)
    assert strictest([Borders()]) == Borders()
    late = together(
        [result_of("1h", 0, [100.0] * 4, Borders(0, 3_600)), result_of("1h", 0, [100.0] * 4, Borders(0, 0))]
    )
    assert late.metrics.after_export is not None
    assert (late.metrics.before_export.bars, late.metrics.after_export.bars) == (1, 2)


def test_a_result_without_the_time_of_one_export_has_no_part_out_of_sample() -> None:
    known, unknown = result_of("1h", 0, [100.0] * 4, Borders(0, 0)), result_of("1h", 0, [100.0] * 4)
    assert together([known, unknown]).metrics.after_export is None
