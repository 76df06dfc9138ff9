"""A backtest on a phone: one narrow table of its three parts, and what the columns mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.figures import NAMES, cells
from server.slack.text import joined, shown
from spec.timeframe import text_of

if TYPE_CHECKING:
    from server.backtests import Backtest

COLUMNS = (("before_last_anchor", "drawn"), ("before_export", "seen"), ("after_export", "after"))
MEANING = "drawn: up to the last anchor \u00b7 seen: from there to the export \u00b7 after: out of sample"
SHOWN = ("trades", "return", "max drawdown", "win rate", "profit factor", "Sharpe")
SHORT = {"max drawdown": "max down", "profit factor": "profit f.", "unknown": "?", "none": "\u2013"}


def table_of(tested: Backtest) -> str:
    """The figures as a code block of 36 letters a line, or why there are none."""
    if tested.parts is None:
        return f"*Backtest* not available: {shown(tested.reason, 600)}"
    columns = [dict(zip(NAMES, cells(getattr(tested.parts, name)), strict=True)) for name, _ in COLUMNS]
    rows = [("", *(title for _, title in COLUMNS))]
    rows += [(SHORT.get(name, name), *(SHORT.get(one[name], one[name]) for one in columns)) for name in SHOWN]
    lines = [first.ljust(9) + "".join(cell.rjust(9) for cell in rest).rstrip() for first, *rest in rows]
    return "*Backtest*\n```" + "\n".join(line.rstrip() for line in lines) + "```"


def notes_of(tested: Backtest) -> str:
    """What the columns mean, and on which candles the figures stand."""
    if tested.parts is None:
        return ""
    span = f"{tested.bars:,} bars, {text_of(tested.first)} to {text_of(tested.until)}"
    after = "" if tested.parts.after_export else "the export does not say when it was made, so nothing is out of sample"
    return joined(MEANING, span, after, *(shown(note, 300) for note in tested.notes[:3]))
