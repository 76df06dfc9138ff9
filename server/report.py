"""The report of a backtest: one HTML page that needs nothing else, with pictures and the three parts of the figures.

For a phone the pictures are there a second time, drawn for its width, and wide tables scroll in themselves.
"""

from __future__ import annotations

import base64
from html import escape
from typing import TYPE_CHECKING

from server.charts.equity import Equity, render_equity
from server.figures import NAMES, PARTS, UNKNOWN, cells
from server.pictures import of_backtest
from spec.timeframe import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from execution.backtest import BacktestResult
    from execution.ledger import Trade
    from execution.windows import Window
    from server.cases import Case
    from server.charts.themes import ThemeName

    Size = tuple[int, int]

STYLE = """
*{box-sizing:border-box}html{-webkit-text-size-adjust:100%}
body{margin:0 auto;max-width:1200px;padding:1.5rem 1rem;font:15px/1.5 system-ui,sans-serif;
background:var(--ground);color:var(--text)}
:root{color-scheme:dark;--ground:#131722;--text:#d1d4dc;--rule:#2a2e39;--dim:#8d93a1}
:root.light{color-scheme:light;--ground:#fff;--text:#131722;--rule:#e0e3eb;--dim:#5d6270}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .5rem;overflow-wrap:anywhere}
h2{font-size:1.15rem;margin:2.5rem 0 .5rem;padding-top:1rem;border-top:1px solid var(--rule);overflow-wrap:anywhere}
img{display:block;width:100%;height:auto;margin:1rem 0;border-radius:4px}
h3{font-size:1rem;margin:1.5rem 0 .3rem}
.wide{overflow-x:auto;margin:0 0 1.5rem}table{border-collapse:collapse;width:100%}
th,td{padding:.35rem .6rem;border-bottom:1px solid var(--rule);text-align:right;vertical-align:bottom;
font-variant-numeric:tabular-nums}th{font-weight:600}th:first-child,td:first-child{text-align:left}
.long td{white-space:nowrap}small{display:block;font-weight:400;color:var(--dim)}p{color:var(--dim)}
code{overflow-wrap:anywhere}@media(max-width:600px){body{padding:1rem .75rem;font-size:14px}th,td{padding:.3rem .35rem}}
"""
DESK, PHONE = (1200, 675), (560, 620)
NARROW = "(max-width:600px)"
TRADES = ("side", "entry", "price", "exit", "price", "size", "reason", "result")


def report(cases: Sequence[Case], joint: BacktestResult | None, theme: ThemeName) -> bytes:
    """The page, in UTF-8; every text of an export is escaped. ``joint`` is the sum of the accounts of several."""
    if joint is None:
        title = f"Backtest of {cases[0].artifact.name}"
        body = [f"<h1>{escape(title)}</h1>", *_section(cases[0], theme)]
    else:
        title = f"Backtest of {len(cases)} strategies"
        body = [f"<h1>{title}</h1>", *_joint(cases, joint, theme)]
        for case in cases:
            body += [f"<h2>{escape(case.artifact.name)}</h2>", *_section(case, theme)]
    head = f'<!doctype html><html lang="en" class="{theme}"><meta charset="utf-8"><title>{escape(title)}</title>'
    view = '<meta name="viewport" content="width=device-width,initial-scale=1">'
    return f"{head}{view}<style>{STYLE}</style><main>{''.join(body)}</main></html>".encode()


def _section(case: Case, theme: ThemeName) -> list[str]:
    """One strategy: what it is, its pictures and its tables."""
    artifact, bars, result, windows = case
    return [
        f"<p>Digest <code>{artifact.digest}</code></p>",
        _picture(
            "Candles with the drawings and the trades", lambda size: of_backtest(artifact, bars, result, theme, size)
        ),
        _equity(artifact.name, result, theme),
        _parts(result),
        _windows(windows),
        _trades(result.trades),
        "".join(f"<p>{escape(note)}</p>" for note in result.notes),
    ]


def _joint(cases: Sequence[Case], joint: BacktestResult, theme: ThemeName) -> list[str]:
    """The sum of the accounts: no strategy knows of another."""
    text = "Each strategy trades an account of its own; the equity is the sum of them. Risk is not shared."
    rows = [(case.artifact.name, case.result) for case in cases] + [("together", joint)]
    return [f"<p>{text}</p>", _equity("together", joint, theme), *(_compared(rows, *part) for part in PARTS)]


def _compared(rows: Iterable[tuple[str, BacktestResult]], field: str, title: str, meaning: str) -> str:
    """One part of all strategies."""
    found = ((name, getattr(result.metrics, field)) for name, result in rows)
    table = ((escape(name), *cells(metrics)) for name, metrics in found)
    return _table(f"{title}: {meaning}", ("strategy", *NAMES), table, long=True)


def _equity(title: str, result: BacktestResult, theme: ThemeName) -> str:
    known = ((result.borders.last_anchor, "last anchor"), (result.borders.exported_at, "export"))
    borders = tuple((time, words) for time, words in known if time is not None)
    course = tuple(zip(result.time.tolist(), result.equity.tolist(), strict=True))
    equity = Equity(title, course, "equity on paper", borders=borders, theme=theme)
    return _picture("Equity and drawdown", lambda size: render_equity(equity, width=size[0], height=size[1]))


def _picture(alt: str, draw: Callable[[Size], bytes]) -> str:
    wide, narrow = (f"data:image/png;base64,{base64.b64encode(draw(size)).decode()}" for size in (DESK, PHONE))
    source = f'<source media="{NARROW}" srcset="{narrow}">'
    return f'<picture>{source}<img alt="{escape(alt)}" src="{wide}"></picture>'


def _parts(result: BacktestResult) -> str:
    """A figure a row, a part a column: so it fits a phone."""
    parts = [(title, meaning, getattr(result.metrics, field)) for field, title, meaning in PARTS]
    columns = [cells(metrics) for _, _, metrics in parts]
    head = ("part", *(f"{title}<small>{meaning}</small>" for title, meaning, _ in parts))
    table = _table("Figures, never mixed", head, zip(NAMES, *columns, strict=True))
    return table if parts[-1][2] else f"{table}<p>After the export: {UNKNOWN}.</p>"


def _windows(windows: Sequence[Window]) -> str:
    if not windows:
        return ""
    titles = {field: title for field, title, _ in PARTS}
    rows = (
        (
            f"{text_of(one.start)} to {text_of(one.end)}",
            ", ".join(titles[part] for part in one.parts),
            *cells(one.metrics),
        )
        for one in windows
    )
    caption = f"{len(windows)} windows, one after another; nothing is fitted in any of them"
    return _table(caption, ("window", "lies", *NAMES), rows, long=True)


def _trades(trades: Sequence[Trade]) -> str:
    rows = (
        (
            trade.side,
            text_of(trade.entry_time),
            f"{trade.entry_price:.10g}",
            text_of(trade.exit_time),
            f"{trade.exit_price:.10g}",
            f"{trade.size:.8g}",
            escape(trade.reason),
            f"{trade.pnl:+.2f}",
        )
        for trade in trades
    )
    return _table("Trades", TRADES, rows, long=True)


def _table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], *, long: bool = False) -> str:
    """A table of cells that are HTML already; a long one keeps its rows on a line and scrolls."""
    heads = "".join(f"<th>{cell}</th>" for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    kind = ' class="long"' if long else ""
    return f'<h3>{caption}</h3><div class="wide"><table{kind}><tr>{heads}</tr>{body}</table></div>'
