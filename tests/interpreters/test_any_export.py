"""Promises about any export whatever: every drawing has one place in the report, and every draft can be frozen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from interpreters.building import build, settle
from interpreters.freezing import BadDraft, StillOpen, freeze_draft
from interpreters.reading import ExportUnreadable, read_export
from interpreters.report import interpret, read_plans
from interpreters.sketch import NotRead
from interpreters.surroundings import Context, gather
from interpreters.workshop import Workshop
from spec.artifact import read as read_artifact
from spec.artifact import write
from spec.canonical import plain
from spec.strategy import Artifact, Strategy
from tests.interpreters.exports import draft, first_answers, written
from tests.interpreters.generated import CONTEXTS, EXPORTS, JUNK_EXPORTS

if TYPE_CHECKING:
    from interpreters.freezing import Draft
    from interpreters.report import Reading

# What a person has to change in the drawing or the draft; no answer can.
OWN_FAULTS = ("stands on the losing side of the stop", "do not fill")


def check_places(raw: bytes, context: dict[str, Any]) -> Reading | None:
    """The reading, once its report is found to hold each drawing once, in the contract's form."""
    try:
        export = read_export(raw)
    except ExportUnreadable:
        return None
    reading = interpret(export, Context(**context), explain=True)
    tree = written(reading)
    assert tree["drawings"] == len(export.drawings)
    listed = [one["drawing"] for one in (*tree["understood"], *tree["left_out"])]
    assert sorted(listed) == sorted(drawing.key for drawing in export.drawings)
    for one in tree["understood"]:
        assert {"drawing", "tool", "symbol", "nodes"} <= one.keys()
        assert one["nodes"]
        assert all({"name", "kind"} < node.keys() for node in one["nodes"])
        names = [node["name"] for node in one["nodes"]]
        assert len(set(names)) == len(names)
        assert ("values" in one) == ("at" in context)
    for one in tree["left_out"]:
        assert one.keys() == {"drawing", "tool", "symbol", "reason"}
        assert one["reason"]
    return reading


def outcome(source: Draft, identity: str, answers: dict[str, str]) -> Artifact | BadDraft | StillOpen:
    """The artifact, or why there is none."""
    try:
        return freeze_draft(source, identity, answers)
    except (BadDraft, StillOpen) as refusal:
        return refusal


def check_questions(reading: Reading) -> None:
    """Each question once, with choices, about strategies that exist; what every answer leads to can be frozen."""
    ids = [one.id for one in reading.strategies]
    asked = [one.id for one in reading.questions]
    assert (len(set(ids)), len(set(asked))) == (len(ids), len(asked))
    for question in reading.questions:
        assert question.choices
        assert set(question.strategies) <= set(ids)
    source, answers = draft(reading), first_answers(reading)
    for identity in ids:
        result = outcome(source, identity, answers)
        if isinstance(result, Artifact):
            assert read_artifact(write(result)) == result
            assert result.provenance.edited is False
        else:
            assert any(fault in str(result) for fault in OWN_FAULTS), result


@given(JUNK_EXPORTS, CONTEXTS)
def test_every_drawing_of_any_export_has_one_place_and_the_first_answers_freeze(
    raw: bytes, context: dict[str, Any]
) -> None:
    reading = check_places(raw, context)
    if reading is not None:
        check_questions(reading)


@given(EXPORTS, CONTEXTS)
def test_the_first_answers_to_all_questions_leave_none_open(raw: bytes, context: dict[str, Any]) -> None:
    reading = check_places(raw, context)
    assert reading is not None
    check_questions(reading)


FREE = {
    "price": ("2001.5", "-3"),
    "tick": ("0.5",),
    "market": ("kraken:ETH/USD", "okx:A/B:B-230101"),
    "timeframe": ("3h",),
}


@given(EXPORTS, CONTEXTS, st.data())
def test_a_draft_freezes_to_what_is_built_with_all_its_answers_from_the_export_itself(
    raw: bytes, context: dict[str, Any], data: st.DataObject
) -> None:
    export, given_ = read_export(raw), Context(**context)
    reading = interpret(export, given_)
    # a timeframe of one's own is counted by the clock, which the candles at hand would not be
    forms = FREE if given_.candles is None else FREE | {"timeframe": ()}
    answers: dict[str, str] = {}
    for question in reading.questions:
        values = forms[question.free.form] if question.free else ()
        choices = [None, *(choice.id for choice in question.choices), *values]
        answer = data.draw(st.sampled_from(choices), label=question.id)
        answers |= {} if answer is None else {question.id: answer}
    world = gather(export, given_)
    _, _, plans = read_plans(world)
    source, workshop = draft(reading), Workshop(world, answers)
    for plan in settle(plans, workshop):
        try:
            direct = msgspec.convert(plain(build(plan, workshop)), Strategy)
        except (msgspec.ValidationError, NotRead, BadDraft):
            direct = None
        result = outcome(source, plan.id, answers)
        match result:
            case Artifact(strategy=strategy):
                assert strategy == direct
            case StillOpen(questions=still_open):
                assert not {question.id for question in still_open} & answers.keys()
            case _:
                assert direct is None, result
