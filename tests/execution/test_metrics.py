"""The three parts of hindsight and their figures."""

from __future__ import annotations

import math

import numpy as np
import pytest
from msgspec.structs import replace

from execution.ledger import Trade
from execution.metrics import Borders, Metrics, Parts, drawdown, measure, sharpe, split
from tests.execution.scenes import bars_of, time_of

CALM = (100.0, 101.0, 99.5, 100.0)
FOUR = bars_of([CALM] * 4)
EQUITY = np.array([100.0, 110.0, 99.0, 121.0])
TRADES = [Trade("long", time_of(row), 1.0, time_of(3), 1.0, 1.0, "exit", pnl) for row, pnl in ((0, 5.0), (2, -4.0))]
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
    parts = split(TRADES, FOUR, EQUITY, Borders(last_anchor, exported_at), 100.0)
    assert bars_in(parts) == bars


def test_each_part_is_measured_by_itself() -> None:
    parts = split(TRADES, FOUR, EQUITY, Borders(time_of(0), time_of(2)), 100.0)
    assert parts.before_last_anchor == Metrics(1, 0.0, 0.0, 1.0, None, None, 1, 5.0)
    assert replace(parts.before_export, sharpe=None) == Metrics(1, 99 / 100 - 1, 0.1, 0.0, 0.0, None, 2, -4.0)
    assert parts.after_export == Metrics(0, 121 / 99 - 1, 0.0, None, None, None, 1, 0.0)


def test_a_part_without_bars_has_nothing_to_tell() -> None:
    assert split([], FOUR, EQUITY, Borders(None, time_of(9)), 100.0).after_export == EMPTY


def test_the_sharpe_ratio_is_that_of_returns_from_bar_to_bar_over_a_year() -> None:
    returns = [0.1, -0.1, 2 / 9]
    mean = sum(returns) / 3
    deviation = math.sqrt(sum((value - mean) ** 2 for value in returns) / 2)
    assert sharpe(np.array([100.0, 110.0, 99.0, 121.0]), 8_766.0) == pytest.approx(math.sqrt(8_766) * mean / deviation)
    hourly = split(TRADES, FOUR, EQUITY, Borders(), 100.0).before_export.sharpe
    assert hourly == pytest.approx(sharpe(np.array([100.0, *EQUITY.tolist()]), 31_556_952 / 3_600))


@pytest.mark.parametrize("values", [[100.0, 101.0], [100.0] * 5, [100.0, 50.0, 0.0, 10.0]])
def test_there_is_no_sharpe_ratio_without_bars_movement_or_equity(values: list[float]) -> None:
    assert sharpe(np.array(values), 8_766.0) is None


def test_the_drawdown_is_the_deepest_fall_from_a_peak() -> None:
    assert drawdown(np.array([100.0, 120.0, 90.0, 130.0, 104.0])) == 0.25
    assert drawdown(np.array([100.0, 110.0])) == 0.0
    assert drawdown(np.array([0.0, 0.0])) == 0.0


def test_profits_and_losses_make_the_factor_and_the_rate() -> None:
    figures = measure([10.0, -4.0, 0.0, 2.0], np.array([100.0, 108.0]), 8_766.0)
    assert (figures.trades, figures.win_rate, figures.profit_factor, figures.net_profit) == (4, 0.5, 3.0, 8.0)


def test_a_part_that_begins_with_nothing_left_returns_nothing() -> None:
    assert measure([], np.array([-5.0, -6.0]), 8_766.0).return_ == 0.0
