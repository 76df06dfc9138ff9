"""Rules in words: whoever approves is told everything that decides."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from msgspec.structs import replace

from server.editing import Edit, edited
from server.words.rules import rules_in_words
from spec.custom import Custom
from spec.managing import EntryOrder, Managing, Requote, Slices, Trail
from spec.operands import PriceOf
from spec.rules import AtAtr, AtLine, AtPercent, AtPrice
from spec.strategy import Entry, Strategy
from tests.spec.frozen import EVERY_NODE, MANAGED, MEASURED, RISING, SLICED, STRATEGY, sliced

if TYPE_CHECKING:
    from collections.abc import Iterator

WATCHED = Strategy(kind="watch", market=STRATEGY.market, timeframe="1d", nodes=EVERY_NODE)
CODED = replace(
    WATCHED,
    nodes={"mine": Custom("1d", {"close": PriceOf()}, "pulse", 20, "class SignalNode: ...", {"length": 3, "on": True})},
)
QUOTED = replace(
    MANAGED,
    entry=Entry("short", "break", EntryOrder("limit", AtPercent(0.5), requote=Requote(2, 3))),
    managing=Managing(trail=Trail(AtAtr(2.0)), invalidation=AtPrice(0.2)),
)
ALONG = replace(MANAGED, entry=Entry("long", "break", EntryOrder("stop", AtLine(RISING), time_in_force="ioc")))
# What one finds in place of a value: of its own kind, and whatever else its place may take.
OTHERS: tuple[Any, ...] = (
    1_711_411_200, 3, 7.25, "up", "either", "intrabar", "bar_close", "once_per_minute", "only_once", "leave", "long",
    "short", "absolute", "ticks", "atr", "less", "greater", "low", "month", "k", "d", "upper", "hlc3", "fok",
    "post_only", "state", "range", "volatile", "histogram", "value_area_low", "4h", "1w", "linear", "log", "twap",
    "vwap", "limit", "stop",
)  # fmt: skip
# Said beside the rules (the market, the timeframe, the source), or of no consequence where it stands.
ELSEWHERE = {"market", "kind", "semantics", "source", "shape", "of", "rule"}
IDLE = {("slow", "left", "signal"), ("near", "tolerance", "length")}  # %K has no average, a percentage no ATR


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every value that holds no others, and where it stands."""
    match value:
        case dict():
            for key, one in value.items():
                if key not in ELSEWHERE and not (key == "timeframe" and not path):
                    yield from leaves(one, (*path, key))
        case list() if value and not isinstance(value[0], int | str):
            for at, one in enumerate(value):
                yield from leaves(one, (*path, at))
        case _:
            yield path, value


def others(value: Any) -> tuple[Any, ...]:
    """What might stand in a value's place."""
    match value:
        case bool():
            return (not value,)
        case int() if value > 1_000_000_000:  # a time: words say its minute
            return (value + 3600,)
        case int() | float():
            return (value + 1, value * 1.5, value / 2)
        case list():
            return (value[:-1], value[::-1])
        case _:
            return OTHERS


def changed(strategy: Strategy) -> Iterator[tuple[tuple[Any, ...], Strategy]]:
    """The strategy with one value changed, each of them that makes a strategy."""
    whole = msgspec.to_builtins(strategy)
    said_elsewhere = "nodes" if strategy.kind == "strategy" else "risk"  # by the watch of the same nodes; by no watch
    for path, value in leaves({name: one for name, one in whole.items() if name != said_elsewhere}):
        for other in others(value):
            made = copy.deepcopy(whole)
            place = made
            for key in path[:-1]:
                place = place[key]
            place[path[-1]] = other
            try:
                found = msgspec.convert(made, Strategy)
            except msgspec.ValidationError:
                continue
            if found != strategy:
                yield path, found


@pytest.mark.parametrize(
    "strategy",
    [WATCHED, MEASURED, CODED, STRATEGY, MANAGED, QUOTED, ALONG, SLICED],
    ids=["nodes", "indicators", "code", "exits", "managed", "quoted", "along", "sliced"],
)
def test_strategies_that_act_otherwise_read_otherwise(strategy: Strategy) -> None:
    said = rules_in_words(strategy)
    tried = set()
    for path, other in changed(strategy):
        if path[1:] in IDLE:
            continue
        tried.add(path)
        assert rules_in_words(other) != said, (path, said)
    assert len(tried) > 6


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Slices("twap", 12, 3), "Enter at the market in 12 slices of equal size, one every 3 bars"),
        (Slices("twap", 2), "Enter at the market in 2 slices of equal size, one a bar"),
        (
            Slices("vwap", 4, 2),
            "Enter at the market in 4 slices by the volume of the last ten days at that time of day, one every 2 bars",
        ),
    ],
)
def test_an_entry_in_slices_is_said_after_what_it_waits_for(rule: Slices, words: str) -> None:
    strategy = replace(SLICED, timeframe="1h", entry=Entry("long", "break", slices=rule))
    said = rules_in_words(strategy)
    assert said[0].startswith("Go long: ")
    assert said[1] == words


def test_an_entry_that_is_sent_whole_says_nothing_of_slices() -> None:
    assert not any("slices" in words for words in rules_in_words(STRATEGY))


def test_an_edit_of_the_size_keeps_the_slices() -> None:
    artifact = sliced()
    made = edited(artifact, Edit(artifact.digest, risk_percent=0.25), "bert")
    assert made.strategy.entry == artifact.strategy.entry
    assert made.digest != artifact.digest
