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


class Failed(RuntimeError):
    """A program that was to be timed ended with an error: the text is what it said last."""


def program(python: Path | str, *arguments: str) -> Callable[[], None]:
    """A call that runs an interpreter with these arguments and waits; it raises Failed."""
    return partial(_run, [str(python), *arguments])


def interpreter(*arguments: str) -> Callable[[], None]:
    """A call that runs Python with these arguments and waits; it raises Failed."""
    return program(sys.executable, *arguments)


def _run(command: list[str]) -> None:
    ended = subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if ended.returncode:
        raise Failed(" ".join([*command[1:], "->", *ended.stderr.strip().splitlines()[-1:]]))


def module(name: str) -> Callable[[], None]:
    """A call that runs a module as a program."""
    return interpreter("-m", name)


def drawbridge(*arguments: str) -> Callable[[], None]:
    """A call that runs the command line as the installed script does."""
    return interpreter("-c", "from server.cli import main; main()", *arguments)
