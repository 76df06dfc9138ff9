"""``drawbridge backtest``: frozen strategies over candles, on the same kernels as live."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from execution.backtest import BacktestResult, run
from execution.brokers.paper import PaperTerms
from execution.metrics import Borders
from execution.tick_backtest import run_over
from execution.together import together
from execution.windows import walk_forward
from server.accounts import paper_terms
from server.cases import Case, joint_json, joint_summary, json_of, summary, symbol_of
from server.cli.arguments import Json
from server.cli.errors import BadInput
from server.cli.output import progress, say, show, show_json, write_file
from server.cli.strategies import open_artifact, open_candles, open_ticks
from server.custom.running import equipped
from server.settings import Settings, read_settings

if TYPE_CHECKING:
    from execution.backtest import Progress
    from execution.tick_backtest import Recording
    from spec.bars import Bars
    from spec.strategy import Strategy


def backtest_command(
    strategy: Annotated[
        list[Path], typer.Argument(metavar="STRATEGY", help="A frozen strategy, as `drawbridge freeze` wrote it.")
    ],
    candles: Annotated[
        list[Path],
        typer.Option(
            metavar="FILE",
            help="CSV or Parquet: time,open,high,low,close,volume; closed bars, UTC. One for each strategy, in order.",
        ),
    ],
    ticks: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="Recorded trades, CSV or Parquet: time,price,amount; they decide within the bars."
        ),
    ] = None,
    json_: Json = False,
    chart: Annotated[Path | None, typer.Option(metavar="PNG", help="Draw the trades on the chart.")] = None,
    report: Annotated[Path | None, typer.Option(metavar="HTML", help="Write a page with pictures and figures.")] = None,
    windows: Annotated[
        int | None, typer.Option("--walk-forward", metavar="N", min=1, help="Also N windows, one after another.")
    ] = None,
) -> None:
    """Trade frozen strategies on paper over candles, and show the result in three parts.

    A line drawn through yesterday's lows predicted them: figures from before the last anchor, from before the export,
    and from after it are never mixed. Only the last part is out of sample. Entries on a close fill at the next open.
    Several strategies trade an account each; their sum is shown beside them. With recorded trades, nodes within a bar
    fire, and orders fill, on the trade itself.

    Examples:
      drawbridge backtest strategy.yaml --candles ETHBTC-5m.csv

      drawbridge backtest strategy.yaml --candles ETHBTC-5m.csv --json --chart trades.png --report report.html

      drawbridge backtest strategy.yaml --candles ETHBTC-5m.csv --ticks ETHBTC-trades.csv

      drawbridge backtest eth.yaml ltc.yaml --candles ETHBTC-5m.csv --candles LTCBTC-5m.csv --report both.html

    """
    settings = read_settings()
    _check(strategy, candles, chart)
    if ticks and len(ticks) != len(strategy):
        msg = f"{len(strategy)} strategies and {len(ticks)} files of trades; give one --ticks for each, in order"
        raise BadInput(msg)
    trades: list[Path | None] = [*ticks] if ticks else [None] * len(strategy)
    files = zip(strategy, candles, trades, strict=True)
    cases = [_case(one, (file, told), settings, windows) for one, file, told in files]
    joint = _joint(cases) if len(cases) > 1 else None
    if json_:
        show_json(json_of(cases[0]) if joint is None else joint_json(cases, joint))
    else:
        show(summary(cases[0]) if joint is None else joint_summary(cases, joint))
    if chart is not None or report is not None:
        _draw(cases, joint, (chart, report), settings)


def _check(strategies: list[Path], candles: list[Path], chart: Path | None) -> None:
    if len(strategies) != len(candles):
        msg = f"{len(strategies)} strategies and {len(candles)} candle files; give one --candles for each, in order"
        raise BadInput(msg)
    if chart is not None and len(strategies) > 1:
        msg = "--chart draws one strategy; use --report for several"
        raise BadInput(msg)


def _case(path: Path, files: tuple[Path, Path | None], settings: Settings, windows: int | None) -> Case:
    artifact, bars = open_artifact(path), open_candles(files[0])
    trades = None if files[1] is None else open_ticks(files[1])
    borders = Borders(artifact.provenance.last_anchor, artifact.provenance.exported_at)
    able = equipped(artifact.strategy, allowed=settings.custom_nodes)
    with progress(f"backtest {path.name}") as told, able as strategy:
        result = _run(strategy, (bars, trades), borders, terms(settings), lambda done, of: told(done / of))
    split = walk_forward(result.course, borders, windows) if windows is not None else ()
    for note in result.notes:
        say(f"note: {note}")
    return Case(artifact, bars, result, split)


def _run(
    strategy: Strategy, data: tuple[Bars, Recording | None], borders: Borders, costs: PaperTerms, told: Progress
) -> BacktestResult:
    bars, trades = data
    if trades is None:
        return run(strategy, bars, borders, costs, told)
    return run_over(strategy, (bars, trades), borders, costs, told)


def _joint(cases: list[Case]) -> BacktestResult:
    """The sum of the accounts; raises BadInput where they do not hold the same money."""
    money = {(symbol_of(case) or "").rpartition("/")[2].partition(":")[0] for case in cases}
    if len(money) > 1:
        msg = f"the accounts are in {' and '.join(sorted(money))}, which have no sum; backtest those apart"
        raise BadInput(msg)
    return together([case.result for case in cases])


def _draw(
    cases: list[Case], joint: BacktestResult | None, files: tuple[Path | None, Path | None], settings: Settings
) -> None:
    from server import pictures  # noqa: PLC0415 - drawing is paid for only where a picture is wanted
    from server import report as pages  # noqa: PLC0415

    chart, report = files
    if chart is not None:
        artifact, bars, result, _ = cases[0]
        write_file(chart, pictures.of_backtest(artifact, bars, result, settings.theme))
    if report is not None:
        write_file(report, pages.report(cases, joint, settings.theme))


def terms(settings: Settings) -> PaperTerms:
    """What trading on paper costs, from the settings."""
    return paper_terms(settings)
