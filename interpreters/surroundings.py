"""What stands around the drawings: the caller's wishes, the markets their symbols mean, and the bars at hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from interpreters.basis import Basis, Boundary
from interpreters.naming import slug, unique
from interpreters.symbols import reports_every_interval, resolve_symbol, same_symbol, timeframe_of
from interpreters.timeline import Last, Timeline
from spec.bars import BadBars, Bars, make_bars
from spec.geometry import Scale
from spec.market import Market

if TYPE_CHECKING:
    from collections.abc import Iterable

    from interpreters.drawing import Chart, Drawing, Export


class Context(Struct, frozen=True):
    """What the caller gives beside the export.

    ``candles`` belong to the exported chart's symbol. ``tick`` is in price units, times are UNIX seconds UTC.
    ``also`` names further symbols to take up (``all`` for every one), ``hidden`` takes up hidden drawings.
    ``risk_percent`` and ``max_exposure`` are the settings' sizing. ``received_at``: when the server received an
    export, which counts where neither its bars nor a person say when it was made.
    """

    candles: Bars | None = None
    price_scale: Scale | None = None
    tick: float | None = None
    exported_at: int | None = None
    at: int | None = None
    also: tuple[str, ...] = ()
    hidden: bool = False
    risk_percent: float = 1.0
    max_exposure: float = 1.0
    received_at: int | None = None


@dataclass(slots=True)
class World:
    """A basis, the bars of the charted symbol, and what else was noticed. ``other`` stands for every other symbol."""

    basis: Basis
    charted: Timeline
    other: Timeline
    notes: tuple[str, ...] = ()
    topics: dict[str | None, str] = field(default_factory=dict)

    def chart_of(self, drawing: Drawing) -> Chart:
        """The chart a drawing was made on."""
        return self.basis.charts[drawing.chart]

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

    def only_listed(self, drawing: Drawing) -> str | None:
        """Why a drawing becomes part of no strategy and no watch; None where it is taken up."""
        also = self.basis.also
        if not drawing.visible and not self.basis.hidden:
            return "it is hidden; --hidden takes it up"
        if self.on_its_chart(drawing) or "all" in also or any(same_symbol(one, (), drawing.symbol) for one in also):
            return None
        return f"it belongs to {drawing.symbol}, not to the chart; --symbol {drawing.symbol} takes it up"

    def is_charted(self, symbol: str | None) -> bool:
        """Whether the symbol is the one to which candles, bars and tick belong; an unnamed one is the chart's."""
        charted = self.basis.charted
        return symbol is None or same_symbol(charted, self.basis.charts[0].aliases, symbol)

    def topic(self, topic: str, symbol: str | None) -> str:
        """The id of a question about a symbol: the bare topic for the charted one."""
        return topic if symbol == self.basis.charted else f"{topic}.{self.topics.get(symbol, slug(symbol))}"

    def name_symbols(self, symbols: Iterable[str | None]) -> None:
        """Give each symbol a name of its own for the ids of questions."""
        taken: dict[str, int] = {}
        others = (symbol for symbol in dict.fromkeys(symbols) if symbol != self.basis.charted)
        self.topics = {symbol: unique(slug(symbol), taken) for symbol in others}

    def market(self, symbol: str | None, chosen: str | None = None) -> Market | None:
        """The market of a symbol: its only candidate, or the one chosen by name; None while that is open."""
        candidates = resolve_symbol(symbol).candidates
        for candidate in candidates:
            if chosen == f"{candidate.exchange}:{candidate.symbol}" or (chosen is None and len(candidates) == 1):
                flagged = reports_every_interval(candidate.exchange)
                return Market(candidate.exchange, candidate.symbol, candidate.type, self.tick(symbol), flagged)
        return None

    def tick(self, symbol: str | None) -> float | None:
        """The tick size: the caller's for the charted symbol, else that of a chart of this symbol; None if unknown."""
        if self.is_charted(symbol):
            return self.basis.tick if self.basis.tick is not None else self.basis.charts[0].tick
        charts = (chart for chart in self.basis.charts if same_symbol(chart.symbol, chart.aliases, symbol))
        return next((chart.tick for chart in charts if chart.tick is not None), None)

    def timeline(self, symbol: str | None) -> Timeline:
        """The bars known of a symbol."""
        return self.charted if self.is_charted(symbol) else self.other

    def last_price(self, symbol: str | None) -> float | None:
        """The last close known of the charted symbol, None otherwise."""
        return self.basis.last_price if self.is_charted(symbol) else None

    def scale(self, drawing: Drawing) -> Scale | None:
        """Linear or log: the caller's word, else what the export says of the chart's axis."""
        if self.basis.price_scale is not None or drawing.log is None:
            return self.basis.price_scale
        return "log" if drawing.log else "linear"


