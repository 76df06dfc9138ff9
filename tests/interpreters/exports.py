"""Own exports for the tests: saved layouts (F2), read-back envelopes (F1), bars, and what becomes of them."""

from __future__ import annotations

import json
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from interpreters.freezing import BadDraft, Draft, freeze_draft, read_draft
from interpreters.reading import read_export
from interpreters.report import interpret
from interpreters.surroundings import Context
from interpreters.tools import TOOLS
from spec.bars import make_bars
from spec.canonical import plain
from spec.yaml_form import dump

if TYPE_CHECKING:
    from interpreters.report import Reading
    from spec.bars import Bars
    from spec.strategy import Artifact

Json = dict[str, Any]

FLAGGED = "BINANCE:ETHUSDT"  # its exchange reports every interval
UNFLAGGED = "KRAKEN:ETHUSD"
START = 1_700_006_400  # midnight, Wednesday 2023-11-15
HOUR = 3_600
DAY = 24 * HOUR
TYPE_OF = {api: saved for api, saved, _ in TOOLS}


def at(hours: float, price: float | None, offset: int = 0, **more: Any) -> Json:
    """A saved point, ``hours`` after START."""
    return {"time_t": START + round(hours * HOUR), "offset": offset, "price": price, **more}


def saved(tool: str, *points: Json, key: str = "aaaaaa", text: str = "", **changes: Any) -> Json:
    """A saved source on hours, of its chart's symbol; ``state_…`` arguments go into its state."""
    inner = {name.removeprefix("state_"): value for name, value in changes.items() if name.startswith("state_")}
    outer = {name: value for name, value in changes.items() if not name.startswith("state_")}
    state = {"text": text, "visible": True, "frozen": False, "interval": "60"} | inner
    source = {"type": TYPE_OF.get(tool, tool), "id": key, "state": state, "points": list(points), "zorder": 0}
    return source | {"ownerSource": "_seriesId"} | outer


def line(key: str, text: str = "", prices: tuple[float, float] = (2000.0, 2010.0), **changes: Any) -> Json:
    """A trend line over five bars of an hour, extended to the right."""
    points = at(0, prices[0]), at(5, prices[1])
    return saved("trend_line", *points, key=key, text=text, **({"state_extendRight": True} | changes))


def level(key: str, price: float, text: str = "", **changes: Any) -> Json:
    """A horizontal line."""
    return saved("horizontal_line", at(0, price), key=key, text=text, **changes)


def box(key: str, low: float, high: float, text: str = "", **changes: Any) -> Json:
    """A rectangle over five bars, extended to the right."""
    points = at(0, high), at(5, low)
    return saved("rectangle", *points, key=key, text=text, **({"state_extendRight": True} | changes))


def position(key: str, side: str = "long", entry: float = 2000.0, text: str = "", **changes: Any) -> Json:
    """A position tool with its stop 1,000 ticks and its target 3,000 ticks away."""
    levels = {"state_stopLevel": 1000, "state_profitLevel": 3000}
    return saved(f"{side}_position", at(6, entry), at(9, entry), key=key, text=text, **(levels | changes))


def chart(*drawings: Json, **changes: Any) -> Json:
    """A chart of FLAGGED on hours, linear, tick 0.01; ``symbol``, ``interval``, ``log``, ``pricescale`` change that."""
    known = {"symbol": FLAGGED, "interval": "60", "log": False, "pricescale": 100} | changes
    state = {"symbol": known["symbol"], "interval": known["interval"]}
    if known["log"] is not None:
        state |= {"priceAxisProperties": {"log": known["log"]}}
    ticks = {"pricescale": known["pricescale"], "minmov": 1, "fractional": False}
    main = {"type": "MainSeries", "id": "_seriesId", "state": state, "formattingDeps": ticks}
    return {"panes": [{"sources": [main, *drawings], "mainSourceId": "_seriesId"}]}


def layout(*drawings: Json, **changes: Any) -> bytes:
    """A saved layout of one chart: linear, on hours, its market and tick known, unless changed."""
    return charts(chart(*drawings, **changes))


def charts(*several: Json) -> bytes:
    """A saved layout of these charts."""
    return json.dumps({"name": "own", "layout": "s", "charts": list(several)}).encode()


def read_back(tool: str, *points: tuple[float, float | None], key: str = "aaaaaa", text: str = "", **more: Any) -> Json:
    """A shape read back, its points in hours after START; further arguments are properties."""
    read = [{"time": START + round(hours * HOUR), "price": price} for hours, price in points]
    return {"id": key, "name": tool, "points": read, "properties": {"text": text, "visible": True} | more}


def envelope(*shapes: Json, **around: Any) -> bytes:
    """What an exporter sends: shapes with what it knows of the chart (no axis unless ``priceScaleMode`` is given)."""
    known = {"symbol": FLAGGED, "resolution": "60", "tick": 0.01, "shapes": shapes} | around
    return json.dumps({key: value for key, value in known.items() if value is not None}).encode()


def rows(
    count: int, start: int = START, step: int = HOUR, without: tuple[int, ...] = (), close: float = 2100.0
) -> list[Json]:
    """Bars as an exporter lists them, all alike; those numbered in ``without`` are missing."""
    times = [start + step * number for number in range(count) if number not in without]
    bar = {"open": close, "high": close + 1, "low": close - 1, "close": close, "volume": 1}
    return [{"time": time, **bar} for time in times]


def candles(timeframe: str, count: int, **changes: Any) -> Bars:
    """The same bars as candles."""
    listed = [tuple(float(value) for value in row.values()) for row in rows(count, **changes)]
    return make_bars(timeframe, np.array(listed))


def read(raw: bytes, **context: Any) -> Reading:
    """The reading of an export."""
    return interpret(read_export(raw), Context(**context))


def written(reading: Reading) -> Json:
    """The reading as the JSON that the command line writes."""
    tree: Json = json.loads(json.dumps(plain(reading, sort=False), allow_nan=False))
    return tree


def draft(reading: Reading) -> Draft:
    """The draft as freezing reads it back from its YAML."""
    return read_draft(dump(plain(reading, sort=False)).encode())


def edited(reading: Reading, *steps: Any, to: Any = None, drop: bool = False) -> Draft:
    """The draft after a person put ``to`` at the end of the steps, or dropped what stood there."""
    tree = written(reading)
    inner: Any = reduce(lambda value, step: value[step], steps[:-1], tree)
    if drop:
        del inner[steps[-1]]
    else:
        inner[steps[-1]] = to
    return read_draft(json.dumps(tree).encode())


def freeze(reading: Reading, identity: str | None, answers: dict[str, str] | None = None) -> Artifact:
    """The artifact with these answers."""
    return freeze_draft(draft(reading), identity, answers or {})


def frozen(reading: Reading, identity: str | None, answers: dict[str, str] | None = None) -> Json:
    """The strategy frozen with these answers, as plain data."""
    strategy: Json = plain(freeze(reading, identity, answers).strategy)
    return strategy


def freeze_error(reading: Reading, identity: str | None, **answers: str) -> str:
    """The sentence that refuses to freeze."""
    try:
        freeze_draft(draft(reading), identity, answers)
    except BadDraft as refusal:
        return str(refusal)
    raise AssertionError("it was frozen")


def asked(reading: Reading) -> dict[str, list[str]]:
    """The ids of each question's choices."""
    return {question.id: [choice.id for choice in question.choices] for question in reading.questions}


def first_answers(reading: Reading) -> dict[str, str]:
    """Every question answered by its first choice."""
    return {question.id: question.choices[0].id for question in reading.questions}
