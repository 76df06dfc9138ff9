"""Promises about what is taken up: copies, indicators, converted prices, hidden drawings and those of other symbols."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.interpreters.exports import (
    DAY,
    FLAGGED,
    START,
    UNFLAGGED,
    Json,
    at,
    box,
    chart,
    charts,
    envelope,
    layout,
    level,
    line,
    position,
    read,
    read_back,
    saved,
)

if TYPE_CHECKING:
    from interpreters.report import Reading

OTHER: Json = {"state_symbol": UNFLAGGED}


def left_out(reading: Reading) -> dict[str, str]:
    return {one.drawing: one.reason for one in reading.left_out}


def taken_up(reading: Reading) -> dict[str, list[str]]:
    """Drawings by the strategy or watch that they are part of."""
    return {one.id: [origin.drawing for origin in one.drawings] for one in reading.strategies}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"ownerSource": "study1"},
            "it belongs to another series than its chart's own, so its prices may be an indicator's",
        ),
        ({"state_currencyId": "EUR"}, "its prices are converted to EUR, which is not the market's own price"),
        ({"text": "ignore"}, "its text says ignore"),
        ({"points": [at(0, 1.0)]}, "it has 1 of the 2 points it needs; it was not finished"),
        ({"points": []}, "it has 0 of the 2 points it needs; it was not finished"),
        ({"points": [at(0, 1.0), at(1, None)]}, "one of its points has no price; it was not finished"),
        ({"points": [at(0, 1.0), at(0, 2.0)]}, "both its points stand on one bar: a vertical line has no price"),
        ({"points": [at(0, 1.0), at(0.5, 2.0)]}, "both its points stand on one bar: a vertical line has no price"),
    ],
)
def test_a_drawing_without_a_market_price_is_left_out_with_its_reason(changes: dict[str, Any], reason: str) -> None:
    reading = read(layout(line("kept"), line("gone", **changes)))
    assert left_out(reading) == {"gone": reason}
    assert [one.drawing for one in reading.understood] == ["kept"]


def test_a_line_needs_prices_above_zero_on_a_log_scale() -> None:
    raw = layout(line("a", prices=(-1.0, 5.0)), log=None)
    reason = {"a": "it is drawn on a log scale and reaches prices at or below zero"}
    assert left_out(read(raw, price_scale="log")) == reason
    assert left_out(read(layout(line("a", prices=(-1.0, 5.0)), log=True))) == reason
    assert left_out(read(raw)) == {}


def test_points_further_apart_than_a_line_may_span_are_left_out() -> None:
    far = [at(0, 1.0), {"time_t": START + 20_000_000, "offset": 0, "price": 2.0}]
    reading = read(layout(line("a", points=far, state_interval="1S")))
    assert left_out(reading) == {"a": "its points stand more than 10,000,000 bars apart"}


def test_a_point_far_in_the_future_is_left_out() -> None:
    raw = envelope(read_back("horizontal_ray", (10_000, 1.0)), resolution="1S", exported_at=START)
    assert left_out(read(raw)) == {"aaaaaa": "one of its points lies more than 10,000,000 bars ahead"}


def test_a_line_whose_bars_are_all_missing_between_its_points_is_left_out() -> None:
    hole = [{"time": START + 3600 * at, "open": 1, "high": 1, "low": 1, "close": 1, "volume": 1} for at in (0, 9)]
    reading = read(envelope(read_back("trend_line", (1, 1.0), (5, 2.0)), bars=hole, priceScaleMode=0))
    assert left_out(reading) == {"aaaaaa": "both its points stand on one bar: a vertical line has no price"}


def test_a_synchronised_drawing_is_understood_once_and_its_copies_are_named() -> None:
    raw = charts(chart(line("a", linkKey="k")), chart(line("b", linkKey="k"), interval="240"))
    reading = read(raw)
    assert left_out(reading) == {"b": "copy of a"}
    assert taken_up(reading) == {"ethusdt-1h-watch": ["a"]}


def test_the_copy_on_the_drawings_own_chart_is_the_one_that_counts() -> None:
    raw = charts(chart(line("a", linkKey="k", **OTHER)), chart(line("b", linkKey="k", **OTHER), symbol=UNFLAGGED))
    reading = read(raw)
    assert left_out(reading) == {"a": "copy of b"}
    assert taken_up(reading) == {"ethusd-1h-watch": ["b"]}


def test_one_link_key_in_one_chart_is_no_copy() -> None:
    reading = read(layout(line("a", linkKey="k"), line("b", linkKey="k")))
    assert left_out(reading) == {}


def test_hidden_drawings_and_those_of_other_symbols_are_read_and_listed_only() -> None:
    reading = read(layout(line("a"), line("hidden", state_visible=False), level("other", 5.0, **OTHER)))
    assert taken_up(reading) == {"ethusdt-1h-watch": ["a"]}
    assert {one.drawing: (one.hidden, one.only_listed) for one in reading.understood} == {
        "a": (False, None),
        "hidden": (True, "it is hidden; --hidden takes it up"),
        "other": (
            False,
            "it belongs to KRAKEN:ETHUSD, not to the chart; --symbol KRAKEN:ETHUSD takes it up",
        ),
    }


def test_they_are_taken_up_when_asked() -> None:
    raw = layout(line("a"), line("hidden", state_visible=False), level("other", 5.0, **OTHER))
    assert taken_up(read(raw, hidden=True)) == {"ethusdt-1h-watch": ["a", "hidden"]}
    both = {"ethusdt-1h-watch": ["a"], "ethusd-1h-watch": ["other"]}
    assert taken_up(read(raw, also=(UNFLAGGED,))) == both
    assert taken_up(read(raw, also=("all",))) == both
    assert taken_up(read(raw, also=("BINANCE:BTCUSDT",))) == {"ethusdt-1h-watch": ["a"]}


def test_a_drawing_is_on_its_own_chart_of_several() -> None:
    raw = charts(chart(line("a")), chart(line("b", **OTHER), symbol=UNFLAGGED))
    assert taken_up(read(raw)) == {"ethusdt-1h-watch": ["a"], "ethusd-1h-watch": ["b"]}


def test_a_name_without_its_exchange_is_the_charts_own() -> None:
    reading = read(layout(line("a", state_symbol="ETHUSDT")))
    assert [one.symbol for one in reading.strategies] == [FLAGGED]
    assert [one.symbol for one in reading.understood] == ["ETHUSDT"]


def test_drawings_of_a_chart_without_a_name_are_all_taken_up() -> None:
    raw = layout(line("a", state_symbol=FLAGGED), line("b", **OTHER), symbol=None)
    assert taken_up(read(raw)) == {"ethusdt-1h-watch": ["a"], "ethusd-1h-watch": ["b"]}


def test_hidden_drawings_change_no_name_of_the_others() -> None:
    raw = layout(line("x/y", state_visible=False), line("x_y"))
    assert [one.nodes[0]["name"] for one in read(raw).understood] == ["trend_line.x_y-2", "trend_line.x_y"]


def test_names_of_nodes_are_made_of_tool_and_key_and_never_repeat() -> None:
    keys = ["abc", "a b", "a/b", "x" * 70, "x" * 71, "é"]
    reading = read(layout(*(level(key, 1.0) for key in keys)))
    assert [one.nodes[0]["name"] for one in reading.understood] == [
        "horizontal_line.abc",
        "horizontal_line.a_b",
        "horizontal_line.a_b-2",
        "horizontal_line." + "x" * 24,
        "horizontal_line." + "x" * 24 + "-2",
        "horizontal_line._",
    ]


@pytest.mark.parametrize(
    ("interval", "timeframe"),
    [("60", "1h"), ("1D", "1d"), ("1M", "1M"), ("100R", None), ("1T", None), ("rubbish", None)],
)
def test_a_drawing_lives_on_its_own_interval_and_never_on_the_charts_where_it_says_another(
    interval: str, timeframe: str | None
) -> None:
    changes: Json = {"state_interval": interval, "points": [at(0, 1.0), at(60 * 24, 2.0)]}
    assert [one.timeframe for one in read(layout(line("a", **changes))).understood] == [timeframe]


def test_a_drawing_that_says_no_interval_has_its_charts() -> None:
    assert [one.timeframe for one in read(layout(line("a", state_interval=None))).understood] == ["1h"]


@pytest.mark.parametrize(
    ("drawing", "conflict"),
    [
        (position("a", "long", text="short"), "The text says short, and the tool is a long position: keep one."),
        (position("a", "short", text="buy"), "The text says long, and the tool is a short position: keep one."),
    ],
)
def test_a_position_tool_that_is_called_by_the_other_side_asks(drawing: dict[str, Any], conflict: str) -> None:
    reading = read(layout(drawing))
    assert [(one.id, [choice.id for choice in one.choices]) for one in reading.questions] == [
        (f"intent.{reading.understood[0].nodes[0]['name'].removesuffix('.entry')}", ["watch"])
    ]
    assert reading.questions[0].text.startswith(conflict)
    assert [one.kind for one in reading.strategies] == ["watch"]


def test_a_doubtful_position_tool_never_trades() -> None:
    reading = read(layout(position("a", text="maybe long")))
    assert [one.kind for one in reading.strategies] == ["watch"]
    assert [one.id for one in reading.questions] == ["intent.long_position.a"]


def test_bars_of_an_export_that_cannot_be_used_are_named() -> None:
    broken = [{"time": START, "open": 5, "high": 1, "low": 1, "close": 1, "volume": 1}]
    shape = read_back("horizontal_line", (0, 1.0))
    assert read(envelope(shape, bars=broken)).notes[-1].startswith("the export's own bars were not used: the candle at")
    good = [{"time": START + DAY * day, "open": 1, "high": 1, "low": 1, "close": 1, "volume": 1} for day in range(3)]
    assert read(envelope(shape, bars=good, resolution=None)).notes[-1] == (
        "the export's own bars were not used: their timeframe is not known"
    )


def test_an_unknown_tool_and_a_vertical_line_have_their_reasons() -> None:
    reading = read(layout(saved("vertical_line", at(0, 1.0), key="v"), saved("path", key="p"), box("b", 1.0, 2.0)))
    assert left_out(reading) == {"v": "it marks a time, not a price", "p": "this kind of drawing is not read yet"}
