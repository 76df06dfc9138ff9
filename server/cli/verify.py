"""``drawbridge verify``: whether a byte of an artifact changed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from server.cli.errors import No
from server.cli.output import read_file, say, show
from spec.artifact import BadArtifact, read


def verify_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A frozen strategy.")],
) -> None:
    """Check that a frozen strategy is as it was frozen, byte for byte, and print its digest.

    Any changed byte is a no (exit code 1).

    Example:
      drawbridge verify strategy.yaml

    """
    try:
        artifact = read(read_file(file))
    except BadArtifact as error:
        msg = f"{file}: {error}"
        raise No(msg) from None
    show(artifact.digest)
    say(f"{file} is as it was frozen: {artifact.id}, {artifact.name}")
