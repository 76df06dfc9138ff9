"""Promises about the shape of each tool: TradingView's worked numbers, point order, reasons for what is not read."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from interpreters.drawing import Drawing, Point
from interpreters.properties import deciding
from interpreters.sketch import Box, Corridor, Flat, NotRead, Place, Position, Straight, ticks_away
from interpreters.sketching import READERS, sketch
from interpreters.tools import TOOLS
from interpreters.unread import OTHER, REASONS
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


def reason(tool: str, *prices: float | None, **changes: Any) -> str:
    with pytest.raises(NotRead) as refusal:
        drawn(tool, *prices, **changes)
    return str(refusal.value)


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


# Facts 5.6: sample 11 and sample 13
def test_stop_and_target_of_a_position_tool_are_tick_counts() -> None:
    assert (ticks_away(4624.21, 4010, 0.001), ticks_away(4624.21, -13512, 0.001)) == (4628.22, 4610.698)
    assert (ticks_away(23475.0, 3000, 0.1), ticks_away(23475.0, -7007, 0.1)) == (23775.0, 22774.3)
    tool = drawn("short_position", 4624.21, properties={"stopLevel": 4010, "profitLevel": 13512})
    assert tool == Position("short", Flat("entry", 4624.21, 4624.21, left=FIRST), 4010.0, 13512.0, None, None)


def test_a_position_tool_without_a_stop_or_target_has_none() -> None:
    tool = drawn("long_position", 10.0, properties={"stopLevel": 0, "profitLevel": -5})
    assert (tool.stop_ticks, tool.target_ticks) == (None, None)


@pytest.mark.parametrize(
    ("properties", "tick"),
    [
        ({"riskSize": 250, "qty": 37257, "stopLevel": 671}, 1e-05),  # sample 4, EURCAD
        ({"riskSize": 250, "qty": 7763, "stopLevel": 3220}, 1e-05),  # sample 4, XCUUSD
        ({"riskSize": 50, "qty": 12.4688, "stopLevel": 4010}, 0.001),  # sample 11
        ({"riskSize": 250, "qty": 100, "stopLevel": 10, "lotSize": 10}, 0.025),
        ({"amountTarget": 1611.11, "amountStop": 750, "qty": 138888.9, "stopLevel": 1800, "profitLevel": 4400}, 1e-06),
        ({"riskSize": 30, "qty": 1, "stopLevel": 10}, None),  # 3: not on the usual ladder
        ({"riskSize": 250, "qty": 0, "stopLevel": 10}, None),
        ({"riskSize": 250, "qty": -1, "stopLevel": 10}, None),
        ({"riskSize": 250, "qty": 1, "stopLevel": 0}, None),
        ({"riskSize": 1e300, "qty": 1e-300, "stopLevel": 1}, None),
        ({"amountTarget": 1000, "amountStop": 1000, "qty": 1, "stopLevel": 10}, None),
        ({"amountTarget": 1000, "qty": 1, "stopLevel": 10}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_the_amounts_of_a_position_tool_imply_its_tick(properties: dict[str, float], tick: float | None) -> None:
    assert drawn("long_position", 10.0, properties={"profitLevel": 5} | properties).tick == tick


@pytest.mark.parametrize(
    ("properties", "risk"),
    [
        ({"risk": 25, "accountSize": 1000}, None),
        ({"risk": 25}, None),
        ({"risk": 2, "accountSize": 1000}, 2.0),
        ({"risk": 25, "accountSize": 5000}, 25.0),
        ({"risk": 50, "accountSize": 5000, "riskDisplayMode": "money"}, 1.0),
        ({"risk": 50, "riskDisplayMode": "money"}, None),
        ({"risk": 50, "accountSize": 0, "riskDisplayMode": "money"}, None),
        ({"risk": 0}, None),
        ({"risk": 150}, None),
        ({}, None),
    ],
)
def test_a_position_tools_own_risk_is_what_somebody_set(properties: dict[str, Any], risk: float | None) -> None:
    assert drawn("long_position", 10.0, properties=properties).own_risk == risk


@pytest.mark.parametrize(
    ("tool", "given", "said"),
    [
        ("trend_line", (1.0,), "it has 1 of the 2 points it needs; it was not finished"),
        ("trend_line", (1.0, None), "one of its points has no price; it was not finished"),
        ("horizontal_line", (), "it has 0 of the 1 points it needs; it was not finished"),
        ("horizontal_line", (None,), "one of its points has no price; it was not finished"),
        ("long_position", (), "it has 0 of the 1 points it needs; it was not finished"),
        ("parallel_channel", (1.0, 2.0), "the point that sets its width has no price; it was not finished"),
        ("parallel_channel", (1.0, 2.0, None), "the point that sets its width has no price; it was not finished"),
        ("parallel_channel", (1.0, 2.0, 1.0), "its two edges lie on each other"),
        ("fib_retracement", (1.0, 2.0), "none of its levels is visible"),
        ("trend_line", (1.0, float("nan")), "one of its points has no price; it was not finished"),
        ("parallel_channel", (-1e308, 1e308, 1e308), "its prices are too large to be computed"),
    ],
)
def test_what_was_not_finished_is_left_out_with_its_reason(
    tool: str, given: tuple[float | None, ...], said: str
) -> None:
    assert reason(tool, *given) == said


def test_a_point_needs_a_time_within_the_calendar() -> None:
    good = Point(START, 0, 1.0, None)
    assert reason("trend_line", points=(good, Point(None, 0, 1.0, None))) == (
        "one of its points has no time; it was not finished"
    )
    outside = "one of its points lies outside the years 1 to 9999"
    for far in (Point(-99_999_999_999, 0, 1.0, None), Point(START, 10_000_000, 1.0, "1M")):
        assert reason("ray", points=(good, far)) == outside


def test_levels_that_leave_the_floats_are_left_out() -> None:
    huge = {"level1": [1e300, "", True]}
    assert reason("fib_retracement", 1.0, 1e300, properties=huge) == "its prices are too large to be computed"
    by_log = huge | {"fibLevelsBasedOnLogScale": True}
    assert reason("fib_retracement", 2.0, 1.0, properties=by_log) == "its prices are too large to be computed"


@pytest.mark.parametrize("tool", [api for api, _, _ in TOOLS] + ["LineToolOfTomorrow"])
def test_every_tool_is_read_or_has_a_reason(tool: str) -> None:
    listed = {one: why for why, tools in REASONS.items() for one in tools}
    if tool in READERS:
        assert tool not in listed
    else:
        assert reason(tool, 1.0, 2.0, 3.0) == listed.get(tool, OTHER)


def test_every_reason_belongs_to_tools_that_exist() -> None:
    assert {tool for tools in REASONS.values() for tool in tools} <= {api for api, _, _ in TOOLS}


ANYTHING = st.one_of(st.booleans(), st.none(), st.integers(), st.floats(), st.text(max_size=3))
LEVEL = st.one_of(
    ANYTHING,
    st.lists(ANYTHING, max_size=4),
    st.fixed_dictionaries({"coeff": st.floats(-5, 5), "visible": st.booleans()}),
    st.tuples(st.floats(-5, 5), st.just("#fff"), st.booleans()).map(list),
)
NAMES = (
    "extendLeft", "extendRight", "extendLines", "extendLinesLeft", "reverse", "fibLevelsBasedOnLogScale", "showMidline",
    "stopLevel", "profitLevel", "risk", "accountSize", "qty", "lotSize", "riskSize", "amountTarget", "amountStop",
    "riskDisplayMode",
)  # fmt: skip


@given(
    st.sampled_from(sorted(READERS)),
    st.dictionaries(st.sampled_from(NAMES), st.one_of(ANYTHING, st.floats(1, 1e6), st.just("money"))),
    st.dictionaries(st.sampled_from(["level0", "level1", "level12", "level24"]), LEVEL),
)
def test_the_properties_that_a_draft_carries_give_the_same_sketch(
    tool: str, properties: dict[str, Any], levels: dict[str, Any]
) -> None:
    whole = drawing(tool, 10.0, 20.0, 15.0, properties=properties | levels | {"level7": [0.5, "", True]})
    slim = structs.replace(whole, properties=deciding(whole.properties))
    assert sketch(slim, saved=True) == sketch(whole, saved=True)
    assert deciding(slim.properties) == slim.properties
