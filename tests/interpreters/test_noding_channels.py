"""Promises about the nodes of channels, fibs and exits, and about scales, extents and lives."""

from __future__ import annotations

from typing import Any

import pytest

from tests.interpreters.exports import (
    FLAGGED,
    HOUR,
    START,
    UNFLAGGED,
    Json,
    at,
    box,
    first_answers,
    frozen,
    layout,
    level,
    line,
    position,
    read,
    saved,
)
from tests.interpreters.test_noding import LEVEL, LINE, ZONE, cross, near, nodes

CHANNEL = saved("parallel_channel", at(0, 2000.0), at(5, 2010.0), at(0, 2050.0), key="c", state_extendRight=True)


def channel(text: str, **state: Any) -> Json:
    return CHANNEL | {"state": CHANNEL["state"] | {"text": text} | state}


def edge(start: float, end: float) -> Json:
    return LINE | {"a": LINE["a"] | {"price": start}, "b": LINE["b"] | {"price": end}}


LOWER, MIDDLE, UPPER = edge(2000.0, 2010.0), edge(2025.0, 2035.0), edge(2050.0, 2060.0)
BAND = {"shape": "channel", "first": LOWER, "second": UPPER}


def test_a_watched_channel_is_every_line_it_shows() -> None:
    three: Json = {"lower": LOWER, "upper": UPPER, "middle": MIDDLE}
    assert nodes(channel("")) == {f"parallel_channel.c.{name}": cross(one) for name, one in three.items()}
    without = nodes(channel("break", showMidline=False))
    assert list(without) == ["parallel_channel.c.lower", "parallel_channel.c.upper"]


def test_near_and_touch_ask_the_band_of_a_watched_channel() -> None:
    assert nodes(channel("touch")) == {"parallel_channel.c": near(BAND, "touch")}


@pytest.mark.parametrize(
    ("text", "which"),
    [("long break", "upper"), ("short break", "lower"), ("long touch", "lower"), ("short touch", "upper")],
)
def test_a_channel_that_trades_is_the_edge_on_the_trades_side(text: str, which: str) -> None:
    [(name, node)] = nodes(channel(text)).items()
    assert (name, node["geometry"]) == (f"parallel_channel.c.{which}", {"lower": LOWER, "upper": UPPER}[which])


def test_a_channel_that_exits_without_a_side_is_any_of_its_lines() -> None:
    found = nodes(line("a", "long break"), channel("exit break down"), position("p"))
    assert found["parallel_channel.c"] == {
        "kind": "any_of", "nodes": [f"parallel_channel.c.{one}" for one in ("lower", "upper", "middle")],
    }  # fmt: skip
    assert found["parallel_channel.c.lower"] == cross(LOWER, "down")


FIB = {"state_level1": [0, "", True], "state_level2": [0.5, "", True], "version": 2, "state_extendLines": True}


def fib(text: str, **changes: Any) -> Json:
    return saved("fib_retracement", at(0, 1990.0), at(5, 2010.0), key="f", text=text, **(FIB | changes))


def fib_level(price: float) -> Json:
    return LEVEL | {"price": price, "start": {"time": START, "offset": 0}}


def test_a_watched_fib_is_each_of_its_visible_levels() -> None:
    assert nodes(fib("")) == {
        "fib_retracement.f.0": cross(fib_level(2010.0)),
        "fib_retracement.f.0.5": cross(fib_level(2000.0)),
    }


def test_a_fib_that_trades_is_any_of_its_levels_and_a_single_level_is_itself() -> None:
    found = nodes(fib("short break"))
    assert found["fib_retracement.f"] == {"kind": "any_of", "nodes": ["fib_retracement.f.0", "fib_retracement.f.0.5"]}
    reading = read(layout(fib("short break", state_level2=None), position("p", "short")))
    assert frozen(reading, None)["entry"]["node"] == "fib_retracement.f.0"


def test_an_exit_has_the_direction_that_its_words_name_and_not_its_trades() -> None:
    found = nodes(line("a", "long break"), level("b", 2000.0, "exit long"), position("p"))
    assert found["horizontal_line.b"] == cross(LEVEL)
    found = nodes(line("a", "long break"), level("b", 2000.0, "exit long break down"), position("p"))
    assert found["horizontal_line.b"] == cross(LEVEL, "down")
    found = nodes(line("a", "long break"), box("b", 1990.0, 2000.0, "exit"), position("p"))
    assert found["rectangle.b"] == near(ZONE, "enter")


def test_several_exits_are_any_of_them() -> None:
    reading = read(layout(line("a", "long break"), level("b", 1.0, "exit"), level("c", 2.0, "exit"), position("p")))
    strategy = frozen(reading, None)
    assert strategy["exit"] == "exit"
    assert nodes(line("a", "long break"), level("b", 1.0, "exit"), level("c", 2.0, "exit"), position("p"))["exit"] == {
        "kind": "any_of", "nodes": ["horizontal_line.b", "horizontal_line.c"],
    }  # fmt: skip


