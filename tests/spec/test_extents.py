"""From where to where a level or zone lives, and which bar that is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec import timeframe as tf
from spec.bars import BadBars
from spec.evaluation import Evaluation
from spec.geometry import Anchor, Level, Line, Moment
from spec.signals import SrProximity
from tests.spec.oracle_nodes import span
from tests.spec.series import DAY, HOUR, MARKET, START, at, series, values


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (None, None, [5, 5, 5, 5]),
        (Moment(at(1)), None, [None, 5, 5, 5]),
        (None, Moment(at(2)), [5, 5, 5, None]),
        (Moment(at(1) + 1800), Moment(at(2) + 1800), [None, 5, 5, None]),  # within a bar: that bar
        (Moment(at(0), 1), Moment(at(3), -1), [None, 5, 5, None]),
        (Moment(at(-9)), Moment(at(99)), [5, 5, 5, 5]),
        (Moment(at(-9)), Moment(at(0), 1), [5, 5, None, None]),
        (Moment(at(-9), -2), Moment(at(99), 2), [5, 5, 5, 5]),
        (Moment(at(99)), None, [None] * 4),
        (None, Moment(at(-9)), [None] * 4),
        (Moment(at(99), 3), None, [None] * 4),
        (Moment(at(4), 0), Moment(at(4), 2), [None] * 4),  # begins on the bar now forming
    ],
)
def test_a_level_lives_from_its_start_to_its_end_both_included(
    start: Moment | None, end: Moment | None, expected: list[float | None]
) -> None:
    assert values(Level(5, start, end), series(1, 1, 1, 1)) == expected


@pytest.mark.parametrize("start", [Moment(at(0), 9), Moment(at(-3), 5), Moment(at(5), -1)])
def test_an_offset_that_cannot_be_counted_is_refused(start: Moment) -> None:
    bars = series(1, 1)
    if start.time < START or start.time > at(2):
        with pytest.raises(BadBars):
            values(Level(5, start), bars)
    else:
        assert values(Level(5, start), bars) == [None, None]


@pytest.mark.parametrize(
    ("start", "end", "bars"),
    [
        (Moment(at(2)), None, [2, 3, 4, 5, 6]),
        (Moment(at(5)), None, [5, 6]),
        (Moment(at(2)), Moment(at(2), 2), [2, 3, 4]),
        (Moment(at(1), 2), Moment(at(99)), [3, 4, 5, 6]),
    ],
)
def test_a_level_from_the_bar_now_forming_on_is_watched_when_that_bar_comes(
    start: Moment, end: Moment | None, bars: list[int]
) -> None:
    live = Evaluation({"node": SrProximity("1h", Level(5, start, end), "inside")}, MARKET, series(5, 5))
    live.advance(series(5, 5))
    assert live.advance(series(*[5] * 5, start=at(2)))["node"].hits.index.tolist() == bars


@pytest.mark.parametrize("timeframe", ["1h", "1d", "1w", "1M"])
@given(time=st.integers(START, START + 400 * DAY))
def test_openings_bound_the_bar_that_holds_a_time(timeframe: str, time: int) -> None:
    opened, end = span(time, timeframe)
    first, last = tf.openings(time, timeframe, session=False)
    assert first <= opened <= last
    assert last - tf.close_time(opened, timeframe) < 0 < end - first


def test_a_point_of_a_finer_chart_late_in_the_day_stands_on_that_days_bar() -> None:
    bars = series(1, 1, 1, timeframe="1d")
    evening = START + DAY + 22 * HOUR
    drawn = Line("bars", "linear", Anchor(START + 23 * HOUR, 10), Anchor(evening, 11), 1, extend_forward=True)
    assert values(drawn, bars) == [10, 11, 12]
    assert values(Level(5, Moment(evening), Moment(evening)), bars) == [None, 5, None]