def gather(export: Export, context: Context) -> World:
    """The world of an export in its context."""
    bars, notes = _own_bars(export)
    received = export.exported_at if export.exported_at is not None else context.received_at
    seen_until = context.exported_at if context.exported_at is not None else received
    boundary, boundary_by = _boundary(bars, context.exported_at, received)
    candles = context.candles or None  # no rows are no candles
    prices = bars or candles
    basis = Basis(
        export_digest=export.digest,
        format=export.format,
        charts=export.charts,
        drawings=export.drawings,
        charted=_charted(export),
        price_scale=context.price_scale,
        tick=context.tick,
        also=context.also,
        hidden=context.hidden,
        risk_percent=context.risk_percent,
        max_exposure=context.max_exposure,
        seen_until=seen_until,
        boundary=boundary,
        boundary_by=boundary_by,
        last=_last(bars, seen_until, candles),
        last_price=float(prices.close[-1]) if prices is not None else None,
        candles_on=candles.timeframe if candles is not None else None,
    )
    world = recall(basis)
    world.charted.export, world.charted.candles = bars, candles
    world.notes = notes
    return world


def recall(basis: Basis) -> World:
    """The world of a basis alone, as a draft carries it: what the bars told stands in their place."""
    seen_until = basis.seen_until
    elsewhere = None if seen_until is None else Last(seen_until, None, stated=True)
    world = World(
        basis, Timeline(last=basis.last, absolute=basis.read_back), Timeline(last=elsewhere, absolute=basis.read_back)
    )
    world.charted.remember(basis.counted)
    return world


def _charted(export: Export) -> str | None:
    """The first chart's symbol; where that has no name, the only one that the drawings name."""
    if export.charts[0].symbol is not None:
        return export.charts[0].symbol
    named = list(dict.fromkeys(drawing.symbol for drawing in export.drawings if drawing.symbol is not None))
    return named[0] if len(named) == 1 else None


def _own_bars(export: Export) -> tuple[Bars | None, tuple[str, ...]]:
    """The bars that the export carries, or a note why they do not count."""
    bars = export.bars
    if bars is None:
        return None, ()
    timeframe = timeframe_of(bars.interval or export.charts[0].interval)
    if timeframe is None:
        return None, ("the export's own bars were not used: their timeframe is not known",)
    rows = np.column_stack([bars.time, bars.open, bars.high, bars.low, bars.close, bars.volume])
    try:
        return make_bars(timeframe, rows.astype(np.float64)), ()
    except BadBars as error:
        return None, (f"the export's own bars were not used: {error}",)


def _boundary(bars: Bars | None, stated: int | None, received: int | None) -> tuple[int | None, Boundary | None]:
    """The last moment the trader could see: the export's last bar, else what was stated or received."""
    if bars is not None:
        return int(bars.time[-1]), "bars"
    if stated is not None:
        return stated, "stated"
    return (received, "received") if received is not None else (None, None)


def _last(bars: Bars | None, seen_until: int | None, candles: Bars | None) -> Last | None:
    """The last bar of the export, else the one at its time, else that of the candles."""
    if bars is not None:
        return Last(int(bars.time[-1]), bars.timeframe, stated=True)
    if seen_until is not None:
        return Last(seen_until, None, stated=True)
    return Last(int(candles.time[-1]), candles.timeframe, stated=False) if candles is not None else None
