"""Promises about shapes read back from a page (F1) and the envelope around them."""

from __future__ import annotations

from typing import Any

import pytest

from interpreters.drawing import Chart, Drawing, Export, ExportBars, Point
from interpreters.reading import read_export
from tests.interpreters.tradingview import (
    NOTHING_KNOWN,
    START,
    SYMBOL,
    Json,
    dumped,
    one_pane,
    ray,
    read_shape,
    shape,
    stored,
)

STUB: dict[str, Any] = {"points": (), "text": "", "properties": {}}


def read(value: Any) -> Export:
    return read_export(dumped(value))


def drawings(value: Any) -> tuple[Drawing, ...]:
    return read(value).drawings


def test_a_plain_list_of_shapes_is_an_export_without_a_chart() -> None:
    export = read([shape()])
    assert (export.format, export.charts, export.bars) == ("F1", (NOTHING_KNOWN,), None)
    assert export.drawings == (read_shape(),)


@pytest.mark.parametrize(
    "value",
    [
        {"shapes": [shape()]},
        {"drawings": [shape()]},
        {"shapes": {"shape1": {key: value for key, value in shape().items() if key != "id"}}},
        {"shape1": {key: value for key, value in shape().items() if key != "id"}},
        {"getAllShapes": [{"id": "shape1", "name": "trend_line"}], "shapes": {"shape1": shape(id=None, name=None)}},
        {"draw_get": shape(id=None, entity_id="shape1")},
        {"draw_get": [shape(id=None, entity_id="shape1")], "draw_list": [{"shapes": [{"id": "shape1"}], "count": 1}]},
        {"success": True, "data": {"shapes": [shape()]}},
        {"ok": {"result": [shape()]}},
        {"content": [{"type": "text", "text": dumped({"shapes": [shape()]}).decode()}]},
        shape(),
        shape(name=None, tool="trend_line"),
        shape(name="LineToolTrendLine"),
        shape(name="my line", tool="trend_line"),
    ],
)
def test_every_way_of_listing_a_shape_reads_the_same(value: Any) -> None:
    assert drawings(value) == (read_shape(),)


def test_get_points_and_get_properties_are_points_and_properties() -> None:
    plain = shape()
    dump = {
        "getAllShapes": [{"id": "shape1", "name": "trend_line"}],
        "getPoints": plain["points"],
        "getProperties": plain["properties"],
    }
    assert drawings(dump) == (read_shape(),)
    nameless = {"getPoints": plain["points"], "getProperties": plain["properties"], "getAllShapes": []}
    assert drawings(nameless) == (read_shape(id="#1", key="#1", tool="unknown"),)


def test_one_read_back_beside_several_shapes_is_taken_for_the_first_and_said_so() -> None:
    plain = shape()
    listed = [{"id": "shape1", "name": "trend_line"}, {"id": "shape2", "name": "ray"}]
    export = read({"getAllShapes": listed, "getPoints": plain["points"], "getProperties": plain["properties"]})
    assert export.drawings == (read_shape(), read_shape("shape2", tool="ray", **STUB))
    assert any("that of the first" in note for note in export.notes)


def test_a_listed_shape_without_a_read_back_is_a_drawing_without_points() -> None:
    listed = [{"id": "shape1", "name": "trend_line"}, {"id": "lost", "name": "fib_retracement"}, {"name": "ray"}]
    read_back = {"shape1": shape(id=None, name=None)}
    assert drawings({"getAllShapes": [*listed, *listed], "shapes": read_back}) == (
        read_shape(),
        read_shape("lost", tool="fib_retracement", **STUB),
        read_shape("#3", tool="ray", **STUB),
        read_shape("#4", tool="ray", **STUB),
    )


