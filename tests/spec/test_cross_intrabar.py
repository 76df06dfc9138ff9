"""A crossing within the bar follows TradingView's assumed path: whole lists of firings on short series."""

from __future__ import annotations

import pytest

from spec.geometry import Level, Line, Moment
from spec.signals import Direction, TrendlineCross
from tests.spec.series import Row, at, flat, line, said, series, told


def cross(geometry: Line | Level, direction: Direction = "either") -> TrendlineCross:
    return TrendlineCross("1h", geometry, direction, "intrabar")


@pytest.mark.parametrize("rows", [(11, 10, 11), (9, 10, 9), (11, (11, 12, 10, 11)), (9, (9, 10, 8, 9))])
def test_a_touch_that_leaves_on_the_same_side_does_not_cross(rows: tuple[Row, ...]) -> None:
    assert said(cross(flat(10)), series(*rows)) == []


def test_landing_on_the_line_keeps_the_side_until_it_is_left() -> None:
    assert said(cross(flat(10)), series(9, (9, 10, 9, 10), (10, 11, 10, 11))) == [(2, "up")]
    assert said(cross(flat(10)), series(9, (9, 10, 9, 10), (10, 10, 9, 9))) == []


def test_a_wick_through_the_line_crosses_at_its_value() -> None:
    assert told(cross(flat(10)), series(9, (9, 12, 8.5, 9.5))) == [(1, "up", 10.0, 10.0)]


def test_a_gap_over_the_line_is_one_crossing_at_the_open() -> None:
    assert told(cross(flat(10)), series(9, (12, 13, 11, 12))) == [(1, "up", 12.0, 10.0)]
    assert told(cross(flat(10)), series(11, (8, 9, 7, 8))) == [(1, "down", 8.0, 10.0)]


def test_the_step_of_the_line_itself_is_one_crossing_at_the_open() -> None:
    assert told(cross(line((0, 12), (1, 8))), series(10, 10)) == [(1, "up", 10.0, 8.0)]
    assert told(cross(line((0, 8), (1, 12))), series(10, 10)) == [(1, "down", 10.0, 12.0)]


def test_the_side_before_a_bar_is_that_of_the_close_before_against_its_own_bars_value() -> None:
    rising = line((0, 8), (2, 12))  # 8, 10, 12
    assert said(cross(rising), series(9, 10.5, 12.5)) == []  # 9 was above 8 though below 10
    assert said(cross(rising), series(9, 9.5)) == [(1, "down")]


@pytest.mark.parametrize(
    ("direction", "firings"), [("either", [(1, "down")]), ("down", [(1, "down")]), ("up", [(1, "up")])]
)
def test_a_bar_that_crosses_twice_gives_the_first_crossing_in_the_direction(
    direction: Direction, firings: list[object]
) -> None:
    assert said(cross(flat(10), direction), series(11, (11, 12, 9, 11))) == firings


def test_a_gap_and_a_return_within_the_bar_cross_twice() -> None:
    bars = series(9, (12, 12, 8, 9))
    assert told(cross(flat(10), "up"), bars) == [(1, "up", 12.0, 10.0)]
    assert told(cross(flat(10), "down"), bars) == [(1, "down", 10.0, 10.0)]


# From below, the open exactly on the line: a high visited first crosses up, and the low after it down again.
@pytest.mark.parametrize(
    ("high", "low", "downs"),
    [
        (11, 8, [(1, "down")]),  # the high is nearer to the open
        (12, 9, []),  # the low is nearer
        (12, 8, []),  # a tie: the low
        (12 - 4e-6, 8, []),  # less than a thousandth of the tick of 0.01 apart: a tie
        (12 - 2e-5, 8, [(1, "down")]),
    ],
)
def test_the_path_visits_the_extreme_nearer_to_the_open_and_the_low_in_a_tie(
    high: float, low: float, downs: list[object]
) -> None:
    assert said(cross(flat(10), "down"), series(9, (10, high, low, 10))) == downs
    assert said(cross(flat(10), "up"), series(9, (10, high, low, 10))) == [(1, "up")]


def test_without_a_known_tick_only_equal_distances_are_a_tie() -> None:
    nearer_high, tie = series(9, (10, 12 - 4e-6, 8, 10)), series(9, (10, 12, 8, 10))
    assert said(cross(flat(10), "down"), nearer_high, market=None) == [(1, "down")]
    assert said(cross(flat(10), "down"), tie, market=None) == []
    assert said(cross(flat(0), "down"), series(-1, (0, 2, -2, 0)), market=None) == []


@pytest.mark.parametrize(("opened", "firings"), [(11, []), (9, [(2, "down")])])
def test_a_close_on_the_line_keeps_the_side_that_the_path_had(opened: float, firings: list[object]) -> None:
    assert said(cross(flat(10)), series(11, (11, 11, 10, 10), opened)) == firings


def test_an_open_on_the_line_keeps_the_side_of_the_close_before() -> None:
    assert said(cross(flat(10)), series(9, (10, 10, 9, 9))) == []
    assert told(cross(flat(10)), series(9, (10, 11, 10, 11))) == [(1, "up", 10.0, 10.0)]


def test_on_the_first_bar_of_the_extent_the_open_sets_the_side_and_the_path_may_cross() -> None:
    assert said(cross(flat(10)), series((9, 12, 8, 11))) == [(0, "up")]
    begins = Level(10, start=Moment(at(1)))
    assert said(cross(begins), series(9, 11)) == []  # the close before lies outside
    assert said(cross(begins), series(9, (11, 12, 9, 11))) == [(1, "down")]


def test_an_open_on_the_line_on_the_first_bar_sets_no_side() -> None:
    assert said(cross(flat(10)), series((10, 11, 10, 11), (11, 11, 9, 9))) == [(1, "down")]
    assert said(cross(flat(10)), series(10, 10, 11, 9)) == [(3, "down")]


def test_a_line_that_ended_is_not_crossed_any_more() -> None:
    segment = line((0, 10), (1, 10))
    assert said(cross(segment), series(9, 9, 11)) == []
    assert said(cross(segment), series(9, (9, 11, 9, 11), 9)) == [(1, "up")]


def test_a_bar_on_one_side_between_two_crossings_is_quiet() -> None:
    bars = series(11, 11, (11, 11, 9, 9), 9, 9, (9, 11, 9, 11), 11)
    assert said(cross(flat(10)), bars) == [(2, "down"), (5, "up")]


def test_a_log_line_is_walked_along_the_same_path() -> None:
    grown = line((0, 100), (2, 400), "log")  # 100, 200, 400
    bars = series((90, 90, 90, 90), (90, 210, 90, 150), (500, 500, 390, 450))
    assert said(cross(grown, "up"), bars) == [(1, "up"), (2, "up")]
    numbers = [number for hit in told(cross(grown, "up"), bars) for number in hit[2:]]
    assert numbers == pytest.approx([200, 200, 500, 400], rel=1e-14)
