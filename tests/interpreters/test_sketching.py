"""Promises about the shape of each tool: TradingView's worked numbers, point order, reasons for what is not read."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Any

import pytest

from interpreters.drawing import Drawing, Point
from interpreters.sketch import Box, Corridor, Flat, Place, Straight
from interpreters.sketching import sketch
from tests.interpreters.tradingview import START, read_ray

LATER = START + 10 * 3600


def drawing(tool: str, *prices: float | None, **changes: Any) -> Drawing:
    """A saved drawing on hours whose points stand ten hours apart."""
    points = tuple(Point(START + 36_000 * at, 0, price, None) for at, price in enumerate(prices))
    whole: dict[str, Any] = {
        "tool": tool,
        "points": points,
        "interval": "60",
        "properties": {},
        "log": False,
        "version": 2,
    } | changes
    return read_ray(**whole)


def drawn(tool: str, *prices: float | None, **changes: Any) -> Any:
    return sketch(drawing(tool, *prices, **changes), saved=True)


FIRST, SECOND = Place(START, 0, "1h"), Place(LATER, 0, "1h")


@pytest.mark.parametrize(
    ("tool", "left", "right"),
    [
        ("trend_line", False, False),
        ("info_line", False, False),
        ("arrow", False, False),
        ("ray", False, True),
        ("extended", True, True),
    ],
)
def test_lines_extend_as_their_tool_does_unless_their_flags_differ(tool: str, left: bool, right: bool) -> None:
    assert drawn(tool, 10.0, 20.0) == Straight("", FIRST, SECOND, (10.0, 20.0), (10.0, 20.0), left, right)
    flags = {"extendLeft": not left, "extendRight": not right}
    turned = drawn(tool, 10.0, 20.0, properties=flags)
    assert (turned.extend_left, turned.extend_right) == (not left, not right)


def test_a_flag_that_is_neither_true_nor_false_is_the_tools_own() -> None:
    assert drawn("ray", 1.0, 2.0, properties={"extendRight": "no", "extendLeft": 1}) == drawn("ray", 1.0, 2.0)


def test_a_horizontal_line_is_its_price_for_ever_and_a_ray_from_its_point_on() -> None:
    assert drawn("horizontal_line", 12.5) == Flat("", 12.5, 12.5)
    assert drawn("horizontal_ray", 12.5) == Flat("", 12.5, 12.5, left=FIRST)


def test_a_horizontal_line_needs_no_time() -> None:
    assert drawn("horizontal_line", points=(Point(None, 0, 3.0, None),)) == Flat("", 3.0, 3.0)


@pytest.mark.parametrize("corners", [(10.0, 20.0), (20.0, 10.0)])
@pytest.mark.parametrize("backwards", [False, True])
def test_a_rectangle_is_the_same_from_any_corner(corners: tuple[float, float], backwards: bool) -> None:
    times = (LATER, START) if backwards else (START, LATER)
    points = tuple(Point(time, 0, price, None) for time, price in zip(times, corners, strict=True))
    assert drawn("rectangle", points=points) == Box("", 10.0, 20.0, FIRST, SECOND)


def test_a_rectangle_that_extends_has_no_left_end_and_runs_on_beyond_its_right_one() -> None:
    flags = {"extendLeft": True, "extendRight": True}
    assert drawn("rectangle", 10.0, 20.0, properties=flags) == Box("", 10.0, 20.0, None, SECOND, extended=True)


def test_points_on_one_bar_are_ordered_by_their_offset() -> None:
    points = (Point(LATER, 5, 20.0, None), Point(LATER, 0, 10.0, None))
    assert drawn("rectangle", points=points) == Box("", 10.0, 20.0, SECOND, Place(LATER, 5, "1h"))


def test_a_point_counts_its_offset_in_its_own_interval_else_in_the_drawings() -> None:
    points = (Point(START, 1, 1.0, "1D"), Point(LATER, 2, 2.0, None))
    line = drawn("trend_line", points=points)
    assert (line.first, line.second) == (Place(START, 1, "1d"), Place(LATER, 2, "1h"))


def test_a_points_interval_that_is_no_timeframe_is_not_the_drawings() -> None:
    line = drawn("trend_line", points=(Point(START, 1, 1.0, "100R"), Point(LATER, 0, 2.0, None)))
    assert line.first == Place(START, 1, None)


# Facts 5.4: 349.4463 - 207.8620 = 141.5843
WIDTH = {"points": (Point(START, 0, 207.862, None), Point(LATER, 0, 300.0, None), Point(START, 0, 349.4463, None))}


def test_the_third_point_of_a_channel_sets_its_width() -> None:
    channel = drawn("parallel_channel", **WIDTH)
    assert (channel.lower.prices, channel.upper.prices) == ((207.862, 300.0), (349.4463, 441.5843))
    assert channel.middle.prices == (278.65415, 370.79215)


def test_the_stored_offset_of_a_channel_says_the_same_without_a_third_point() -> None:
    without = {"points": WIDTH["points"][:2], "price_offset": 141.5843}
    assert drawn("parallel_channel", **without) == drawn("parallel_channel", **WIDTH)
    half_drawn = {"points": (*WIDTH["points"][:2], Point(START, 0, None, None)), "price_offset": 141.5843}
    assert drawn("parallel_channel", **half_drawn) == drawn("parallel_channel", **WIDTH)


def test_a_channel_of_negative_width_has_its_first_line_on_top() -> None:
    channel = drawn("parallel_channel", 300.0, 310.0, 250.0)
    assert (channel.lower.prices, channel.upper.prices) == ((250.0, 260.0), (300.0, 310.0))
    assert [line.name for line in channel.lines] == ["lower", "upper", "middle"]


def test_a_channel_without_its_midline_has_two_lines() -> None:
    channel = drawn("parallel_channel", 10.0, 20.0, 15.0, properties={"showMidline": False})
    assert isinstance(channel, Corridor)
    assert [line.name for line in channel.lines] == ["lower", "upper"]


def exactly(value: Decimal) -> float:
    """15 digits of a number worked out with forty."""
    with localcontext() as context:
        context.prec = 15
        return float(+value)


def test_on_a_log_axis_the_second_edge_is_multiplied_and_the_midline_is_geometric() -> None:
    channel = drawn("parallel_channel", 207.862, 300.0, 349.4463)
    with localcontext() as context:
        context.prec = 40
        upper = Decimal("300.0") * Decimal("349.4463") / Decimal("207.862")
        middle = (Decimal("207.862") * Decimal("349.4463")).sqrt()
    assert channel.lower.log_prices == (207.862, 300.0)
    assert channel.upper.log_prices == (349.4463, exactly(upper))
    assert channel.middle.log_prices[0] == exactly(middle)


def test_a_channel_below_zero_has_no_log_prices() -> None:
    assert drawn("parallel_channel", -1.0, 2.0, 3.0).upper.log_prices == (0.0, 0.0)


# Facts 5.5, sample 7: 194.86 to 225.21 give 0 = 225.21, 0.618 = 206.4537, 1 = 194.86
LEVELS = {"level1": [0, "#fff", True], "level2": [0.618, "#fff", True, "golden"], "level3": [1, "#fff", True]}


def prices(levels: tuple[Flat, ...]) -> dict[str, float]:
    return {level.name: level.price for level in levels}


def test_a_fibs_level_0_is_its_second_point_and_1_its_first() -> None:
    levels = drawn("fib_retracement", 194.86, 225.21, properties=LEVELS)
    assert prices(levels) == {"0": 225.21, "0.618": 206.4537, "1": 194.86}


def test_a_reversed_fib_counts_from_its_first_point() -> None:
    levels = drawn("fib_retracement", 194.86, 225.21, properties=LEVELS | {"reverse": True})
    assert prices(levels) == {"0": 194.86, "0.618": 213.6163, "1": 225.21}


def test_a_fib_by_log_scale_is_computed_in_decimal_for_a_log_axis_and_linear_for_a_linear_one() -> None:
    [level] = drawn(
        "fib_retracement", 194.86, 225.21, properties={"level9": [0.618, "", True], "fibLevelsBasedOnLogScale": True}
    )
    with localcontext() as context:
        context.prec = 40
        worked = Decimal("225.21") * (Decimal("194.86") / Decimal("225.21")) ** Decimal("0.618")
    assert (level.price, level.log_price) == (206.4537, exactly(worked))


def test_a_fib_by_log_scale_that_reaches_zero_is_linear() -> None:
    levels = drawn("fib_retracement", -1.0, 1.0, properties=LEVELS | {"fibLevelsBasedOnLogScale": True})
    assert [level.log_price for level in levels] == [level.price for level in levels]


def test_only_visible_levels_count_and_every_one_of_them_has_a_name_of_its_own() -> None:
    close = {"level1": [0.5, "", False], "level2": [0.618, "", True], "level3": {"coeff": 0.6180001, "visible": True}}
    odd = {"level4": {"coeff": 1e22, "visible": True}, "level5": ["no", "", True], "level6": [-1, "", True]}
    levels = drawn("fib_retracement", 1.0, 1.0, properties=close | odd)
    assert [level.name for level in levels] == ["-1", "0.618", "0.6180001", "1e22"]


@pytest.mark.parametrize(
    ("version", "saved", "flag", "extended"),
    [
        (2, True, False, False), (None, True, False, True), (1, True, False, True), (None, False, False, False),
        (2, True, True, True),
    ],
)  # fmt: skip
def test_a_saved_fib_without_version_2_runs_on_to_the_right(
    version: int | None, saved: bool, flag: bool, extended: bool
) -> None:
    whole = drawing("fib_retracement", 1.0, 2.0, version=version, properties=LEVELS | {"extendLines": flag})
    levels: Any = sketch(whole, saved=saved)
    assert [level.extended for level in levels] == [extended] * 3


def test_a_fib_may_run_back_without_end() -> None:
    [level, *_] = drawn("fib_retracement", 1.0, 2.0, properties=LEVELS | {"extendLinesLeft": True})
    assert (level.left, level.right) == (None, SECOND)
