"""Names and lengths of timeframes, and the grid on which their bars stand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec import timeframe as tf
from tests.spec.oracle_nodes import span
from tests.spec.series import DAY, HOUR, START

FRAMES = "1s 30s 1m 5m 7m 45m 1h 2h 3h 4h 5h 8h 12h 28h 1d 2d 3d 4d 7d 8d 14d 1w 2w 8w 1M 2M 3M 12M".split()
TIMES = st.integers(-3_000_000_000, 6_000_000_000)


@pytest.mark.parametrize("name", ["", "h", "0m", "01h", "1x", "1H", "4h\n", " 4h", "12345m", "1mo", "-1h", "1.5h"])
def test_what_is_no_timeframe_is_refused(name: str) -> None:
    with pytest.raises(tf.UnknownTimeframe, match="is no timeframe; write it like 5m, 4h, 1d, 1w or 1M"):
        tf.parse(name)


def test_a_timeframe_is_a_count_and_a_unit() -> None:
    assert (tf.parse("240m"), tf.parse("1M"), tf.parse("1m")) == ((240, "m"), (1, "M"), (1, "m"))
    assert [tf.seconds(frame) for frame in ("30s", "5m", "4h", "1d", "2w")] == [30, 300, 14_400, DAY, 14 * DAY]
    assert tf.seconds("4w") < tf.seconds("1M") < tf.seconds("5w")
    assert [tf.spans_days(frame) for frame in ("23h", "24h", "1d", "1w", "1M")] == [False, True, True, True, True]


@pytest.mark.parametrize("frame", FRAMES)
@given(time=TIMES)
def test_bars_open_on_the_utc_grid_days_at_midnight_weeks_on_monday_months_on_the_first(frame: str, time: int) -> None:
    opening, end = span(time, frame)
    number = tf.bucket_of(time, frame)
    assert (tf.start_of(number, frame), tf.start_of(number + 1, frame)) == (opening, end)
    assert tf.close_time(opening, frame) == end
    assert tf.close_times(np.array([opening]), frame).tolist() == [end]


@pytest.mark.parametrize("coarser", FRAMES)
def test_one_timeframe_divides_another_where_every_coarser_bar_opens_with_a_finer_one(coarser: str) -> None:
    """Over 40 bars, so that 7d, which is as long as a week but opens on Thursdays, does not pass for one."""
    starts = [tf.start_of(number, coarser) for number in range(-20, 20)]
    fills = {finer for finer in FRAMES if all(span(start, finer)[0] == start for start in starts)}
    assert {finer for finer in FRAMES if tf.divides(finer, coarser)} == fills


@pytest.mark.parametrize("frame", ["5m", "4h", "1d", "1w", "1M", "3M"])
@given(start=st.integers(0, 4_000_000_000), bars=st.integers(0, 400))
def test_counting_by_the_clock_undoes_shifting_by_it(frame: str, start: int, bars: int) -> None:
    opening = span(start, frame)[0]
    assert tf.count_by_clock(opening, tf.shift_by_clock(opening, bars, frame), frame) == bars
    assert tf.count_by_clock(tf.shift_by_clock(opening, bars, frame), opening, frame) == -bars


def test_months_are_counted_as_calendar_months() -> None:
    january, may = START, START + (31 + 29 + 31 + 30) * DAY
    assert tf.count_by_clock(january, may, "1M") == 4
    assert tf.shift_by_clock(january, 4, "1M") == may
    assert tf.count_by_clock(january, may, "3M") == 1


def test_days_are_counted_by_the_utc_day_that_holds_a_time() -> None:
    assert tf.count_by_clock(START + 23 * HOUR, START + DAY, "1d") == 1
    assert tf.count_by_clock(START + 14 * HOUR, START + DAY, "1d") == 1
    assert tf.count_by_clock(START + 14 * HOUR, START + DAY, "1h") == 10


def test_a_time_reads_as_utc() -> None:
    assert tf.text_of(START + 90 * 60) == "2024-01-01 01:30 UTC"
