"""Promises about the charts of a layout: axis, owner, tick, and the wrappers of a storage (F3)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from interpreters.drawing import Chart, Drawing, ExportBars
from interpreters.reading import read_export
from tests.interpreters.tradingview import (
    START,
    SYMBOL,
    Json,
    axis,
    chart,
    dumped,
    layout,
    one_pane,
    pane,
    ray,
    read_ray,
    series,
)

CHART = Chart(SYMBOL, ("ETHUSDT",), "60", log=False, tick=None)


def drawings(value: Any) -> tuple[Drawing, ...]:
    return read_export(dumped(value)).drawings


def only(value: Any) -> Drawing:
    (drawing,) = drawings(value)
    return drawing


# --- which axis ---------------------------------------------------------------------------------------------------


def log_of(*panes: Json) -> bool | None:
    return read_export(dumped(layout(chart(*panes)))).charts[0].log


def test_the_axis_that_carries_the_main_series_says_whether_it_is_logarithmic() -> None:
    axes = [axis("other", log=False), axis("x", "_seriesId", log=True)]
    assert log_of(pane(series(log=True), ray(), rightAxisesState=axes)) is True
    assert log_of(pane(series(), ray(), rightAxisesState=[], leftAxisesState=axes)) is True


def test_the_old_spelling_of_an_axis_is_understood() -> None:
    old = {"rightAxisState": {"m_isLog": True}, "rightAxisSources": ["OABTS0", "ray001"], "mainSourceId": "OABTS0"}
    source = ray(ownerSource="OABTS0")
    read = read_export(dumped(layout(chart({"sources": [series("OABTS0", log=None), source], **old}))))
    assert read.charts[0].log is True
    assert read.drawings == (read_ray(log=True),)


def test_a_series_on_a_scale_of_its_own_is_found() -> None:
    scales = {"_seriesId": {"m_isLog": True}}
    assert log_of(pane(series(), ray(), rightAxisesState=[], overlayPriceScales=scales)) is True


def test_where_axis_and_properties_disagree_the_axis_holds_and_it_is_noted() -> None:
    export = read_export(dumped(layout(chart(pane(series(log=True), ray())))))
    assert export.charts[0].log is False
    assert any("the axis state was taken" in note for note in export.notes)


def test_without_an_axis_state_the_properties_of_the_series_are_asked() -> None:
    bare = {"rightAxisesState": [axis("_seriesId", log=None)]}
    assert log_of(pane(series(log=True), ray(), **bare)) is True
    assert log_of(pane(series(log=None), ray(), **bare)) is None


def test_an_axis_is_found_even_where_the_series_was_cut_out() -> None:
    assert log_of(pane(ray(), rightAxisesState=[axis("_seriesId", log=True)])) is True


def test_drawings_of_other_symbols_take_the_charts_axis() -> None:
    logarithmic = pane(series(log=True), ray(state_symbol="X:Y"), rightAxisesState=[axis("_seriesId", log=True)])
    assert only(layout(chart(logarithmic))).log is True


# --- whose drawing ------------------------------------------------------------------------------------------------


def test_drawings_of_studies_are_told_apart_by_their_owner() -> None:
    main = pane(series("main01"), {"type": "Study", "id": "ma0001"}, mainSourceId="main01")
    owners = ["main01", "_seriesId", "ma0001", "gone00", None, ["odd"]]
    main["sources"] += [ray(f"m{at}", ownerSource=owner) for at, owner in enumerate(owners)]
    lower = pane({"type": "Study", "id": "rsi001"}, ray("s0", ownerSource="rsi001"), mainSourceId="rsi001")
    lower["sources"].append(ray("s1", ownerSource=None))
    read = drawings(layout(chart(main, lower)))
    assert [drawing.on_main for drawing in read] == [True, True, False, False, True, True, False, False]


def test_without_a_main_series_the_first_panes_main_source_stands_for_it() -> None:
    first = pane(ray("a", ownerSource="x"), mainSourceId="x")
    second = pane(ray("b", ownerSource="y"), mainSourceId="y")
    assert [drawing.on_main for drawing in drawings(layout(chart(first, second)))] == [True, False]


# --- tick ---------------------------------------------------------------------------------------------------------


def tick_of(**changes: Any) -> float | None:
    return read_export(dumped(layout(chart(pane(series(**changes), ray()))))).charts[0].tick


@pytest.mark.parametrize(
    ("deps", "tick"),
    [
        ({"pricescale": 100, "minmov": 1, "fractional": False, "minmove2": 0, "variable_tick_size": ""}, 0.01),
        ({"pricescale": 100, "minmov": 25}, 0.25),
        ({"pricescale": 32, "minmov": 1, "fractional": True}, None),
        ({"pricescale": 100, "minmov": 1, "variable_tick_size": "0.01 10 0.02 25 0.05"}, None),
        ({"pricescale": 0}, None),
        ({"pricescale": "no"}, None),
        ({}, None),
    ],
)
def test_the_tick_is_minmov_over_pricescale(deps: Json, tick: float | None) -> None:
    assert tick_of(formattingDeps=deps) == tick


def test_symbol_info_is_trusted_before_the_precision_the_trader_chose() -> None:
    info = {"name": "ETHUSDT", "exchange": "BINANCE", "pricescale": 100, "minmov": 1, "full_name": SYMBOL}
    export = read_export(
        dumped(layout(chart(pane(series(symbolInfo=info, formattingDeps={"pricescale": 1, "minmov": 1}), ray()))))
    )
    assert export.charts == (Chart(SYMBOL, ("ETHUSDT",), "60", log=False, tick=0.01),)


# --- F3 -----------------------------------------------------------------------------------------------------------


def storage_answer(**changes: Any) -> Json:
    saved = {
        "publish_request_id": "x", "name": "own", "resolution": "D", "exchange": "NasdaqNM", "symbol": "AAPL",
        "short_name": "AAPL", "legs": '[{"symbol":"AAPL","pro_symbol":"NASDAQ:AAPL"}]',
        "content": json.dumps(apple_layout()),
    }  # fmt: skip
    saved |= changes
    return {"status": "ok", "data": {"id": 5, "name": "own", "timestamp": 1.5e9, "content": json.dumps(saved)}}


def apple_layout() -> Json:
    main = series()
    main["state"] |= {"symbol": "AAPL", "shortName": "AAPL", "interval": "D"}
    return layout(chart(pane(main, ray(state_symbol="NasdaqNM:AAPL", state_interval="D"))))


def test_a_layout_in_two_json_strings_is_found_with_the_names_of_its_symbol() -> None:
    export = read_export(dumped(storage_answer()))
    assert (export.format, export.exported_at) == ("F3", None)
    assert export.charts == (Chart("AAPL", ("NASDAQ:AAPL", "NasdaqNM:AAPL"), "1D", log=False, tick=None),)
    assert [(drawing.symbol, drawing.interval) for drawing in export.drawings] == [("NasdaqNM:AAPL", "1D")]


def test_content_may_be_one_string_or_an_object() -> None:
    once = {"status": "ok", "data": {"symbol": "AAPL", "resolution": "D", "content": json.dumps(apple_layout())}}
    plain = {"data": {"content": apple_layout()}}
    assert [read_export(dumped(value)).format for value in (once, plain)] == ["F3", "F3"]


def test_a_wrapper_about_another_symbol_lends_nothing() -> None:
    export = read_export(dumped(storage_answer(symbol="MSFT", short_name="MSFT", legs="[broken")))
    assert export.charts == (Chart("AAPL", (), "1D", log=False, tick=None),)


def test_a_layout_cut_off_inside_content_is_refused_by_name() -> None:
    cut = {"status": "ok", "data": {"content": json.dumps(apple_layout())[:-40]}}
    with pytest.raises(ValueError, match="field content is broken JSON"):
        read_export(dumped(cut))


def test_a_single_pane_or_source_or_chart_is_enough() -> None:
    for value in (pane(series(), ray()), ray(), [ray()], chart(pane(series(), ray()))):
        export = read_export(dumped(value))
        assert (export.format, len(export.drawings)) == ("F2", 1)


def test_layouts_under_keys_nobody_foresaw_are_found() -> None:
    kept = {"user": 7, "charts_by_symbol": {"#TV-ETH": json.dumps(one_pane(ray("a"))), "#TV-BTC": one_pane(ray("b"))}}
    read = drawings(kept)
    assert sorted((drawing.key, drawing.chart) for drawing in read) == [("a", 0), ("b", 1)]


def test_the_bars_of_the_series_come_along() -> None:
    rows = [{"index": at, "value": [START + 60 * at, 1, 3, 0.5, 2, 9]} for at in range(2)]
    export = read_export(dumped(layout(chart(pane(series(bars={"start": 0, "end": 1, "data": rows}), ray())))))
    times = (START, START + 60)
    assert export.bars == ExportBars(times, (1.0, 1.0), (3.0, 3.0), (0.5, 0.5), (2.0, 2.0), (9.0, 9.0), "60")
