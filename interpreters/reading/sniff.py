"""Which of the seven formats a value is, and the way down to it through wrappers and nested JSON strings.

The order is that of the facts: clip in text, ``payload.sources`` (F5), ``sources`` of wrapped sources (F6),
``sources`` as a Map (F4), ``charts`` or ``panes`` (F2), ``content`` (F3), shapes read back (F1).
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from msgspec import Struct, structs

from interpreters.reading import clip, dto, layout, page, shapes
from interpreters.reading.context import Context, within
from interpreters.reading.decoding import NotJson, parse
from interpreters.reading.part import Part, beside, over
from interpreters.reading.unreadable import ExportUnreadable
from interpreters.reading.values import Notes, items, record

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

DEEPEST = 10
MOST_VISITS = 2_000
MOST_ENTRIES = 50_000
ESCAPED_QUOTE = "&quot;"  # a clip's JSON pasted as it stands in the attribute
WRAPPERS = (
    "payload", "data", "content", "state", "result", "value", "drawings", "lineToolsState", "line_tools_state",
    "lineTools", "dto", "layout", "chart", "chartObject", "export", "response", "body", "output",
    "text/html", "html", "text",
)  # fmt: skip
TELLING_KEYS = frozenset({*WRAPPERS, *shapes.CONTAINERS, *shapes.POINTS, "sources", "charts", "panes", "0", "1", "2"})
TOO_MANY = f"The file holds more than {MOST_VISITS:,} documents in one another; send one export at a time."
BROKEN_CONTENT = "The layout inside the field content is broken JSON, perhaps cut off; save and export the chart again."
MOST_BURIED = 5_000
BURIED_DEPTH = 6


class Search(Struct):
    """One reading: its notes, and how many values it has looked into."""

    notes: Notes
    visits: int = 0


def read_value(value: object, context: Context, search: Search, depth: int = 0) -> Part | None:
    """The drawings in a JSON value; None where it is none of the formats. Raises ExportUnreadable."""
    search.visits += 1
    if search.visits > MOST_VISITS:
        raise ExportUnreadable(TOO_MANY)
    if depth > DEEPEST:
        return None
    match value:
        case dict():
            return _read_record(value, within(context, value, search.notes), search, depth)
        case list():
            return _read_list(value, context, search, depth)
        case str():
            return read_text(value, context, search, depth)
        case _:
            return None


def read_text(text: str, context: Context, search: Search, depth: int = 0) -> Part | None:
    """The drawings in a text: nested JSON, a clip, a form or a page."""
    if text.lstrip()[:1] in {"{", "[", '"'}:
        try:
            return read_value(parse(text, search.notes), context, search, depth + 1)
        except NotJson:
            pass
    clips = (read_value(value, context, search, depth + 1) for value in page.clips(text))
    found = next((part for part in clips if part), None) or _read_page(text, context, search, depth)
    if found is None and (fields := page.form_fields(text)):
        return read_value(fields, context, search, depth + 1)
    if found is None and ESCAPED_QUOTE in text and depth < DEEPEST:
        return read_text(html.unescape(text), context, search, depth + 1)
    return found


def _read_page(text: str, context: Context, search: Search, depth: int) -> Part | None:
    for value in page.page_values(text):
        part = read_value(value, context, search, depth + 1) or read_buried(value, context, search)
        if part is not None:
            return structs.replace(part, format="F7")
    return None


def _read_record(value: dict[str, Any], context: Context, search: Search, depth: int) -> Part | None:
    direct, used = _direct(value, context, search)
    rest = {key: entry for key, entry in value.items() if key not in used}
    found = {key: part for key in WRAPPERS if (part := _wrapped(rest, key, context, search, depth))}
    parts = [part for part in [direct, *found.values()] if part is not None]
    # A container that was read as saved drawings is not read again as shapes.
    rest = {key: entry for key, entry in rest.items() if key not in found}
    if shapes.holds_shapes(rest):
        parts.append(shapes.read_shapes(rest, context, search.notes))
    if parts:
        return over(sorted(parts, key=_fullness), search.notes)
    return _listed_part(value, context, search, depth)


def _fullness(part: Part) -> int:
    """Layouts first, for they know their charts; read-backs last, for they have lost offset, symbol and interval."""
    return {"F2": 0, "F3": 0, "F7": 0, "F1": 2}.get(part.format, 1)


def _direct(value: dict[str, Any], context: Context, search: Search) -> tuple[Part | None, Collection[str]]:
    """The saved format that an object is by itself, and the keys that this accounts for."""
    payload, notes = record(value.get("payload")), search.notes
    if dto.is_states(payload):
        return structs.replace(dto.read_states(payload, context, notes), format="F5"), {"payload"}
    if clip.is_clip(value):
        return clip.read_clip(value, context, notes), {"sources"}
    if _is_pane(value):
        return layout.read_layout({"panes": [value]}, context, notes), value
    if dto.is_states(value):
        return dto.read_states(value, context, notes), {"sources"}
    if layout.is_layout(value):
        return layout.read_layout(value, context, notes), {"charts", "panes"}
    if dto.is_stated(value):
        return _read_tools([value], context, search), value
    if dto.is_table(value):
        return _read_tools(value, context, search), value
    return None, ()


def _is_pane(value: dict[str, Any]) -> bool:
    return any(record(source).get("type") == layout.MAIN_TYPE for source in items(value.get("sources")))


def _wrapped(value: dict[str, Any], key: str, context: Context, search: Search, depth: int) -> Part | None:
    inner = value.get(key)
    if inner is None or (isinstance(inner, str) and len(inner) < 2):
        return None
    part = read_value(inner, context, search, depth + 1)
    if key != "content":
        return part
    if part is None and isinstance(inner, str) and inner.lstrip().startswith("{"):
        _refuse_broken(inner, search)
    return structs.replace(part, format="F3") if part is not None and part.format == "F2" else part


def _refuse_broken(content: str, search: Search) -> None:
    """A layout cut off by its store is the commonest damage, and worth a sentence of its own."""
    try:
        parse(content, search.notes)
    except NotJson as error:
        raise ExportUnreadable(BROKEN_CONTENT) from error


def _listed_part(value: dict[str, Any], context: Context, search: Search, depth: int) -> Part | None:
    """Charts that hold shapes, tables of documents by number (a Map by sharing mode), a value under a single key."""
    charts = value.get("charts")
    entries = list(charts) if isinstance(charts, list) else []
    if not entries and (len(value) == 1 or all(key.isdecimal() for key in value)):
        entries = [entry for key, entry in value.items() if key not in WRAPPERS]
    return _documents(entries, context, search, depth)


def _read_list(value: list[Any], context: Context, search: Search, depth: int) -> Part | None:
    if len(value) > MOST_ENTRIES:
        return None
    if dto.line_tools(value):
        return _read_tools(value, context, search)
    if shapes.holds_shapes(value):
        return shapes.read_shapes(value, context, search.notes)
    return _documents(value, context, search, depth)


def _read_tools(tools: list[Any] | dict[str, Any], context: Context, search: Search) -> Part:
    part = dto.read_states({"sources": tools}, context, search.notes)
    return structs.replace(part, format=dto.format_of(dto.line_tools(tools)))


def _documents(entries: list[Any], context: Context, search: Search, depth: int) -> Part | None:
    hopeful = (entry for entry in entries if _may_hold_drawings(entry))
    found = [part for entry in hopeful if (part := read_value(entry, context, search, depth + 1))]
    return beside(found) if found else None


def _may_hold_drawings(entry: object) -> bool:
    """A look from outside, which spares reading thousands of bars or of other people's records."""
    if isinstance(entry, dict):
        return len(entry) == 1 or not TELLING_KEYS.isdisjoint(entry)
    if isinstance(entry, list):
        return any(isinstance(inner, dict | list) for inner in entry)
    return isinstance(entry, str) and entry.lstrip()[:1] in {"{", "[", "<"}


def read_buried(value: object, context: Context, search: Search) -> Part | None:
    """Layouts anywhere in a value, as objects or as JSON strings, under keys nobody foresaw."""
    found = [read_value(inner, context, search) for inner in _layouts(value)]
    parts = [part for part in found if part is not None]
    return beside(parts) if parts else None


def _layouts(value: object) -> Iterator[object]:
    level = [value]
    for _ in range(BURIED_DEPTH):
        below: list[object] = []
        for entry in level[:MOST_BURIED]:
            if _is_buried(entry):
                yield entry
            elif isinstance(entry, dict | list):
                below += items(entry)
        level = below


def _is_buried(entry: object) -> bool:
    if isinstance(entry, str):
        return '"panes' in entry.replace("\\", "")
    return isinstance(entry, dict) and layout.is_layout(entry)
