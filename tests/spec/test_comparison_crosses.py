"""A comparison that crosses fires on the bar on which one side comes to lie beyond the other."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from spec.operands import Constant, PriceOf, RsiOf, ValueOf
from spec.signals import Compare, TrendlineCross, is_state
from tests.spec.series import flat, line, said, series, walk

CLOSE = PriceOf("close")


@pytest.mark.parametrize(
    ("node", "bars"),
    [
        (Compare("1h", CLOSE, "crosses_above", Constant(10)), [2, 6]),  # from below, and from on it
        (Compare("1h", CLOSE, "crosses_below", Constant(10)), [4]),
        (Compare("1h", Constant(10), "crosses_below", CLOSE), [2, 6]),
        (Compare("1h", CLOSE, "crosses_above", PriceOf("close", 2)), [6]),  # above where it first has a value
        (Compare("1h", CLOSE, "crosses_below", PriceOf("close", 2)), [4]),
        (Compare("1h", CLOSE, "crosses_above", Constant(5), 2.0, 1.0), [3]),
        (Compare("1h", CLOSE, "crosses_above", ValueOf(line((2, 9), (5, 9)))), [5]),  # above where it begins
    ],
)
def test_a_comparison_crosses_where_it_was_not_beyond_on_the_bar_before(node: Compare, bars: list[int]) -> None:
    assert [bar for bar, _ in said(node, series(9, 9, 11, 12, 8, 10, 11))] == bars


def test_a_crossing_of_a_level_is_that_of_the_trend_line_node() -> None:
    bars = walk(400)
    level = flat(float(bars.close[200]))
    crossed = Compare("1h", CLOSE, "crosses_above", ValueOf(level))
    assert [bar for bar, _ in said(crossed, bars)] == [bar for bar, _ in said(TrendlineCross("1h", level, "up"), bars)]


def test_the_first_value_of_an_indicator_never_crosses() -> None:
    bars = walk(700)
    over = [bar for bar, _ in said(Compare("1h", RsiOf(), "greater", Constant(1)), bars)]
    assert over == list(range(500, 700))
    assert said(Compare("1h", RsiOf(), "crosses_above", Constant(1)), bars) == []


def test_a_comparison_that_crosses_is_a_pulse_and_one_that_holds_a_state() -> None:
    held = [Compare("1h", CLOSE, "greater", Constant(1)), Compare("1h", CLOSE, "less", Constant(1))]
    crossed = [replace(held[0], op="crosses_above"), replace(held[1], op="crosses_below")]
    assert [is_state("node", {"node": node}) for node in (*held, *crossed)] == [True, True, False, False]
