"""Golden pictures: ``python -m tests.server.charts.golden`` draws them anew. Look at each one before committing it."""

from __future__ import annotations

from pathlib import Path

from server.charts.elements import Scene
from server.charts.equity import Equity, render_equity
from server.charts.render import render
from tests.server.charts.examples import scenes

FOLDER = Path(__file__).parent / "golden"


def drawn(part: object) -> bytes:
    """The PNG of a scene or of an equity."""
    if isinstance(part, Equity):
        return render_equity(part)
    assert isinstance(part, Scene)
    return render(part)


if __name__ == "__main__":
    for name, part in scenes().items():
        (FOLDER / f"{name}.png").write_bytes(drawn(part))
