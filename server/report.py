"""The report of a backtest: one HTML page that needs nothing else, with pictures and the three parts of the figures."""

from __future__ import annotations

import base64
from html import escape
from typing import TYPE_CHECKING

from server.charts.equity import Equity, render_equity
from server.figures import NAMES, cells
from server.pictures import of_backtest
from spec.timeframe import text_of

if TYPE_CHECKING:
    from execution.backtest import BacktestResult
    from execution.ledger import Trade
    from execution.metrics import Metrics
    from server.charts.themes import ThemeName
    from spec.bars import Bars
    from spec.strategy import Artifact

STYLE = """
body{margin:2rem auto;max-width:1200px;padding:0 1rem;font:15px/1.5 system-ui,sans-serif;
background:var(--ground);color:var(--text)}
:root{--ground:#131722;--text:#d1d4dc;--rule:#2a2e39}:root.light{--ground:#fff;--text:#131722;--rule:#e0e3eb}
img{max-width:100%}table{border-collapse:collapse;width:100%;margin:1rem 0}caption{text-align:left;font-weight:600}
th,td{padding:.3rem .6rem;border-bottom:1px solid var(--rule);text-align:right;font-variant-numeric:tabular-nums}
th:first-child,td:first-child{text-align:left}code{word-break:break-all}
"""
PARTS = (
    ("before the last anchor", "The line was drawn through these bars: not a forecast.", "before_last_anchor"),
    ("before the export", "The trader could see these bars.", "before_export"),
    ("after the export", "Out of sample.", "after_export"),
)


def report(artifact: Artifact, bars: Bars, result: BacktestResult, theme: ThemeName) -> bytes:
    """The page, in UTF-8; every text of the export is escaped."""
    title = f"Backtest of {artifact.name}"
    body = [
        f"<h1>{escape(title)}</h1><p>Digest <code>{artifact.digest}</code></p>",
        _picture("Candles with the drawings and the trades", of_backtest(artifact, bars, result, theme)),
        _picture("Equity and drawdown", render_equity(_equity(artifact, result, theme))),
        _parts(result),
        _trades(result.trades),
        "".join(f"<p>{escape(note)}</p>" for note in result.notes),
    ]
    head = f'<!doctype html><html lang="en" class="{theme}"><meta charset="utf-8"><title>{escape(title)}</title>'
    view = '<meta name="viewport" content="width=device-width,initial-scale=1">'
    return f"{head}{view}<style>{STYLE}</style><main>{''.join(body)}</main></html>".encode()


def _equity(artifact: Artifact, result: BacktestResult, theme: ThemeName) -> Equity:
    known = ((artifact.provenance.last_anchor, "last anchor"), (artifact.provenance.exported_at, "export"))
    borders = tuple((time, words) for time, words in known if time is not None)
    course = tuple(zip(result.time.tolist(), result.equity.tolist(), strict=True))
    return Equity(artifact.name, course, "equity on paper", borders=borders, theme=theme)


def _picture(alt: str, png: bytes) -> str:
    return f'<p><img alt="{escape(alt)}" src="data:image/png;base64,{base64.b64encode(png).decode()}"></p>'


def _parts(result: BacktestResult) -> str:
    rows = "".join(
        f"<tr><td><b>{title}</b><br>{meaning}</td>{_cells(getattr(result.metrics, name))}</tr>"
        for title, meaning, name in PARTS
    )
    head = "".join(f"<th>{figure}</th>" for figure in NAMES)
    return f"<table><caption>Figures, never mixed</caption><tr><th>part</th>{head}</tr>{rows}</table>"


def _cells(metrics: Metrics | None) -> str:
    if metrics is None:
        return f'<td colspan="{len(NAMES)}">unknown: the export does not say when it was made</td>'
    return "".join(f"<td>{cell}</td>" for cell in cells(metrics))


def _trades(trades: tuple[Trade, ...]) -> str:
    rows = "".join(
        f"<tr><td>{trade.side}</td><td>{text_of(trade.entry_time)}</td><td>{trade.entry_price:.10g}</td>"
        f"<td>{text_of(trade.exit_time)}</td><td>{trade.exit_price:.10g}</td><td>{trade.size:.8g}</td>"
        f"<td>{escape(trade.reason)}</td><td>{trade.pnl:+.2f}</td></tr>"
        for trade in trades
    )
    head = "".join(
        f"<th>{name}</th>" for name in ("side", "entry", "price", "exit", "price", "size", "reason", "result")
    )
    return f"<table><caption>Trades</caption><tr>{head}</tr>{rows}</table>"
