"""Where a shape stands: anchors, counts, axes and extents, and what candles cannot tell."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec.bars import BadBars
from spec.evaluation import Evaluation, evaluate
from spec.geometry import Anchor, Level, Line, Moment, Zone
from spec.placement import Ground, locate
from spec.signals import SrProximity, TrendlineCross
from tests.spec import generated as make
from tests.spec.series import DAY, EVERY_INTERVAL, HOUR, MARKET, START, Row, at, line, numbers, said, series, values


def weekdays(*closes: float) -> list[Row]:
    """Rows of a daily series from a Monday, with weekends left out."""
    rows: list[Row] = []
    for close in closes:
        if len(rows) % 7 == 5:
            rows += [None, None]
        rows.append(close)
    return rows


def test_a_line_on_the_bars_axis_is_straight_in_bar_index_over_a_weekend() -> None:
    bars = series(*weekdays(1, 2, 3, 4, 5, 6, 7), timeframe="1d")
    anchors = Anchor(START, 1), Anchor(int(bars.time[6]), 7)
    assert values(Line("bars", "linear", *anchors, bars=6), bars) == [1, 2, 3, 4, 5, 6, 7]
    by_time = values(Line("time", "linear", *anchors), bars)
    assert by_time == pytest.approx([1, 1.75, 2.5, 3.25, 4, 6.25, 7])  # eight days, of which six have a bar


@given(data=st.data())
def test_both_axes_agree_where_no_bar_is_missing(data: st.DataObject) -> None:
    closes = data.draw(st.lists(st.sampled_from(make.LINEAR), min_size=2, max_size=20))
    first = data.draw(st.integers(0, len(closes) - 2))
    last = data.draw(st.integers(first + 1, len(closes) - 1))
    a, b = (first, data.draw(st.sampled_from(make.LINEAR))), (last, data.draw(st.sampled_from(make.LINEAR)))
    ends: dict[str, Any] = {"extend_backward": data.draw(st.booleans()), "extend_forward": data.draw(st.booleans())}
    by_bars = line(a, b, **ends)
    by_time = Line("time", "linear", by_bars.a, by_bars.b, **ends)
    expected = numbers(values(by_bars, series(*closes)))
    assert numbers(values(by_time, series(*closes))) == pytest.approx(expected, rel=1e-12, nan_ok=True)


def test_a_weekly_line_with_a_future_anchor_has_tradingviews_values() -> None:
    """The worked example of a real drawing: 67 bars between the anchors' times, plus an offset of 10."""
    first, last = 1_670_803_200, 1_711_324_800
    drawn = Line("bars", "linear", Anchor(first, 17761.1331), Anchor(last, 80507.5694, 10), 77)
    bars = series(*[1] * 80, timeframe="1w", start=first)
    weekly = values(drawn, bars)
    assert weekly[67] == pytest.approx(72358.68, abs=0.005)
    assert weekly[1] - weekly[0] == pytest.approx(814.8888, abs=0.00005)  # type: ignore[operator]
    assert int(bars.time[77]) == 1_717_372_800
    assert weekly[77] == 80507.5694
    assert weekly[78:] == [None, None]


def test_an_offset_counts_bars_that_exist_and_may_be_negative() -> None:
    bars = series(1, 1, None, None, 1, 1, 1)
    forward = Line("bars", "linear", Anchor(at(0), 10), Anchor(at(1), 13, 2), 3)
    assert values(forward, bars) == [10, 11, 12, 13, None]
    backward = Line("bars", "linear", Anchor(at(0), 10, -4), Anchor(at(4), 12, -1), 2, extend_forward=True)
    assert values(backward, bars) == [11, 12, 13, 14, 15]


def test_a_line_drawn_from_right_to_left_is_told_by_its_extensions() -> None:
    a, b = (1, 11.0), (3, 13.0)
    bars = series(*[1] * 5)
    assert values(line(a, b), bars) == [None, 11, 12, 13, None]
    assert values(line(a, b, extend_backward=True), bars) == [10, 11, 12, 13, None]
    assert values(line(a, b, extend_forward=True), bars) == [None, 11, 12, 13, 14]


def test_an_anchor_within_a_bar_stands_on_that_bar() -> None:
    bars = series(1, 1, 1)
    inside = Line("bars", "linear", Anchor(at(0) + 10, 10), Anchor(at(2) + 3599, 12), 2)
    assert values(inside, bars) == [10, 11, 12]


def test_daily_bars_are_compared_by_trading_day() -> None:
    session = START + 14 * HOUR + 1800  # opens at 14:30, named by midnight
    bars = series(1, 1, 1, timeframe="1d", start=session)
    drawn = Line("bars", "linear", Anchor(START, 10), Anchor(START + 2 * DAY, 12), 2)
    assert values(drawn, bars) == [10, 11, 12]
    evening = series(1, 1, 1, timeframe="1d", start=START - 2 * HOUR)  # opens at 22:00 the evening before
    assert values(drawn, evening) == [10, 11, 12]
    assert values(Level(5, Moment(START + DAY), Moment(START + DAY)), evening) == [None, 5, None]
    assert values(Level(5, Moment(START + DAY), Moment(START + DAY)), bars) == [None, 5, None]


