"""Tracing: what is drawn on a bar is what the spec says the shape's value is there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from server.charts.elements import Area, Stroke
from server.charts.tracing import Sheet, Spot, View, trace
from spec.bars import BadBars, Bars, make_bars, resample
from spec.block import value_at
from spec.geometry import Anchor, Channel, Level, Line, Moment, Shape, Zone
from spec.placement import Ground, place
from tests.server.charts.examples import anchor, line

HOUR = 3600
near: Any = pytest.approx


def hours(count: int = 200, hole: int | None = None) -> Bars:
    """Hourly bars at 100, two of them missing at ``hole``."""
    rows = [(HOUR * at, 100, 101, 99, 100, 1) for at in range(count) if hole is None or at not in {hole, hole + 1}]
    return make_bars("1h", rows)


def spot(shape: Shape, bars: Bars, timeframe: str = "1h") -> Spot:
    return Sheet(bars, by_clock=False).spot(shape, timeframe)


def view(bars: Bars, *, log: bool = False) -> View:
    return View(0, len(bars) - 1, log)


def prices_on(strokes: list[Stroke], index: float) -> list[float]:
    """The price of every stroke that covers a bar."""
    tables = [np.array(stroke.places) for stroke in strokes]
    covering = [table for table in tables if table[0, 0] <= index <= table[-1, 0]]
    return [float(np.interp(index, table[:, 0], table[:, 1])) for table in covering]


def test_a_line_is_solid_between_its_anchors_and_dashed_where_it_is_extended() -> None:
    bars = hours()
    strokes, areas, on = trace(spot(line(bars, (50, 90.0), (100, 110.0)), bars), view(bars), "#4f8dff")
    assert strokes == [
        Stroke(((50.0, 90.0), (100.0, 110.0)), "#4f8dff"),
        Stroke(((100.0, 110.0), (599.0, near(309.6))), "#4f8dff", dashed=True),
    ]
    assert areas == []
    assert on == ((50.0, 90.0), (100.0, 110.0), (599.0, near(309.6)))


def test_a_line_that_is_not_extended_ends_at_its_anchors() -> None:
    bars = hours()
    strokes, _, on = trace(spot(line(bars, (50, 90.0), (100, 110.0), on=False), bars), view(bars), "#4f8dff")
    assert [stroke.dashed for stroke in strokes] == [False]
    assert on == ((50.0, 90.0), (100.0, 110.0))


def test_places_count_from_the_first_bar_shown() -> None:
    bars = hours()
    shape = line(bars, (50, 90.0), (100, 110.0), on=False)
    strokes, _, _ = trace(spot(shape, bars), View(60, 199, log=False), "#4f8dff")
    assert strokes[0].places == ((-10.0, 90.0), (40.0, 110.0))


@pytest.mark.parametrize("log", [False, True])
def test_a_log_line_has_the_specs_value_on_every_bar(log: bool) -> None:
    bars = hours()
    shape = line(bars, (50, 50.0), (100, 200.0), log=True)
    straight = place(shape, Ground(bars, by_clock=False)).one
    strokes, _, _ = trace(spot(shape, bars), view(bars, log=log), "#4f8dff")
    expected = value_at(straight, np.arange(50.0, 150.0))
    if log:  # straight on the picture: its ends are enough
        assert [len(stroke.places) for stroke in strokes] == [2, 2]
        assert strokes[1].places[1][1] == near(float(value_at(straight, np.array([599.0]))[0]))
    else:
        assert [prices_on(strokes, index)[0] for index in range(50, 150)] == near(expected.tolist())


def test_a_line_in_time_bends_where_bars_are_missing() -> None:
    bars = hours(hole=80)
    ends = Anchor(60 * HOUR, 100.0), Anchor(100 * HOUR, 140.0)
    shape = Line("time", "linear", *ends, extend_forward=True)
    strokes, _, _ = trace(spot(shape, bars), view(bars), "#4f8dff")
    shown = [prices_on(strokes, index)[0] for index in range(60, 120)]
    assert shown == near([100 + (int(time) / HOUR - 60) for time in bars.time[60:120]])


def test_a_line_in_bars_does_not_bend_where_bars_are_missing() -> None:
    bars = hours(hole=80)
    strokes, _, _ = trace(spot(line(bars, (60, 100.0), (98, 138.0)), bars), view(bars), "#4f8dff")
    assert [prices_on(strokes, index)[0] for index in range(60, 120)] == near([float(at) + 40 for at in range(60, 120)])


def test_a_line_of_a_coarser_timeframe_has_its_value_where_the_coarse_bar_opens() -> None:
    bars = hours(240)
    coarse = resample(bars, "4h")
    shape = line(coarse, (10, 90.0), (30, 110.0))
    strokes, _, _ = trace(spot(shape, bars, "4h"), view(bars), "#4f8dff")
    assert [prices_on(strokes, 4.0 * at)[0] for at in range(10, 60)] == near([80.0 + at for at in range(10, 60)])
    assert spot(shape, bars, "4h").anchors == (40.0, 120.0)


def test_a_zone_is_an_area_with_edges_from_its_start_to_its_end() -> None:
    bars = hours()
    shape = Zone(95.0, 97.0, Moment(20 * HOUR), Moment(60 * HOUR))
    strokes, areas, on = trace(spot(shape, bars), view(bars), "#ff9800")
    low, high = ((20.0, 95.0), (60.0, 95.0)), ((20.0, 97.0), (60.0, 97.0))
    assert areas == [Area(low, high, "#ff9800")]
    assert strokes == [Stroke(low, "#ff9800", width=1.0), Stroke(high, "#ff9800", width=1.0)]
    assert on == high


def test_a_level_runs_from_edge_to_edge() -> None:
    bars = hours()
    strokes, _, _ = trace(spot(Level(98.0), bars), view(bars), "#ff9800")
    assert strokes == [Stroke(((-400.0, 98.0), (599.0, 98.0)), "#ff9800")]
    assert spot(Level(98.0), bars).anchors == ()


def test_a_channel_is_filled_between_its_rails() -> None:
    bars = hours()
    shape = Channel(line(bars, (50, 90.0), (100, 110.0)), line(bars, (50, 80.0), (100, 100.0)))
    strokes, areas, on = trace(spot(shape, bars), view(bars), "#4f8dff")
    assert [stroke.dashed for stroke in strokes] == [False, True, False, True]
    assert [(area.one[0], area.two[0]) for area in areas] == [((50.0, 90.0), (50.0, 80.0))]
    assert on == areas[0].one
    assert spot(shape, bars).prices_at(75.0) == (90.0, 100.0)


def test_beyond_its_end_a_shape_keeps_its_last_price() -> None:
    bars = hours()
    assert spot(line(bars, (50, 90.0), (100, 110.0), on=False), bars).prices_at(150.0) == (110.0,)


def test_an_anchor_in_the_future_is_a_place_after_the_last_bar() -> None:
    bars = hours(100)
    ends = anchor(bars, 50, 90.0), Anchor(int(bars.time[99]), 110.0, offset=11)
    shape = Line("bars", "linear", *ends, bars=60)
    assert spot(shape, bars).anchors == (50.0, 110.0)


def test_a_line_too_steep_for_floats_is_drawn_as_far_as_they_reach() -> None:
    bars = hours()
    shape = line(bars, (50, 1e-300), (51, 1e300), log=True)
    strokes, _, _ = trace(spot(shape, bars), view(bars), "#4f8dff")
    assert all(np.isfinite(np.array(stroke.places)).all() for stroke in strokes)


def test_bars_that_start_after_an_anchor_are_refused() -> None:
    with pytest.raises(BadBars, match="the candles start at"):
        spot(line(hours(), (5, 90.0), (10, 110.0)), hours()[20:])
