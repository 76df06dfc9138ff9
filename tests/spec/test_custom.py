"""Custom nodes: what one may say, on which bars it is asked, and that its source lies in artifact and digest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec import artifact
from spec.bars import make_bars
from spec.canonical import digest, freeze
from spec.consulting import uncoded
from spec.custom import Custom, CustomFailed
from spec.equipped import bare, code_of, custom_nodes, equip, without_code
from spec.evaluation import Evaluation, evaluate
from spec.geometry import Anchor, Level, Line
from spec.market import Market
from spec.operands import ObvOf, Operand, PriceOf, SmaOf, ValueOf
from spec.signals import AllOf, Node, TrendlineCross, inputs_of, is_state, kind_of
from spec.strategy import AtPercent, Entry, Provenance, Strategy
from spec.yaml_form import dump, load

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spec.bars import Bars
    from spec.custom import Answers, Ask, Param

SOURCE = "class SignalNode:\n\n    def evaluate(self, window):\n        return True\n"


def custom(**changes: Any) -> Custom:
    given_ = {"timeframe": "5m", "inputs": {"close": PriceOf()}, "output": "pulse", "lookback": 3, "source": SOURCE}
    return Custom(**{**given_, **changes})


def bars(closes: list[float]) -> Bars:
    return make_bars("5m", [(at * 300, close, close, close, close, 1.0) for at, close in enumerate(closes)])


class Asked:
    """A port that keeps the windows it was asked about: true where the first input rose over its window."""

    def __init__(self) -> None:
        self.windows: list[tuple[list[int], list[list[float]]]] = []

    def __call__(self, name: str, node: Custom) -> Ask:
        def ask(time: NDArray[np.int64], table: NDArray[np.float64], rows: NDArray[np.int64]) -> Answers:
            parts = [
                (time[row + 1 - node.lookback : row + 1], table[:, row + 1 - node.lookback : row + 1]) for row in rows
            ]
            self.windows += [(times.tolist(), part.tolist()) for times, part in parts]
            values = np.array([part[0][-1] - part[0][0] for _, part in parts])
            return values > 0, values

        assert name
        return ask


def strategy(node: Custom, **nodes: Node) -> Strategy:
    market = Market("binance", "ETH/BTC", "spot", 1e-6)
    return Strategy("strategy", market, "5m", {"mine": node, **nodes}, Entry("long", "mine"), AtPercent(1.0))


def test_it_is_asked_once_the_window_is_full() -> None:
    asked = Asked()
    said, _ = evaluate({"mine": custom()}, None, bars([1.0, 2.0, 3.0, 2.0, 1.0]), asked)
    assert asked.windows == [
        ([0, 300, 600], [[1.0, 2.0, 3.0]]),
        ([300, 600, 900], [[2.0, 3.0, 2.0]]),
        ([600, 900, 1200], [[3.0, 2.0, 1.0]]),
    ]
    hits = said["mine"].hits
    assert (hits.index.tolist(), hits.price.tolist(), hits.value.tolist()) == ([2], [3.0], [2.0])


def test_it_is_not_asked_where_an_input_has_no_value() -> None:
    """A line that begins on the third bar and ends on the sixth, and an average that needs two bars."""
    line = Line("time", "linear", Anchor(600, 1.0), Anchor(1500, 1.0))
    inputs: dict[str, Operand] = {"line": ValueOf(line), "mean": SmaOf(2)}
    asked = Asked()
    evaluate({"mine": custom(inputs=inputs, lookback=2)}, None, bars([float(at) for at in range(1, 10)]), asked)
    assert [times for times, _ in asked.windows] == [[600, 900], [900, 1200], [1200, 1500]]
    assert asked.windows[0][1] == [[1.0, 1.0], [2.5, 3.5]]


@given(st.lists(st.integers(1, 9), min_size=1, max_size=40), st.data())
def test_stepping_asks_what_a_whole_run_asks(closes: list[int], data: st.DataObject) -> None:
    series = bars([float(close) for close in closes])
    node = custom(
        inputs={"close": PriceOf(), "then": PriceOf(back=data.draw(st.integers(0, 3))), "mean": SmaOf(2, back=1)},
        lookback=data.draw(st.integers(1, 5)),
    )
    whole, stepping = Asked(), Asked()
    said, _ = evaluate({"mine": node}, None, series, whole)
    evaluation, at, found = Evaluation({"mine": node}, None, series, stepping), 0, []
    while at < len(series):
        size = data.draw(st.integers(1, 6))
        found += evaluation.advance(series[at : at + size])["mine"].hits.index.tolist()
        at += size
    assert stepping.windows == whole.windows
    assert found == said["mine"].hits.index.tolist()


def test_nothing_runs_it_unless_something_is_handed_in() -> None:
    why = "custom node mine: it is code, and code is run by commands and a server that allow custom nodes only"
    with pytest.raises(CustomFailed) as failure:
        evaluate({"mine": custom()}, None, bars([1.0]))
    assert str(failure.value) == why
    assert code_of(strategy(custom())) is uncoded


def test_it_is_a_leaf_and_says_itself_whether_it_is_a_state() -> None:
    nodes: dict[str, Node] = {"a": custom(output="state"), "b": custom(), "both": AllOf(("a", "b"))}
    assert (inputs_of(nodes["a"]), kind_of(nodes["a"])) == ((), "custom")
    assert [is_state(name, nodes) for name in nodes] == [True, False, False]


def test_equipping_changes_neither_digest_nor_parts() -> None:
    frozen, port = strategy(custom()), Asked()
    able = equip(frozen, port)
    assert code_of(able) is port
    assert digest(able) == digest(frozen)
    assert bare(able) == frozen
    assert bare(frozen) is frozen
    assert custom_nodes({**able.nodes, "line": TrendlineCross("5m", Level(1.0))}) == {"mine": custom()}


def test_what_can_be_evaluated_without_code_is_told_apart() -> None:
    line = TrendlineCross("5m", Level(1.0))
    nodes: dict[str, Node] = {"mine": custom(), "line": line, "both": AllOf(("line", "mine"))}
    assert without_code(nodes) == {"line": line}


def test_a_line_among_the_inputs_needs_its_scale() -> None:
    line = Line("time", None, Anchor(600, 1.0), Anchor(1500, 1.0))
    with pytest.raises(ValueError, match="the line of node mine has no scale"):
        strategy(custom(inputs={"line": ValueOf(line)}))


def test_another_source_is_another_digest() -> None:
    other = custom(source=SOURCE.replace("True", "False"))
    assert digest(strategy(custom())) != digest(strategy(other))


@pytest.mark.parametrize(
    "source",
    [
        SOURCE,
        "# café 😀\n\tx = '\\\\'  \n   \n\n\n# end\n",
        "x",
        "x\n\n",
        "\nx\n",
        " x\n",
        "x\n ",
        "---\n...\n: - #\n",
        "x: |\n  y\n",
    ],
)
def test_the_source_survives_the_artifact_to_the_byte(source: str) -> None:
    one = strategy(custom(source=source, params={"most": 1.5, "count": 3, "on": True, "word": "yes"}))
    provenance = Provenance("0" * 64, "test", None, (), {})
    raw = artifact.write(freeze("mine", "mine", one, provenance))
    assert artifact.read(raw).strategy.nodes["mine"] == one.nodes["mine"]
    for at in range(0, len(raw), 7):
        with pytest.raises(artifact.BadArtifact):
            artifact.read(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])


def test_a_source_of_several_lines_stands_as_a_block_for_people() -> None:
    assert dump({"source": SOURCE, "text": SOURCE}).splitlines()[:5] == [
        "source: |",
        "  class SignalNode:",
        "",
        "      def evaluate(self, window):",
        "          return True",
    ]
    assert dump({"text": "a\nb\n"}) == 'text: "a\\nb\\n"\n'


@given(st.text(alphabet=list("a# \n\t:-é😀|'\"\\.\r\x1b\u2028\x85"), max_size=30))
def test_any_text_reads_back_from_under_the_key_of_a_block(text: str) -> None:
    tree = {"all": [{"node": {"source": text, "after": 1}}]}
    assert load(dump(tree).encode()) == tree


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"inputs": {"time": PriceOf()}}, "an input cannot be called time"),
        ({"inputs": {"lambda": PriceOf()}}, "an input cannot be called lambda"),
        ({"inputs": {"obv": ObvOf()}}, "on-balance volume counts from the first candle"),
        ({"source": "x = 1\n# \u202e evil\n"}, r"the source holds the character U\+202E \(line 2\)"),
        (
            {"source": "true = lambda\u3164: 1\n"},
            r"the source holds the character U\+3164",
        ),  # a name that shows nothing
        ({"source": "most = 1\nmost\ufe0f = 9\n"}, r"the source holds the character U\+FE0F \(line 2\)"),
        ({"source": "x = 1  # \U000e0061\n"}, r"the source holds the character U\+E0061"),
        ({"source": "x = 1\r# hidden\n"}, r"the source holds the character U\+000D \(line 1\)"),
        ({"params": {"most": float("nan")}}, "the parameter most must be true, false, a finite number"),
        ({"params": {"most": 2**60}}, "the parameter most must be"),
        ({"params": {"most": "x" * 201}}, "the parameter most must be"),
        ({"params": {"most": "\x1b"}}, "the parameter most must be"),
    ],
)
def test_what_cannot_mean_anything_is_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        custom(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"inputs": {}},
        {"inputs": {"Close": {"of": "price"}}},
        {"inputs": {f"x{at}": {"of": "price"} for at in range(17)}},
        {"lookback": 0},
        {"lookback": 1001},
        {"source": ""},
        {"source": "x" * 65_537},
        {"params": {f"x{at}": 1 for at in range(33)}},
        {"params": {"x": [1]}},
        {"output": "both"},
        {"more": 1},
    ],
)
def test_the_schema_holds_its_sizes(changes: dict[str, Any]) -> None:
    tree = {**msgspec.to_builtins(custom()), **changes}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(tree, Custom)


def test_parameters_keep_their_kind() -> None:
    params: dict[str, Param] = {"a": 1, "b": 1.0, "c": True, "d": "1"}
    read = msgspec.convert(load(dump(msgspec.to_builtins(custom(params=params))).encode()), Custom)
    assert [type(value) for value in read.params.values()] == [int, float, bool, str]
