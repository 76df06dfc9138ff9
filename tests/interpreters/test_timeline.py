"""Promises about counting: the export's own bars, else the candles, else the clock; and about where points stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpreters.sketch import Place
from interpreters.timeline import Counted, Found, Last, Spot, Timeline
from spec.geometry import Moment
from tests.interpreters.exports import DAY, HOUR, START, candles

if TYPE_CHECKING:
    from spec.bars import Bars

HOLES = candles("1h", 40, without=(3, 4))


def place(hours: int, offset: int = 0, own: str | None = "1h") -> Place:
    return Place(START + hours * HOUR, offset, own)


def counted(timeline: Timeline, one: Place, two: Place, timeframe: str = "1h") -> tuple[int, bool]:
    return timeline.count(timeline.spot(one, timeframe), timeline.spot(two, timeframe), timeframe)


def test_bars_that_are_missing_do_not_count() -> None:
    assert counted(Timeline(candles=HOLES), place(0), place(10)) == (8, True)
    assert counted(Timeline(), place(0), place(10)) == (10, False)


def test_the_exports_own_bars_come_before_the_candles() -> None:
    both = Timeline(export=candles("1h", 40, without=(3,)), candles=HOLES)
    assert counted(both, place(0), place(10)) == (9, True)


def test_candles_count_where_the_exports_bars_do_not_reach() -> None:
    short = candles("1h", 10, start=START + 5 * HOUR)
    assert counted(Timeline(export=short, candles=HOLES), place(0), place(10)) == (8, True)


def test_the_clock_counts_where_no_bars_reach_both_points_and_says_so() -> None:
    late = candles("1h", 10, start=START + 5 * HOUR)
    assert counted(Timeline(candles=late), place(0), place(10)) == (10, False)


def test_two_points_of_one_bar_are_exact_without_bars() -> None:
    assert counted(Timeline(), place(0, offset=-2), place(0, offset=5)) == (7, True)


def test_a_count_is_negative_where_the_second_point_is_the_earlier() -> None:
    assert counted(Timeline(candles=HOLES), place(10), place(0)) == (-8, True)


def test_offsets_count_bars_along_those_that_exist() -> None:
    timeline = Timeline(candles=HOLES)
    assert timeline.spot(place(2, offset=3), "1h") == Spot(Moment(START + 2 * HOUR, 3), None, 5)
    assert counted(timeline, place(0), place(2, offset=3)) == (5, True)


def test_an_offset_in_another_interval_is_walked_on_that_intervals_bars() -> None:
    quarters = candles("15m", 400, step=900)
    timeline = Timeline(candles=quarters)
    assert timeline.spot(place(2, offset=3), "15m").moment == Moment(START + 5 * HOUR)
    assert timeline.spot(Place(START, 2, "4h"), "1h").moment == Moment(START + 8 * HOUR)
    assert Timeline(candles=HOLES).spot(place(2, offset=1, own="1h"), "1d").moment == Moment(START + 5 * HOUR)


def test_an_offset_beyond_the_bars_goes_on_by_the_clock() -> None:
    timeline = Timeline(candles=candles("15m", 8, step=900), last=Last(START + 7 * 900, "15m", stated=True))
    assert timeline.spot(place(1, offset=4), "15m") == Spot(Moment(START + 7 * 900, 13), None, 20)


def test_a_point_between_bars_belongs_to_the_bar_that_holds_it() -> None:
    daily = Timeline(candles=candles("1d", 10, step=DAY))
    assert counted(daily, place(30), place(75), "1d") == (2, True)


def test_finer_candles_are_resampled_and_coarser_ones_are_no_use() -> None:
    assert counted(Timeline(candles=HOLES), place(0), place(12), "4h") == (3, True)
    assert counted(Timeline(candles=candles("1d", 5, step=DAY)), place(0), place(12), "1h") == (12, False)


JANUARY, MARCH, JUNE = 1_704_067_200, 1_709_251_200, 1_717_200_000  # 2024


def test_months_are_counted_on_the_calendar() -> None:
    assert counted(Timeline(), Place(JANUARY), Place(JUNE), "1M") == (5, False)
    assert counted(Timeline(), Place(JANUARY), Place(JUNE), "3M") == (1, False)
    months = candles("1d", 366, start=JANUARY, step=DAY)
    assert counted(Timeline(candles=months), Place(JANUARY), Place(MARCH), "1M") == (2, True)


def test_an_offset_in_months_is_walked_on_the_calendar() -> None:
    assert Timeline().spot(Place(JANUARY, 2, "1M"), "1d").moment == Moment(MARCH)


def last_of(bars: Bars) -> Last:
    return Last(int(bars.time[-1]), bars.timeframe, stated=True)


def test_a_time_read_back_from_beyond_the_last_bar_becomes_an_offset_from_it() -> None:
    own = candles("1h", 10)
    timeline = Timeline(export=own, last=last_of(own), absolute=True)
    assert timeline.spot(place(14), "1h") == Spot(Moment(START + 9 * HOUR, 5), 14, None)
    assert counted(timeline, place(0), place(14)) == (14, True)


def test_a_saved_point_without_an_offset_stands_on_a_bar_that_existed() -> None:
    own = candles("1h", 10)
    assert Timeline(export=own, last=last_of(own)).spot(place(14), "1h") == Spot(Moment(START + 14 * HOUR))


def test_a_time_beyond_candles_that_may_be_old_is_not_counted_exactly() -> None:
    old = candles("1h", 10)
    timeline = Timeline(candles=old, last=Last(int(old.time[-1]), "1h", stated=False), absolute=True)
    assert timeline.spot(place(14), "1h") == Spot(Moment(START + 9 * HOUR, 5))
    assert counted(timeline, place(0), place(14)) == (14, False)


def test_the_last_bar_is_found_on_every_timeframe() -> None:
    last = Last(START + 9 * HOUR, "1h", stated=True)
    assert [last.open_on(frame) for frame in ("1h", "4h", "1d", "15m")] == [
        START + 9 * HOUR, START + 8 * HOUR, START, START + 9 * HOUR + 45 * 60,
    ]  # fmt: skip
    assert Last(START + 100, None, stated=True).open_on("1h") == START


@pytest.mark.parametrize(("hours", "bars"), [(10, 8), (0, 0), (39, 37), (50, 48)])
def test_the_bars_until_a_time_are_counted_as_far_as_they_go(hours: int, bars: int) -> None:
    timeline = Timeline(candles=HOLES)
    assert timeline.bars_until(START + hours * HOUR, timeline.spot(place(0), "1h"), "1h") == bars


def test_the_bars_until_a_time_before_them_all_are_those_of_the_clock() -> None:
    timeline = Timeline(candles=HOLES)
    assert timeline.bars_until(START - 5 * HOUR, timeline.spot(place(0), "1h"), "1h") == -5
    assert Timeline().bars_until(START, Timeline().spot(place(2, offset=3), "1h"), "1h") == -5


def test_what_the_bars_told_stands_in_their_place() -> None:
    timeline = Timeline(candles=HOLES, last=last_of(HOLES))
    counted(timeline, place(0), place(10))
    timeline.spot(place(-5), "1h")  # before the candles: the clock knows as much
    told = timeline.told()
    rows = (
        Found(START, 0, "1h", START, 0, None, 0),
        Found(START + 10 * HOUR, 0, "1h", START + 10 * HOUR, 0, None, 8),
    )
    assert told == (Counted("1h", rows),)


PLACES = st.builds(
    Place,
    st.integers(-10, 60).map(lambda hours: START + hours * HOUR),
    st.sampled_from([0, 0, 0, 4, 30, -3]),
    st.sampled_from(["1h", "15m", "1d", None]),
)
SERIES = st.sampled_from([None, HOLES, candles("15m", 80, step=900), candles("1d", 4, step=DAY)])


@given(SERIES, SERIES, st.lists(PLACES, min_size=2, max_size=5), st.sampled_from(["1h", "4h", "1d"]), st.booleans())
def test_a_timeline_that_was_told_answers_as_the_one_that_has_the_bars(
    export: Bars | None, given_: Bars | None, places: list[Place], timeframe: str, absolute: bool
) -> None:
    last = None if export is None else last_of(export)
    knowing = Timeline(export, given_, last, absolute)
    spots = [knowing.spot(one, timeframe) for one in places]
    told = Timeline(None, None, last, absolute)
    told.remember(knowing.told())
    assert [told.spot(one, timeframe) for one in places] == spots
    assert told.count(spots[0], spots[1], timeframe) == knowing.count(spots[0], spots[1], timeframe)
