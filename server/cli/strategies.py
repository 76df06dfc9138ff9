"""Reading a frozen strategy and its candles for the commands that evaluate it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.candles import read_candles
from server.cli.output import progress, read_file
from server.tick_file import read_ticks
from spec.artifact import BadArtifact, read

if TYPE_CHECKING:
    from pathlib import Path

    from execution.tick_backtest import Recording
    from spec.bars import Bars
    from spec.strategy import Artifact


def open_artifact(path: Path) -> Artifact:
    """The verified artifact; raises Changed or BadArtifact with the file's name."""
    try:
        return read(read_file(path))
    except BadArtifact as error:
        raise type(error)(f"{path}: {error}") from None


def open_ticks(path: Path) -> Recording:
    """The recorded trades."""
    with progress(f"reading {path.name}"):
        return read_ticks(path)


def open_candles(path: Path) -> Bars:
    """The candles, with a progress bar for files that take a moment."""
    with progress(f"reading {path.name}"):
        return read_candles(path)