def test_flags_of_the_entry_and_of_its_properties_both_count() -> None:
    entries = [
        shape("a", visible=False), shape("b", properties={"visible": False}), shape("c", locked=True),
        shape("d", properties={"frozen": True}), shape("e", ownerStudyId="rsi001"), shape("f", ownerSource="_seriesId"),
    ]  # fmt: skip
    flags = [(one.visible, one.locked, one.on_main) for one in drawings(entries)]
    assert flags == [
        (False, False, True), (False, False, True), (True, True, True),
        (True, True, True), (True, False, False), (True, False, True),
    ]  # fmt: skip


def test_a_half_drawn_tool_keeps_the_points_it_has() -> None:
    half = shape(points=[{"time": START, "price": None}, None, {"time": "2023-11-15T00:00:00Z", "price": "2.5"}])
    (drawing,) = drawings([half])
    assert drawing.points == (
        Point(START, 0, None, None),
        Point(None, 0, None, None),
        Point(1_700_006_400, 0, 2.5, None),
    )


def test_normalized_points_are_preferred_for_they_keep_the_offset() -> None:
    entry = shape(normalizedPoints=[{"time_t": START, "offset": 7, "price": 3}])
    assert drawings([entry])[0].points == (Point(START, 7, 3.0, None),)


def test_repeated_ids_stay_and_get_keys() -> None:
    assert [one.key for one in drawings([shape(), shape()])] == ["0/shape1", "0/shape1#2"]


def test_trading_lines_and_what_is_no_shape_are_noted() -> None:
    export = read([shape(), None, 5, shape("o", "LineToolOrder"), {"a": 1}])
    assert export.drawings == (read_shape(),)
    assert set(export.notes) == {
        "not a drawing: LineToolOrder",
        "an entry without id, name and points was left out (3 times)",
    }


# --- the envelope -------------------------------------------------------------------------------------------------


def envelope(**changes: Any) -> Json:
    return {"symbol": SYMBOL, "resolution": "240", "shapes": [shape()]} | changes


def test_an_envelope_lends_symbol_interval_and_axis_to_its_shapes() -> None:
    export = read(envelope(mode="log", pricescale=100, minmov=1, timezone="Etc/UTC", exported_at=START))
    chart = Chart(SYMBOL, (), "240", log=True, tick=0.01)
    assert (export.charts, export.exported_at) == ((chart,), START)
    assert export.drawings == (read_shape(symbol=SYMBOL, interval="240", log=True),)


