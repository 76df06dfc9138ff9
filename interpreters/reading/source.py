"""One saved line tool, ``{type, id, state, points, …}``, as a Drawing: the shape that F2 to F7 share."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from interpreters.drawing import Drawing, Point
from interpreters.reading.intervals import normal_interval
from interpreters.reading.symbols import plain_symbol
from interpreters.reading.values import Notes, first, items, moment, name, number, record, string, whole
from interpreters.tools import api_name

MAIN_SERIES = "_seriesId"  # the main series of every chart saved since v25; older saves give it a random id
FURTHEST_OFFSET = 10_000_000  # bars; more is damage, not a drawing
STRANGE_INTERVAL = "an interval that TradingView does not know was left out"
WITHOUT_TYPE = "unknown"


class Place(Struct, frozen=True):
    """Where a drawing stands: its chart, what the chart lends it, and its id and group where they lie outside it."""

    chart: int = 0
    symbol: str | None = None
    interval: str | None = None
    log: bool | None = None
    on_main: bool = True
    id: str | None = None
    group: str | None = None
    converted: str | None = None


def read_source(source: dict[str, Any], place: Place, notes: Notes) -> Drawing:
    """The drawing of a saved source; its own symbol and interval come before those of its place."""
    state = record(source.get("state"))
    points = read_points(source, notes)
    key = name(source.get("id")) or place.id or ""
    return Drawing(
        id=key,
        key=key,
        tool=tool_name(source.get("type")),
        symbol=plain_symbol(state.get("symbol")) or place.symbol,
        interval=_interval(state, points, place, notes),
        points=points,
        text=written_text(state),
        properties=state,
        log=place.log,
        visible=state.get("visible") is not False,
        locked=state.get("frozen") is True,
        group=place.group,
        link=string(source.get("linkKey")),
        on_main=place.on_main,
        converted=converted_to(state) or place.converted,
        version=whole(source.get("version")),
        price_offset=number(source.get("priceOffset")),
        chart=place.chart,
    )


def _interval(state: dict[str, Any], points: tuple[Point, ...], place: Place, notes: Notes) -> str | None:
    """Its own interval, else that of its points, else its chart's; an unreadable one is nobody else's."""
    written = state.get("interval")
    if string(written) and normal_interval(written) is None:
        notes[STRANGE_INTERVAL] += 1
        return None
    lent = next((point.interval for point in points if point.interval), place.interval)
    return normal_interval(written) or lent


def tool_name(value: object) -> str:
    """The api name of a type or name."""
    return api_name(value) if isinstance(value, str) and value else WITHOUT_TYPE


def converted_to(state: dict[str, Any]) -> str | None:
    """The currency or unit that the prices were converted to."""
    return name(state.get("currencyId")) or name(state.get("unitId"))


def group_id(*holders: dict[str, Any]) -> str | None:
    """The first group that one of the objects names."""
    return next((found for holder in holders if (found := name(holder.get("groupId")))), None)


def read_points(source: dict[str, Any], notes: Notes) -> tuple[Point, ...]:
    """The anchors of a source; a published chart repeats them as ``indexes``, taken where ``points`` are absent."""
    raw = source.get("points") or source.get("indexes")
    return tuple(read_point(point, notes) for point in raw) if isinstance(raw, list) else ()


def read_point(raw: object, notes: Notes) -> Point:
    """An anchor as ``{time_t, offset, price, interval}`` or ``{time, price}``; what is unusable is None."""
    if not isinstance(raw, dict):
        return Point(None, 0, None, None)
    time, offset = moment(first(raw, "time_t", "time"), notes), _offset(raw.get("offset"))
    if offset is None:  # the bar it is counted from does not tell its place
        time, offset = None, 0
    return Point(time, offset, number(raw.get("price")), normal_interval(raw.get("interval")))


def _offset(value: object) -> int | None:
    if value is None:
        return 0
    offset = whole(value)
    return offset if offset is not None and abs(offset) <= FURTHEST_OFFSET else None


def written_text(state: dict[str, Any]) -> str:
    """What the trader wrote on it: text, a channel's label, a table's cells (rows as lines), else the title."""
    found = string(state.get("text")) or string(state.get("labelText")) or _cells(state.get("cells"))
    return found or string(state.get("title")) or ""


def _cells(value: object) -> str:
    rows = [[cell for cell in items(row) if string(cell)] for row in items(value)] if value else []
    return "\n".join(" ".join(row) for row in rows if row)
