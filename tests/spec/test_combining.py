"""Nodes that read nodes, comparisons and windows, on bars whose truth is drawn as text."""

from __future__ import annotations

from typing import Any

import pytest

from spec.geometry import Zone
from spec.operands import AtrOf, BadOperand, Constant, PriceOf, ValueOf
from spec.signals import (
    AllOf,
    AnyOf,
    BadNode,
    Compare,
    Cooldown,
    Node,
    NoneOf,
    Once,
    Sequence,
    SrProximity,
    TimeWindow,
    Tolerance,
    TrendlineCross,
    inputs_of,
    is_state,
    kind_of,
)
from tests.spec.series import HOUR, START, Row, at, flat, line, said, series, true_on

A = Compare("1h", PriceOf("open"), "greater", Constant(1.5))
B = Compare("1h", PriceOf("close"), "greater", Constant(1.5))


def drawn(node: Node, a: str, b: str = "") -> str:
    """Where a node that reads A and B is true, A and B being true where an x is drawn."""
    b = b or "." * len(a)
    rows: list[Row] = []
    for one, two in zip(a, b, strict=True):
        opened, closed = 2.0 if one == "x" else 1.0, 2.0 if two == "x" else 1.0
        rows.append((opened, 2.0, 1.0, closed))
    bars = series(*rows)
    true = true_on({"a": A, "b": B, "node": node}, "node", bars)
    return "".join("x" if time in true else "." for time in bars.time.tolist())


def test_all_any_and_none_of_nodes() -> None:
    a, b = "..xx", ".x.x"
    assert drawn(AllOf(("a", "b")), a, b) == "...x"
    assert drawn(AnyOf(("a", "b")), a, b) == ".xxx"
    assert drawn(NoneOf(("a", "b")), a, b) == "x..."
    assert drawn(AllOf(("a", "a")), a) == a


@pytest.mark.parametrize(
    ("a", "b", "fires"),
    [
        ("x......", "...x...", "...x..."),  # three bars later, of at most three
        ("x......", "....x..", "......."),  # four
        ("x......", ".x.....", ".x....."),
        ("x......", ".xxx...", ".x....."),  # firing consumes the pulse
        ("x..x...", "......x", "......x"),  # a newer pulse replaces the older one
        ("x.x....", ".x.x...", ".x.x..."),
        ("x......", "x......", "......."),  # not on the same bar
        ("x..x...", "...x...", "......."),  # the latest pulse is the one of this very bar
        ("x..x...", "...xx..", "....x.."),
        ("..x....", "xx.....", "......."),  # then never comes first
    ],
)
def test_a_sequence_fires_one_to_n_bars_after_the_latest_pulse(a: str, b: str, fires: str) -> None:
    assert drawn(Sequence("a", "b", 3), a, b) == fires


@pytest.mark.parametrize(("silence", "fires"), [(1, "x.x.x..x"), (2, "x..x...x"), (4, "x......x")])
def test_a_cooldown_is_silent_for_n_bars_after_a_firing(silence: int, fires: str) -> None:
    assert drawn(Cooldown("a", silence), "xxxxx..x") == fires


def test_once_passes_the_first_firing_and_no_other() -> None:
    assert drawn(Once("a"), ".x.xx") == ".x..."


def test_crossings_and_their_like_are_pulses_and_the_rest_are_states() -> None:
    nodes: dict[str, Node] = {
        "cross": TrendlineCross("1h", flat(10)),
        "touch": SrProximity("1h", flat(10), "touch"),
        "enter": SrProximity("1h", flat(10), "enter"),
        "leave": SrProximity("1h", flat(10), "leave"),
        "inside": SrProximity("1h", flat(10), "inside"),
        "window": TimeWindow("1h"),
        "compare": A,
        "sequence": Sequence("cross", "inside", 3),
        "once": Once("inside"),
        "cooldown": Cooldown("inside", 1),
        "all_of": AllOf(("inside", "window")),
        "any_of": AnyOf(("inside", "cross")),
        "none_of": NoneOf(("cross",)),
    }
    states = {name for name in nodes if is_state(name, nodes)}
    assert states == {"inside", "window", "compare", "all_of", "none_of"}


