"""``drawbridge chart``: the picture of a frozen strategy or of an export."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from server.cli.arguments import Candles
from server.cli.output import read_file, say, write_file
from server.cli.strategies import open_candles
from server.settings import read_settings
from spec.artifact import BadArtifact, Changed, read


class Theme(StrEnum):
    """Colours of the picture."""

    dark = "dark"
    light = "light"


def chart_command(
    source: Annotated[Path, typer.Argument(metavar="STRATEGY|EXPORT", help="A frozen strategy, or a drawing export.")],
    candles: Candles,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="PNG", help="Where the picture goes.")],
    theme: Annotated[Theme | None, typer.Option(help="Colours; the setting's without it.")] = None,
    width: Annotated[int, typer.Option(min=320, max=4000, help="Pixels.")] = 1200,
    height: Annotated[int, typer.Option(min=240, max=3000, help="Pixels.")] = 675,
) -> None:
    """Draw candles with the frozen geometry, or with what an export was understood as.

    Examples:
      drawbridge chart strategy.yaml --candles ETHBTC-5m.csv -o strategy.png

      drawbridge chart export.json --candles ETHBTC-5m.csv --theme light -o export.png

    """
    from server import pictures  # noqa: PLC0415 - a second that only pictures pay

    colours = theme.value if theme else read_settings().theme
    bars, raw = open_candles(candles), read_file(source)
    size = (width, height)
    try:
        artifact = read(raw)
    except Changed as error:
        raise Changed(f"{source}: {error}") from None
    except BadArtifact:
        write_file(output, pictures.of_export(raw, bars, read_settings(), colours, size))
    else:
        write_file(output, pictures.of_strategy(artifact, bars, colours, size))
    say(f"drawn in {output}")
