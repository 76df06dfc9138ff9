"""Near, inside, entering, leaving and touching: whole lists of firings on short series."""

from __future__ import annotations

import numpy as np
import pytest

from spec.geometry import Anchor, Channel, Level, Line, Moment, Zone
from spec.market import Market
from spec.signals import BadNode, ProximityEvent, SrProximity, Tolerance, Trigger
from tests.spec import oracle
from tests.spec.series import MARKET, Row, at, candles_of, line, said, series, told

BAND = Zone(10, 12)
# below, on the lower edge, within, on the upper edge, above, through both edges, below
THROUGH: tuple[Row, ...] = (9, 10, 11, 12, 13, (13, 13, 9, 9), 9)


def near(
    tolerance: Tolerance, geometry: Level | Zone | Line | Channel = BAND, trigger: Trigger = "bar_close"
) -> SrProximity:
    return SrProximity("1h", geometry, "near", trigger, tolerance)


@pytest.mark.parametrize(
    ("event", "trigger", "expected"),
    [
        ("inside", "bar_close", [1, 2, 3]),
        ("inside", "intrabar", [1, 2, 3, 5]),
        ("enter", "bar_close", [1]),
        ("enter", "intrabar", [1, 5]),
        ("leave", "bar_close", [4]),
        ("leave", "intrabar", [4, 6]),
        ("touch", "bar_close", [1, 5]),
        ("touch", "intrabar", [1, 5]),
    ],
)
def test_the_edges_belong_to_the_band_and_the_range_is_asked_where_the_event_or_trigger_says_so(
    event: ProximityEvent, trigger: Trigger, expected: list[int]
) -> None:
    node = SrProximity("1h", BAND, event, trigger)
    assert said(node, series(*THROUGH)) == [(bar, event) for bar in expected]


@pytest.mark.parametrize("event", ["enter", "leave", "touch"])
def test_entering_and_leaving_compare_two_bars_that_both_lie_in_the_extent(event: ProximityEvent) -> None:
    rows = (9, 11, 9, 11, 9)
    from_inside = SrProximity("1h", Zone(10, 12, start=Moment(at(1)), end=Moment(at(3))), event)
    expected = [2] if event == "leave" else [3]  # not bar 1, whose bar before lies outside the extent, and not bar 4
    assert said(from_inside, series(*rows)) == [(bar, event) for bar in expected]


def test_inside_needs_no_bar_before() -> None:
    assert said(SrProximity("1h", BAND, "inside"), series(11)) == [(0, "inside")]


@pytest.mark.parametrize(("share", "expected"), [(0.5e-12, [0]), (2e-12, [])])
def test_a_price_nearer_than_1e_12_lies_on_the_edge(share: float, expected: list[int]) -> None:
    node = SrProximity("1h", Level(10), "inside")
    for close in (10 * (1 + share), 10 * (1 - share)):
        assert [bar for bar, _ in said(node, series(close))] == expected


@pytest.mark.parametrize(
    ("tolerance", "reach"),
    [
        (Tolerance("absolute", 0.5), (9.5, 12.5)),
        (Tolerance("percent", 5), (9.5, 12.6)),
        (Tolerance("ticks", 20), (9.8, 12.2)),
        (Tolerance("absolute", 0), (10, 12)),
    ],
)
def test_near_is_inside_the_band_widened_by_the_tolerance(tolerance: Tolerance, reach: tuple[float, float]) -> None:
    low, high = reach
    closes = (low - 0.01, low, 11, high, high + 0.01)
    assert said(near(tolerance), series(*closes)) == [(1, "near"), (2, "near"), (3, "near")]


def test_near_asks_the_close_or_within_the_bar_the_range() -> None:
    wick = series((9, 9.6, 9, 9))
    assert said(near(Tolerance("absolute", 0.5)), wick) == []
    assert said(near(Tolerance("absolute", 0.5), trigger="intrabar"), wick) == [(0, "near")]


def test_ticks_of_an_unknown_size_reach_nowhere() -> None:
    unknown = Market("binance", "ETH/BTC", "spot")
    assert said(near(Tolerance("ticks", 20)), series(11), unknown) == []


def test_a_percentage_of_a_negative_price_still_widens_the_band() -> None:
    assert said(near(Tolerance("percent", 10), Level(-10)), series(-11.1, -11, -9, -8.9)) == [(1, "near"), (2, "near")]


def test_the_tolerance_belongs_to_near_and_near_needs_one() -> None:
    sentence = "a tolerance belongs to the event near, and near needs one"
    with pytest.raises(BadNode, match=sentence):
        SrProximity("1h", BAND, "inside", tolerance=Tolerance())
    with pytest.raises(BadNode, match=sentence):
        SrProximity("1h", BAND, "near")


