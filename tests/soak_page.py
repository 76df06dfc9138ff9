"""The page of soak results: a table under each heading, in which a long test that passed replaces its row."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from server.clock import now

PAGE = Path(__file__).parents[1] / "docs" / "soak.md"


def keep(heading: str, name: str, cells: tuple[str, ...]) -> None:
    """Write a row that begins with its name and ends with today's date into the table under a heading."""
    today = datetime.fromtimestamp(now(), UTC).date().isoformat()
    row = "| " + " | ".join((name, *cells, today)) + " |"
    PAGE.write_text(placed(PAGE.read_text(encoding="utf-8"), heading, row), encoding="utf-8")


def placed(page: str, heading: str, row: str) -> str:
    """The page with a row in place of the one of its name, or after the last one of its table."""
    lines = page.splitlines()
    start = lines.index(f"## {heading}")
    first = next(at for at in range(start, len(lines)) if lines[at].startswith("| ---")) + 1
    end = next((at for at in range(first, len(lines)) if not lines[at].startswith("|")), len(lines))
    name = row.split("|")[1]
    same = next((at for at in range(first, end) if lines[at].split("|")[1] == name), None)
    if same is None:
        lines.insert(end, row)
    else:
        lines[same] = row
    return "\n".join(lines) + "\n"
