"""A saved TradingView layout of about 65 kB: one chart, two panes, forty-eight drawings of several symbols; seeded.

Most of such a file is style: colours, fonts, switches, and fifteen visibilities for each drawing.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

Json = dict[str, Any]

CHART = "BINANCE:ETHBTC"
OTHERS = ("BINANCE:BTCUSDT", "FX:EURUSD", "FX:USDCHF", "OANDA:XAGUSD", "KRAKEN:ETHUSD", "BITSTAMP:BTCUSD")
DRAWN = {
    "LineToolTrendLine": 15,
    "LineToolRay": 5,
    "LineToolHorzLine": 5,
    "LineToolRectangle": 4,
    "LineToolRiskRewardLong": 8,
    "LineToolRiskRewardShort": 8,
    "LineToolBrush": 3,
}
POINTS = {"LineToolHorzLine": 1, "LineToolRiskRewardLong": 1, "LineToolRiskRewardShort": 1, "LineToolBrush": 6}
TEXTS = ("", "", "", "long break", "short", "watch", "sl", "weekly level")
START, BAR = 1_515_542_400, 14_400
UNITS = {"seconds": 59, "minutes": 59, "hours": 24, "days": 366}
AXIS = "autoScale autoScaleDisabled lockScale percentage percentageDisabled log logDisabled alignLabels isInverted"
SERIES = "candle hollowCandle ha bar hilo line area renko pb kagi pnf baseline range"
SWITCHES = {
    "LineToolTrendLine": "snapTo45Degrees alwaysShowStats showMiddlePoint showPriceRange showBarsRange showDistance "
    "showAngle showDateTimeRange bold italic clonable",
    "LineToolRay": "snapTo45Degrees alwaysShowStats showMiddlePoint showPriceRange showBarsRange showAngle bold italic",
    "LineToolHorzLine": "showPrice showLabel bold italic clonable snapTo45Degrees",
    "LineToolRectangle": "fillBackground showLabel snapTo45Degrees extendLeft bold italic clonable",
    "LineToolRiskRewardLong": "compact drawBorder fillLabelBackground alwaysShowStats showPriceLabels clonable",
    "LineToolRiskRewardShort": "compact drawBorder fillLabelBackground alwaysShowStats showPriceLabels clonable",
    "LineToolBrush": "fillBackground smoothed clonable",
}
TRADE = {"stopLevel": 900, "profitLevel": 2100, "riskSize": 25, "qty": 27.7, "accountSize": 1000, "risk": "25"}


def make_layout(drawings: int | None = None) -> bytes:
    """The layout as TradingView writes it, without white space; ``drawings`` cuts it short."""
    random = Random(11)
    tools = [tool for tool, count in DRAWN.items() for _ in range(count)][:drawings]
    sources = [_series(), *(_drawing(tool, at, random) for at, tool in enumerate(tools))]
    panes = [_pane("_seriesId", sources), _pane("study0", [_study()])]
    chart = {"panes": panes, "timeScale": {"m_barSpacing": 14.7, "m_rightOffset": 25}, **_properties()}
    layout = {"name": "own", "layout": "s", "charts": [chart | {"version": 3, "timezone": "Etc/UTC"}]}
    return json.dumps(layout, separators=(",", ":")).encode()


def _drawing(tool: str, at: int, random: Random) -> Json:
    symbol = CHART if random.random() < 0.4 else random.choice(OTHERS)
    first = random.randrange(400)
    points = [
        {"time_t": START + BAR * (first + 30 * at), "offset": 0, "price": 0.09 + 0.02 * random.random()}
        for at in range(POINTS.get(tool, 2))
    ]
    return {
        "type": tool,
        "id": f"draw{at:02}",
        "state": _state(tool, random) | {"symbol": symbol, "interval": "240", "lastUpdateTime": 1_463_356_275_264},
        "points": points,
        "zorder": -at - 2,
        "linkKey": f"link{at:08}",
        "ownerSource": "_seriesId",
    }


def _state(tool: str, random: Random) -> Json:
    state: Json = {name: _colour(random) for name in ("linecolor", "textcolor", "backgroundColor", "borderColor")}
    state |= {"linewidth": 1, "linestyle": 0, "leftEnd": 0, "rightEnd": 0, "transparency": 80, "statsPosition": 2}
    state |= dict.fromkeys(SWITCHES[tool].split(), False)
    state |= {"extendLeft": False, "extendRight": random.random() < 0.5, "text": random.choice(TEXTS)}
    state |= {"font": "Verdana", "fontsize": 12, "horzLabelsAlign": "center", "vertLabelsAlign": "bottom"}
    if tool.startswith("LineToolRiskReward"):
        state |= TRADE | {name: _colour(random) for name in ("stopBackground", "profitBackground", "stopBorder")}
    visible: Json = {"months": True, "weeks": True, "ranges": True}
    for unit, last in UNITS.items():
        visible |= {unit: True, f"{unit}From": 1, f"{unit}To": last}
    return state | {"intervalsVisibilities": visible, "frozen": False, "fixedSize": True, "visible": True}


def _colour(random: Random) -> str:
    red, green, blue = (random.randrange(256) for _ in range(3))
    return f"rgba( {red}, {green}, {blue}, 1)"


def _series() -> Json:
    random = Random(5)
    parts = "upColor downColor borderColor borderUpColor borderDownColor wickColor wickUpColor wickDownColor".split()
    styles = {f"{name}Style": {part: _colour(random) for part in parts} for name in SERIES.split()}
    shown = dict.fromkeys("showCountdown showInDataWindow visible showPriceLine showSessions".split(), True)
    state = {"style": 1, **shown, **styles, "symbol": CHART, "shortName": "ETHBTC", "interval": "240"}
    axis = dict.fromkeys(AXIS.split(), False)
    return {"type": "MainSeries", "id": "_seriesId", "zorder": 0, "state": state | {"priceAxisProperties": axis}}


def _study() -> Json:
    name = {"description": "Average True Range", "shortDescription": "ATR", "id": "ATR@tv-basicstudies"}
    inputs = [{"id": f"in_{at}", "name": "Length", "type": "integer", "defval": 14, "min": 1} for at in range(4)]
    return {"type": "Study", "id": "study0", "state": {**name, "visible": True}, "metaInfo": {**name, "inputs": inputs}}


def _pane(main: str, sources: list[Json]) -> Json:
    axis = {"id": f"axis{main}", "m_isLog": False, "m_isPercentage": False, "m_isAutoScale": True, "m_height": 551}
    state = [{"state": axis, "sources": [source["id"] for source in sources]}]
    return {"sources": sources, "mainSourceId": main, "leftAxisesState": [], "rightAxisesState": state}


def _properties() -> Json:
    axes = {f"{name}Properties": dict.fromkeys(AXIS.split(), False) for name in ("axis", "leftAxis", "rightAxis")}
    lines = {f"{name}Properties": {"color": "#363c4e", "style": 0} for name in ("grid", "vertGrid", "horzGrid")}
    return {"chartProperties": {"paneProperties": {"background": "#131722", **axes, **lines}, "topMargin": 5}}