def test_a_line_drawn_from_right_to_left_has_its_flags_turned() -> None:
    points = [at(5, 2010.0), at(0, 2000.0)]
    found = nodes(line("a", points=points, state_extendRight=True))
    assert found["trend_line.a"]["geometry"] == LINE | {"extend_backward": True, "extend_forward": False}
    found = nodes(line("a", points=points, state_extendRight=False, state_extendLeft=True))
    assert found["trend_line.a"]["geometry"] == LINE


@pytest.mark.parametrize(("text", "forward"), [("extend", True), ("noextend", False)])
@pytest.mark.parametrize("drawn", [True, False])
def test_the_words_extend_and_noextend_decide_over_the_flags(text: str, forward: bool, drawn: bool) -> None:
    found = nodes(line("a", text, state_extendRight=drawn))
    assert found["trend_line.a"]["geometry"]["extend_forward"] is forward
    found = nodes(box("b", 1.0, 2.0, text, state_extendRight=drawn))
    assert found["rectangle.b"]["geometry"]["end"] == (None if forward else {"time": START + 5 * HOUR, "offset": 0})


def test_a_log_axis_gives_log_lines_and_the_derived_prices_of_a_log_axis() -> None:
    reading = read(layout(channel(""), log=True))
    lower, upper, middle = (node["geometry"] for node in reading.strategies[0].strategy["nodes"].values())
    assert {one["scale"] for one in (lower, upper, middle)} == {"log"}
    assert (lower["b"]["price"], upper["b"]["price"]) == (2010.0, 2060.25)
    assert (middle["a"]["price"], middle["b"]["price"]) == (2024.84567313166, 2034.96990149732)


def test_a_fib_by_log_scale_is_so_on_a_log_axis_only() -> None:
    raw = {
        "linear": layout(fib("", state_fibLevelsBasedOnLogScale=True)),
        "log": layout(fib("", state_fibLevelsBasedOnLogScale=True), log=True),
    }
    prices = {
        scale: read(one).strategies[0].strategy["nodes"]["fib_retracement.f.0.5"]["geometry"]["price"]
        for scale, one in raw.items()
    }
    assert prices == {"linear": 2000.0, "log": 1999.97499984375}


def test_the_callers_scale_comes_before_the_exports() -> None:
    [one] = read(layout(line("a"), log=True), price_scale="linear").strategies
    assert one.strategy["nodes"]["trend_line.a"]["geometry"]["scale"] == "linear"


def test_a_flat_line_needs_no_scale() -> None:
    reading = read(layout(line("a", prices=(5.0, 5.0)), log=None))
    assert not reading.questions
    assert reading.strategies[0].strategy["nodes"]["trend_line.a"]["geometry"]["scale"] == "linear"


def test_how_long_a_drawing_is_valid_counts_from_the_export() -> None:
    found = nodes(line("a", "valid 10d"), exported_at=START)
    assert found == {"trend_line.a": cross(LINE, valid_until=START + 864_000)}


def test_a_watch_without_a_time_of_export_is_valid_from_its_last_point_on() -> None:
    assert nodes(line("a", "valid 2h")) == {"trend_line.a": cross(LINE, valid_until=START + 7 * HOUR)}
    pointless = level("a", 2000.0, "valid 2h", points=[{"price": 2000.0}])
    assert nodes(pointless) == {"horizontal_line.a": cross(LEVEL)}


def test_a_count_by_the_clock_is_approximate_on_a_market_that_leaves_bars_out() -> None:
    for symbol, approximate in ((FLAGGED, False), (UNFLAGGED, True)):
        [one] = read(layout(line("a"), symbol=symbol)).strategies
        assert one.strategy["nodes"]["trend_line.a"]["geometry"] == LINE | {"approximate": approximate}


def tool_of(tool: str, text: str) -> Json:
    made = {
        "line": line("a", text),
        "level": level("a", 2000.0, text),
        "box": box("a", 1990.0, 2000.0, text),
        "channel": channel(text),
        "fib": fib(text),
        "position": position("a", text=text),
    }
    return made[tool]


@pytest.mark.parametrize("tool", ["line", "level", "box", "channel", "fib", "position"])
@pytest.mark.parametrize("side", ["", "long ", "short ", "exit "])
def test_every_action_on_every_tool_freezes(tool: str, side: str) -> None:
    for action in ("", "break", "bounce", "touch", "near", "break retest", "break up", "break down wick"):
        entry = level("z", 1.0, "long break" if side == "exit " else "")
        reading = read(layout(tool_of(tool, side + action), entry))
        for one in reading.strategies:
            strategy = frozen(reading, one.id, first_answers(reading))
            assert strategy["nodes"].keys() == one.strategy["nodes"].keys()
