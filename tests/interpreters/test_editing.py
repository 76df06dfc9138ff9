"""Promises about a draft that a person edited: what may be changed, what collides with an answer, what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpreters.draft import BadDraft, Edit, edits
from interpreters.draft import edited as with_edits
from interpreters.freezing import freeze_draft
from spec.canonical import plain
from tests.interpreters.exports import box, edited, layout, level, line, position, read

if TYPE_CHECKING:
    from interpreters.freezing import Draft
    from spec.strategy import Artifact

READING = read(layout(line("a", "long break"), position("p"), box("b", 1.0, 2.0)))
OPEN = read(layout(line("a", "long break"), log=None, pricescale=None))
FIRST = ("strategies", 0)
NODE = (*FIRST, "strategy", "nodes", "trend_line.a")


def frozen(source: Draft, identity: str | None = "ethusdt-1h-long", **answers: str) -> Artifact:
    return freeze_draft(source, identity, answers)


def refused(source: Draft, identity: str | None = "ethusdt-1h-long", answers: dict[str, str] | None = None) -> str:
    with pytest.raises(BadDraft) as refusal:
        freeze_draft(source, identity, answers or {})
    return str(refusal.value)


def test_an_edit_of_the_strategy_is_kept_and_shows_in_the_provenance() -> None:
    artifact = frozen(edited(READING, *FIRST, "strategy", "stop", "price", to=1980.5))
    assert plain(artifact.strategy.stop) == {"rule": "price", "price": 1980.5}
    assert artifact.provenance.edited is True


def test_an_edit_of_the_name_shows_too_and_changes_no_digest() -> None:
    artifact = frozen(edited(READING, *FIRST, "name", to="breakout"))
    assert (artifact.name, artifact.provenance.edited) == ("breakout", True)
    assert artifact.digest == frozen(edited(READING, *FIRST, "name", to=READING.strategies[0].name)).digest


def test_an_edit_of_one_strategy_is_nothing_to_another() -> None:
    source = edited(READING, *FIRST, "strategy", "stop", "price", to=1980.5)
    assert frozen(source, "ethusdt-1h-watch").provenance.edited is False


def test_numbers_that_were_written_in_another_form_are_no_edit() -> None:
    assert frozen(edited(READING, *FIRST, "strategy", "risk", "percent", to=1)).provenance.edited is False
    assert frozen(edited(READING, *FIRST, "strategy", "targets", 0, "at", "price", to=2030)).provenance.edited is False


def test_nodes_may_be_added_and_dropped() -> None:
    calm = {"kind": "cooldown", "node": "trend_line.a", "bars": 5}
    assert "calm/~" not in frozen(edited(READING, *NODE, "frequency", to="only_once")).strategy.nodes
    assert list(frozen(edited(READING, *FIRST, "strategy", "nodes", "calm", to=calm)).strategy.nodes) == [
        "calm", "trend_line.a",
    ]  # fmt: skip
    watch = read(layout(level("a", 1.0), level("b", 2.0)))
    source = edited(watch, *FIRST, "strategy", "nodes", "horizontal_line.a", drop=True)
    assert list(frozen(source, None).strategy.nodes) == ["horizontal_line.b"]


def test_an_edit_beside_an_answer_is_kept() -> None:
    source = edited(OPEN, *NODE, "direction", to="either")
    answers = {"scale": "log", "stop.ethusdt-1h-long": "atr", "tick": "0.5"}
    artifact = frozen(source, None, **answers)
    node = plain(artifact.strategy.nodes["trend_line.a"])
    assert (node["direction"], node["geometry"]["scale"]) == ("either", "log")


def test_an_edit_that_says_what_the_answer_says_is_no_collision() -> None:
    source = edited(OPEN, *NODE, "geometry", "scale", to="log")
    answers = {"scale": "log", "stop.ethusdt-1h-long": "atr", "tick": "0.5"}
    assert frozen(source, None, **answers).strategy == frozen(edited(OPEN, "notes", to=[]), None, **answers).strategy


def test_one_target_may_be_edited_while_an_answer_prices_the_others() -> None:
    raw = layout(line("a", "long break sl 1900.5 tp1 2100.5"), position("p", text="tp2"), pricescale=None)
    source = edited(read(raw), *FIRST, "strategy", "targets", 0, "share", to=0.25)
    targets = plain(frozen(source, None, tick="0.5").strategy)["targets"]
    assert [(one["at"]["price"], one["share"]) for one in targets] == [(2100.5, 0.25), (3500.0, 0.5)]


@pytest.mark.parametrize(
    ("steps", "to", "answers"),
    [
        ((*NODE, "geometry", "scale"), "linear", {"scale": "log"}),
        ((*FIRST, "strategy", "stop"), {"rule": "price", "price": 1.0}, {}),
        ((*FIRST, "strategy", "market", "tick_size"), 0.25, {}),
        ((*NODE, "geometry", "colour"), "red", {"stop.ethusdt-1h-long": "watch"}),
    ],
)
def test_an_edit_that_an_answer_changes_in_another_way_is_refused(
    steps: tuple[Any, ...], to: object, answers: dict[str, str]
) -> None:
    given_ = {"scale": "log", "stop.ethusdt-1h-long": "atr", "tick": "0.5"} | answers
    sentence = refused(edited(OPEN, *steps, to=to), None, given_)
    place = "/" + "/".join(steps[2:])
    assert sentence.startswith((f"the draft was edited at {place}, which an answer changes too", "the strategy"))


def test_an_edit_of_what_an_answer_takes_away_is_refused() -> None:
    reading = read(layout(line("a", "long sl 1900.5")))
    source = edited(reading, *NODE, "geometry", "b", "price", to=2020.5)
    assert refused(source, None, {"action.trend_line.a": "bounce"}) == (
        "the draft was edited at /strategy/nodes/trend_line.a/geometry/b/price, which an answer changes too; "
        "undo the edit, or answer otherwise"
    )
    added = edited(reading, *NODE, "geometry", "note", to="x")
    assert "/geometry/note, which an answer changes too" in refused(added, None, {"action.trend_line.a": "bounce"})


@pytest.mark.parametrize(
    ("steps", "to", "sentence"),
    [
        ((*NODE, "geometry", "b", "price"), "high", "Expected `float`, got `str` - at `$.nodes[...].geometry.b.price`"),
        ((*NODE, "geometry", "b", "price"), None, "Expected `float`, got `null` - at `$.nodes[...].geometry.b.price`"),
        ((*NODE, "colour"), "red", "Object contains unknown field `colour` - at `$.nodes[...]`"),
        ((*NODE, "kind"), "hunch", "Invalid value 'hunch' - at `$.nodes[...].kind`"),
        ((*FIRST, "strategy", "nodes"), {}, "there is nothing to evaluate; a strategy needs at least one node"),
        ((*FIRST, "strategy", "entry", "node"), "x", "there is no node x; the nodes are trend_line.a"),
        ((*FIRST, "strategy", "timeframe"), "1d", "node trend_line.a lives on 1h, which bars of 1d do not fill"),
        ((*FIRST, "strategy", "market"), None, "a strategy needs a market and an entry"),
        ((*FIRST, "strategy", "risk"), [], "Expected `object`, got `array` - at `$.risk`"),
        ((*FIRST, "strategy", "semantics"), 2, "Invalid enum value 2 - at `$.semantics`"),
        ((*FIRST, "strategy", "nodes", "trend_line.a"), 5, "Expected `object`, got `int` - at `$.nodes[...]`"),
    ],
)
def test_an_edit_that_makes_no_strategy_is_refused_with_the_place(
    steps: tuple[Any, ...], to: object, sentence: str
) -> None:
    said = refused(edited(READING, *steps, to=to))
    assert said.startswith("the strategy ethusdt-1h-long in the draft is not valid: ")
    assert sentence in said


def test_a_part_that_was_dropped_is_refused() -> None:
    assert "Object missing required field `kind`" in refused(edited(READING, *FIRST, "strategy", "kind", drop=True))
    assert "there is no node trend_line.a" in refused(
        edited(READING, *FIRST, "strategy", "nodes", to={"other": {"kind": "time_window", "timeframe": "1h"}})
    )


@pytest.mark.parametrize(
    ("field", "to"), [("symbol", "X"), ("timeframe", "5m"), ("kind", "watch"), ("last_anchor", 5), ("drawings", [])]
)
def test_what_follows_from_the_strategy_may_not_be_edited(field: str, to: object) -> None:
    said = refused(edited(READING, *FIRST, field, to=to))
    assert said == f"{said.split(' ')[0]} of ethusdt-1h-long was edited; only its name and its strategy may be"
    assert said.startswith(field)


def test_an_id_may_not_be_edited() -> None:
    assert refused(edited(READING, *FIRST, "id", to="mine"), "mine") == (
        "the strategy mine is none that the export proposed; leave the ids as they are: "
        "ethusdt-1h-long, ethusdt-1h-watch"
    )


def test_a_name_that_no_file_can_hold_is_refused() -> None:
    with pytest.raises(BadDraft, match=r"it is no draft: .* invalid Unicode character escape code"):
        edited(READING, *FIRST, "name", to="\ud800")


def test_text_beyond_the_first_plane_is_text() -> None:
    assert frozen(edited(READING, *FIRST, "name", to="\U0001f680 breakout")).name == "\U0001f680 breakout"


TREES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-2, 2), st.floats(-2, 2), st.sampled_from("ab/~")),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["a", "b/c", "~d", "0"]), inner)
    ),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.sampled_from(["a", "b/c", "~d"]), TREES)


@given(OBJECTS, OBJECTS)
def test_the_edits_between_two_trees_turn_one_into_the_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    result = with_edits(before, before, edits(before, after))
    assert edits(result, after) == []
    assert edits(after, result) == []


@given(OBJECTS)
def test_a_tree_that_nobody_edited_has_no_edits(tree: dict[str, Any]) -> None:
    assert edits(tree, plain(tree)) == []


def test_true_is_not_one_and_a_list_is_not_a_dict() -> None:
    assert edits({"a": 1}, {"a": True}) == [Edit("/a", True)]
    assert edits({"a": [1]}, {"a": {"0": 1}}) == [Edit("/a", {"0": 1})]
    assert edits({"a": {"0": 1}}, {"a": [1]}) == [Edit("/a", [1])]
    assert edits({"a": [1, 2]}, {"a": [1]}) == [Edit("/a", [1])]
    assert edits({"a": [1, 2]}, {"a": [1, 3]}) == [Edit("/a/1", 3)]
