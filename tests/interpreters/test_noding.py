"""Promises about which question a drawing asks: crossing or nearness, in which direction, on which trigger."""

from __future__ import annotations

from typing import Any

import pytest

from spec.signals import Tolerance
from tests.interpreters.exports import (
    HOUR,
    START,
    Json,
    box,
    candles,
    layout,
    level,
    line,
    position,
    read,
)

LINE: Json = {
    "shape": "line", "axis": "bars", "scale": "linear",
    "a": {"time": START, "price": 2000.0, "offset": 0},
    "b": {"time": START + 5 * HOUR, "price": 2010.0, "offset": 0},
    "bars": 5, "extend_backward": False, "extend_forward": True, "approximate": False,
}  # fmt: skip


LEVEL = {"shape": "level", "price": 2000.0, "start": None, "end": None}
ZONE = {"shape": "zone", "low": 1990.0, "high": 2000.0, "start": {"time": START, "offset": 0}, "end": None}


def leaf(kind: str, geometry: Json, **rest: Any) -> Json:
    common = {
        "timeframe": "1h",
        "trigger": "bar_close",
        "frequency": "once_per_bar",
        "valid_from": None,
        "valid_until": None,
    }
    return {"kind": kind, "geometry": geometry} | common | rest


def cross(geometry: Json, direction: str = "either", **rest: Any) -> Json:
    return leaf("trendline_cross", geometry, direction=direction, **rest)


def near(geometry: Json, event: str, **rest: Any) -> Json:
    return leaf("sr_proximity", geometry, **({"event": event, "tolerance": None} | rest))


def compare(op: str, back: int, right: Json) -> Json:
    left = {"of": "price", "field": "close", "back": back}
    return {"kind": "compare", "timeframe": "1h", "left": left, "op": op, "right": right, "factor": 1.0}


def constant(value: float) -> Json:
    return {"of": "constant", "value": value}


def nodes(*drawings: Json, **context: Any) -> dict[str, Any]:
    """The nodes of the only strategy or watch."""
    [one] = read(layout(*drawings), **context).strategies
    found: dict[str, Any] = one.strategy["nodes"]
    return found


@pytest.mark.parametrize("text", ["", "resistance", "watch", "break", "watch cross", "close"])
def test_a_watched_line_or_level_without_a_word_is_a_crossing_on_the_close(text: str) -> None:
    assert nodes(line("a", text)) == {"trend_line.a": cross(LINE)}
    assert nodes(level("a", 2000.0, text)) == {"horizontal_line.a": cross(LEVEL)}


def test_words_set_direction_and_trigger() -> None:
    assert nodes(line("a", "break down wick")) == {"trend_line.a": cross(LINE, "down", trigger="intrabar")}
    assert nodes(line("a", "crossing up")) == {"trend_line.a": cross(LINE, "up")}


@pytest.mark.parametrize("text", ["touch", "bounce", "reject"])
def test_bounce_and_touch_make_a_watched_level_a_touch(text: str) -> None:
    assert nodes(level("a", 2000.0, text)) == {"horizontal_line.a": near(LEVEL, "touch")}


def test_near_brings_its_tolerance() -> None:
    default = {"unit": "atr", "amount": 0.1, "length": 14}
    assert default == {name: getattr(Tolerance(), name) for name in default}
    assert nodes(level("a", 2000.0, "near")) == {"horizontal_line.a": near(LEVEL, "near", tolerance=default)}
    percent = {"unit": "percent", "amount": 0.2, "length": 14}
    assert nodes(line("a", "near tolerance 0.2%")) == {"trend_line.a": near(LINE, "near", tolerance=percent)}


def test_a_zone_is_always_a_proximity() -> None:
    assert nodes(box("a", 1990.0, 2000.0)) == {"rectangle.a": near(ZONE, "enter")}
    assert nodes(box("a", 1990.0, 2000.0, "touch")) == {"rectangle.a": near(ZONE, "touch")}
    assert nodes(box("a", 1990.0, 2000.0, "bounce")) == {"rectangle.a": near(ZONE, "touch")}
    assert nodes(box("a", 1990.0, 2000.0, "break")) == {"rectangle.a": near(ZONE, "leave")}


def test_leaving_a_zone_in_a_direction_is_leaving_it_beyond_that_edge() -> None:
    assert nodes(box("a", 1990.0, 2000.0, "break down")) == {
        "rectangle.a": {"kind": "all_of", "nodes": ["rectangle.a.leave", "rectangle.a.beyond"]},
        "rectangle.a.leave": near(ZONE, "leave"),
        "rectangle.a.beyond": compare("less", 0, constant(1990.0)),
    }


