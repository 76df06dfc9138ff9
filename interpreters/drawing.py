"""The normal form of a drawing export: whatever TradingView or an exporter wrote, in one shape.

Nothing is judged here. A drawing carries what the file held, with None where the file held nothing usable; which
drawings can be understood is decided later.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class Point(Struct, frozen=True):
    """One anchor: ``time`` is the bar's time in UNIX seconds UTC, ``offset`` counts bars of ``interval`` after it.

    A read-back (F1) carries absolute times, so its offset is 0. ``price`` is None where TradingView gave null.
    """

    time: int | None
    offset: int
    price: float | None
    interval: str | None


class Drawing(Struct, frozen=True):
    """One drawing of an export.

    ``key`` is the id, ``chart/id`` where ids repeat in the export, with ``#2``, ``#3`` … where even that repeats.
    ``tool`` is TradingView's api name (``trend_line``); a type that is not in the table keeps its name.
    ``interval`` is written ``5``, ``60``, ``240`` (minutes), ``1D``, ``1W``, ``1M``, ``10S``, ``1T``, ``100R``.
    ``properties`` are the tool's own, as written: ``state`` in saved data, ``getProperties()`` in a read-back.
    ``log`` says whether its chart's price axis is logarithmic, None where the file does not say.
    ``on_main`` is False where a study owns the drawing: its prices are then indicator values.
    ``converted`` names the currency or unit that its prices were converted to.
    """

    id: str
    key: str
    tool: str
    symbol: str | None
    interval: str | None
    points: tuple[Point, ...]
    text: str
    properties: dict[str, Any]
    log: bool | None
    visible: bool
    locked: bool
    group: str | None
    link: str | None
    on_main: bool
    converted: str | None
    version: int | None
    price_offset: float | None
    chart: int


class Chart(Struct, frozen=True):
    """One chart. ``aliases`` are other names of ``symbol``; ``tick`` is None where it is fractional or variable."""

    symbol: str | None = None
    aliases: tuple[str, ...] = ()
    interval: str | None = None
    log: bool | None = None
    tick: float | None = None


class ExportBars(Struct, frozen=True):
    """The bars the trader saw: columns of equal length, ``time`` in UNIX seconds UTC, strictly rising."""

    time: tuple[int, ...]
    open: tuple[float, ...]
    high: tuple[float, ...]
    low: tuple[float, ...]
    close: tuple[float, ...]
    volume: tuple[float, ...]
    interval: str | None


class Export(Struct, frozen=True):
    """A drawing export as read.

    ``format`` is F1 … F7, ``digest`` the sha256 of the raw bytes in hex. ``charts`` holds at least one chart, empty
    if nothing is known of it. ``exported_at`` is the exporter's own time in UNIX seconds. ``notes`` say what was
    repaired or set aside while reading.
    """

    format: str
    digest: str
    charts: tuple[Chart, ...]
    drawings: tuple[Drawing, ...]
    bars: ExportBars | None
    exported_at: int | None
    notes: tuple[str, ...]
