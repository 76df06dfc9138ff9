"""Promises about the drawings of a saved layout (F2)."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from interpreters.drawing import Chart, Drawing, Export, Point
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
    point,
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


def test_a_saved_layout_becomes_one_normal_form() -> None:
    raw = dumped(one_pane(ray()))
    assert read_export(raw) == Export(
        format="F2",
        digest=hashlib.sha256(raw).hexdigest(),
        charts=(CHART,),
        drawings=(read_ray(log=False),),
        bars=None,
        exported_at=None,
        notes=("not a drawing: MainSeries",),
    )


def test_every_drawing_is_there_whatever_it_is() -> None:
    kinds = ["LineToolBrush", "LineToolText", "LineToolTextAbsolute", "LineToolNewcomer", "LineToolRegressionTrend"]
    odd = [ray(f"k{at}", type=kind, points=[]) for at, kind in enumerate(kinds)]
    hidden = ray("hidden", state_visible=False, state_frozen=True)
    read = drawings(one_pane(*odd, hidden))
    assert [drawing.tool for drawing in read] == [
        "brush", "text", "anchored_text", "LineToolNewcomer", "regression_trend", "ray",
    ]  # fmt: skip
    assert [(drawing.points, drawing.visible, drawing.locked) for drawing in read[-2:]] == [
        ((), True, False),
        (read_ray().points, False, True),
    ]


def test_studies_and_trading_objects_are_noted_and_are_no_drawings() -> None:
    others = [{"type": "Study", "id": "s1"}, {"type": "Study", "id": "s2"}, ray(type="LineToolOrder"), None, 7, {}]
    export = read_export(dumped(one_pane(*others)))
    assert export.drawings == ()
    assert export.notes == (
        "not a drawing: MainSeries",
        "not a drawing: Study (2 times)",
        "not a drawing: LineToolOrder",
        "an empty entry (null) among the drawings was left out",
        "not a drawing: entry without a type (2 times)",
    )


def test_what_a_source_says_beside_its_state_is_kept() -> None:
    source = ray(version=2, priceOffset=-3.5, state_currencyId="USD", state_text="buy bounce")
    assert only(one_pane(source)) == read_ray(
        log=False, version=2, price_offset=-3.5, converted="USD", text="buy bounce", properties=source["state"]
    )


def test_a_wrapped_symbol_is_unwrapped_and_an_expression_stays() -> None:
    wrapped = '={"symbol":"NASDAQ:NVDA","adjustment":"splits"}'
    heikin = json.dumps({"symbol": wrapped, "type": "BarSetHeikenAshi@tv-basicstudies-60!", "inputs": {}})
    read = drawings(
        one_pane(
            ray("a", state_symbol=wrapped),
            ray("b", state_symbol=f"={heikin}"),
            ray("c", state_symbol="1/FX:USDJPY*TVC:DXY"),
            ray("d", state_symbol="={broken"),
            ray("e", state_symbol=None),
        )
    )
    assert [drawing.symbol for drawing in read] == [
        "NASDAQ:NVDA", "NASDAQ:NVDA", "1/FX:USDJPY*TVC:DXY", "={broken", SYMBOL,
    ]  # fmt: skip


def test_the_interval_is_its_own_then_its_points_then_its_charts() -> None:
    inherited = ray("b", state_interval=None, points=[point(START, 1, interval="D")])
    export = read_export(
        dumped(one_pane(ray("a"), inherited, ray("c", state_interval=None), ray("d", state_interval="1h30")))
    )
    assert [drawing.interval for drawing in export.drawings] == ["240", "1D", "60", None]
    assert "an interval that TradingView does not know was left out" in export.notes


def test_points_keep_order_offsets_and_gaps() -> None:
    raw = [
        point(START, 5, 13, interval="5"), point(START - 300, None, -440), {"time": START, "price": "1.5"},
        {"time_t": START * 1000, "offset": None, "price": True}, {"offset": 1e300, "time_t": START, "price": 1e-9},
        None,
    ]  # fmt: skip
    export = read_export(dumped(one_pane(ray(points=raw))))
    assert export.drawings[0].points == (
        Point(START, 13, 5.0, "5"),
        Point(START - 300, -440, None, None),
        Point(START, 0, 1.5, None),
        Point(START, 0, None, None),
        Point(None, 0, 1e-9, None),
        Point(None, 0, None, None),
    )
    assert "a time in milliseconds was divided by 1000" in export.notes


@pytest.mark.parametrize("points", [None, {}, "x", 5, []])
def test_points_that_are_no_list_leave_a_drawing_without_points(points: Any) -> None:
    assert only(one_pane(ray(points=points))) == read_ray(log=False, points=())


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ({"text": " long ", "title": "x"}, " long "),
        ({"text": "", "labelText": "channel words"}, "channel words"),
        ({"cells": [["a", "", "b"], ["", None], ["c", 4]]}, "a b\nc"),
        ({"text": "  ", "title": "only a title"}, "only a title"),
        ({"text": 7, "cells": "no"}, ""),
    ],
)
def test_the_text_is_what_the_trader_wrote(state: Json, text: str) -> None:
    assert only(one_pane(ray(state=state))).text == text


def test_a_state_that_is_no_object_leaves_an_empty_one() -> None:
    read = only(one_pane(ray(state="gone")))
    assert read == read_ray(log=False, properties={}, interval="60")


# --- several charts, groups, ids ----------------------------------------------------------------------------------


def test_each_chart_of_a_layout_has_its_own_index_symbol_and_axis() -> None:
    second = series(log=True)
    second["state"] |= {"symbol": "BINANCE:BTCUSDT", "shortName": None, "interval": "D"}
    export = read_export(
        dumped(
            layout(
                chart(pane(series(), ray("a"))),
                chart(pane(second, ray("b"), rightAxisesState=[axis("_seriesId", log=True)])),
            )
        )
    )
    assert export.charts == (CHART, Chart("BINANCE:BTCUSDT", (), "1D", log=True, tick=None))
    assert export.drawings == (read_ray("a", log=False), read_ray("b", log=True, chart=1))


def test_repeated_ids_get_a_key_of_their_own() -> None:
    first, second = chart(pane(series(), ray("a"), ray("a"), ray("b"))), chart(pane(series(), ray("a")))
    read = drawings(layout(first, second))
    assert [(drawing.id, drawing.key) for drawing in read] == [
        ("a", "0/a"), ("a", "0/a#2"), ("b", "b"), ("a", "1/a"),
    ]  # fmt: skip


def test_a_key_never_collides_with_the_id_of_another_drawing() -> None:
    keys = [drawing.key for drawing in drawings(one_pane(ray("a"), ray("0/a"), ray("a"), ray("0/a#2")))]
    assert keys == ["0/a#3", "0/a", "0/a#4", "0/a#2"]


def test_a_drawing_without_an_id_goes_by_its_place_in_the_file() -> None:
    assert [drawing.key for drawing in drawings(one_pane(ray(), ray(id=None), ray(id=12)))] == ["ray001", "#2", "12"]


def test_groups_of_a_layout_name_their_drawings() -> None:
    groups = {"groups": [{"id": "g1", "name": "long setup"}, {"id": "g2", "name": "exits", "lineTools": ["b"]}, None]}
    grouped = chart(pane(series(), ray("a", groupId="g1"), ray("b"), ray("c")), lineToolsGroups=groups)
    assert [drawing.group for drawing in drawings(layout(grouped))] == ["long setup", "exits", None]


def test_copies_with_one_link_key_stay_in_the_list() -> None:
    copies = layout(chart(pane(series(), ray("a", linkKey="L"))), chart(pane(series(), ray("b", linkKey="L"))))
    assert [drawing.link for drawing in drawings(copies)] == ["L", "L"]
