"""The three parts of hindsight and their figures."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from execution.ledger import Trade
from execution.metrics import (
    YEAR,
    Borders,
    Course,
    Metrics,
    Parts,
    cagr,
    drawdown,
    measure,
    returns,
    sharpe,
    sortino,
    split,
)
from tests.execution.scenes import bars_of, time_of

CALM = (100.0, 101.0, 99.5, 100.0)
FOUR = bars_of([CALM] * 4)
EQUITY = np.array([100.0, 110.0, 99.0, 121.0])
TRADES = [Trade("long", time_of(row), 1.0, time_of(3), 1.0, 1.0, "exit", pnl) for row, pnl in ((0, 5.0), (2, -4.0))]
STAKES = (4.0, None)
COURSE = Course(TRADES, FOUR, EQUITY, 100.0, STAKES)
EMPTY = Metrics(0, 0.0, 0.0, None, None, None, 0, 0.0)


def bars_in(parts: Parts) -> list[int | None]:
    return [part.bars if part else None for part in (parts.before_last_anchor, parts.before_export, parts.after_export)]


@pytest.mark.parametrize(
    ("last_anchor", "exported_at", "bars"),
    [
        (time_of(0), time_of(2), [1, 2, 1]),
        (time_of(0), time_of(2) + 1_800, [1, 2, 1]),
        (time_of(0) - 1, time_of(9), [0, 4, 0]),
        (time_of(1), None, [2, 2, None]),
        (None, time_of(1), [0, 2, 2]),
        (None, None, [0, 4, None]),
        (time_of(9), time_of(1), [2, 0, 2]),
    ],
    ids=[
        "both borders belong to the part before",
        "a bar that was open at the export was seen",
        "a part may be empty",
        "without the time of the export nothing is out of sample",
        "without anchors nothing was drawn through",
        "without either all was seen",
        "beyond the export even a future anchor was not drawn through",
    ],
)
def test_a_bar_belongs_to_a_part_by_its_open(
    last_anchor: int | None, exported_at: int | None, bars: list[int | None]
) -> None:
    parts = split(COURSE, Borders(last_anchor, exported_at))
    assert bars_in(parts) == bars


def test_each_part_is_measured_by_itself() -> None:
    parts = split(COURSE, Borders(time_of(0), time_of(2)))
    first, second, third = parts.before_last_anchor, parts.before_export, parts.after_export
    assert third is not None
    assert first == Metrics(1, 0.0, 0.0, 1.0, None, None, 1, 5.0, 0.0, None, 5.0, 1.25, 1.0)
    ratios = {"sharpe": None, "sortino": None, "cagr": None}
    assert replace(second, **ratios) == Metrics(
        1, 99 / 100 - 1, 0.1, 0.0, 0.0, None, 2, -4.0, expectancy=-4.0, exposure=1.0
    )
    assert replace(third, **ratios) == Metrics(0, 121 / 99 - 1, 0.0, None, None, None, 1, 0.0, exposure=1.0)


def test_a_part_without_bars_has_nothing_to_tell() -> None:
    nothing = Course([], FOUR, EQUITY, 100.0, [])
    assert split(nothing, Borders(None, time_of(9))).after_export == EMPTY


def test_the_sharpe_ratio_is_that_of_returns_from_bar_to_bar_over_a_year() -> None:
    changes = [0.1, -0.1, 2 / 9]
    mean = sum(changes) / 3
    deviation = math.sqrt(sum((value - mean) ** 2 for value in changes) / 2)
    found = returns(np.array([100.0, 110.0, 99.0, 121.0]))
    assert sharpe(found, 8_766.0) == pytest.approx(math.sqrt(8_766) * mean / deviation)
    hourly = split(COURSE, Borders()).before_export.sharpe
    assert hourly == pytest.approx(sharpe(returns(np.array([100.0, *EQUITY.tolist()])), 31_556_952 / 3_600))


@pytest.mark.parametrize("values", [[100.0, 101.0], [100.0] * 5, [100.0, 50.0, 0.0, 10.0]])
def test_there_is_no_sharpe_ratio_without_bars_movement_or_equity(values: list[float]) -> None:
    assert sharpe(returns(np.array(values)), 8_766.0) is None


def test_the_drawdown_is_the_deepest_fall_from_a_peak() -> None:
    assert drawdown(np.array([100.0, 120.0, 90.0, 130.0, 104.0])) == 0.25
    assert drawdown(np.array([100.0, 110.0])) == 0.0
    assert drawdown(np.array([0.0, 0.0])) == 0.0


def test_profits_and_losses_make_the_factor_and_the_rate() -> None:
    figures = measure([10.0, -4.0, 0.0, 2.0], np.array([100.0, 108.0]), 8_766.0)
    assert (figures.trades, figures.win_rate, figures.profit_factor, figures.net_profit) == (4, 0.5, 3.0, 8.0)


def test_a_part_that_begins_with_nothing_left_returns_nothing() -> None:
    assert measure([], np.array([-5.0, -6.0]), 8_766.0).return_ == 0.0


def test_a_position_counts_on_every_bar_on_which_it_was_open() -> None:
    trades = [
        Trade("long", time_of(entry), 1.0, time_of(exit_), 1.0, 1.0, "exit", 1.0) for entry, exit_ in ((1, 2), (1, 3))
    ]
    bars = bars_of([CALM] * 10)
    course = Course(trades, bars, np.full(10, 100.0), 100.0, (None, None))
    assert course.part(0, 10).exposure == 0.3
    assert course.part(3, 5).exposure == 0.5
    assert course.part(4, 10).exposure == 0.0
    assert course.part(10, 10).exposure is None


def test_r_is_the_loss_at_the_first_stop() -> None:
    course = Course([*TRADES, TRADES[1]], FOUR, EQUITY, 100.0, (4.0, None, 8.0))
    assert course.part(0, 4).average_r == (5.0 / 4.0 + -4.0 / 8.0) / 2
    assert course.part(1, 2).average_r is None


AMOUNTS = st.lists(st.integers(-10_000, 10_000).map(lambda cents: cents / 4), max_size=20)
CURVES = st.lists(st.integers(1, 4_000), min_size=3, max_size=30)


@given(AMOUNTS)
def test_figures_of_trades_are_those_of_exact_arithmetic(profits: list[float]) -> None:
    exact = [Fraction(profit) for profit in profits]
    won, lost = sum(one for one in exact if one > 0), -sum(one for one in exact if one < 0)
    found = measure(profits, np.array([100.0]), 8_766.0)
    assert found.net_profit == float(sum(exact))
    assert found.expectancy == (pytest.approx(float(sum(exact) / len(exact))) if exact else None)
    assert found.win_rate == (pytest.approx(sum(one > 0 for one in exact) / len(exact)) if exact else None)
    assert found.profit_factor == (pytest.approx(float(won / lost)) if lost else None)


@given(CURVES)
def test_figures_of_equity_are_those_of_exact_arithmetic(curve: list[int]) -> None:
    values, exact = np.array(curve, float), [Fraction(value) for value in curve]
    peaks = [max(exact[: at + 1]) for at in range(len(exact))]
    fall = max((peak - value) / peak for peak, value in zip(peaks, exact, strict=True))
    changes = [after / before - 1 for before, after in pairwise(exact)]
    mean = sum(changes) / len(changes)
    spread = sum((one - mean) ** 2 for one in changes) / (len(changes) - 1)
    below = sum(min(one, Fraction(0)) ** 2 for one in changes) / len(changes)
    assert drawdown(values) == pytest.approx(float(fall))
    assert ratio(sharpe(returns(values), 365.0)) == ratio(
        math.sqrt(365) * float(mean) / math.sqrt(spread) if spread else None
    )
    assert ratio(sortino(returns(values), 365.0)) == ratio(
        math.sqrt(365) * float(mean) / math.sqrt(below) if below else None
    )


def ratio(value: float | None) -> Any:
    """For comparison: a deviation that is nothing but rounding counts as none."""
    return None if value is None or abs(value) > 1e9 else pytest.approx(value, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    ("values", "bars", "expected"),
    [
        ([100.0, 110.0, 121.0], 2.0, 0.21),
        ([100.0, 121.0], 0.5, 0.1),
        ([100.0, 90.0], 2.0, -0.19),
        ([100.0, 100.0], 2.0, 0.0),
        ([100.0], 2.0, None),
        ([100.0, 0.0], 2.0, None),
        ([-1.0, 5.0], 2.0, None),
        ([1.0, 3.0], 1e6, None),
    ],
    ids=["a whole year", "two years", "a loss", "nothing", "no bars", "ruin", "debt", "beyond the floats"],
)
def test_growth_a_year_compounds_to_that_of_the_part(values: list[float], bars: float, expected: float | None) -> None:
    assert cagr(np.array(values), bars) == (None if expected is None else pytest.approx(expected))


def test_there_is_no_sortino_ratio_without_a_losing_bar() -> None:
    assert sortino(returns(np.array([100.0, 101.0, 102.0])), 8_766.0) is None
    assert sortino(returns(np.array([100.0, 50.0, 0.0])), 8_766.0) is None


def test_a_year_is_the_gregorian_mean() -> None:
    assert COURSE.yearly == YEAR / 3_600