def test_a_node_names_its_kind_and_what_it_reads() -> None:
    assert (kind_of(A), inputs_of(A)) == ("compare", ())
    assert (kind_of(Sequence("a", "b", 3)), inputs_of(Sequence("a", "b", 3))) == ("sequence", ("a", "b"))
    assert (kind_of(AllOf(("a", "b"))), inputs_of(AllOf(("a", "b")))) == ("all_of", ("a", "b"))
    assert (kind_of(Once("a")), inputs_of(Once("a"))) == ("once", ("a",))


def window(**more: Any) -> TimeWindow:
    return TimeWindow("1h", **more)


@pytest.mark.parametrize(
    ("node", "hours"),
    [
        (window(), range(48)),
        (window(start=at(3), end=at(5)), [3, 4]),  # from start on, and before end
        (window(from_minute=60, to_minute=180), [1, 2, 25, 26]),
        (window(from_minute=23 * 60, to_minute=60), [0, 23, 24, 47]),  # past midnight
        (window(from_minute=60, to_minute=60), []),
        (window(weekdays=(1,)), range(24, 48)),  # the series starts on a Monday
        (window(weekdays=()), []),
        (window(weekdays=(0,), from_minute=22 * 60, to_minute=1440), [22, 23]),
    ],
)
def test_a_window_holds_the_bars_that_open_in_it(node: TimeWindow, hours: list[int]) -> None:
    assert true_on({"node": node}, "node", series(*[1] * 48)) == [START + hour * HOUR for hour in hours]


def test_a_node_is_alive_from_valid_from_on_and_before_valid_until() -> None:
    bars = series(9, 11, 9, 11, 9)
    node = TrendlineCross("1h", flat(10), valid_from=at(2), valid_until=at(4))
    assert said(node, bars) == [(2, "down"), (3, "up")]


def test_only_once_is_the_first_firing_within_the_life() -> None:
    node = TrendlineCross("1h", flat(10), frequency="only_once", valid_from=at(2))
    assert said(node, series(9, 11, 9, 11, 9)) == [(2, "down")]


def test_once_per_minute_lets_bars_under_a_minute_fire_a_minute_apart() -> None:
    bars = series(9, 11, 9, 11, 9, timeframe="30s")
    every = TrendlineCross("30s", flat(10))
    minutely = TrendlineCross("30s", flat(10), frequency="once_per_minute")
    assert [bar for bar, _ in said(every, bars)] == [1, 2, 3, 4]
    assert [bar for bar, _ in said(minutely, bars)] == [1, 3]


def test_once_per_bar_close_is_no_frequency_within_the_bar() -> None:
    assert said(TrendlineCross("1h", flat(10), frequency="once_per_bar_close"), series(9, 11)) == [(1, "up")]
    with pytest.raises(BadNode, match="once_per_bar_close is the trigger bar_close"):
        TrendlineCross("1h", flat(10), trigger="intrabar", frequency="once_per_bar_close")


CLOSE = PriceOf("close")


@pytest.mark.parametrize(
    ("node", "bars"),
    [
        (Compare("1h", CLOSE, "greater", Constant(10)), [2, 3, 4]),
        (Compare("1h", CLOSE, "less", Constant(10)), [0]),
        (Compare("1h", CLOSE, "greater", PriceOf("close", 3), plus=2.5), [3]),
        (Compare("1h", CLOSE, "less", PriceOf("close", 1), plus=-1), [4]),
        (Compare("1h", CLOSE, "greater", PriceOf("close", 2), factor=1.2), [2, 3]),
        (Compare("1h", CLOSE, "less", PriceOf("close", 1), factor=0.9), [4]),
        (Compare("1h", CLOSE, "greater", ValueOf(line((0, 8), (3, 14)))), [0]),  # 8, 10, 12, 14, and then nothing
        (Compare("1h", CLOSE, "greater", ValueOf(line((1, 100), (3, 400), "log")), factor=0.05), [1, 2]),
        (Compare("1h", Constant(1), "greater", AtrOf(3)), []),  # within the warm-up
    ],
)
def test_a_comparison_is_true_where_left_is_beyond_right(node: Compare, bars: list[int]) -> None:
    assert [bar for bar, _ in said(node, series(9, 10, 12, 12.1, 10.5))] == bars


