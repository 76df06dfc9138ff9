"""The one error of reading, and what it says of files that are too large or too full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_BYTES = 8 * 1024 * 1024
MAX_DRAWINGS = 5_000
MAX_POINTS = 250_000
MAX_CHARTS = 100  # tradingview.com shows sixteen


class ExportUnreadable(ValueError):
    """The bytes are no drawing export; the message is one sentence for the person who sent them."""


def refuse_crowd(sources: Sequence[dict[str, Any]]) -> None:
    """Raise ExportUnreadable for more drawings than anyone watches, or more points than hands draw; before reading."""
    if len(sources) > MAX_DRAWINGS:
        msg = f"The export holds {len(sources):,} drawings, more than {MAX_DRAWINGS:,}; export fewer of them."
        raise ExportUnreadable(msg)
    points = sum(len(value) for source in sources for value in source.values() if isinstance(value, list))
    if points > MAX_POINTS:
        msg = f"The drawings hold {points:,} points, more than {MAX_POINTS:,}; export without the freehand drawings."
        raise ExportUnreadable(msg)


def refuse_charts(charts: int) -> None:
    """Raise ExportUnreadable for more charts than any screen shows."""
    if charts > MAX_CHARTS:
        msg = f"The layout holds {charts:,} charts, more than {MAX_CHARTS:,}; export fewer of them."
        raise ExportUnreadable(msg)
