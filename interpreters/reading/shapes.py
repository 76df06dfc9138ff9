"""Shapes read back through the page's own API (F1): ``getAllShapes``, ``getPoints``, ``getProperties``.

A read-back knows neither symbol nor interval nor axis: they come from the envelope that the exporter put around it.
Times are absolute. An id listed without a read-back of its own still is a drawing, with no points.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpreters.drawing import Drawing
from interpreters.reading.intervals import normal_interval
from interpreters.reading.part import Part, on_one_chart
from interpreters.reading.source import MAIN_SERIES, converted_to, read_points, tool_name, written_text
from interpreters.reading.symbols import plain_symbol
from interpreters.reading.unreadable import refuse_crowd
from interpreters.reading.values import Notes, first, name, number, record, string, whole
from interpreters.tools import NOT_DRAWINGS, is_known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interpreters.reading.context import Context

CONTAINERS = ("shapes", "drawings", "draw_get", "drawGet", "getAllShapes", "draw_list", "drawList", "all_shapes")
POINTS = ("normalizedPoints", "getNormalizedPoints", "points", "getPoints")
PROPERTIES = ("properties", "getProperties", "overrides")
IDS = ("id", "entity_id", "entityId")
NAMES = ("name", "tool", "shape", "type")
DEEPEST = 4
FIRST_TAKEN = "one read-back stood beside several listed shapes; it was taken as that of the first"
NOT_A_SHAPE = "an entry without id, name and points was left out"


def holds_shapes(value: dict[str, Any] | list[Any]) -> bool:
    """Whether it is a read-back, a list or table of them, or an object with one of the known containers."""
    if isinstance(value, list):
        return any(_is_telling(entry) for entry in value)
    if _is_telling(value) or any(isinstance(value.get(key), list | dict) for key in CONTAINERS):
        return True
    entries = [entry for entry in value.values() if entry is not None]
    return bool(entries) and all(_has_points(entry) for entry in entries)


def _is_telling(entry: object) -> bool:
    """Whether nothing but a read-back looks like this."""
    if not isinstance(entry, dict):
        return False
    title = _title(entry)
    known = title is not None and is_known(title)
    return (known and _id(entry) is not None) or (title is not None and _has_points(entry))


def _has_points(entry: object) -> bool:
    points = first(record(entry), *POINTS)
    return isinstance(points, list) and all(isinstance(point, dict | None) for point in points)


def read_shapes(value: object, context: Context, notes: Notes) -> Part:
    """Every shape once: read-backs in the order of the file, then listed ids that have none."""
    found = list(_entries(value, 0, notes))
    full = [entry for entry in found if _is_read(entry)]
    names = {key: title for entry in found if (title := _title(entry)) and (key := _id(entry))}
    seen = {_id(entry) for entry in full}
    listed: dict[str, dict[str, Any]] = {}
    for at, entry in enumerate(found):
        key = _id(entry)
        if not _is_read(entry) and (key is None or key not in seen):
            listed.setdefault(key or f"#{at}", entry)
    refuse_crowd([*full, *listed.values()])
    drawings = [_drawing(entry, names.get(_id(entry) or ""), context, notes) for entry in [*full, *listed.values()]]
    notes.update(f"not a drawing: {drawing.tool}" for drawing in drawings if drawing.tool in NOT_DRAWINGS)
    return on_one_chart("F1", context, (drawing for drawing in drawings if drawing.tool not in NOT_DRAWINGS))


def _entries(value: object, depth: int, notes: Notes) -> Iterator[dict[str, Any]]:
    """The read-backs and list entries in a value, tables keyed by id included."""
    if isinstance(value, list) and depth < DEEPEST:
        for entry in value:
            yield from _entries(entry, depth + 1, notes)
    elif not isinstance(value, dict):
        notes[NOT_A_SHAPE] += 1
    elif any(isinstance(value.get(key), list | dict) for key in CONTAINERS):
        yield from _contained(value, depth, notes)
    elif _id(value) is not None or _title(value) is not None or _is_read(value):
        yield value
    else:
        yield from _tabled(value, notes)


def _tabled(table: dict[str, Any], notes: Notes) -> Iterator[dict[str, Any]]:
    """A table of read-backs by id."""
    for key, entry in table.items():
        if isinstance(entry, dict) and (_is_read(entry) or _title(entry) is not None):
            yield entry if _id(entry) is not None else {**entry, "id": key}
        else:
            notes[NOT_A_SHAPE] += 1


def _contained(value: dict[str, Any], depth: int, notes: Notes) -> Iterator[dict[str, Any]]:
    inside = [entry for key in CONTAINERS for entry in _entries(value.get(key) or [], depth + 1, notes)]
    if "getPoints" in value or "getProperties" in value:
        target = inside[:1] or [{}]
        if len(inside) > 1:
            notes[FIRST_TAKEN] += 1
        yield {**target[0], "getPoints": value.get("getPoints"), "getProperties": value.get("getProperties")}
    yield from inside


def _is_read(entry: dict[str, Any]) -> bool:
    return any(key in entry for key in (*POINTS, *PROPERTIES))


def _id(entry: dict[str, Any]) -> str | None:
    return name(first(entry, *IDS))


def _title(entry: dict[str, Any]) -> str | None:
    """The tool's name: a known one before any other, as some exporters call the drawing itself by ``name``."""
    titles = [title for key in NAMES if (title := string(entry.get(key)))]
    return next((title for title in titles if is_known(title)), titles[0] if titles else None)


def _drawing(entry: dict[str, Any], listed_name: str | None, context: Context, notes: Notes) -> Drawing:
    properties = record(first(entry, *PROPERTIES))
    interval = normal_interval(first(entry, "interval", "resolution") or properties.get("interval"))
    chart, owner = context.chart, first(entry, "ownerSource", "ownerStudyId")
    key = _id(entry) or ""
    return Drawing(
        id=key,
        key=key,
        tool=tool_name(_title(entry) or listed_name),
        symbol=plain_symbol(first(entry, "symbol")) or plain_symbol(properties.get("symbol")) or chart.symbol,
        interval=interval or chart.interval,
        points=read_points({"points": first(entry, *POINTS)}, notes),
        text=written_text(properties) or written_text(entry),
        properties=properties,
        log=chart.log,
        visible=entry.get("visible") is not False and properties.get("visible") is not False,
        locked=True in (entry.get("locked"), entry.get("frozen"), properties.get("frozen")),
        group=string(first(entry, "group", "groupName")),
        link=string(first(entry, "linkKey")),
        on_main=owner == MAIN_SERIES or not isinstance(owner, str),
        converted=converted_to(properties),
        version=whole(entry.get("version")),
        price_offset=number(entry.get("priceOffset")),
        chart=0,
    )
