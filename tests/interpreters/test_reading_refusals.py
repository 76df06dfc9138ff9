"""Promises about what is no export: one sentence, quickly, and never another exception."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interpreters.drawing import Export
from interpreters.reading import ExportUnreadable, read_export
from interpreters.reading.unreadable import MAX_BYTES
from tests.interpreters.tradingview import (
    Json,
    chart,
    dumped,
    layout,
    one_pane,
    pane,
    ray,
    series,
    shape,
    stored,
)

UNREADABLE = [
    (b"", "empty"),
    (b" \n\t", "empty"),
    (b"\0" * 50, "no JSON object"),
    (b"hello", "no JSON object"),
    (b"{", "no JSON object"),
    (b"[1, 2", "no JSON object"),
    (b"1 2 x", "no JSON object"),
    (b'"just a string"', "no JSON object"),
    (b"\xff\xfe\x00", "no JSON object"),
    (b"<html><body>nothing</body></html>", "no JSON object"),
    (b"0\n" * 10_002, "no JSON object"),
    (b"[" * 5_000_000, "deeper"),
    (b'{"content":' * 500_000, "deeper"),
    (b"[NaN, " + b"[" * 5_000_000, "deeper"),
    (b"null", "no drawing export"),
    (b"17", "no drawing export"),
    (b"{}", "no drawing export"),
    (b"[]", "no drawing export"),
    (b"[null, null]", "no drawing export"),
    (b'{"a": null}', "no drawing export"),
    (b'{"sources": ["Reuters"]}', "no drawing export"),
    (b'{"sources": 5, "charts": 7, "panes": "x"}', "no drawing export"),
    (b'[{"id": 1, "name": "Ann"}]', "no drawing export"),
    (b'{"content": "{\\"charts\\": [", "data": 1}', "broken JSON, perhaps cut off"),
    (b'{"m": "alerts_created", "p": [{"alert_id": 5, "message": "x"}]}', "alerts"),
    (b"[" + b"0," * 60_000 + b"0]", "no drawing export"),
    (json.dumps([{"data": 1, "at": at} for at in range(3_000)]).encode(), "documents in one another"),
    (json.dumps(json.dumps(json.dumps({"data": {"data": 1}}))).encode(), "no JSON object"),
    (b'{"data":' * 20 + b'{"shapes": []}' + b"}" * 20, "no drawing export"),
]


@pytest.mark.parametrize(("raw", "why"), UNREADABLE, ids=range(len(UNREADABLE)))
def test_what_is_no_export_is_refused_with_one_sentence(raw: bytes, why: str) -> None:
    with pytest.raises(ExportUnreadable, match=why) as refusal:
        read_export(raw)
    assert str(refusal.value).count(".") == 1
    assert "\n" not in str(refusal.value)


def crowd(count: int) -> list[Json]:
    return [{"id": f"s{at}", "name": "ray", "points": []} for at in range(count)]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (crowd(5_001), "5,001 drawings, more than 5,000"),
        (one_pane(*[{"type": "LineToolRay"}] * 5_001), "5,001 drawings, more than 5,000"),
        (
            {"sources": {str(at): {"state": {"type": "LineToolRay", "state": {}}} for at in range(5_001)}},
            "5,001 drawings",
        ),
        ({"sources": [{"source": {"type": "LineToolRay"}}] * 5_001}, "5,001 drawings"),
        ([shape(points=[{}] * 250_001)], "250,001 points, more than 250,000"),
        (layout(*[chart(pane(series()))] * 101), "101 charts, more than 100"),
    ],
)
def test_too_much_is_refused_with_the_number(value: Any, why: str) -> None:
    with pytest.raises(ExportUnreadable, match=why):
        read_export(dumped(value))


def test_the_limits_themselves_are_allowed() -> None:
    assert len(read_export(dumped(crowd(5_000))).drawings) == 5_000
    padded = dumped([shape()])
    assert len(read_export(padded + b" " * (MAX_BYTES - len(padded))).drawings) == 1


def test_a_file_over_eight_mebibytes_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(ExportUnreadable, match="8,388,609 bytes, more than 8,388,608"):
        read_export(b"[" * (MAX_BYTES + 1))


# --- whatever comes ------------------------------------------------------------------------------------------------

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        ["LineToolRay", "MainSeries", "240", "_seriesId", "ray", '={"symbol":"A:B"}', '{"panes": [', "log"]
    )
)
WORDS = st.sampled_from(
    [
        "charts", "panes", "sources", "state", "type", "points", "time_t", "time", "price", "offset", "id", "name",
        "content", "data", "payload", "shapes", "getAllShapes", "getPoints", "symbol", "resolution", "mode", "bars",
        "schema", "source", "groups", "groupId", "lineToolsGroups", "legs", "exported_at", "ownerSource", "0", "cells",
        "rightAxisesState", "rightAxisState", "overlayPriceScales", "symbolInfo", "draw_list", "interval", "text",
    ]
)  # fmt: skip
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=6), max_leaves=40
)


def base_exports() -> list[Any]:
    main = series(
        log=True, formattingDeps={"pricescale": 100, "minmov": 1}, bars={"data": [{"value": [1, 2, 3, 1, 2, 3]}]}
    )
    saved = layout(chart(pane(main, ray(groupId="g")), lineToolsGroups={"groups": [{"id": "g", "name": "long"}]}))
    states = {"sources": {"a": stored(ray("a")), "b": None}, "drawing_groups": {"g": {"id": "g", "name": "x"}}}
    exported = {"schema": [{"type": "time"}, {"plotTitle": "close"}], "data": [{"0": 1, "1": 2}]}
    return [
        saved,
        {
            "status": "ok",
            "data": {"content": json.dumps({"symbol": "A:B", "legs": "[]", "content": json.dumps(saved)})},
        },
        states,
        {"payload": states},
        {"sources": [{"type": "drawing", "source": ray()}]},
        {"symbol": "A:B", "resolution": "5", "shapes": [shape()], "exportData": exported, "exported_at": 5},
    ]


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container of a value with each of its keys."""
    here = list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    return [(value, key) for key, _ in here] + [place for _, inner in here for place in places(inner)]


