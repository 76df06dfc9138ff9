"""``python -m benchmarks [NAME ...]``: run all benchmarks or some, and show them; all of them are also written down."""

from __future__ import annotations

import argparse
import signal
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import (
    backtest,
    closes,
    exchange_start,
    house,
    orders,
    picture,
    reading,
    signals,
    slack,
    startup,
    ticks,
    webhooks,
)
from benchmarks.benchmark import Benchmark, Result
from benchmarks.processes import ROOT
from benchmarks.report import markdown, table_of
from benchmarks.timing import measure

if TYPE_CHECKING:
    from collections.abc import Callable

BENCHMARKS: dict[str, Callable[[], list[Benchmark]]] = {
    "signals": signals.benchmarks,
    "backtest": backtest.benchmarks,
    "ticks": ticks.benchmarks,
    "orders": orders.benchmarks,
    "closes": closes.benchmarks,
    "picture": picture.benchmarks,
    "reading": reading.benchmarks,
    "startup": startup.benchmarks,
    "exchange-start": exchange_start.benchmarks,
    "webhooks": webhooks.benchmarks,
    "house": house.benchmarks,
    "slack": slack.benchmarks,
}
PAGE = ROOT / "docs" / "benchmarks.md"


def main() -> None:
    """Run, show and, if everything was run, write docs/benchmarks.md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    names = parser.parse_args().names or list(BENCHMARKS)
    if unknown := set(names) - set(BENCHMARKS):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    console = Console(width=None if sys.stdout.isatty() else 160)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the servers that were started end with it
    results = []
    for name in names:
        for benchmark in BENCHMARKS[name]():
            result = _run(benchmark, console)
            results.append(result)
            console.print(table_of(result), "")
    if set(names) == set(BENCHMARKS):
        PAGE.write_text(markdown(results), encoding="utf-8")
        console.print(f"written to {PAGE.relative_to(ROOT)}")


def _run(benchmark: Benchmark, console: Console) -> Result:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(benchmark.title, total=benchmark.runs)
        timings = measure(benchmark.candidates, benchmark.rounds, benchmark.warm, lambda: bar.advance(task))
    return Result(benchmark, timings)


if __name__ == "__main__":
    main()
