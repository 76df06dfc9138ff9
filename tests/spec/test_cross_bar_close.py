"""A crossing by the close is Pine's ta.crossover and ta.crossunder: whole lists of firings on short series."""

from __future__ import annotations

import pytest

from spec.geometry import Level, Line, Moment
from spec.signals import Direction, TrendlineCross
from tests.spec.series import Row, at, flat, line, said, series, told


def cross(geometry: Line | Level, direction: Direction = "either") -> TrendlineCross:
    return TrendlineCross("1h", geometry, direction)


@pytest.mark.parametrize(
    ("closes", "firings"),
    [
        ((9, 11), [(1, "up")]),
        ((11, 9), [(1, "down")]),
        ((9, 11, 9, 11), [(1, "up"), (2, "down"), (3, "up")]),
        ((9, 9.5, 9.9), []),
    ],
)
def test_a_close_on_the_other_side_of_the_close_before_crosses(
    closes: tuple[float, ...], firings: list[object]
) -> None:
    assert said(cross(flat(10)), series(*closes)) == firings


@pytest.mark.parametrize(("closes", "event"), [((11, 10, 11), "up"), ((9, 10, 9), "down")])
def test_a_close_that_touches_the_line_and_leaves_on_the_same_side_fires(closes: tuple[float, ...], event: str) -> None:
    assert said(cross(flat(10)), series(*closes)) == [(2, event)]


def test_a_close_that_lands_on_the_line_has_not_crossed_it_yet() -> None:
    assert said(cross(flat(10)), series(9, 10)) == []
    assert said(cross(flat(10)), series(9, 10, 10, 11)) == [(3, "up")]


def test_a_gap_over_the_line_crosses_at_the_close() -> None:
    bars = series((9, 9.5, 8, 9), (12, 13, 11.5, 12.5))
    assert told(cross(flat(10)), bars) == [(1, "up", 12.5, 10.0)]


def test_a_wick_through_the_line_does_not_cross_by_the_close() -> None:
    assert said(cross(flat(10)), series(9, (9, 12, 8, 9.5))) == []


def test_the_step_of_the_line_itself_crosses() -> None:
    assert told(cross(line((0, 12), (1, 8))), series(10, 10)) == [(1, "up", 10.0, 8.0)]


def test_the_close_before_is_held_against_the_value_of_its_own_bar() -> None:
    falling = line((0, 12), (2, 8))  # 12, 10, 8
    assert said(cross(falling), series(11, 10.5, 10.5)) == [(1, "up")]
    assert said(cross(falling), series(12.5, 11, 9)) == []


def test_the_first_bar_never_crosses() -> None:
    assert said(cross(flat(10)), series(11)) == []


def test_both_bars_of_a_crossing_lie_within_the_extent() -> None:
    begins = Level(10, start=Moment(at(1)))
    assert said(cross(begins), series(9, 11, 9)) == [(2, "down")]
    ends = Level(10, end=Moment(at(1)))
    assert said(cross(ends), series(9, 11, 9)) == [(1, "up")]


def test_both_ends_of_a_line_belong_to_it() -> None:
    segment = line((1, 10), (3, 10))
    assert said(cross(segment), series(11, 9, 11, 9, 11)) == [(2, "up"), (3, "down")]


@pytest.mark.parametrize(("direction", "firings"), [("up", [(1, "up"), (3, "up")]), ("down", [(2, "down")])])
def test_only_crossings_in_the_direction_fire(direction: Direction, firings: list[object]) -> None:
    assert said(cross(flat(10), direction), series(9, 11, 9, 11)) == firings


@pytest.mark.parametrize(
    ("close", "firings"),
    [
        (10 * (1 + 0.5e-12), [(2, "up")]),
        (10 * (1 + 2e-12), [(1, "up")]),
        (10 * (1 - 0.5e-12), [(2, "up")]),
        (10 * (1 - 2e-12), [(2, "up")]),
    ],
)
def test_a_close_nearer_than_1e_12_of_the_price_lies_on_the_line(close: float, firings: list[object]) -> None:
    assert said(cross(flat(10)), series(9, close, 11)) == firings


@pytest.mark.parametrize("share", [0.5e-12, 2e-12])
def test_a_log_line_counts_1e_12_of_the_price_as_on_it_too(share: float) -> None:
    grown = line((0, 100), (2, 400), "log")  # 200 on bar 1
    bars = series(50, 200 * (1 + share), 500)
    assert said(cross(grown), bars) == [(1 if share > 1e-12 else 2, "up")]


def test_a_price_can_lie_on_zero_and_below_it() -> None:
    rows: tuple[Row, ...] = (-1, 0, 1, 0, -2)
    assert said(cross(flat(0)), series(*rows)) == [(2, "up"), (4, "down")]


def test_a_price_that_is_not_positive_lies_below_every_log_line() -> None:
    grown = line((0, 1), (3, 8), "log")
    assert said(cross(grown), series(3, -1, 0, 9)) == [(1, "down"), (3, "up")]


def test_a_log_line_is_straight_in_the_logarithm_of_the_price() -> None:
    closes = (150, 240, 150)  # on bar 1 the log line stands at 200, the linear one at 250
    assert said(cross(line((0, 100), (2, 400), "log")), series(*closes)) == [(2, "down")]
    assert said(cross(line((0, 100), (2, 400))), series(*closes)) == [(1, "down")]
