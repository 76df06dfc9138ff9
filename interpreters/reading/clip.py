"""Clipboard clips (F6): ``{title, sources: [{type: "drawing", geometry, source: {type, id, state, points}}]}``.

``geometry`` is a fraction of the screen and is not read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interpreters.reading.part import Part, on_one_chart
from interpreters.reading.source import MAIN_SERIES, Place, read_source
from interpreters.reading.unreadable import refuse_crowd
from interpreters.reading.values import Notes, items, name, record
from interpreters.tools import is_drawing

if TYPE_CHECKING:
    from interpreters.reading.context import Context


def is_clip(value: dict[str, Any]) -> bool:
    """Whether its sources wrap another source."""
    sources = value.get("sources")
    return isinstance(sources, list) and any("source" in record(entry) for entry in sources)


def read_clip(clip: dict[str, Any], context: Context, notes: Notes) -> Part:
    """The copied drawings; copied studies are noted."""
    sources = [record(record(entry).get("source")) for entry in items(clip.get("sources"))]
    drawn = [source for source in sources if is_drawing(source.get("type"))]
    refuse_crowd(drawn)
    for source in sources:
        if not is_drawing(source.get("type")):
            notes[f"not a drawing: {(name(source.get('type')) or 'entry without a type')[:40]}"] += 1
    return on_one_chart("F6", context, (read_source(source, _place(source, context), notes) for source in drawn))


def _place(source: dict[str, Any], context: Context) -> Place:
    chart, owner = context.chart, source.get("ownerSource")
    return Place(
        symbol=chart.symbol,
        interval=chart.interval,
        log=chart.log,
        on_main=owner == MAIN_SERIES or not isinstance(owner, str),
    )
