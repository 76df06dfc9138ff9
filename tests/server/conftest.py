"""An empty folder to run commands in, with the settings at their defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server.settings import Settings
from tests.server.commands import Commands

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, empty; no variable of ours is set."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"DRAWBRIDGE_{name.upper()}", raising=False)
    return tmp_path


@pytest.fixture
def drawbridge(folder: Path, capsys: pytest.CaptureFixture[str]) -> Commands:
    """The command line, in an empty folder."""
    return Commands(capsys)