def test_equal_within_1e_12_is_neither_greater_nor_less() -> None:
    close = 10 * (1 + 0.5e-12)
    for op in ("greater", "less"):
        assert said(Compare("1h", CLOSE, op, Constant(10)), series(close, 10)) == []


def test_a_line_too_steep_for_a_float_lies_above_every_price_without_a_word() -> None:
    steep = line((0, 1), (1, 1e9), "log", extend_forward=True)  # 1e9 times higher with each bar: past 1e308 on bar 35
    below = Compare("1h", CLOSE, "less", ValueOf(steep))
    assert [bar for bar, _ in said(below, series(*[2] * 40))] == list(range(1, 40))
    near = SrProximity("1h", steep, "near", tolerance=Tolerance("percent", 50))
    assert said(near, series(*[1.4] * 40)) == [(0, "near")]


def test_an_atr_is_compared_after_its_warm_up() -> None:
    bars = series(*[(10, 11, 9, 10)] * 502)
    node = Compare("1h", AtrOf(3), "greater", Constant(1.9))
    assert [bar for bar, _ in said(node, bars)] == [500, 501]


@pytest.mark.parametrize("more", [{"factor": float("inf")}, {"plus": float("nan")}])
def test_a_comparison_takes_finite_numbers_only(more: dict[str, float]) -> None:
    with pytest.raises(BadNode, match="must be a finite number"):
        Compare("1h", CLOSE, "greater", CLOSE, **more)
    with pytest.raises(BadOperand, match="must be a finite number"):
        Constant(float("nan"))


CHANNEL = Zone(10, 12)
INSIDE = SrProximity("1h", CHANNEL, "inside")


@pytest.mark.parametrize(
    ("condition", "node", "bars"),
    [
        ("crossing", TrendlineCross("1h", flat(10)), [1, 5]),
        ("crossing up", TrendlineCross("1h", flat(10), "up"), [1]),
        ("crossing down", TrendlineCross("1h", flat(10), "down"), [5]),
        ("greater than", Compare("1h", CLOSE, "greater", Constant(11)), [2, 3]),
        ("less than", Compare("1h", CLOSE, "less", Constant(10)), [0, 5]),
        ("entering channel", SrProximity("1h", CHANNEL, "enter"), [1, 4]),
        ("exiting channel", SrProximity("1h", CHANNEL, "leave"), [2, 5]),
        ("inside channel", INSIDE, [1, 4]),
        ("outside channel", NoneOf(("inside",)), [0, 2, 3, 5]),
        ("moving up by 4 in 2 bars", Compare("1h", CLOSE, "greater", PriceOf("close", 2), plus=4), [2]),
        ("moving down by 2 in 1 bar", Compare("1h", CLOSE, "less", PriceOf("close", 1), plus=-2), [4, 5]),
        ("moving up by 20 % in 1 bar", Compare("1h", CLOSE, "greater", PriceOf("close", 1), factor=1.2), [1, 2]),
        ("moving down by 20 % in 2 bars", Compare("1h", CLOSE, "less", PriceOf("close", 2), factor=0.8), [4, 5]),
    ],
)
def test_tradingviews_thirteen_alert_conditions_can_be_said(condition: str, node: Node, bars: list[int]) -> None:
    closes = series(9, 11, 14, 14, 11, 8)
    assert true_on({"inside": INSIDE, condition: node}, condition, closes) == [at(bar) for bar in bars]
