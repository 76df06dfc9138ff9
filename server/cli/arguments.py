"""Arguments that several commands take, and the checks that turn their text into values."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from server.candles import parse_time
from server.cli.errors import BadInput

Candles = Annotated[
    Path,
    typer.Option(
        "--candles", metavar="FILE", help="CSV or Parquet: time,open,high,low,close,volume; closed bars, UTC."
    ),
]
Artifact = Annotated[
    Path, typer.Argument(metavar="STRATEGY", help="A frozen strategy, as `drawbridge freeze` wrote it.")
]
Log = Annotated[
    str, typer.Argument(metavar="RUN", help="A run's id, or a file of its logs as --out wrote it; - reads stdin.")
]
Output = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write the logs as JSON lines.")]
Name = Annotated[str, typer.Option("--as", metavar="NAME", help="Whose it is, or who does it.")]
OWNER = "owner"  # of a server that one person runs
Json = Annotated[bool, typer.Option("--json", help="Write JSON.")]


def time_of(text: str | None, option: str) -> int | None:
    """UNIX seconds of an option's text; raises BadInput."""
    if text is None:
        return None
    try:
        return parse_time(text)
    except ValueError as error:
        msg = f"{option}: {error}"
        raise BadInput(msg) from None
