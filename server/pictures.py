"""Pictures of frozen strategies, exports and backtests: what they show is gathered here, server.charts draws it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import structs

from interpreters.freezing import likeliest
from interpreters.reading import read_export
from interpreters.report import Reading, interpret
from interpreters.surroundings import Context
from server.charts.elements import Deal, Fill
from server.charts.framing import MOST
from server.charts.market import market_scene
from server.charts.overlay import Overlay
from server.charts.render import render
from server.charts.scene import scene_of
from spec import timeframe as tf
from spec.bars import index_of, resample
from spec.equipped import without_code
from spec.evaluation import Said, evaluate
from spec.strategy import BadStrategy, Strategy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from execution.backtest import BacktestResult
    from execution.ledger import Trade
    from server.charts.elements import Scene
    from server.charts.themes import ThemeName
    from server.settings import Settings
    from spec.bars import Bars
    from spec.market import Market
    from spec.strategy import Artifact, Origin

SIZE = (1200, 675)
SEEN_AFTER = 60  # bars after the last anchor, in the picture of an export that is older than its candles


def of_strategy(artifact: Artifact, bars: Bars, theme: ThemeName, size: tuple[int, int] = SIZE) -> bytes:
    """A frozen strategy with its firings, as a PNG."""
    overlay = _overlay(artifact.strategy, artifact.provenance.drawings, bars, theme)
    scene = scene_of(artifact.strategy, artifact.name, bars, overlay)
    return render(scene, width=size[0], height=size[1])


def of_fills(
    artifact: Artifact, bars: Bars, fills: tuple[Fill, ...], theme: ThemeName, size: tuple[int, int] = SIZE
) -> bytes:
    """A frozen strategy with its firings and these fills, as a PNG."""
    overlay = _overlay(artifact.strategy, artifact.provenance.drawings, bars, theme)
    scene = scene_of(artifact.strategy, artifact.name, bars, structs.replace(overlay, fills=fills))
    return render(scene, width=size[0], height=size[1])


def of_market(market: Market, bars: Bars, theme: ThemeName, size: tuple[int, int] = SIZE) -> bytes:
    """A market's last candles, as a PNG."""
    return render(market_scene(market, bars, theme), width=size[0], height=size[1])


def of_backtest(
    artifact: Artifact, bars: Bars, result: BacktestResult, theme: ThemeName, size: tuple[int, int] = SIZE
) -> bytes:
    """A frozen strategy with the trades of a backtest, as a PNG."""
    return of_fills(artifact, bars, tuple(fills_of(result.trades)), theme, size)


def of_export(raw: bytes, bars: Bars, settings: Settings, theme: ThemeName, size: tuple[int, int] = SIZE) -> bytes:
    """What an export was understood as, as a PNG; raises as ``export_scene`` does."""
    return render(export_scene(raw, bars, settings, theme), width=size[0], height=size[1])


def export_scene(raw: bytes, bars: Bars, settings: Settings, theme: ThemeName) -> Scene:
    """What an export was understood as, on the candles of its chart's symbol.

    Open questions are drawn with their likeliest answer; the note says how many there are, and what is not shown.
    Raises ExportUnreadable, and BadStrategy where nothing of the export can be drawn.
    """
    context = Context(candles=bars, risk_percent=settings.risk_percent, max_exposure=settings.max_exposure)
    reading = interpret(read_export(raw), context)
    strategy, missing = _drawn(reading)
    bars = _in_sight(bars, strategy.timeframe, reading)
    overlay = _overlay(strategy, (origin for one in reading.strategies for origin in one.drawings), bars, theme)
    notes = [f"not in this picture: {', '.join(missing)}"] if missing else []
    if reading.questions:
        notes.insert(0, f"{_counted(len(reading.questions), 'open question')}, drawn with the likeliest answer")
        overlay = structs.replace(overlay, firings={})
    overlay = structs.replace(overlay, note=" \u00b7 ".join(notes))
    return scene_of(strategy, reading.symbol or "export", bars, overlay)


def _in_sight(bars: Bars, timeframe: str, reading: Reading) -> Bars:
    """The candles as the trader saw them, where later ones would push the drawings out of the picture."""
    anchors = [one.last_anchor for one in reading.strategies if one.last_anchor is not None]
    series = resample(bars, timeframe)
    last = index_of(series, max(anchors)) if anchors else len(series)
    if last < 0 or len(series) - last <= MOST:
        return bars
    return bars[bars.time < tf.close_time(int(series.time[last + SEEN_AFTER]), timeframe)]


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _drawn(reading: Reading) -> tuple[Strategy, list[str]]:
    """The charted symbol's first trade, else first watch, with every node its timeframe can show; ids of the rest."""
    made = likeliest(reading)
    built = {one.id: strategy for one in reading.strategies if (strategy := _strategy(made[one.id])) is not None}
    here = [built[one.id] for one in reading.strategies if one.id in built and reading.symbol in {None, one.symbol}]
    if not here:
        msg = (
            "nothing in the export can be drawn on these candles; `drawbridge interpret` says what was left out and why"
        )
        raise BadStrategy(msg)
    first = min(here, key=lambda strategy: strategy.kind != "strategy")
    shown = [one for one in here if one.market == first.market and tf.divides(first.timeframe, one.timeframe)]
    nodes = {name: node for strategy in shown for name, node in strategy.nodes.items()}
    missing = [one.id for one in reading.strategies if not any(built.get(one.id) is strategy for strategy in shown)]
    return structs.replace(first, nodes=nodes), missing


def _strategy(data: dict[str, Any]) -> Strategy | None:
    """A drafted strategy, as a watch where its trade is not complete; None where it has no shape yet."""
    watch = {**data, "kind": "watch", "entry": None, "stop": None, "targets": [], "exit": None}
    for form in (data, watch):
        try:
            return msgspec.convert(form, Strategy)
        except msgspec.ValidationError:
            continue
    return None


def _overlay(strategy: Strategy, origins: Iterable[Origin], bars: Bars, theme: ThemeName) -> Overlay:
    firings: dict[str, Said] = {}
    nodes = without_code(strategy.nodes)  # a picture is drawn before anybody approved
    if strategy.market is not None and nodes:
        firings = evaluate(nodes, strategy.market, bars)[0]
    texts = {name: origin.text for origin in origins for name in origin.nodes}
    return Overlay(firings=firings, texts=texts, theme=theme)


def fills_of(trades: Iterable[Trade]) -> list[Fill]:
    """The fills behind the trades: one entry for each position, one exit for each closed portion."""
    fills: dict[tuple[int, str], Fill] = {}
    for trade in trades:
        opens: Deal = "buy" if trade.side == "long" else "sell"
        closes: Deal = "sell" if trade.side == "long" else "buy"
        fills[trade.entry_time, "entry"] = Fill(trade.entry_time, trade.entry_price, opens, trade.side)
        fills[trade.exit_time, trade.reason] = Fill(trade.exit_time, trade.exit_price, closes, trade.reason)
    return list(fills.values())
