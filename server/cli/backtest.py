"""``drawbridge backtest``: a frozen strategy over candles, on the same kernels as live."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from execution.backtest import BacktestResult, as_json, run
from execution.brokers.paper import PaperTerms
from execution.metrics import Borders
from server.cli.arguments import Artifact, Candles, Json
from server.cli.output import progress, say, show, show_json, write_file
from server.cli.strategies import open_artifact, open_candles
from server.figures import sentence
from server.settings import Settings, read_settings
from spec.timeframe import text_of

PARTS = (
    ("before_last_anchor", "before the last anchor (drawn through these bars)"),
    ("before_export", "before the export (seen by the trader)"),
    ("after_export", "after the export (out of sample)"),
)


def backtest_command(
    strategy: Artifact,
    candles: Candles,
    json_: Json = False,
    chart: Annotated[Path | None, typer.Option(metavar="PNG", help="Draw the trades on the chart.")] = None,
    report: Annotated[Path | None, typer.Option(metavar="HTML", help="Write a page with pictures and figures.")] = None,
) -> None:
    """Trade a frozen strategy on paper over candles, and show the result in three parts.

    A line drawn through yesterday's lows predicted them: figures from before the last anchor, from before the export,
    and from after it are never mixed. Only the last part is out of sample. Entries on a close fill at the next open.

    Examples:
      drawbridge backtest strategy.yaml --candles ETHBTC-5m.csv

      drawbridge backtest strategy.yaml --candles ETHBTC-5m.csv --json --chart trades.png --report report.html

    """
    settings = read_settings()
    artifact, bars = open_artifact(strategy), open_candles(candles)
    borders = Borders(artifact.provenance.last_anchor, artifact.provenance.exported_at)
    with progress("backtest") as told:
        result = run(artifact.strategy, bars, borders, terms(settings), lambda done, of: told(done / of))
    for note in result.notes:
        say(f"note: {note}")
    if json_:
        show_json(as_json(result))
    else:
        show(summary(result))
    if chart is not None or report is not None:
        from server import pictures  # noqa: PLC0415 - drawing is paid for only where a picture is wanted
        from server import report as pages  # noqa: PLC0415

        if chart is not None:
            write_file(chart, pictures.of_backtest(artifact, bars, result, settings.theme))
        if report is not None:
            write_file(report, pages.report(artifact, bars, result, settings.theme))


def terms(settings: Settings) -> PaperTerms:
    """What trading on paper costs, from the settings."""
    return PaperTerms(settings.paper_cash, settings.paper_fee, settings.paper_slippage_ticks)


def summary(result: BacktestResult) -> str:
    """The trades and the three parts as text."""
    lines = [f"{len(result.trades)} trade{'' if len(result.trades) == 1 else 's'}"]
    lines += [
        f"  {trade.side} {text_of(trade.entry_time)} at {trade.entry_price:.10g} → {text_of(trade.exit_time)} "
        f"at {trade.exit_price:.10g}, size {trade.size:.8g}, {trade.reason}: {trade.pnl:+.2f}"
        for trade in result.trades
    ]
    for name, title in PARTS:
        lines += ["", title, sentence(getattr(result.metrics, name))]
    return "\n".join(lines)