@given(data=st.data())
def test_a_line_has_the_same_value_on_a_bar_wherever_the_file_begins(data: st.DataObject) -> None:
    grid = data.draw(st.sampled_from([make.LINEAR, make.LOG]))
    bars = data.draw(make.candles(grid))
    drawn = data.draw(make.lines(bars, grid))
    try:
        skipped = data.draw(st.integers(0, max(0, locate(Moment(drawn.b.time), Ground(bars, by_clock=False)))))
        later = values(drawn, bars[skipped:])
    except BadBars:
        return
    assert later == values(drawn, bars)[skipped:]  # bit for bit


def test_a_file_that_starts_after_the_anchor_is_refused_where_the_market_leaves_intervals_out() -> None:
    node = TrendlineCross("1h", line((0, 10), (1, 11), extend_forward=True))
    sentence = (
        "the candles start at 2024-01-01 05:00 UTC, after the drawing's anchor at 2024-01-01 01:00 UTC; "
        "give candles from 2024-01-01 01:00 UTC on"
    )
    with pytest.raises(BadBars, match=sentence):
        evaluate({"node": node}, MARKET, series(1, 1, start=at(5)))
    with pytest.raises(BadBars, match=sentence):
        evaluate({"node": node}, None, series(1, 1, start=at(5)))


def test_a_file_that_ends_before_the_anchor_is_refused_likewise() -> None:
    node = TrendlineCross("1h", line((0, 10), (9, 19)))
    sentence = (
        "the candles end at 2024-01-01 03:00 UTC, before the drawing's anchor at 2024-01-01 09:00 UTC; "
        "give candles that reach it"
    )
    with pytest.raises(BadBars, match=sentence):
        evaluate({"node": node}, MARKET, series(1, 1, 1))


def test_a_market_that_reports_every_interval_is_placed_by_the_clock_with_a_note() -> None:
    rising = line((0, 10), (1, 11), extend_forward=True)
    later = series(14, 16.5, start=at(4))  # the line stands at 14 and 15
    answers, notes = evaluate(
        {"one": TrendlineCross("1h", rising), "two": TrendlineCross("1h", rising)}, EVERY_INTERVAL, later
    )
    assert answers["one"].hits.value.tolist() == [15]
    assert notes == (
        "the candles do not hold the bar of 2024-01-01 01:00 UTC; it was placed by the clock, "
        "as this market reports every interval",
    )
    assert values(line((6, 16), (9, 19), extend_backward=True), series(1, 1), EVERY_INTERVAL) == [10, 11]
    beyond = Line("bars", "linear", Anchor(at(6), 16), Anchor(at(9), 21, 2), 5, extend_backward=True)
    assert values(beyond, series(1, 1), EVERY_INTERVAL) == [10, 11]


def test_the_clock_counts_calendar_months() -> None:
    times = [1_704_067_200, 1_706_745_600, 1_709_251_200]  # 2024-01-01, 02-01, 03-01
    drawn = Line("bars", "linear", Anchor(times[0] - 31 * DAY, 9), Anchor(times[0], 10), 1, extend_forward=True)
    march = series(1, timeframe="1M", start=times[2])
    assert values(drawn, march, EVERY_INTERVAL) == [12]


def test_nothing_is_noted_where_the_candles_tell() -> None:
    _, notes = evaluate({"node": TrendlineCross("1h", line((0, 10), (1, 11)))}, EVERY_INTERVAL, series(1, 1))
    assert notes == ()


def test_an_anchor_on_the_bar_now_forming_is_the_next_bar() -> None:
    node = TrendlineCross("1h", line((0, 10), (2, 12)))
    live = Evaluation({"node": node}, MARKET, series(1, 1))
    assert [live.advance(run)["node"].hits.value.tolist() for run in (series(1, 1), series(13, start=at(2)))] == [
        [],
        [12],
    ]


def test_an_offset_counts_from_the_bar_now_forming_too() -> None:
    beyond = Line("bars", "linear", Anchor(at(0), 10), Anchor(at(2), 14, 2), 4)
    assert values(beyond, series(1, 1)) == [10, 11]


def test_candles_without_a_whole_bar_are_refused_where_a_bar_is_needed() -> None:
    short = series(1, 1)
    crossing = TrendlineCross("4h", Line("bars", "linear", Anchor(START, 1), Anchor(at(4), 2), 1))
    with pytest.raises(BadBars, match="the candles hold no whole bar of 4h; give candles from 2024-01-01 04:00 UTC on"):
        evaluate({"node": crossing}, EVERY_INTERVAL, short)
    zone = SrProximity("4h", Zone(1, 2, Moment(START), Moment(START, 3)), "inside")
    with pytest.raises(BadBars, match="the candles hold no whole bar of 4h"):
        evaluate({"node": zone}, MARKET, short)
    assert said(SrProximity("4h", Level(1), "inside"), short) == []


def test_a_line_on_the_time_axis_needs_no_bar_of_its_anchors() -> None:
    drawn = Line("time", "linear", Anchor(START, 10), Anchor(at(4), 14), extend_forward=True)
    assert values(drawn, series(1, 1, start=at(8))) == [18, 19]
    assert values(drawn, series(1, None, 1)) == [10, 12]
