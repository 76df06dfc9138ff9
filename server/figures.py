"""The figures of a backtest in words: which there are, what each is called, and how it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from execution.metrics import Metrics

UNKNOWN = "unknown: the export does not say when it was made; interpret it with --exported-at TIME"
NONE = "none"
PARTS = (
    ("before_last_anchor", "before the last anchor", "drawn through these bars"),
    ("before_export", "before the export", "seen by the trader"),
    ("after_export", "after the export", "out of sample"),
)


def _signed_share(value: float) -> str:
    return f"{value:+.2%}"


def _share(value: float) -> str:
    return f"{value:.2%}"


def _percent(value: float) -> str:
    return f"{value:.0%}"


def _number(value: float) -> str:
    return f"{value:.2f}"


def _signed(value: float) -> str:
    return f"{value:+.2f}"


def _growth(value: float) -> str:
    """A yearly growth; a part of a few days may compound to anything."""
    return f"{value:+.2%}" if abs(value) < 100 else f"{value:+.1e}"


# Field of Metrics, name, form; what a trader asks for first comes first.
FIGURES: tuple[tuple[str, str, Callable[[float], str]], ...] = (
    ("trades", "trades", str),
    ("return_", "return", _signed_share),
    ("max_drawdown", "max drawdown", _share),
    ("win_rate", "win rate", _percent),
    ("profit_factor", "profit factor", _number),
    ("sharpe", "Sharpe", _number),
    ("sortino", "Sortino", _number),
    ("cagr", "CAGR", _growth),
    ("expectancy", "expectancy", _signed),
    ("average_r", "average R", _signed),
    ("exposure", "exposure", _percent),
)
NAMES = tuple(name for _, name, _ in FIGURES)


def cells(metrics: Metrics | None) -> tuple[str, ...]:
    """Each figure as text, in the order of ``NAMES``; all unknown of a part that nobody knows."""
    if metrics is None:
        return ("unknown",) * len(NAMES)
    values = ((getattr(metrics, name), form) for name, _, form in FIGURES)
    return tuple(NONE if value is None else form(value) for value, form in values)


def sentence(metrics: Metrics | None) -> str:
    """All figures in two lines."""
    if metrics is None:
        return f"  {UNKNOWN}"
    said = [f"{name} {cell}" for name, cell in zip(NAMES, cells(metrics), strict=True)]
    return f"  {', '.join(said[:6])}\n  {', '.join(said[6:])}"
