"""From the raw bytes of a drawing export, in any of TradingView's seven wire formats, to one normal form.

Nothing is dropped: every drawing of the file is in the result once, with None where a value is missing or makes no
sense, and ``notes`` say what was repaired or was no drawing.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

from interpreters.drawing import Export
from interpreters.reading.context import Context
from interpreters.reading.decoding import NOT_JSON, decode_bytes
from interpreters.reading.part import Part, keyed
from interpreters.reading.sniff import Search, read_buried, read_value
from interpreters.reading.unreadable import MAX_BYTES, ExportUnreadable

if TYPE_CHECKING:
    from interpreters.reading.values import Notes

__all__ = ["ExportUnreadable", "read_export"]

EMPTY = "The file is empty; export the drawings again."
ALERTS = "The file holds alerts of TradingView, not drawings; export the drawings of the chart."
NO_DRAWINGS = (
    "The file is JSON but no drawing export known here: send a saved layout, the answer of a drawings storage, "
    "a clipboard clip, or shapes read back from the chart."
)


def read_export(raw: bytes) -> Export:
    """The drawings of an export of at most 8 MiB and 5,000 drawings; raises ExportUnreadable with one sentence."""
    if len(raw) > MAX_BYTES:
        msg = f"The file has {len(raw):,} bytes, more than {MAX_BYTES:,}; export fewer drawings."
        raise ExportUnreadable(msg)
    if not raw.strip():
        raise ExportUnreadable(EMPTY)
    notes: Notes = Counter()
    part = _part_of(raw, notes)
    return Export(
        format=part.format,
        digest=hashlib.sha256(raw).hexdigest(),
        charts=part.charts,
        drawings=keyed(part.drawings),
        bars=part.bars,
        exported_at=part.exported_at,
        notes=tuple(text if count == 1 else f"{text} ({count} times)" for text, count in notes.items() if count),
    )


def _part_of(raw: bytes, notes: Notes) -> Part:
    value, search = decode_bytes(raw, notes), Search(notes)
    part = read_value(value, Context(), search) or read_buried(value, Context(), search)
    if part is not None:
        return part
    if isinstance(value, str):
        raise ExportUnreadable(NOT_JSON)
    raise ExportUnreadable(ALERTS if b'"alert_id"' in raw else NO_DRAWINGS)
