"""Environments of peers, made on demand beside the program's own: peers are no part of the lock."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks.processes import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def python_of(folder: str) -> Path:
    """The interpreter of the environment in a folder of the repository, whether it is there or not."""
    return ROOT / folder / "bin" / "python"


def install(folder: str, packages: tuple[str, ...], peer: str) -> bool:
    """Whether a peer's environment is there, made if need be; where it cannot be, standard error says why."""
    python, whole = python_of(folder), ROOT / folder / ".whole"
    if whole.exists() or (python.exists() and _has(python, packages)):
        whole.touch()
        return True
    try:
        subprocess.run([sys.executable, "-m", "venv", str(python.parents[1])], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *packages], check=True)
    except subprocess.CalledProcessError as error:
        print(f"without {peer}, which cannot be installed: {error}", file=sys.stderr)
        return False
    whole.touch()
    return True


def _has(python: Path, packages: tuple[str, ...]) -> bool:
    """Whether an environment has the packages already."""
    names = [package.partition("[")[0] for package in packages]
    line = [str(python), "-m", "pip", "show", "--quiet", *names]
    return subprocess.run(line, check=False, capture_output=True).returncode == 0
