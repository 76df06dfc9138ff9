"""``drawbridge interpret``: what an export says, as a draft to freeze."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from interpreters.reading import read_export
from interpreters.report import Reading, interpret
from interpreters.surroundings import Context
from server.candles import read_candles
from server.cli.arguments import time_of
from server.cli.errors import BadInput
from server.cli.output import read_file, say, show, show_json
from server.settings import read_settings
from spec.canonical import plain
from spec.yaml_form import dump


class Scale(StrEnum):
    """The price axis of the chart."""

    linear = "linear"
    log = "log"


class Format(StrEnum):
    """How the reading is written."""

    yaml = "yaml"
    json = "json"


def interpret_command(
    export: Annotated[
        Path, typer.Argument(metavar="EXPORT", help="A drawing export in any known format; - reads stdin.")
    ],
    candles: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Candles of the exported chart's symbol: bars to count, and the last price."),
    ] = None,
    price_scale: Annotated[
        Scale | None, typer.Option(help="The chart's price axis, if the export does not say.")
    ] = None,
    tick: Annotated[float | None, typer.Option(metavar="X", help="Tick size of the exported chart's symbol.")] = None,
    exported_at: Annotated[
        str | None, typer.Option(metavar="TIME", help="When the export was made: UNIX seconds or ISO 8601.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="Add the price of every line and level at this time.")
    ] = None,
    symbol: Annotated[
        list[str] | None,
        typer.Option(metavar="SYMBOL", help="Also take up drawings of this symbol (repeat it; `all` for every one)."),
    ] = None,
    hidden: Annotated[bool, typer.Option("--hidden", help="Also take up drawings that are hidden.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Show how each word was read.")] = False,
    format_: Annotated[Format, typer.Option("--format", help="yaml is the draft that freeze takes.")] = Format.yaml,
) -> None:
    """Read a drawing export: what was understood, what was left out and why, what is still open.

    Every drawing is listed once. The YAML on standard output is the draft for `drawbridge freeze`.

    Examples:
      drawbridge interpret export.json --candles ETHBTC-5m.csv > draft.yaml

      drawbridge interpret layout.json --price-scale log --at 2024-03-25T00:00:00Z --format json

    """
    settings = read_settings()
    if tick is not None and not 0 < tick < float("inf"):
        msg = f"--tick {tick:g}: a tick size is a number above 0, such as 0.01"
        raise BadInput(msg)
    context = Context(
        candles=read_candles(candles) if candles else None,
        price_scale=price_scale.value if price_scale else None,
        tick=tick,
        exported_at=time_of(exported_at, "--exported-at"),
        at=time_of(at, "--at"),
        also=tuple(symbol or ()),
        hidden=hidden,
        risk_percent=settings.risk_percent,
        max_exposure=settings.max_exposure,
    )
    reading = interpret(read_export(read_file(export)), context, explain=explain)
    if format_ is Format.json:
        show_json(plain(reading, sort=False))
    else:
        show(draft_text(reading))
    for question in reading.questions:
        say(f"open: {question.id}: {question.text}")


def draft_text(reading: Reading) -> str:
    """The draft in YAML, with what to do next at its head."""
    lines = [
        f"# {reading.drawings} drawings: {len(reading.understood)} understood, {len(reading.left_out)} left out,"
        f" {len(reading.questions)} questions open.",
        "# Answer a question by its `answer:`, or with --answer ID=CHOICE. Then:",
        "#   drawbridge freeze draft.yaml -o strategy.yaml" + _which(plain(reading, sort=False)["strategies"]),
    ]
    return "\n".join(lines) + "\n" + dump(plain(reading, sort=False))


def _which(strategies: list[dict[str, Any]]) -> str:
    if len(strategies) < 2:
        return ""
    return " --strategy " + "|".join(one["id"] for one in strategies)
