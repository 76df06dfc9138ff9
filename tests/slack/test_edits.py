"""Edits: a window with the values as they stand, what is read from it, and the difference shown afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from server.editing import BadEdit, Edit
from server.slack.differences import difference_message
from server.slack.edits import FIELD, Editable, Editing, edit_view, read_edit
from spec.geometry import Anchor, Line
from spec.signals import Tolerance
from spec.strategy import AtAtr, AtLine, AtPercent, AtPrice
from tests.slack import samples
from tests.slack.reading import said

WATCH = Editing("str_03", samples.DIGEST, "a watch", None, None, None, (samples.NEAR,))


def filled(view: dict[str, Any], **typed: str) -> dict[str, Any]:
    """The state that Slack sends of a view: as it was filled in, with what was typed or chosen since."""
    state = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        name, element = block["block_id"], block["element"]
        value = typed.get(name, element.get("initial_value"))
        chosen = {"value": typed.get(name, element.get("initial_option", {}).get("value"))}
        select = element["type"] == "static_select"
        state[name] = {FIELD: {"selected_option": chosen} if select else {"value": value}}
    return state


def edit_of(editing: Editing, **typed: str) -> Edit:
    view = edit_view(editing)
    return read_edit(view["private_metadata"], filled(view, **typed), editing)


def test_the_window_is_filled_in_as_the_version_stands() -> None:
    state = filled(edit_view(samples.EDITING))
    assert {name: field[FIELD] for name, field in state.items()} == {
        "risk_percent": {"value": "1"},
        "max_exposure": {"value": "1"},
        "stop": {"selected_option": {"value": "price"}},
        "stop_amount": {"value": "0.0938"},
        "stop_length": {"value": None},
        "trigger": {"selected_option": {"value": "bar_close"}},
    }


def test_only_what_was_changed_is_asked_for() -> None:
    assert edit_of(samples.EDITING) == Edit(samples.DIGEST)
    assert edit_of(samples.EDITING, trigger="intrabar") == Edit(samples.DIGEST, trigger="intrabar", node="entry")
    assert edit_of(samples.EDITING, risk_percent="2") == Edit(samples.DIGEST, risk_percent=2.0)


@pytest.mark.parametrize(
    ("price", "shown"),
    [
        (1.234e-05, "0.00001234"), (0.1 + 0.2, "0.30000000000000004"), (67_123.0, "67123"), (100.0, "100"),
        (1e16, "10000000000000000"),
    ],
)  # fmt: skip
def test_a_number_is_filled_in_with_every_digit_and_without_an_exponent(price: float, shown: str) -> None:
    state = filled(edit_view(replace(samples.EDITING, stop=AtPrice(price))))
    assert state["stop_amount"][FIELD]["value"] == shown
    assert float(shown) == price


def test_the_last_risk_is_said_and_not_filled_in() -> None:
    risk = edit_view(replace(samples.EDITING, last_risk=0.25))["blocks"][1]
    assert risk["element"]["initial_value"] == "1"
    assert risk["hint"]["text"] == "What you chose last: 0.25"


@pytest.mark.parametrize(
    ("typed", "stop"),
    [
        ({"stop": "percent", "stop_amount": "2.5"}, AtPercent(2.5)),
        ({"stop": "atr", "stop_amount": "2"}, AtAtr(2.0, 14)),
        ({"stop": "atr", "stop_amount": "2", "stop_length": "20"}, AtAtr(2.0, 20)),
        ({"stop": "price", "stop_amount": "0.09"}, AtPrice(0.09)),
        ({"stop": "as it is"}, None),
    ],
)
def test_a_stop_is_a_price_a_distance_or_as_it_is(typed: dict[str, str], stop: object) -> None:
    assert edit_of(samples.EDITING, **typed).stop == stop


def test_the_bars_of_a_tolerances_atr_stay_as_they_were() -> None:
    edit = edit_of(WATCH, tolerance_amount="0.3")
    assert (edit.tolerance, edit.node) == (Tolerance("atr", 0.3, 20), "zone")
    assert (edit.risk_percent, edit.stop) == (None, None)


def test_of_several_nodes_one_is_named_and_nothing_changes_unless_it_is_chosen() -> None:
    several = replace(samples.EDITING, nodes=(*samples.EDITING.nodes, samples.NEAR))
    kept = edit_of(several)
    assert (kept.trigger, kept.tolerance, kept.node) == (None, None, None)
    edit = edit_of(several, node="zone", trigger="intrabar", tolerance="percent", tolerance_amount="1")
    assert (edit.node, edit.trigger, edit.tolerance) == ("zone", "intrabar", Tolerance("percent", 1.0, 20))


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"risk_percent": "much"}, "'much' is not a number"),
        ({"stop": "atr", "stop_amount": ""}, "give the stop's a multiple of ATR from the entry"),
        ({"risk_percent": "500"}, "the edit cannot be read"),
        ({"stop_amount": "nan"}, "'nan' is not a number"),
        ({"stop": "atr", "stop_amount": "2", "stop_length": "2.5"}, "the edit cannot be read"),
    ],
)
def test_what_cannot_be_an_edit_is_refused_in_words(typed: dict[str, str], why: str) -> None:
    with pytest.raises(BadEdit, match=why):
        edit_of(samples.EDITING, **typed)


def test_a_stop_along_a_line_stays_unless_another_is_chosen() -> None:
    line = Line("bars", "linear", Anchor(0, 1.0), Anchor(300, 2.0), 1)
    view = edit_view(replace(samples.EDITING, stop=AtLine(line)))
    assert filled(view)["stop"][FIELD]["selected_option"]["value"] == "as it is"


def test_the_difference_shows_each_rule_before_what_it_became() -> None:
    made = difference_message(samples.CHANGED)
    text = said(made)
    assert (
        "• before: Stop at 0.0938\n• now: Stop 2 x ATR(14) from the entry\n"
        "• before: Risk 1 % of the equity, at most 1 x the equity\n• now: Risk 0.5 %"
    ) in text
    assert "/risk/percent: 1 → 0.5" in text
    assert f"`{samples.DIGEST[:12]}` → `{'77e0' * 3}`" in text


def test_a_difference_that_no_rule_says_is_shown_by_its_place() -> None:
    made = difference_message(replace(samples.CHANGED, rules_after=samples.CHANGED.rules_before))
    assert "• /risk/percent: 1 → 0.5" in said(made)


def test_a_window_offers_no_size_and_no_stop_for_a_watch() -> None:
    assert set(filled(edit_view(WATCH))) == {"trigger", "tolerance", "tolerance_amount"}
    assert filled(edit_view(replace(WATCH, nodes=()))) == {}
    assert isinstance(samples.NEAR, Editable)
