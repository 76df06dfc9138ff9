"""The repository as its rules see it: the root, the tracked files and their text."""

from __future__ import annotations

import functools
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@functools.cache
def tracked_texts() -> dict[str, str]:
    """Text of every tracked file by its path; skips the test where there is no git checkout."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a git checkout, so nothing says which files are tracked")
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    paths = {name: ROOT / name for name in names.split("\0") if name}
    return {name: path.read_text("utf-8", "replace") for name, path in paths.items() if path.is_file()}


def text(name: str) -> str:
    """Text of one file of the repository."""
    return (ROOT / name).read_text("utf-8")
