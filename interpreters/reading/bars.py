"""The bars that an export carries: ``exportData()``, plain rows, columns, or the bars of a published chart."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from interpreters.drawing import ExportBars
from interpreters.reading.values import Notes, first, items, moment, number

NO_BARS = "the bars could not be read and were left out"
INCOMPLETE = "a bar without a time or a close was left out"
REPEATED = "the bars were left out because two of them have the same time"
NO_VOLUME = "the bars carry no volume; 0 stands in its place"
CLOSE_ONLY = "the bars lack an open, high or low; the close stands in its place"
NAMES = ("time", "open", "high", "low", "close", "volume")
SPELLINGS = (
    ("time", "t", "time_t", "timestamp", "date"),
    ("open", "o"),
    ("high", "h"),
    ("low", "l"),
    ("close", "c"),
    ("volume", "v"),
)
Row = tuple[int, float, float, float, float, float]


def read_bars(value: object, interval: str | None, notes: Notes) -> ExportBars | None:
    """The bars in time order; None where there are none, or where two share a time."""
    rows = [row for raw in _raw_rows(value) if (row := _row(raw, notes)) is not None]
    rows.sort(key=lambda row: row[0])
    if not rows:
        notes[NO_BARS] += bool(value)
        return None
    if any(one[0] == two[0] for one, two in pairwise(rows)):
        notes[REPEATED] += 1
        return None
    time, opens, high, low, close, volume = zip(*rows, strict=True)
    return ExportBars(time, opens, high, low, close, volume, interval)


def _raw_rows(value: object) -> list[list[Any]]:
    """Rows of time, open, high, low, close, volume, each still as the file wrote it."""
    if isinstance(value, list):
        return [_raw_row(row) for row in value]
    if not isinstance(value, dict):
        return []
    if isinstance(value.get("schema"), list):
        return _described_rows(value["schema"], value.get("data"))
    nested = first(value, "data", "bars", "rows")
    return _raw_rows(nested) if isinstance(nested, list) else _columns(value)


def _raw_row(row: object) -> list[Any]:
    """A row as a list, as an object of names, or as ``{index, value: [...]}`` of a published chart."""
    if isinstance(row, dict):
        value = row.get("value")
        return value if isinstance(value, list) else [first(row, *names) for names in SPELLINGS]
    return row if isinstance(row, list) else []


def _columns(value: dict[str, Any]) -> list[list[Any]]:
    columns = [first(value, *names) for names in SPELLINGS]
    times = columns[0]
    if not isinstance(times, list):
        return []
    lists = [column if isinstance(column, list) else [] for column in columns]
    return [[column[at] if at < len(column) else None for column in lists] for at in range(len(times))]


def _described_rows(schema: list[Any], data: object) -> list[list[Any]]:
    """``exportData()``: one descriptor a column; a Float64Array turns into ``{"0": …, "1": …}`` in JSON."""
    places: dict[str, int] = {}
    for at, descriptor in enumerate(schema):
        meaning = _meaning(descriptor)
        if meaning is not None:
            places.setdefault(meaning, at)
    order = [places.get(name) for name in NAMES]
    rows = [items(row) for row in items(data)]
    return [[row[at] if at is not None and at < len(row) else None for at in order] for row in rows]


def _meaning(descriptor: object) -> str | None:
    """Which column a descriptor stands for; a study's plots are not the series, except its volume."""
    if not isinstance(descriptor, dict):
        return descriptor.lower() if isinstance(descriptor, str) else None
    if descriptor.get("type") == "time":
        return "time"
    title = descriptor.get("plotTitle")
    meaning = title.lower() if isinstance(title, str) else None
    return meaning if meaning == "volume" or descriptor.get("sourceType") != "study" else None


def _row(raw: list[Any], notes: Notes) -> Row | None:
    padded = [*raw[:6], *[None] * (6 - len(raw))]
    time = moment(padded[0], notes)
    prices, volume = [number(value) for value in padded[1:5]], number(padded[5])
    close = prices[3]
    if time is None or close is None:
        notes[INCOMPLETE] += 1
        return None
    if None in prices:
        notes[CLOSE_ONLY] += 1
    if volume is None:
        notes[NO_VOLUME] += 1
    opens, high, low = (close if price is None else price for price in prices[:3])
    return time, opens, high, low, close, volume or 0.0
