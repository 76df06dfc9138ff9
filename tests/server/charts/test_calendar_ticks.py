"""Time ticks: the greatest steps of the calendar first, apart from one another, in UTC."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.charts.calendar_ticks import date_of, time_ticks

START = 1_515_560_100  # 2018-01-10 04:55 UTC


def texts(opens: list[int], gap: float, *, daily: bool = False) -> list[str]:
    return [tick.text for tick in time_ticks(np.array(opens), gap, daily=daily)]


def test_minutes_get_hours_and_the_day_between_them() -> None:
    opens = [START + 300 * at for at in range(300)]
    assert texts(opens, 20) == ["06:00", "09:00", "12:00", "15:00", "18:00", "21:00", "11", "03:00"]


def test_a_hole_in_the_bars_does_not_hide_the_day_that_began_in_it() -> None:
    opens = [START + 3600 * at for at in (0, 1, 2, 30, 31, 32)]
    assert texts(opens, 2) == ["11", "12:55"]


def test_days_get_months_and_years() -> None:
    opens = [
        int(day)
        for day in np.arange("2017-10-20", "2018-03-10", dtype="datetime64[D]").astype("datetime64[s]").astype(int)
    ]
    assert texts(opens, 25, daily=True) == ["Nov", "Dec", "2018", "Feb", "Mar"]


def test_months_get_years() -> None:
    opens = np.arange("2010-03", "2014-03", dtype="datetime64[M]").astype("datetime64[s]").astype(int).tolist()
    assert texts(opens, 9, daily=True) == ["2011", "2012", "2013", "2014"]


def test_a_session_that_opens_in_the_evening_belongs_to_the_next_day() -> None:
    evenings = [1_517_432_400 + 86_400 * at for at in (-1, 0, 1)]  # 21:00 UTC; the second opens 1 February
    assert texts(evenings, 1, daily=True) == ["Feb", "2"]
    assert date_of(evenings[1], daily=True) == "1 Feb 2018"
    assert date_of(evenings[1], daily=False) == "31 Jan 2018 21:00"


def test_seconds_are_shown_where_bars_need_them() -> None:
    assert texts([START + 10 * at for at in range(7)], 1)[:2] == ["04:55:10", "04:55:20"]


def test_one_bar_has_no_tick() -> None:
    assert texts([START], 1) == []


@given(st.lists(st.integers(1, 200_000), min_size=1, max_size=300), st.floats(1, 50), st.booleans())
def test_ticks_rise_and_keep_their_gap(steps: list[int], gap: float, daily: bool) -> None:
    opens = np.cumsum(np.array(steps)) * 60
    places = [tick.index for tick in time_ticks(opens, gap, daily=daily)]
    assert all(later - earlier >= gap for earlier, later in itertools.pairwise(places))
    assert all(0 < place < len(steps) for place in places)


@pytest.mark.parametrize("count", [5_000])
def test_a_long_axis_is_labelled_too(count: int) -> None:
    assert len(texts([START + 60 * at for at in range(count)], count / 13)) >= 3
