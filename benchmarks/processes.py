"""Running a program to its end, for cold starts."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent


def interpreter(*arguments: str) -> Callable[[], object]:
    """A call that runs Python with these arguments and waits; CalledProcessError where that fails."""
    return partial(
        subprocess.run,
        [sys.executable, *arguments],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def module(name: str) -> Callable[[], object]:
    """A call that runs a module as a program."""
    return interpreter("-m", name)


def drawbridge(*arguments: str) -> Callable[[], object]:
    """A call that runs the command line as the installed script does."""
    return interpreter("-c", "from server.cli import main; main()", *arguments)