def test_a_retest_is_a_touch_after_the_break() -> None:
    sequence: Json = {"kind": "sequence", "within": 20}
    assert nodes(line("a", "break up retest")) == {
        "trend_line.a": sequence | {"first": "trend_line.a.break", "then": "trend_line.a.retest"},
        "trend_line.a.break": cross(LINE, "up"),
        "trend_line.a.retest": near(LINE, "touch"),
    }
    assert nodes(box("a", 1990.0, 2000.0, "retest")) == {
        "rectangle.a": sequence | {"first": "rectangle.a.break", "then": "rectangle.a.retest"},
        "rectangle.a.break": near(ZONE, "leave"),
        "rectangle.a.retest": near(ZONE, "touch"),
    }


def test_a_zone_broken_in_a_direction_may_be_retested_too() -> None:
    assert nodes(box("a", 1990.0, 2000.0, "long break retest")) == {
        "rectangle.a": {
            "kind": "sequence", "first": "rectangle.a.break", "then": "rectangle.a.retest", "within": 20,
        },
        "rectangle.a.break": {"kind": "all_of", "nodes": ["rectangle.a.leave", "rectangle.a.beyond"]},
        "rectangle.a.leave": near(ZONE, "leave"),
        "rectangle.a.beyond": compare("greater", 0, constant(2000.0)),
        "rectangle.a.retest": near(ZONE, "touch"),
    }  # fmt: skip


@pytest.mark.parametrize("text", ["long bounce retest", "long touch retest", "long retest"])
def test_a_retest_is_of_a_break_whatever_else_is_said(text: str) -> None:
    found = nodes(line("a", text), candles=candles("1h", 10, close=5000.0))
    assert found["trend_line.a.break"] == cross(LINE, "up")


@pytest.mark.parametrize(("side", "direction"), [("long", "up"), ("short", "down")])
def test_a_break_that_trades_goes_in_the_trades_direction(side: str, direction: str) -> None:
    assert nodes(line("a", f"{side} break"))["trend_line.a"] == cross(LINE, direction)


def test_a_direction_in_words_is_a_break_even_of_a_line_that_price_has_passed() -> None:
    assert nodes(line("a", "long close above"), candles=candles("1h", 10)) == {"trend_line.a": cross(LINE, "up")}
    assert nodes(line("a", "long crossing down")) == {"trend_line.a": cross(LINE, "down")}


@pytest.mark.parametrize(("side", "op", "edge"), [("long", "greater", 2000.0), ("short", "less", 1990.0)])
def test_a_bounce_that_trades_comes_from_the_trades_side(side: str, op: str, edge: float) -> None:
    def parts(name: str) -> Json:
        return {"kind": "all_of", "nodes": [f"{name}.touch", f"{name}.came_from"]}

    assert nodes(line("a", f"{side} bounce")) == {
        "trend_line.a": parts("trend_line.a"),
        "trend_line.a.touch": near(LINE, "touch"),
        "trend_line.a.came_from": compare(op, 1, {"of": "line", "line": LINE}),
    }
    assert nodes(box("a", 1990.0, 2000.0, f"{side} bounce")) == {
        "rectangle.a": parts("rectangle.a"),
        "rectangle.a.touch": near(ZONE, "touch"),
        "rectangle.a.came_from": compare(op, 1, constant(edge)),
    }


def test_a_touch_that_trades_asks_for_no_side() -> None:
    assert nodes(line("a", "long touch")) == {"trend_line.a": near(LINE, "touch")}
    assert nodes(box("a", 1990.0, 2000.0, "sell touch")) == {"rectangle.a": near(ZONE, "touch")}


def test_a_position_tool_alone_is_an_intrabar_touch_of_its_entry_price() -> None:
    entry = {"shape": "level", "price": 2000.0, "start": {"time": START + 6 * HOUR, "offset": 0}, "end": None}
    touch = {"long_position.a.entry": near(entry, "touch", trigger="intrabar")}
    assert nodes(position("a")) == touch
    assert nodes(position("a", text="long")) == touch
    assert nodes(position("a", text="watch")) == touch
    assert nodes(position("a", text="close")) == {"long_position.a.entry": near(entry, "touch")}
    assert nodes(position("a", text="long break")) == {"long_position.a.entry": cross(entry, "up")}
