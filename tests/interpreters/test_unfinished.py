"""Promises about what is left out for its shape, and about the properties that a draft carries."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from interpreters.drawing import Point
from interpreters.properties import deciding
from interpreters.sketch import NotRead
from interpreters.sketching import READERS, sketch
from interpreters.tools import TOOLS
from interpreters.unread import OTHER, REASONS
from tests.interpreters.test_sketching import drawing, drawn
from tests.interpreters.tradingview import START


def reason(tool: str, *prices: float | None, **changes: Any) -> str:
    with pytest.raises(NotRead) as refusal:
        drawn(tool, *prices, **changes)
    return str(refusal.value)


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
