"""A node on a higher timeframe changes at its bar's close only, seen from a finer one."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from spec.bars import BadBars
from spec.evaluation import Evaluation, evaluate
from spec.graph import BadGraph, order, timeframes, with_inputs
from spec.operands import Constant, PriceOf
from spec.signals import AllOf, AnyOf, Compare, Cooldown, Node, NoneOf, Once, Sequence, TrendlineCross
from tests.spec.series import HOUR, MARKET, START, Row, cut, flat, series, true_on

ALWAYS = Compare("1h", PriceOf("close"), "greater", Constant(0))
HIGH_4H = Compare("4h", PriceOf("close"), "greater", Constant(10))
CROSS_4H = TrendlineCross("4h", flat(10), "up")


def hours(node: Node, name: str, rows: list[Row]) -> list[int]:
    """Hours on which a 1h node that reads ``name`` is true."""
    nodes: dict[str, Node] = {"always": ALWAYS, "state": HIGH_4H, "pulse": CROSS_4H, name: node}
    return [(time - START) // HOUR for time in true_on(nodes, name, series(*rows))]


def test_a_state_holds_from_the_bar_that_closes_with_it_to_the_one_before_its_next_word() -> None:
    rows: list[Row] = [11, 11, 11, 11, 9, 9, 9, 9, 11, 11, 11, 11]
    assert hours(AllOf(("always", "state")), "node", rows) == [3, 4, 5, 6, 11]


def test_a_pulse_is_heard_on_the_one_finer_bar_that_closes_with_it() -> None:
    rows: list[Row] = [9, 9, 9, 9, 11, 11, 11, 11, 11, 11, 11, 11]
    assert hours(AllOf(("always", "pulse")), "node", rows) == [7]
    assert hours(AnyOf(("pulse", "pulse")), "other", rows) == [4]  # on its own timeframe: the bar that opened at 4


def test_a_close_within_the_higher_bar_says_nothing_before_that_bar_closes() -> None:
    rows: list[Row] = [9, 9, 9, 9, 20, 20, 20, 9]
    assert hours(AllOf(("always", "pulse")), "node", rows) == []


def test_where_finer_bars_are_missing_the_next_one_brings_the_word() -> None:
    rows: list[Row] = [9, 9, 9, 9, 11, 11, 11, None, 12, 12]
    assert hours(AllOf(("always", "pulse")), "node", rows) == [8]
    assert hours(AllOf(("always", "state")), "node", rows) == [8, 9]
    gone: list[Row] = [9, 9, 9, 9, 11, 11, None, None, None, None, None, None, None, 9]
    assert hours(AllOf(("always", "pulse")), "node", gone) == [13]


@pytest.mark.parametrize("sizes", [[1] * 10, [8, 2], [10]])
def test_a_word_that_no_bar_of_the_reader_could_hear_yet_is_kept_for_the_next_one(sizes: list[int]) -> None:
    """The 4h bar closes when 08:00 comes, the reader's 2h bar of 06:00 is missing, and that of 08:00 still open."""
    bars = series(9, 9, 9, 9, 11, 11, None, None, 11, 11)
    nodes: dict[str, Node] = {"always": ALWAYS, "two": replace(ALWAYS, timeframe="2h"), "pulse": CROSS_4H}
    nodes["node"] = AllOf(("two", "pulse"))
    running = Evaluation(nodes, MARKET, bars)
    heard = [time for run in cut(bars, sizes) for time in running.advance(run)["node"].time.tolist()]
    assert heard == [START + 8 * HOUR]


