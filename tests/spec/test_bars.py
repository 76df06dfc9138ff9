"""Candles as the exchange reported them: what is accepted, what is refused, and how they are resampled."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec.bars import BadBars, Bars, index_of, make_bars, resample
from tests.spec import generated as make
from tests.spec.oracle import bar_holding
from tests.spec.oracle_nodes import resampled
from tests.spec.series import DAY, HOUR, START, Row, at, candles_of, series

GOOD = (10.0, 11.0, 9.0, 10.5, 1.0)


def rows(*times: int) -> list[tuple[float, ...]]:
    return [(float(time), *GOOD) for time in times]


def table(bars: Bars) -> list[tuple[float, ...]]:
    return list(zip(*(column.tolist() for column in bars.columns()), strict=True))


def test_holes_are_absent_bars_and_are_never_refused() -> None:
    bars = make_bars("1h", rows(at(0), at(1), at(7)))
    assert bars.time.tolist() == [at(0), at(1), at(7)]
    assert (len(bars), bars.end) == (3, at(8))


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ([], "there are no candles; give a file with at least one row"),
        (rows(at(0), at(1), at(1)), "two candles have the same time 2024-01-01 01:00 UTC; remove one of them"),
        (rows(at(2), at(0), at(2)), "two candles have the same time 2024-01-01 02:00 UTC; remove one of them"),
        (rows(at(0), at(2), at(1)), "the candles are not in time order at 2024-01-01 01:00 UTC; sort the file by time"),
        ([(START, 10, 11, 9, np.nan, 1)], "the close of the candle at 2024-01-01 00:00 UTC is no finite number"),
        ([(START, 10, np.inf, 9, 10, 1)], "the high of the candle at 2024-01-01 00:00 UTC is no finite number"),
        ([(START, 10, 10.5, 9, 11, 1)], "has a high or low that does not hold its open and close; fix that row"),
        ([(START, 10, 11, 10.5, 11, 1)], "the candle at 2024-01-01 00:00 UTC has a high or low that does not hold"),
    ],
)
def test_candles_that_cannot_serve_are_refused_in_one_sentence(table: list[tuple[float, ...]], sentence: str) -> None:
    with pytest.raises(BadBars, match=sentence):
        make_bars("1h", table)


@given(bars=make.candles(), where=st.integers(-2 * HOUR, 50 * HOUR))
def test_the_bar_of_a_time_is_the_last_one_opened_at_or_before_it(bars: Bars, where: int) -> None:
    assert index_of(bars, START + where) == bar_holding(candles_of(bars), START + where)


def test_a_daily_bar_that_opens_at_midnight_holds_its_whole_utc_day() -> None:
    days = series(1, 1, 1, timeframe="1d")
    hours = [-1, 0, 21, 22, 23, 24, 47, 48]
    assert [index_of(days, START + hour * HOUR) for hour in hours] == [-1, 0, 0, 0, 0, 1, 1, 2]
    assert index_of(series(1, 1, timeframe="1w"), START + 7 * DAY - 1) == 0


def test_where_daily_bars_open_with_a_session_the_trading_day_counts_and_not_the_instant() -> None:
    afternoon = series(1, 1, 1, timeframe="1d", start=START + 14 * HOUR)
    assert [index_of(afternoon, START + day * DAY) for day in (-1, 0, 1, 2, 3)] == [-1, 0, 1, 2, 2]
    evening = series(1, 1, 1, timeframe="1d", start=START - 2 * HOUR)
    assert [index_of(evening, START + day * DAY) for day in (-1, 0, 1, 2, 3)] == [-1, 0, 1, 2, 2]


@pytest.mark.parametrize("frame", ["2h", "3h", "4h", "1d", "1w", "1M"])
@given(bars=make.candles(most=80))
def test_resampling_follows_the_utc_grid_and_leaves_out_what_has_not_closed(bars: Bars, frame: str) -> None:
    coarse = resample(bars, frame)
    assert table(coarse) == [tuple(candle) for candle in resampled(candles_of(bars), "1h", frame)]
    assert coarse.timeframe == frame
    whole = bars.time < coarse.end
    assert coarse.volume.sum() == bars.volume[whole].sum()


def test_months_and_weeks_are_those_of_the_calendar() -> None:
    days = series(*range(1, 61), timeframe="1d")  # 2024-01-01 to 02-29
    months, weeks = resample(days, "1M"), resample(days, "1w")
    assert table(months) == [
        (START, 1.0, 31.0, 1.0, 31.0, 31.0),
        (START + 31 * DAY, 32.0, 60.0, 32.0, 60.0, 29.0),
    ]
    assert weeks.close.tolist() == [7, 14, 21, 28, 35, 42, 49, 56]
    assert weeks.time.tolist() == [START + week * 7 * DAY for week in range(8)]


def test_the_last_bar_of_a_coarser_timeframe_is_closed_by_its_end_or_by_a_successor() -> None:
    def closes(*hourly: Row) -> list[float]:
        return [float(close) for close in resample(series(*hourly), "4h").close]

    assert closes(1, 2, 3) == []
    assert closes(1, 2, 3, 4) == [4]
    assert closes(1, 2, 3, None) == []
    assert closes(1, 2, 3, None, 5) == [3]


def test_or_by_what_is_known_of_the_time_after_its_last_trade() -> None:
    hourly = series(1, 2, 3)
    end = int(hourly.time[0]) + 4 * 3_600
    assert resample(hourly, "4h", end).close.tolist() == [3.0]
    assert resample(hourly, "4h", end - 1).close.tolist() == []


def test_coarser_candles_are_refused_for_a_finer_timeframe() -> None:
    with pytest.raises(BadBars, match="candles of 4h cannot be made into 1h; give candles of 1h or finer"):
        resample(series(1, timeframe="4h"), "1h")
    with pytest.raises(BadBars, match="candles of 2h cannot be made into 3h"):
        resample(series(1, timeframe="2h"), "3h")


def test_no_bars_stay_no_bars_in_every_timeframe() -> None:
    none = series(1)[:0]
    assert (len(resample(none, "4h")), resample(none, "4h").timeframe, none.end) == (0, "4h", 0)
    assert resample(series(1), "1h").close.tolist() == [1]
