"""What stands around the drawings: the caller's wishes, the markets their symbols mean, and the bars at hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from interpreters.symbols import Resolution, reports_every_interval, resolve_symbol, same_symbol, timeframe_of
from interpreters.timeline import Timeline
from spec.bars import BadBars, Bars, make_bars
from spec.market import Market

if TYPE_CHECKING:
    from interpreters.drawing import Chart, Drawing, Export
    from spec.geometry import Scale

Boundary = Literal["bars", "stated", "received"]


@dataclass(frozen=True, slots=True)
class Context:
    """What the caller gives beside the export.

    ``candles`` belong to the exported chart's symbol. ``tick`` is in price units, times are UNIX seconds UTC.
    ``received_at`` is when the export came in: the last the trader can have seen, where nothing else says.
    ``also`` names further symbols to take up (``all`` for every one), ``hidden`` takes up hidden drawings.
    ``risk_percent`` and ``max_exposure`` are the settings' sizing.
    """

    candles: Bars | None = None
    price_scale: Scale | None = None
    tick: float | None = None
    exported_at: int | None = None
    received_at: int | None = None
    at: int | None = None
    also: tuple[str, ...] = ()
    hidden: bool = False
    risk_percent: float = 1.0
    max_exposure: float = 1.0


@dataclass(slots=True)
class World:
    """An export in its context; what is asked for twice is worked out once."""

    export: Export
    context: Context
    _timelines: dict[tuple[str, bool], Timeline] = field(default_factory=dict)

    def chart_of(self, drawing: Drawing) -> Chart:
        """The chart a drawing was made on."""
        charts = self.export.charts
        return charts[drawing.chart] if drawing.chart < len(charts) else charts[0]

    def on_its_chart(self, drawing: Drawing) -> bool:
        """Whether the drawing belongs to the symbol its chart shows; an unnamed chart shows every symbol."""
        chart = self.chart_of(drawing)
        if chart.symbol is None or drawing.symbol is None:
            return True
        return same_symbol(chart.symbol, chart.aliases, drawing.symbol)

    def symbol_of(self, drawing: Drawing) -> str | None:
        """The drawing's symbol as its chart writes it."""
        chart = self.chart_of(drawing)
        return chart.symbol if chart.symbol is not None and self.on_its_chart(drawing) else drawing.symbol

    def taken_up(self, drawing: Drawing) -> bool:
        """Whether the drawing becomes part of a strategy or watch, rather than being listed only."""
        if not drawing.visible and not self.context.hidden:
            return False
        also = self.context.also
        wanted = "all" in also or any(same_symbol(name, (), drawing.symbol) for name in also)
        return self.on_its_chart(drawing) or wanted

    def is_charted(self, symbol: str | None) -> bool:
        """Whether the symbol is the first chart's, to which candles, bars and tick belong."""
        chart = self.export.charts[0]
        return chart.symbol is None or symbol is None or same_symbol(chart.symbol, chart.aliases, symbol)

    def resolution(self, symbol: str | None) -> Resolution:
        """The markets a symbol may mean."""
        return resolve_symbol(symbol)

    def market(self, symbol: str | None, chosen: str | None = None) -> Market | None:
        """The market of a symbol: its only candidate, or the one chosen by name; None while that is open."""
        candidates = self.resolution(symbol).candidates
        for candidate in candidates:
            if chosen == f"{candidate.exchange}:{candidate.symbol}" or (chosen is None and len(candidates) == 1):
                flagged = reports_every_interval(candidate.exchange)
                return Market(candidate.exchange, candidate.symbol, candidate.type, self.tick(symbol), flagged)
        return None

    def tick(self, symbol: str | None) -> float | None:
        """The tick size: the caller's, else the export's; both belong to the charted symbol. None if unknown."""
        if not self.is_charted(symbol):
            return None
        return self.context.tick if self.context.tick is not None else self.export.charts[0].tick

    def timeline(self, symbol: str | None, *, by_clock: bool) -> Timeline:
        """The bars known of a symbol; ``by_clock`` says whether its market reports every interval."""
        key = (symbol or "", by_clock)
        if key not in self._timelines:
            bars = self._bars() if self.is_charted(symbol) else None
            self._timelines[key] = Timeline(bars, by_clock, self._seen_until())
        return self._timelines[key]

    def _bars(self) -> Bars | None:
        """The export's own bars, else the candles given."""
        return self._export_bars() or self.context.candles

    def _export_bars(self) -> Bars | None:
        bars = self.export.bars
        timeframe = timeframe_of(bars.interval if bars and bars.interval else self.export.charts[0].interval)
        if bars is None or timeframe is None or not bars.time:
            return None
        rows = np.column_stack([bars.time, bars.open, bars.high, bars.low, bars.close, bars.volume])
        try:
            return make_bars(timeframe, rows.astype(np.float64))
        except BadBars:
            return None

    def _seen_until(self) -> int | None:
        return self.context.exported_at if self.context.exported_at is not None else self.export.exported_at

    def boundary(self) -> tuple[int, Boundary] | None:
        """The last moment the trader could see: the export's last bar, else as stated, else when it came; or None."""
        bars = self._export_bars()
        if bars is not None:
            return int(bars.time[-1]), "bars"
        if self.context.exported_at is not None:
            return self.context.exported_at, "stated"
        received = self.export.exported_at if self.export.exported_at is not None else self.context.received_at
        return None if received is None else (received, "received")

    def last_price(self, symbol: str | None) -> float | None:
        """The last close known of the charted symbol, None otherwise."""
        bars = self._bars() if self.is_charted(symbol) else None
        return float(bars.close[-1]) if bars is not None and len(bars) else None

    def own_timeframe(self, drawing: Drawing) -> str | None:
        """The timeframe a drawing was made on; its chart's where the drawing does not say."""
        return timeframe_of(drawing.interval) or timeframe_of(self.chart_of(drawing).interval)