def test_none_of_a_pulse_is_silent_for_the_whole_higher_bar() -> None:
    rows = series(*[9] * 4, *[11] * 12)
    nodes: dict[str, Node] = {"pulse": CROSS_4H, "quiet": NoneOf(("pulse",)), "always": ALWAYS}
    nodes["node"] = AllOf(("always", "quiet"))
    found = [(time - START) // HOUR for time in true_on(nodes, "node", rows)]
    assert found == [3, 4, 5, 6, 11, 12, 13, 14, 15]


def test_two_nodes_that_read_the_same_higher_node_hear_the_same() -> None:
    rows: list[Row] = [9, 9, 9, 9, 11, 11, 11, 11, 9, 9, 9, 9, 11, 11, 11, 11]
    nodes: dict[str, Node] = {"always": ALWAYS, "state": HIGH_4H}
    nodes |= {name: AllOf(("always", "state")) for name in ("one", "two", "three")}
    found = evaluate(nodes, MARKET, series(*rows))[0]
    assert [found[name].hits.index.tolist() for name in ("one", "two", "three")] == [[7, 8, 9, 10, 15]] * 3


def test_timeframes_of_which_none_fills_the_others_run_on_the_candles_own() -> None:
    nodes: dict[str, Node] = {
        "two": Compare("2h", PriceOf("close"), "greater", Constant(10)),
        "three": Compare("3h", PriceOf("close"), "greater", Constant(10)),
    }
    bars = series(9, 11, 9, 9, 9, 11)
    assert Evaluation(nodes, MARKET, bars).base == "1h"
    found, _ = evaluate(nodes, MARKET, bars)
    assert {name: said.time.tolist() for name, said in found.items()} == {
        "two": [START, START + 4 * HOUR],
        "three": [START + 3 * HOUR],
    }
    with pytest.raises(BadBars, match="candles of 2h cannot be made into 3h; give candles of 3h or finer"):
        evaluate(nodes, MARKET, series(1, 1, 1, timeframe="2h"))


def test_candles_finer_than_every_node_are_resampled_once() -> None:
    minutes = series(*[9] * 60, *[11] * 60, timeframe="1m")
    running = Evaluation({"node": TrendlineCross("1h", flat(10))}, MARKET, minutes)
    assert running.base == "1h"
    assert true_on({"node": TrendlineCross("1h", flat(10))}, "node", minutes) == [START + HOUR]


def test_less_than_one_whole_bar_says_nothing() -> None:
    answers, _ = evaluate({"node": CROSS_4H}, MARKET, series(9, 11))
    assert (len(answers["node"].hits), answers["node"].time.tolist(), answers["node"].timeframe) == (0, [], "4h")


def test_a_higher_bar_that_spans_several_runs_is_one_bar() -> None:
    rows = series(9, 9, 9, 9, 8, 12, 11, 11)
    running = Evaluation({"node": CROSS_4H}, MARKET, rows)
    heard = [running.advance(run)["node"].hits.index.tolist() for run in cut(rows, [3, 2, 2])]
    assert heard == [[], [], [], [1]]


# ------------------------------------------------------------------ the graph of nodes


def test_each_node_follows_those_it_reads() -> None:
    nodes: dict[str, Node] = {"c": AllOf(("b", "a")), "b": Once("a"), "a": ALWAYS}
    assert order(nodes) == ("a", "b", "c")
    assert with_inputs({**nodes, "d": ALWAYS}, ("c",)) == {"a", "b", "c"}


def test_a_combinator_lives_on_its_finest_input_and_a_sequence_on_that_of_then() -> None:
    nodes: dict[str, Node] = {
        "fine": ALWAYS,
        "coarse": CROSS_4H,
        "any": AnyOf(("coarse", "fine")),
        "cooldown": Cooldown("coarse", 2),
        "sequence": Sequence("coarse", "fine", 3),
    }
    frames = {"fine": "1h", "coarse": "4h", "any": "1h", "cooldown": "4h", "sequence": "1h"}
    assert timeframes(nodes) == frames


@pytest.mark.parametrize(
    ("nodes", "sentence"),
    [
        ({"a": Once("b")}, "node a reads b, which does not exist; the nodes are a"),
        ({"a": Once("b"), "b": Once("c"), "c": Once("a")}, "the nodes read each other in a circle: a → b → c → a"),
        (
            {"fine": ALWAYS, "coarse": CROSS_4H, "s": Sequence("fine", "coarse", 3)},
            "node s on 4h cannot read fine on 1h: bars of 4h do not fill those of 1h",
        ),
        (
            {
                "two": Compare("2h", PriceOf(), "greater", Constant(1)),
                "x": Compare("3h", PriceOf(), "greater", Constant(1)),
                "a": AnyOf(("two", "x")),
            },
            "node a on 2h cannot read x on 3h: bars of 2h do not fill those of 3h",
        ),
    ],
)
def test_nodes_that_form_no_graph_are_refused_by_name(nodes: dict[str, Node], sentence: str) -> None:
    with pytest.raises(BadGraph, match=sentence):
        timeframes(nodes)