def test_the_default_tolerance_is_a_tenth_of_the_average_true_range_of_14_bars() -> None:
    assert Tolerance() == Tolerance("atr", 0.1, 14)


@pytest.mark.parametrize(("length", "warm_up"), [(14, 500), (50, 500), (60, 600)])
def test_near_by_atr_is_never_true_before_the_warm_up(length: int, warm_up: int) -> None:
    bars = series(*[(10, 11, 9, 10)] * (warm_up + 3))
    found = said(near(Tolerance("atr", 0.1, length), Level(10)), bars)
    assert found == [(warm_up, "near"), (warm_up + 1, "near"), (warm_up + 2, "near")]


@pytest.mark.parametrize("seed", range(3))
def test_near_by_atr_reaches_as_far_as_wilders_average(seed: int) -> None:
    random = np.random.default_rng(seed)
    rows: list[Row] = []
    for step in random.normal(0, 1, 900).tolist():
        close = 100 + step
        rows.append((100.0, max(100, close) + abs(step), min(100, close) - 0.5, close))
    bars = series(*rows)
    node = near(Tolerance("atr", 0.25, 20), Zone(99.5, 99.9))
    expected = [bar for bar, true in enumerate(oracle.inside(candles_of(bars), node, MARKET.tick_size)) if true]
    assert len(expected) > 50
    assert said(node, bars) == [(bar, "near") for bar in expected]


def test_a_channel_is_a_moving_zone_whichever_line_is_the_upper_one() -> None:
    lower, upper = line((0, 10), (2, 12)), line((0, 11), (2, 13))
    bars = series(10.5, 10.5, 12.5)
    for first, second in ((lower, upper), (upper, lower)):
        node = SrProximity("1h", Channel(first, second), "inside")
        assert said(node, bars) == [(0, "inside"), (2, "inside")]


def test_a_channel_is_there_where_both_its_lines_are() -> None:
    short, long = line((0, 10), (2, 10)), line((0, 12), (2, 12), extend_backward=True, extend_forward=True)
    assert said(SrProximity("1h", Channel(short, long), "inside"), series(11, 11, 11, 11)) == [
        (0, "inside"),
        (1, "inside"),
        (2, "inside"),
    ]
    apart = Channel(line((0, 10), (1, 10)), Line("bars", "linear", Anchor(at(3), 12), Anchor(at(4), 12), 1))
    assert said(SrProximity("1h", apart, "inside"), series(11, 11, 11, 11, 11)) == []


def test_a_log_channel_runs_between_logarithms_and_is_widened_in_prices() -> None:
    channel = Channel(line((0, 100), (2, 400), "log"), line((0, 110), (2, 440), "log"))  # 200 and 220 on bar 1
    assert said(SrProximity("1h", channel, "inside"), series(105, 210, 390)) == [(0, "inside"), (1, "inside")]
    widened = near(Tolerance("absolute", 12), channel)
    assert said(widened, series(90, 187, 390)) == [(0, "near"), (2, "near")]


@pytest.mark.parametrize(
    ("trigger", "row", "price", "value"),
    [
        ("bar_close", 11, 11.0, 10.0),  # halfway: the low
        ("bar_close", (13, 13, 11.8, 11.9), 11.9, 12.0),  # the close, and the edge nearest to it
        ("intrabar", (13, 13, 11.8, 11.9), 12.0, 12.0),  # the edge that the path met
        ("intrabar", (11.5, 13, 11.2, 13), 11.5, 12.0),  # opened inside: the open
        ("intrabar", (9, 13, 9, 13), 10.0, 10.0),
    ],
)
def test_an_entry_tells_the_price_and_the_edge(trigger: Trigger, row: Row, price: float, value: float) -> None:
    node = SrProximity("1h", BAND, "enter", trigger)
    assert told(node, series(14, row)) == [(1, "enter", price, value)]


@pytest.mark.parametrize(("opened", "price"), [(9.5, 9.5), (9.4, 10.0), (12.5, 12.5), (12.6, 12.0)])
def test_near_within_the_bar_tells_the_open_where_it_was_near_already(opened: float, price: float) -> None:
    node = near(Tolerance("absolute", 0.5), trigger="intrabar")
    assert [hit[2] for hit in told(node, series((opened, 13, 9, opened)))] == [price]


def test_leaving_within_the_bar_tells_the_open() -> None:
    node = SrProximity("1h", BAND, "leave", "intrabar")
    assert told(node, series(11, (13, 14, 13, 14))) == [(1, "leave", 13.0, 12.0)]


def test_a_log_band_tells_prices_and_not_logarithms() -> None:
    node = SrProximity("1h", line((0, 100), (2, 400), "log"), "touch")
    (bar, event, price, value) = told(node, series(90, (150, 250, 150, 160)))[0]
    assert (bar, event, price) == (1, "touch", 160.0)
    assert value == pytest.approx(200, rel=1e-14)
