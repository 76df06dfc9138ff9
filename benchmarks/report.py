"""Results as tables: for the terminal, and as Markdown for docs/benchmarks.md."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.benchmark import Aim, Amount, Result

PACKAGES = ("numpy", "msgspec", "matplotlib", "mplfinance", "pandas", "typer")
HEAD = """# Benchmarks

Written by `make bench`: the last result, and all of it. Each table is one run in which the candidates took turns, round
by round, so that the load of the machine hits all alike: the ratios can be compared, the times only with care, and
differences under 20 % mean nothing. *Peer* is what one would use instead, *floor* a lower limit that the program is
held against; a ratio is time over time, so smaller is better.
"""


def table_of(result: Result) -> Table:
    """A result for the terminal, with the aim below it."""
    table = Table(title=result.benchmark.title, caption=aim_text(result), title_justify="left", caption_justify="left")
    head, *rows = _cells(result)
    for number, name in enumerate(head):
        table.add_column(name, justify="right" if number else "left", no_wrap=number > 0)
    for row in rows:
        table.add_row(*row)
    return table


def markdown(results: Sequence[Result]) -> str:
    """The whole page."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    where = f"Python {platform.python_version()} on {os.cpu_count()} cores, {platform.machine()}; {versions}."
    return "\n".join([HEAD, where, *(_section(result) for result in results), ""])


def _section(result: Result) -> str:
    head, *rows = _cells(result)
    marks = ["---", *["--:"] * (len(head) - 1)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in (head, marks, *rows))
    parts = [f"\n## {result.benchmark.title}", result.benchmark.text, table, aim_text(result)]
    return "\n\n".join(part for part in parts if part)


def _cells(result: Result) -> list[list[str]]:
    """Head and rows."""
    benchmark = result.benchmark
    rates = [f"{benchmark.amount.unit}/s"] if benchmark.amount else []
    table = [["", "median ms", "range ms", *rates, "/ peer", "/ floor", *benchmark.more]]
    for candidate in benchmark.candidates:
        name, timing = candidate.name, result.timings[candidate.name]
        rate = result.rate(name)
        table.append(
            [
                f"{name}{_role(result, name)}",
                _number(timing.median * 1000),
                f"{_number(timing.least * 1000)} to {_number(timing.most * 1000)}",
                *([_large(rate)] if rate else []),
                _number(result.ratio(name, benchmark.peer)),
                _number(result.ratio(name, benchmark.floor)),
                *(say(name) for say in benchmark.more.values()),
            ]
        )
    return table


def _role(result: Result, name: str) -> str:
    roles = {"peer": result.benchmark.peer, "floor": result.benchmark.floor}
    found = ", ".join(role for role, whose in roles.items() if whose == name)
    return f" ({found})" if found else ""


def aim_text(result: Result) -> str:
    """The aim and whether it was reached, as a sentence; empty without an aim."""
    benchmark, reached = result.benchmark, result.reached()
    if benchmark.aim is None:
        return ""
    return f"Aim: {_wish(benchmark.aim, benchmark.amount)}: {'reached' if reached else 'missed'}."


def _wish(aim: Aim, amount: Amount | None) -> str:
    rate = f"at least {_large(aim.rate)} {amount.unit}/s" if aim.rate and amount else ""
    ratio = f"at most {aim.ratio:g} of the peer's time" if aim.ratio else ""
    return " and ".join(filter(None, (rate, ratio)))


def _number(value: float) -> str:
    """Three digits."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def _large(value: float) -> str:
    if value < 10:
        return _number(value)
    return f"{_number(value / 1e6)} M" if value >= 1e5 else f"{value:,.0f}"
