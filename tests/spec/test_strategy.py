"""A strategy is refused in one sentence where its parts do not fit together."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from spec.geometry import Anchor, BadGeometry, Channel, Level, Line, Zone
from spec.managing import BreakEven, EntryOrder, Managing, Requote, Slices, Trail
from spec.market import Market
from spec.operands import ValueOf
from spec.signals import AllOf, Compare, Node, Once, SrProximity, TimeWindow, TrendlineCross
from spec.strategy import (
    AtAtr,
    AtLine,
    AtPercent,
    AtPrice,
    BadStrategy,
    Entry,
    Strategy,
    Target,
    lines_of,
    shapes_of,
)
from tests.spec.series import MARKET, START, flat, line

CROSS = TrendlineCross("1h", flat(10))
NODES: dict[str, Node] = {"break": CROSS}
LONG = {"entry": Entry("long", "break"), "stop": AtPrice(9)}


DAILY: dict[str, Node] = {"break": TrendlineCross("1d", flat(10))}
UNSCALED = AtLine(line((0, 10), (1, 11), None))


def strategy(**more: Any) -> Strategy:
    parts: dict[str, Any] = {"kind": "strategy", "market": MARKET, "timeframe": "1h", "nodes": NODES, **LONG, **more}
    return Strategy(**parts)


def watch(**more: Any) -> Strategy:
    return Strategy(**{"kind": "watch", "market": MARKET, "timeframe": "1h", "nodes": NODES, **more})


def test_a_strategy_and_a_watch_that_fit_together() -> None:
    whole = strategy(
        stop=AtAtr(2.0),
        targets=(Target(AtPercent(5), 0.5), Target(AtLine(line((0, 10), (1, 11))), 0.5)),
        exit="break",
    )
    assert whole.semantics == 1
    assert watch(market=None).market is None
    assert strategy(targets=(Target(AtPrice(12)),), entry=Entry("long", "break")).targets[0].share == 1.0


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"nodes": {}}, "there is nothing to evaluate; a strategy needs at least one node"),
        ({"nodes": {"a": Once("b")}}, "node a reads b, which does not exist"),
        ({"entry": Entry("long", "x")}, "there is no node x; the nodes are break"),
        ({"exit": "y"}, "there is no node y; the nodes are break"),
        ({"market": None}, "a strategy needs a market and an entry"),
        ({"entry": None}, "a strategy needs a market and an entry"),
        ({"stop": None}, "a strategy needs a stop: its size comes from the distance to it"),
        (
            {"timeframe": "4h"},
            "node break lives on 1h, which bars of 4h do not fill; use a finer timeframe",
        ),
        (
            {"targets": (Target(AtPrice(12), 0.6), Target(AtPrice(13), 0.6))},
            "the targets take more than the whole position; their shares must add up to at most 1",
        ),
        (
            {"targets": (Target(AtPrice(8)),)},
            "the target 8 stands on the losing side of the stop 9 for a long; swap them or change the side",
        ),
        (
            {"entry": Entry("short", "break"), "targets": (Target(AtPrice(12.0)),)},
            "the target 12.0 stands on the losing side of the stop 9 for a short",
        ),
        ({"targets": (Target(AtPrice(9.0)),)}, "the target 9.0 stands on the losing side of the stop 9 for a long"),
        (
            {"stop": AtLine(line((0, 10), (1, 11), None))},
            "the line of a stop or target has no scale; say linear or log",
        ),
        (
            {"nodes": {"break": TrendlineCross("1h", line((0, 10), (1, 11), None))}},
            "the line of node break has no scale; say linear or log",
        ),
        *[
            ({"managing": part}, "the line of an entry, a trail or an invalidation has no scale; say linear or log")
            for part in (Managing(trail=Trail(UNSCALED)), Managing(invalidation=UNSCALED))
        ],
        (
            {"entry": Entry("long", "break", EntryOrder("limit", UNSCALED))},
            "the line of an entry, a trail or an invalidation has no scale; say linear or log",
        ),
        (
            {"entry": Entry("long", "break", slices=Slices("vwap", 4)), "timeframe": "1d", "nodes": DAILY},
            "bars of 1d tell nothing of the volume at a time of day; slice the entry by twap",
        ),
        (
            {"managing": Managing(break_even=BreakEven(after_target=2))},
            "the break-even waits for target 2, and there are 0",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(more: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadStrategy, match=sentence):
        strategy(**more)


@pytest.mark.parametrize(
    "more",
    [
        {"entry": Entry("long", "break")},
        {"stop": AtPrice(9)},
        {"targets": (Target(AtPrice(9)),)},
        {"exit": "break"},
        {"managing": Managing(bars=3)},
    ],
)
def test_a_watch_trades_nothing(more: dict[str, Any]) -> None:
    with pytest.raises(BadStrategy, match="a watch has no entry, stop, target or exit; make it kind: strategy"):
        watch(**more)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (BreakEven, "a break-even needs its moment: after_target, after_r, or both"),
        (lambda: EntryOrder("stop_limit", AtPrice(9)), "slack says how far a stop_limit may fill beyond its trigger"),
        (lambda: EntryOrder("limit", AtPrice(9), slack=1.0), "slack says how far a stop_limit may fill"),
        (
            lambda: EntryOrder("stop", AtPrice(9), time_in_force="post_only"),
            "a stop entry cannot be post_only: only a limit can rest before it fills",
        ),
        (
            lambda: EntryOrder("limit", AtPrice(9), requote=Requote()),
            "an entry is quoted again by its distance from the price; give it at a percent or an ATR",
        ),
    ],
)
def test_an_order_or_a_break_even_that_leaves_something_open_is_refused(make: Any, sentence: str) -> None:
    with pytest.raises(BadStrategy, match=sentence):
        make()


def test_an_entry_is_sent_in_slices_or_with_an_order_and_not_both() -> None:
    order = EntryOrder("limit", AtPrice(9))
    with pytest.raises(BadStrategy, match="an entry in slices is sent at the market: leave out its order, or its"):
        Entry("long", "break", order, Slices("twap", 2))
    assert not Entry("long", "break", order).by_volume
    assert not Entry("long", "break", slices=Slices("twap", 2)).by_volume
    daily = strategy(entry=Entry("long", "break", slices=Slices("twap", 4)), timeframe="1d", nodes=DAILY)
    assert daily.entry == Entry("long", "break", slices=Slices("twap", 4, 1))


@pytest.mark.parametrize("parts", [1, 101])
def test_there_are_two_to_a_hundred_slices(parts: int) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"by": "twap", "parts": parts}, Slices)


def test_how_a_strategy_is_managed_is_nothing_unless_it_says_so() -> None:
    assert strategy().managed == Managing()
    assert strategy(managing=Managing(bars=3)).managed == Managing(bars=3)
    even = strategy(managing=Managing(break_even=BreakEven(1)), targets=(Target(AtPrice(12)),))
    assert even.managed.break_even == BreakEven(1)
    assert EntryOrder("limit", AtPercent(1.0), requote=Requote()).requote == Requote(1, 10)
    assert EntryOrder("limit", AtPrice(1.0), time_in_force="post_only").slack is None


def test_shares_that_add_up_to_one_but_for_rounding_are_fine() -> None:
    shares = (0.05, 0.55, 0.3, 0.1)
    assert sum(shares) > 1
    assert len(strategy(targets=tuple(Target(AtPrice(12), share) for share in shares)).targets) == 4


def test_the_shapes_and_lines_of_a_node() -> None:
    one, two = line((0, 10), (1, 11)), line((0, 12), (1, 13))
    both = Channel(one, two)
    assert shapes_of(TrendlineCross("1h", one)) == lines_of(TrendlineCross("1h", one)) == (one,)
    channel = SrProximity("1h", both, "inside")
    assert (shapes_of(channel), lines_of(channel)) == ((both,), (one, two))
    compared = Compare("1h", ValueOf(one), "less", ValueOf(flat(3)))
    assert (shapes_of(compared), lines_of(compared)) == ((one, flat(3)), (one,))
    assert shapes_of(AllOf(("a",))) == lines_of(TimeWindow("1h")) == ()


# ------------------------------------------------------------------ geometry


NAN, INFINITY = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Level(NAN), "a price must be a finite number, not nan"),
        (lambda: Zone(1, INFINITY), "a price must be a finite number, not inf"),
        (lambda: Zone(2, 1), "the low 2 of a zone stands above its high 1; swap them"),
        (lambda: line((0, 0.0), (1, 1), "log"), "a line on a log scale needs prices above 0, not 0.0"),
        (lambda: line((0, -1.0), (1, 1), "log"), "a line on a log scale needs prices above 0, not -1.0"),
        (lambda: line((0, NAN), (1, 1)), "a price must be a finite number"),
        (lambda: line((1, 1), (1, 1)), "needs the number of bars between its anchors, at least 1"),
        (
            lambda: Line("bars", "linear", Anchor(START, 1), Anchor(START, 2)),
            "needs the number of bars between its anchors, at least 1",
        ),
        (
            lambda: Line("time", "linear", Anchor(START, 1), Anchor(START + 1, 2), 5),
            "a line on the time axis has no bar count and no offsets",
        ),
        (
            lambda: Line("time", "linear", Anchor(START, 1, 3), Anchor(START + 1, 2)),
            "a line on the time axis has no bar count and no offsets",
        ),
        (
            lambda: Line("time", "linear", Anchor(START, 1), Anchor(START, 2)),
            "the second anchor of a line must be later than the first",
        ),
        (
            lambda: Channel(line((0, 1), (1, 2)), line((0, 1), (2, 2))),
            "both lines of a channel need the same axis, scale and bar count",
        ),
    ],
)
def test_a_drawing_without_a_value_is_refused(make: Any, sentence: str) -> None:
    with pytest.raises(BadGeometry, match=sentence):
        make()


def test_a_stop_stands_at_a_finite_price() -> None:
    with pytest.raises(BadStrategy, match="a price must be a finite number, not nan"):
        AtPrice(NAN)


def test_a_flat_line_has_one_price_and_negative_prices_are_prices() -> None:
    assert line((0, -1), (1, -1)).flat
    assert not line((0, -1), (1, 1)).flat


def test_a_market_has_a_name() -> None:
    assert MARKET.name == "binance ETH/BTC"


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("exchange", "binance\n"),
        ("exchange", "Binance"),
        ("symbol", "ETH/BTC\n"),
        ("symbol", "ETHBTC"),
        ("tick_size", "0"),
        ("type", "option"),
    ],
)
def test_a_market_is_written_in_ccxts_names(field: str, text: str) -> None:
    parts = {"exchange": "binance", "symbol": "ETH/BTC", "type": "spot", "tick_size": 0.01, field: text}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(parts, Market, strict=False)


@pytest.mark.parametrize("name", ["a\n", "1a", "", "a b", "a" * 81])
def test_a_nodes_name_is_one_plain_word(name: str) -> None:
    raw = {
        "kind": "watch",
        "market": None,
        "timeframe": "1h",
        "nodes": {name: {"kind": "time_window", "timeframe": "1h"}},
    }
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(raw, Strategy)


def test_a_timeframe_ends_where_its_text_ends() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"kind": "time_window", "timeframe": "1h\n"}, TimeWindow)
