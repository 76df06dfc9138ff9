"""Names of drawing groups: ``drawing_groups`` of a drawings response, ``lineToolsGroups`` of a layout."""

from __future__ import annotations

from typing import Any

from interpreters.reading.members import members
from interpreters.reading.source import group_id
from interpreters.reading.values import items, name, record, string

MEMBER_LISTS = ("lineTools", "lineToolIds", "sources", "ids", "shapes")


def group_names(*tables: object) -> dict[str, str]:
    """Name by group id, and by the id of each drawing that a group lists."""
    names: dict[str, str] = {}
    for table in tables:
        for key, group in members(table):
            title = string(record(group).get("name"))
            if title is not None:
                names |= dict.fromkeys([key, *_listed(record(group))], title)
    return names


def group_of(source: dict[str, Any], names: dict[str, str], *holders: dict[str, Any]) -> str | None:
    """The group's name by the id the drawing gives, else by its own id."""
    if not names:
        return None
    given = group_id(*holders, source, record(source.get("state")))
    return names.get(given or "") or names.get(name(source.get("id")) or "")


def _listed(group: dict[str, Any]) -> list[str]:
    listed = [items(group.get(key)) for key in MEMBER_LISTS]
    return [found for ids in listed for one in ids if (found := name(one))]
