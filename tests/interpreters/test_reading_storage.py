"""Promises about separately stored drawings (F4) and the answer of the charts storage (F5)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from interpreters.drawing import Chart, Drawing, Export
from interpreters.reading import read_export
from tests.interpreters.tradingview import NOTHING_KNOWN, START, SYMBOL, Json, dumped, ray, read_ray, stored

GROUPS = {"g1": {"id": "g1", "name": "long setup", "symbol": SYMBOL}, "g2": None}


def read(value: Any) -> Export:
    return read_export(dumped(value))


def drawings(value: Any) -> tuple[Drawing, ...]:
    return read(value).drawings


def table(*states: Json) -> Json:
    return {state["id"]: state for state in states}


def test_the_storages_answer_is_f5_and_names_groups() -> None:
    states = table(stored(ray("a"), groupId="g1", serverUpdateTime=START * 1000), stored(ray("b"), groupId="gone"))
    export = read({"success": True, "payload": {"sources": states, "drawing_groups": GROUPS}})
    assert (export.format, export.charts, export.exported_at) == ("F5", (NOTHING_KNOWN,), None)
    assert export.drawings == (read_ray("a", group="long setup"), read_ray("b"))


@pytest.mark.parametrize(
    "encode",
    [dict, lambda states: [[key, value] for key, value in states.items()], lambda states: list(states.values())],
    ids=["object", "pairs", "values"],
)
def test_a_map_reads_the_same_in_all_three_encodings(encode: Any) -> None:
    states = table(stored(ray("a"), groupId="g1"), stored(ray("b")))
    dto = {
        "sources": encode(states),
        "groups": encode({"g1": GROUPS["g1"]}),
        "clientId": "c",
        "lineToolsToValidate": [],
    }
    export = read(dto)
    assert (export.format, export.drawings) == ("F4", (read_ray("a", group="long setup"), read_ray("b")))
    assert read(encode(states)).drawings == (read_ray("a"), read_ray("b"))


def test_a_deleted_drawing_is_noted() -> None:
    for sources in ({"a": stored(ray("a")), "b": None}, [["a", stored(ray("a"))], ["b", None]]):
        export = read({"sources": sources, "drawing_groups": {}})
        assert export.drawings == (read_ray("a"),)
        assert export.notes == ("a deleted drawing (null) was left out",)


def test_a_source_spread_over_its_state_reads_the_same() -> None:
    flat = {**stored(ray("a")), **ray("a"), "serverUpdateTime": START * 1000}
    assert (read([flat]).format, drawings([flat])) == ("F5", (read_ray("a"),))
    assert read([{**flat, "serverUpdateTime": None}]).format == "F5"
    assert read([{key: value for key, value in flat.items() if key != "serverUpdateTime"}]).format == "F4"


def test_one_line_tool_state_alone_is_read() -> None:
    assert (read(stored(ray())).format, drawings(stored(ray()))) == ("F4", (read_ray(),))


def test_the_outer_object_fills_what_the_source_lacks() -> None:
    bare = ray(id=None, state_symbol=None, ownerSource=None)
    state = {"symbol": "A:B", "ownerSource": "rsi001", "currencyId": "EUR", "state": bare}
    (drawing,) = drawings({"sources": {"k": state}})
    assert (drawing.id, drawing.symbol, drawing.on_main, drawing.converted) == ("k", "A:B", False, "EUR")


def test_studies_and_damaged_entries_are_noted() -> None:
    sources = {
        "a": stored(ray("a")),
        "s": {"id": "s", "state": {"type": "Study", "state": {}}},
        "x": {"id": "x"},
        "y": 5,
    }
    export = read({"sources": sources})
    assert export.drawings == (read_ray("a"),)
    assert export.notes == ("not a drawing: Study", "an entry without a drawing in it was left out (2 times)")


def test_the_form_field_state_and_its_answer_are_unwrapped() -> None:
    state = json.dumps({"sources": {"a": stored(ray("a"))}, "drawing_groups": {}, "clientId": "c"})
    for value in ({"status": "ok", "data": {"state": state}}, {"state": state}):
        assert (read(value).format, drawings(value)) == ("F4", (read_ray("a"),))


def test_a_map_by_sharing_mode_is_read_as_a_whole() -> None:
    modes = {"0": {"sources": {}, "groups": {}}, "1": {"sources": {"a": stored(ray("a"))}}, "2": {"sources": None}}
    assert drawings(modes) == (read_ray("a"),)
    pairs = [[int(mode), dto] for mode, dto in modes.items()]
    assert drawings(pairs) == (read_ray("a"),)


def test_answers_for_several_charts_are_read_together() -> None:
    answers = [{"success": True, "payload": {"sources": {key: stored(ray(key))}}} for key in ("a", "b")]
    export = read(answers)
    assert (export.format, export.charts, [one.key for one in export.drawings]) == ("F5", (NOTHING_KNOWN,), ["a", "b"])


@pytest.mark.parametrize("value", [{"sources": None, "drawing_groups": {}}, {"payload": {"sources": []}}])
def test_an_empty_answer_is_an_export_without_drawings(value: Json) -> None:
    assert drawings(value) == ()


def test_an_empty_sources_object_may_be_a_lost_map_and_that_is_said() -> None:
    export = read({"sources": {}, "groups": {}})
    assert export.drawings == ()
    assert "what a Map becomes" in export.notes[0]


def test_an_envelope_lends_what_the_states_lack() -> None:
    states = {"sources": {"a": stored(ray("a", state_symbol=None, state_interval=None), symbol=None)}}
    export = read({"symbol": "A:B", "resolution": "D", "priceScaleMode": 1, "tick": 0.5, "state": states})
    assert export.charts == (Chart("A:B", (), "1D", log=True, tick=0.5),)
    assert [(one.symbol, one.interval, one.log) for one in export.drawings] == [("A:B", "1D", True)]
