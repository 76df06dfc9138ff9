"""Exports drawn for the tests, in the shapes that TradingView and its exporters write."""

from __future__ import annotations

import json
from typing import Any

from interpreters.drawing import Chart, Drawing, Point

Json = dict[str, Any]

SYMBOL = "BINANCE:ETHUSDT"
START = 1_700_006_400  # a bar of every interval up to four hours


def point(time: int, price: float | None, offset: int = 0, **more: Any) -> Json:
    return {"time_t": time, "offset": offset, "price": price, **more}


def ray(key: str = "ray001", **changes: Any) -> Json:
    """A saved source: a ray on four-hour bars; ``state`` is changed by ``state_…`` arguments."""
    state = {
        "linecolor": "#2962FF", "extendLeft": False, "extendRight": True, "text": "", "title": "", "visible": True,
        "frozen": False, "symbol": SYMBOL, "interval": "240", "currencyId": None, "unitId": None,
    }  # fmt: skip
    state |= {name.removeprefix("state_"): value for name, value in changes.items() if name.startswith("state_")}
    source = {
        "type": "LineToolRay", "id": key, "state": state,
        "points": [point(START, 2000.5), point(START + 28_800, 2100.25)],
        "zorder": -5000, "ownerSource": "_seriesId", "linkKey": f"link{key}",
    }  # fmt: skip
    return source | {name: value for name, value in changes.items() if not name.startswith("state_")}


def read_ray(key: str = "ray001", **changes: Any) -> Drawing:
    """What ``ray`` reads as on a chart without a word about its axis."""
    whole = {
        "id": key, "key": key, "tool": "ray", "symbol": SYMBOL, "interval": "240",
        "points": (Point(START, 0, 2000.5, None), Point(START + 28_800, 0, 2100.25, None)),
        "text": "", "properties": ray(key)["state"], "log": None, "visible": True, "locked": False, "group": None,
        "link": f"link{key}", "on_main": True, "converted": None, "version": None, "price_offset": None, "chart": 0,
    }  # fmt: skip
    return Drawing(**(whole | changes))


def series(key: str = "_seriesId", *, log: bool | None = False, **changes: Any) -> Json:
    axis = {} if log is None else {"priceAxisProperties": {"log": log, "percentage": False}}
    state = {"symbol": SYMBOL, "shortName": "ETHUSDT", "interval": "60", "style": 1, **axis}
    return {"type": "MainSeries", "id": key, "zorder": 0, "state": state} | changes


def axis(*sources: str, log: object = False) -> Json:
    return {"state": {"id": "axis", "m_isLog": log, "m_isPercentage": False}, "sources": list(sources)}


def pane(*sources: Any, **changes: Any) -> Json:
    whole = {"sources": list(sources), "mainSourceId": "_seriesId", "leftAxisesState": [], "overlayPriceScales": {}}
    return {**whole, "rightAxisesState": [axis("_seriesId")]} | changes


def chart(*panes: Json, **changes: Any) -> Json:
    return {"panes": list(panes), "timezone": "Etc/UTC", "version": 3, "chartId": "1"} | changes


def layout(*charts: Json) -> Json:
    return {"name": "own", "layout": "s", "charts": list(charts)}


def one_pane(*drawings: Any) -> Json:
    """A layout of one chart, linear, with these drawings."""
    return layout(chart(pane(series(), *drawings)))


def stored(source: Json, **changes: Any) -> Json:
    """The line tool state that wraps a source in separate storage."""
    return {"id": source["id"], "symbol": SYMBOL, "ownerSource": "_seriesId", "state": source} | changes


def shape(key: str | None = "shape1", name: str | None = "trend_line", **changes: Any) -> Json:
    """A shape read back, as an exporter lists it."""
    points = [{"time": START, "price": 2000.5}, {"time": START + 3600, "price": 2010}]
    return {"id": key, "name": name, "points": points, "properties": {"text": "long break", "visible": True}} | changes


def read_shape(key: str = "shape1", **changes: Any) -> Drawing:
    """What ``shape`` reads as without an envelope."""
    whole = {
        "id": key, "key": key, "tool": "trend_line", "symbol": None, "interval": None,
        "points": (Point(START, 0, 2000.5, None), Point(START + 3600, 0, 2010.0, None)),
        "text": "long break", "properties": {"text": "long break", "visible": True}, "log": None, "visible": True,
        "locked": False, "group": None, "link": None, "on_main": True, "converted": None, "version": None,
        "price_offset": None, "chart": 0,
    }  # fmt: skip
    return Drawing(**(whole | changes))


NOTHING_KNOWN = Chart()


def dumped(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