@pytest.mark.parametrize(
    ("says", "log"),
    [
        ({"log": True}, True), ({"log": False, "mode": 1}, False), ({"mode": 1}, True), ({"mode": 0}, False),
        ({"priceScaleMode": "normal"}, False), ({"priceScaleMode": "Logarithmic"}, True), ({"mode": 2}, False),
        ({"mode": 3}, False), ({"mode": "percentage"}, False), ({"priceScale": {"mode": 1}}, True),
        ({"mode": "1"}, True), ({"mode": 7}, None), ({"mode": "sideways"}, None), ({"mode": True}, None),
        ({"scale": "log"}, True), ({"axis": {"mode": "log"}}, True), ({"scale": 1}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_the_axis_is_given_as_a_flag_a_name_or_a_mode(says: Json, log: bool | None) -> None:
    assert read(envelope(**says)).charts[0].log is log


@pytest.mark.parametrize(
    ("says", "tick"),
    [
        ({"tick": 0.5}, 0.5), ({"tick": "0.5"}, 0.5), ({"pricescale": 8, "minmov": 2}, 0.25), ({"tick": 0}, None),
        ({"pricescale": 32, "fractional": True}, None), ({"symbolExt": {"pricescale": 1000}}, 0.001), ({}, None),
    ],
)  # fmt: skip
def test_the_tick_comes_from_the_envelope(says: Json, tick: float | None) -> None:
    assert read(envelope(**says)).charts[0].tick == tick


def test_symbol_info_names_the_symbol_in_full() -> None:
    info = {"symbol": "AAPL", "full_name": "NASDAQ:AAPL", "exchange": "NASDAQ", "name": "AAPL", "pricescale": 100}
    for given in ({"symbol": info}, {"symbol": None, "symbolInfo": info}):
        assert read(envelope(**given)).charts == (Chart("NASDAQ:AAPL", ("AAPL",), "240", log=None, tick=0.01),)


def test_a_chart_state_beside_the_shapes_is_the_envelope() -> None:
    state = {"symbol": SYMBOL, "resolution": "15"}
    for given in (state, [state], [state, state], [state, None]):
        export = read({"draw_get": [shape()], "chart_state": given})
        assert export.charts == (Chart(SYMBOL, (), "15"),)
        assert export.drawings == (read_shape(symbol=SYMBOL, interval="15"),)


def test_chart_states_that_disagree_are_not_taken() -> None:
    export = read({"draw_get": [shape()], "chart_state": [{"symbol": "A:B"}, {"symbol": "C:D"}]})
    assert export.charts == (NOTHING_KNOWN,)
    assert export.notes == ("several chart states disagree, so none of them was taken",)


def test_a_shape_that_names_its_own_symbol_keeps_it() -> None:
    own = shape(symbol="A:B", interval="D", group="long")
    (drawing,) = drawings(envelope(shapes=[own]))
    assert (drawing.symbol, drawing.interval, drawing.group) == ("A:B", "1D", "long")


def test_several_charts_of_shapes_keep_their_own_symbols() -> None:
    charts = [envelope(), envelope(symbol="A:B", shapes=[shape("other")])]
    for value in ({"charts": charts, "exported_at": START}, charts):
        export = read(value)
        assert export.charts == (Chart(SYMBOL, (), "240"), Chart("A:B", (), "240"))
        assert [(one.key, one.symbol, one.chart) for one in export.drawings] == [
            ("shape1", SYMBOL, 0),
            ("other", "A:B", 1),
        ]


def test_an_unusable_time_of_export_is_noted() -> None:
    export = read(envelope(exported_at="yesterday"))
    assert (export.exported_at, export.notes) == (None, ("the time of export is no time and was left out",))


def test_an_export_of_an_empty_chart_is_an_export() -> None:
    export = read(envelope(shapes=[]))
    assert (export.format, export.drawings, export.charts) == ("F1", (), (Chart(SYMBOL, (), "240"),))


# --- saved drawings and read-backs in one file --------------------------------------------------------------------


def test_saved_drawings_win_over_read_backs_and_no_drawing_is_lost() -> None:
    states = {"sources": {"ray001": stored(ray())}, "groups": {}}
    export = read(envelope(log=True, lineToolsState=states, shapes=[shape("ray001", "ray"), shape("only")]))
    assert (export.format, [(one.key, one.log) for one in export.drawings]) == (
        "F4",
        [("ray001", True), ("only", True)],
    )
    assert export.notes == ("a drawing that the file holds in two forms was taken from the fuller one",)


def test_a_layout_lends_its_axis_to_the_drawings_stored_apart() -> None:
    export = read({"drawings": {"sources": {"x": stored(ray("x"))}}, "layout": one_pane(ray("a"))})
    assert (export.format, [(one.key, one.log) for one in export.drawings]) == ("F2", [("a", False), ("x", False)])


def test_read_backs_printed_one_after_another_are_one_export() -> None:
    text = dumped(shape("a")) + b"\n" + dumped(shape("b")) + b"\n\n"
    export = read_export(text)
    assert export.drawings == (read_shape("a"), read_shape("b"))
    assert export.notes == ("several JSON documents one after another were read as a list",)


def test_the_bars_of_the_envelope_come_along() -> None:
    export = read(envelope(bars=[[START, 1, 2, 0.5, 1.5, 10]]))
    assert export.bars == ExportBars((START,), (1.0,), (2.0,), (0.5,), (1.5,), (10.0,), "240")
