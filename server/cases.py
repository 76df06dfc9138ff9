"""Cases: strategies with what came of their backtests, as JSON and as text, one or several of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from execution.backtest import as_json
from server.figures import NAMES, PARTS, cells, sentence
from spec.timeframe import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from execution.backtest import BacktestResult
    from execution.windows import Window
    from spec.bars import Bars
    from spec.strategy import Artifact


class Case(NamedTuple):
    """A strategy, the candles that it was tested on, what came of it, and its windows, if they were asked for."""

    artifact: Artifact
    bars: Bars
    result: BacktestResult
    windows: tuple[Window, ...] = ()


def json_of(case: Case) -> dict[str, Any]:
    """The contract's form, with ``walk_forward`` where windows were asked for."""
    windows = {"walk_forward": msgspec.to_builtins(case.windows)} if case.windows else {}
    return {**as_json(case.result), **windows}


def joint_json(cases: Sequence[Case], joint: BacktestResult) -> dict[str, Any]:
    """Several: each as one alone, and the sum of the accounts."""
    strategies = [
        {"strategy": case.artifact.id, "digest": case.artifact.digest, "symbol": symbol_of(case), **json_of(case)}
        for case in cases
    ]
    return {"strategies": strategies, "together": as_json(joint)}


def symbol_of(case: Case) -> str | None:
    """The market's name."""
    market = case.artifact.strategy.market
    return market.name if market else None


def summary(case: Case) -> str:
    """The trades and the three parts as text, and the windows."""
    trades = case.result.trades
    lines = [f"{len(trades)} trade{'' if len(trades) == 1 else 's'}"]
    lines += [
        f"  {trade.side} {text_of(trade.entry_time)} at {trade.entry_price:.10g} → {text_of(trade.exit_time)} "
        f"at {trade.exit_price:.10g}, size {trade.size:.8g}, {trade.reason}: {trade.pnl:+.2f}"
        for trade in trades
    ]
    for name, title, meaning in PARTS:
        lines += ["", f"{title} ({meaning})", sentence(getattr(case.result.metrics, name))]
    return "\n".join([*lines, *_windows(case.windows)])


def _windows(windows: Sequence[Window]) -> list[str]:
    if not windows:
        return []
    titles = {name: title for name, title, _ in PARTS}
    rows = [
        (
            f"{text_of(one.start)} to {text_of(one.end)}",
            ", ".join(titles[part] for part in one.parts),
            *cells(one.metrics),
        )
        for one in windows
    ]
    return ["", f"{len(windows)} windows (nothing is fitted in any of them)", *_aligned(("", "", *NAMES), rows)]


def joint_summary(cases: Sequence[Case], joint: BacktestResult) -> str:
    """One table a part: each strategy, and the sum of the accounts."""
    named = [*((case.artifact.id, case.result) for case in cases), ("together", joint)]
    lines: list[str] = []
    for name, title, meaning in PARTS:
        rows = [(who, *cells(getattr(result.metrics, name))) for who, result in named]
        lines += ["", f"{title} ({meaning})", *_aligned(("", *NAMES), rows)]
    return "\n".join(lines[1:])


def _aligned(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Columns of text: names to the left, figures to the right."""
    table = [head, *rows]
    widths = [max(len(row[at]) for row in table) for at in range(len(head))]
    texts = len([name for name in head if not name])
    return [
        "  "
        + "  ".join(
            cell.ljust(width) if at < texts else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]
