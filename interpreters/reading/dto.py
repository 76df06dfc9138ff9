"""Separately stored drawings (F4) and the answer of the charts storage (F5): line tool states keyed by id.

``{sources: {id: {id, symbol, ownerSource, groupId, state: {type, id, state, points}}}, drawing_groups}``. It is a
delta: null means deleted. The Maps of the page arrive as objects, as pairs or as values; some exporters spread the
inner source over the outer object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpreters.reading.groups import group_names, group_of
from interpreters.reading.members import members
from interpreters.reading.part import Part, on_one_chart
from interpreters.reading.source import MAIN_SERIES, Place, converted_to, read_source
from interpreters.reading.symbols import plain_symbol
from interpreters.reading.unreadable import refuse_crowd
from interpreters.reading.values import Notes, name, record
from interpreters.tools import is_drawing

if TYPE_CHECKING:
    from interpreters.reading.context import Context

DELETED = "a deleted drawing (null) was left out"
EMPTY = "sources is an empty object, which is also what a Map becomes if it is written to JSON as it is"
NO_STATE = "an entry without a drawing in it was left out"


def is_line_tool(item: object) -> bool:
    """Whether it is a line tool state with its source inside (``state.type``) or spread over it (``type``)."""
    return is_drawing(source_of(item).get("type"))


def is_nested(item: object) -> bool:
    """Whether the source lies inside, as the page itself writes it."""
    return is_line_tool(item) and source_of(item) is not item


def is_stated(item: object) -> bool:
    """Whether it surely is a saved line tool: a read-back (F1) may have a type and points too, but never a state."""
    return is_line_tool(item) and "state" in record(item)


def is_states(holder: dict[str, Any]) -> bool:
    """Whether its ``sources`` are empty, as of a chart without drawings, or hold something that was saved."""
    sources = holder.get("sources", False)
    if sources is not None and not isinstance(sources, list | dict):
        return False
    return not sources or any(item is None or name(source_of(item).get("type")) for _, item in members(sources))


def line_tools(value: object) -> list[Any]:
    """The saved line tools of a list, of a list of pairs, or of a table by id; empty if it is none of them."""
    found = [item for _, item in members(value) if item is not None]
    return found if any(is_stated(item) for item in found) else []


def is_table(value: dict[str, Any]) -> bool:
    """Whether it is nothing but line tools by id, some perhaps deleted (null)."""
    found = [item for item in value.values() if item is not None]
    return bool(found) and all(is_stated(item) for item in found)


def format_of(tools: list[Any]) -> str:
    """F4 or F5 where a list holds states of the page or of the storage, F2 where it holds sources of a layout."""
    if any("serverUpdateTime" in record(item) for item in tools):
        return "F5"
    return "F4" if any(is_nested(item) or "symbol" in record(item) for item in tools) else "F2"


def source_of(item: object) -> dict[str, Any]:
    """The saved source of a line tool state."""
    outer = record(item)
    inner = record(outer.get("state"))
    return inner if isinstance(inner.get("type"), str) and ("state" in inner or "points" in inner) else outer


def read_states(holder: dict[str, Any], context: Context, notes: Notes) -> Part:
    """The drawings under ``sources``, with the names of ``drawing_groups`` or ``groups``."""
    sources = holder.get("sources")
    if sources == {}:
        notes[EMPTY] += 1
    states = list(members(sources))
    refuse_crowd([source_of(item) for _, item in states if is_line_tool(item)])
    groups = group_names(holder.get("drawing_groups"), holder.get("groups"))
    drawn = [(key, item) for key, item in states if _counts(item, notes)]
    places = [_place(key, item, context, groups) for key, item in drawn]
    drawings = [read_source(source_of(item), place, notes) for (_, item), place in zip(drawn, places, strict=True)]
    return on_one_chart("F4", context, drawings)


def _counts(item: object, notes: Notes) -> bool:
    if is_line_tool(item):
        return True
    if item is None:
        notes[DELETED] += 1
    else:
        kind = name(source_of(item).get("type"))
        notes[f"not a drawing: {kind[:40]}" if kind else NO_STATE] += 1
    return False


def _place(key: str, item: dict[str, Any], context: Context, groups: dict[str, str]) -> Place:
    source = source_of(item)
    owner = item.get("ownerSource", source.get("ownerSource"))
    return Place(
        symbol=plain_symbol(item.get("symbol")) or context.chart.symbol,
        interval=context.chart.interval,
        log=context.chart.log,
        on_main=owner == MAIN_SERIES or not isinstance(owner, str),
        id=name(item.get("id")) or key or None,
        group=group_of(source, groups, item),
        converted=converted_to(item),
    )
