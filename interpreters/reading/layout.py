"""Saved layouts (F2), also inside a storage answer (F3) or a published page (F7): charts, panes, sources."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from interpreters.drawing import Chart, Drawing
from interpreters.reading.axis import chart_log
from interpreters.reading.bars import read_bars
from interpreters.reading.context import Context, distinct, info_names, tick_size
from interpreters.reading.groups import group_names, group_of
from interpreters.reading.intervals import normal_interval
from interpreters.reading.part import Part
from interpreters.reading.source import MAIN_SERIES, Place, read_source
from interpreters.reading.symbols import plain_symbol
from interpreters.reading.unreadable import refuse_charts, refuse_crowd
from interpreters.reading.values import Notes, items, name, record, string
from interpreters.tools import is_drawing

MAIN_TYPE = "MainSeries"
NULL_SOURCE = "an empty entry (null) among the drawings was left out"


class Saved(Struct, frozen=True):
    """One chart of a layout: its panes, its main series (empty if the file has none) and the ids of its studies."""

    at: int
    panes: list[dict[str, Any]]
    main: dict[str, Any]
    main_pane: int
    studies: frozenset[str]
    groups: dict[str, str]


def is_layout(value: dict[str, Any]) -> bool:
    """Whether it has ``charts`` with panes, or is itself one chart with panes."""
    return _has_panes(value) or any(_has_panes(chart) for chart in items(value.get("charts")))


def _has_panes(chart: object) -> bool:
    panes = items(record(chart).get("panes"))
    return any("sources" in record(pane) for pane in panes)


def read_layout(layout: dict[str, Any], context: Context, notes: Notes) -> Part:
    """Every drawing of every chart; the chart index is the place in ``charts``."""
    raw_charts = [layout] if _has_panes(layout) else items(layout.get("charts"))
    refuse_charts(len(raw_charts))
    saved = [_saved(at, record(chart)) for at, chart in enumerate(raw_charts)]
    sources = [source for chart in saved for pane in chart.panes for source in _sources(pane) if _is_drawing(source)]
    refuse_crowd(sources)
    charts = [_chart(chart, _own_context(chart, context, len(saved)), notes) for chart in saved]
    drawings = [_drawings(chart, read, notes) for chart, read in zip(saved, charts, strict=True)]
    return Part(
        format="F7" if any("indexes" in source for source in sources) else "F2",
        charts=tuple(charts),
        drawings=tuple(drawing for several in drawings for drawing in several),
        bars=context.bars or read_bars(saved[0].main.get("bars"), charts[0].interval, notes),
        exported_at=context.exported_at,
    )


def _saved(at: int, chart: dict[str, Any]) -> Saved:
    panes = [pane for pane in items(chart.get("panes")) if isinstance(pane, dict)]
    sources = [source for pane in panes for source in map(record, _sources(pane))]
    studies = [s.get("id") for s in sources if not _is_main(s) and not is_drawing(s.get("type"))]
    return Saved(
        at=at,
        panes=panes,
        main=next((source for source in sources if _is_main(source)), {}),
        main_pane=next((at for at, pane in enumerate(panes) if any(map(_is_main, _sources(pane)))), 0),
        studies=frozenset(study for study in studies if isinstance(study, str)),
        groups=group_names(record(chart.get("lineToolsGroups")).get("groups"), chart.get("drawing_groups")),
    )


def _sources(pane: dict[str, Any]) -> list[Any]:
    return items(pane.get("sources"))


def _is_main(source: object) -> bool:
    return record(source).get("type") == MAIN_TYPE


def _is_drawing(source: object) -> bool:
    return isinstance(source, dict) and is_drawing(source.get("type"))


def _own_context(chart: Saved, context: Context, charts: int) -> Chart:
    """What the wrappers say, if they mean this chart: the symbols agree, or one of the two is not named."""
    state = record(chart.main.get("state"))
    own = {_ticker(symbol) for symbol in (plain_symbol(state.get("symbol")), string(state.get("shortName"))) if symbol}
    named = {_ticker(symbol) for symbol in (context.chart.symbol, *context.chart.aliases) if symbol}
    unnamed = charts == 1 and not (own and named)
    return context.chart if unnamed or own & named else Chart()


def _ticker(symbol: str) -> str:
    """The part behind the exchange: stores write ``AAPL`` where the page writes ``NasdaqNM:AAPL``."""
    return symbol.rpartition(":")[2].upper()


def _chart(chart: Saved, context: Chart, notes: Notes) -> Chart:
    state, info = record(chart.main.get("state")), record(chart.main.get("symbolInfo"))
    symbol = plain_symbol(state.get("symbol")) or context.symbol
    log = chart_log(chart.panes, chart.main, notes)
    outer = context.symbol
    return Chart(
        symbol=symbol,
        aliases=distinct(symbol, outer, *context.aliases, string(state.get("shortName")), *info_names(info)),
        interval=normal_interval(state.get("interval")) or context.interval,
        log=context.log if log is None else log,
        # formattingDeps come last: they follow the precision that the trader chose to see
        tick=tick_size(info) or context.tick or tick_size(record(chart.main.get("formattingDeps"))),
    )


def _drawings(chart: Saved, read: Chart, notes: Notes) -> list[Drawing]:
    drawings = []
    for pane_at, pane in enumerate(chart.panes):
        for source in _sources(pane):
            if not _is_drawing(source):
                _note_other(source, notes)
                continue
            on_main = _on_main(source.get("ownerSource"), chart, pane_at)
            place = Place(chart.at, read.symbol, read.interval, read.log, on_main, group=group_of(source, chart.groups))
            drawings.append(read_source(source, place, notes))
    return drawings


def _on_main(owner: object, chart: Saved, pane_at: int) -> bool:
    """A drawing belongs to the main series if that owns it, or if nothing does and it lies on the series' pane."""
    if not isinstance(owner, str):
        return pane_at == chart.main_pane
    if owner in (MAIN_SERIES, chart.main.get("id")):  # no set: a damaged id need not be hashable
        return True
    own_pane = pane_at == chart.main_pane and owner == chart.panes[pane_at].get("mainSourceId")
    return own_pane and owner not in chart.studies


def _note_other(source: object, notes: Notes) -> None:
    if source is None:
        notes[NULL_SOURCE] += 1
    else:
        kind = name(record(source).get("type")) or "entry without a type"
        notes[f"not a drawing: {kind[:40]}"] += 1
