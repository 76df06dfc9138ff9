"""The documents of the repository and what stands in them: code blocks, links, headings."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#+ +(?P<text>.+)$", re.MULTILINE)


def pages() -> list[Path]:
    """Every Markdown page of the repository."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def name_of(page: Path) -> str:
    """The page's path in the repository."""
    return str(page.relative_to(ROOT))


def blocks(text: str) -> list[str]:
    """The code blocks of a page, in order."""
    return [found["text"] for found in FENCE.finditer(text)]


def prose(text: str) -> str:
    """A page without its code blocks."""
    return FENCE.sub("", text)


def section(text: str, heading: str) -> str:
    """What stands below a heading of the second level."""
    _, _, rest = text.partition(f"\n## {heading}\n")
    return rest.partition("\n## ")[0]


def anchors(text: str) -> set[str]:
    """The names that a page's headings can be linked by."""
    kept = (re.sub(r"[^\w\- ]", "", found["text"].lower()) for found in HEADING.finditer(prose(text)))
    return {text.strip().replace(" ", "-") for text in kept}