WRONG: tuple[Any, ...] = (None, [], {}, "x", "", 5, -1.5, True, [None], [[]], {"a": 1}, ["x"], 10**30)


@pytest.mark.parametrize("at", range(len(base_exports())))
def test_any_value_may_be_of_any_type(at: int) -> None:
    export = base_exports()[at]
    for container, key in places(export):
        kept = container[key]
        for wrong in WRONG:
            container[key] = wrong
            read_or_refuse(dumped(export))
        container[key] = kept


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """An export with some of its values replaced, and perhaps some of its bytes."""
    value = json.loads(json.dumps(draw(st.sampled_from(base_exports()))))
    for _ in range(draw(st.integers(1, 4))):
        container, key = draw(st.sampled_from(places(value)))
        if key in (container if isinstance(container, dict) else range(len(container))):
            container[key] = draw(ANYTHING)
    raw = bytearray(json.dumps(value).encode())
    for _ in range(draw(st.integers(0, 2))):
        raw[draw(st.integers(0, len(raw) - 1))] = draw(st.integers(0, 255))
    return bytes(raw)


def read_or_refuse(raw: bytes) -> Export | None:
    try:
        export = read_export(raw)
    except ExportUnreadable:
        return None
    keys = [drawing.key for drawing in export.drawings]
    assert len(set(keys)) == len(keys)
    assert all(0 <= drawing.chart < len(export.charts) for drawing in export.drawings)
    # Whatever was read can be stored, and is what its types say.
    assert msgspec.json.decode(msgspec.json.encode(export), type=Export) == export
    return export


@given(mutated())
def test_a_damaged_export_is_read_or_refused(raw: bytes) -> None:
    read_or_refuse(raw)


@given(ANYTHING)
def test_any_json_is_read_or_refused(value: Any) -> None:
    read_or_refuse(json.dumps(value).encode())


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    read_or_refuse(raw)


@given(
    st.lists(st.sampled_from(["LineToolRay", "Study", "LineToolOrder", "LineToolTrendLine", "x"]), max_size=8),
    st.data(),
)
def test_every_drawing_of_a_layout_is_read_exactly_once(kinds: list[str], data: st.DataObject) -> None:
    ids = [data.draw(st.sampled_from(["a", "b", "c", "0/a", "a#2", "#1"])) for _ in kinds]
    sources = [ray(key, type=kind) for key, kind in zip(ids, kinds, strict=True)]
    half = len(sources) // 2
    export = read_or_refuse(
        dumped(layout(chart(pane(series(), *sources[:half])), chart(pane(series(), *sources[half:]))))
    )
    drawn = [key for key, kind in zip(ids, kinds, strict=True) if kind in {"LineToolRay", "LineToolTrendLine"}]
    assert export is not None
    assert [drawing.id for drawing in export.drawings] == drawn


@given(st.lists(st.sampled_from(["a", "b", "c", "0/a", "#2", ""]), max_size=8))
def test_every_shape_of_a_list_is_read_exactly_once(ids: list[str]) -> None:
    export = read_or_refuse(dumped({"shapes": [shape(key) for key in ids]}))
    assert export is not None
    assert [one.id for one in export.drawings] == [key or f"#{at}" for at, key in enumerate(ids, 1)]
