"""What one document of an export gave: its charts and drawings, before their keys are made unique."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, structs

from interpreters.drawing import Chart, Drawing, ExportBars

if TYPE_CHECKING:
    from collections.abc import Iterable

    from interpreters.reading.context import Context
    from interpreters.reading.values import Notes


TWICE = "a drawing that the file holds in two forms was taken from the fuller one"


class Part(Struct, frozen=True):
    """Charts, and the drawings that name them by index; the bars and the time of export that came with them."""

    format: str
    charts: tuple[Chart, ...]
    drawings: tuple[Drawing, ...]
    bars: ExportBars | None = None
    exported_at: int | None = None


def on_one_chart(name: str, context: Context, drawings: Iterable[Drawing]) -> Part:
    """Drawings of a format that has no chart of its own: the wrappers' chart is theirs."""
    return Part(name, (context.chart,), tuple(drawings), context.bars, context.exported_at)


def beside(parts: list[Part]) -> Part:
    """Documents of different charts as one: charts and drawings in turn, chart indexes moved on."""
    charts: list[Chart] = []
    drawings: list[Drawing] = []
    for part in parts:
        start = _start(part, charts)
        charts += part.charts if start == len(charts) else ()
        drawings += [structs.replace(drawing, chart=drawing.chart + start) for drawing in part.drawings]
    return _joined(parts, tuple(charts), drawings)


def _start(part: Part, charts: list[Chart]) -> int:
    """Where the part's charts begin; documents that only borrow the wrappers' chart share it."""
    borrowed = part.format != "F2" and len(part.charts) == 1 and part.charts[0] in charts
    return charts.index(part.charts[0]) if borrowed else len(charts)


def over(parts: list[Part], notes: Notes) -> Part:
    """Several readings of one chart as one: the first, and what only the later ones hold, by id."""
    first = parts[0]
    seen = {drawing.id for drawing in first.drawings}
    drawings = list(first.drawings)
    for part in parts[1:]:
        new = [drawing for drawing in part.drawings if not drawing.id or drawing.id not in seen]
        notes[TWICE] += len(part.drawings) - len(new)
        drawings += [_onto(first, drawing) for drawing in new]
        seen |= {drawing.id for drawing in new}
    return _joined(parts, first.charts, drawings)


def _joined(parts: list[Part], charts: tuple[Chart, ...], drawings: list[Drawing]) -> Part:
    bars = next((part.bars for part in parts if part.bars), None)
    exported_at = next((part.exported_at for part in parts if part.exported_at is not None), None)
    return Part(parts[0].format, charts, tuple(drawings), bars, exported_at)


def _onto(part: Part, drawing: Drawing) -> Drawing:
    log = part.charts[0].log if drawing.log is None and len(part.charts) == 1 else drawing.log
    return structs.replace(drawing, chart=0, log=log)


def keyed(drawings: Iterable[Drawing]) -> tuple[Drawing, ...]:
    """The drawings with a key each of its own: id, ``chart/id`` where ids repeat, ``#2`` where that repeats."""
    named = [_named(at, drawing) for at, drawing in enumerate(drawings, 1)]
    times: dict[str, int] = {}
    for drawing in named:
        times[drawing.id] = times.get(drawing.id, 0) + 1
    taken = {key for key, count in times.items() if count == 1}
    counts: dict[str, int] = {}
    return tuple(
        drawing if times[drawing.id] == 1 else structs.replace(drawing, key=_free(drawing, taken, counts))
        for drawing in named
    )


def _named(at: int, drawing: Drawing) -> Drawing:
    """A drawing without an id goes by its place in the file."""
    return drawing if drawing.id else structs.replace(drawing, id=f"#{at}", key=f"#{at}")


def _free(drawing: Drawing, taken: set[str], counts: dict[str, int]) -> str:
    base = f"{drawing.chart}/{drawing.id}"
    key = base
    while key in taken:
        counts[base] = counts.get(base, 1) + 1
        key = f"{base}#{counts[base]}"
    taken.add(key)
    return key
