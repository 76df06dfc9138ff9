"""Code beside a draft: it is added to what the draft becomes, and a draft that holds any is refused."""

from __future__ import annotations

from typing import Any

import pytest

from interpreters.custom import added, check, check_read
from interpreters.draft import BadDraft
from spec.geometry import Level
from spec.market import Market
from spec.signals import AllOf, Node, TrendlineCross
from spec.strategy import AtPercent, Entry, Strategy

NODE = {"kind": "custom", "source": "x"}


def tree(nodes: Any) -> dict[str, Any]:
    return {"strategy": {"timeframe": "5m", "nodes": nodes}}


def strategy(entry: str, exit_: str | None = None) -> Strategy:
    market, line = Market("binance", "ETH/BTC", "spot", 1e-6), TrendlineCross("5m", Level(1.0))
    nodes: dict[str, Node] = {"a": line, "mine": line, "gate": AllOf(("a", "mine"))}
    return Strategy("strategy", market, "5m", nodes, Entry("long", entry), AtPercent(1.0), exit=exit_)


def test_a_node_is_added_on_the_timeframe_of_its_strategy_or_its_own() -> None:
    made = added(tree({"a": {}}), {"mine": NODE, "slow": {**NODE, "timeframe": "1h"}})
    assert made == tree({"a": {}, "mine": {"timeframe": "5m", **NODE}, "slow": {**NODE, "timeframe": "1h"}})


def test_a_name_that_is_taken_is_refused() -> None:
    with pytest.raises(BadDraft, match="there is a node a already"):
        added(tree({"a": {}}), {"a": NODE})


@pytest.mark.parametrize("nodes", [None, [], "x"])
def test_what_is_no_strategy_is_left_to_be_refused_as_such(nodes: Any) -> None:
    assert added(tree(nodes), {"mine": NODE}) == tree(nodes)
    assert added({"strategy": nodes}, {"mine": NODE}) == {"strategy": nodes}
    check("one", {"nodes": nodes})


def test_without_code_nothing_changes() -> None:
    assert added(tree({"a": {}}), {}) == tree({"a": {}})


def test_a_draft_that_holds_code_is_refused() -> None:
    check("one", {"nodes": {"a": {"kind": "compare"}, "b": 1}})
    with pytest.raises(BadDraft, match="the draft holds code"):
        check("one", {"nodes": {"a": {"kind": "compare"}, "mine": NODE}})


@pytest.mark.parametrize(("entry", "leave"), [("mine", None), ("gate", None), ("a", "mine"), ("a", "gate")])
def test_a_node_that_entry_or_exit_read_is_taken(entry: str, leave: str | None) -> None:
    check_read(strategy(entry, leave), {"mine": NODE})


def test_a_node_that_decides_nothing_is_refused_but_in_a_watch() -> None:
    with pytest.raises(BadDraft, match="nothing reads the custom node mine"):
        check_read(strategy("a"), {"mine": NODE})
    watch = Strategy("watch", None, "5m", {"mine": TrendlineCross("5m", Level(1.0))})
    check_read(watch, {"mine": NODE})
