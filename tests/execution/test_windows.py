"""Windows of a backtest: every bar and trade in one of them, and none called out of sample that was seen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.ledger import Trade
from execution.metrics import Borders, Course
from execution.windows import walk_forward
from spec.bars import BadBars
from tests.execution.scenes import bars_of, time_of

CALM = (100.0, 101.0, 99.5, 100.0)


def course(count: int, entries: tuple[int, ...] = ()) -> Course:
    trades = [Trade("long", time_of(row), 1.0, time_of(row), 1.0, 1.0, "exit", 1.0) for row in entries]
    equity = np.arange(101.0, 101.0 + count)
    return Course(trades, bars_of([CALM] * count), equity, 100.0, [None] * len(trades))


@given(st.integers(1, 60), st.integers(1, 60), st.lists(st.integers(0, 59), max_size=9))
def test_windows_divide_bars_and_trades_evenly_and_leave_none_out(count: int, windows: int, rows: list[int]) -> None:
    entries = tuple(sorted(row for row in rows if row < count))
    if windows > count:
        with pytest.raises(BadBars, match="cannot be split"):
            walk_forward(course(count, entries), Borders(), windows)
        return
    found = walk_forward(course(count, entries), Borders(), windows)
    sizes = [one.metrics.bars for one in found]
    assert (len(sizes), sum(sizes)) == (windows, count)
    assert max(sizes) - min(sizes) <= 1
    assert sum(one.metrics.trades for one in found) == len(entries)
    assert [one.end for one in found[:-1]] == [one.start for one in found[1:]]
    growth = np.prod([1 + one.metrics.return_ for one in found])
    assert growth == pytest.approx((100 + count) / 100)


def test_a_window_says_in_which_parts_of_hindsight_it_lies() -> None:
    found = walk_forward(course(8), Borders(time_of(1), time_of(4)), 4)
    assert [one.parts for one in found] == [
        ("before_last_anchor",),
        ("before_export",),
        ("before_export", "after_export"),
        ("after_export",),
    ]


def test_without_the_time_of_the_export_no_window_is_out_of_sample() -> None:
    assert {part for one in walk_forward(course(8), Borders(), 4) for part in one.parts} == {"before_export"}
