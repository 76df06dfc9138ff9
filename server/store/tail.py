"""The log's newest events in memory, so that following it costs the database nothing while webhooks pour in."""

from __future__ import annotations

from bisect import bisect_right
from operator import itemgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

KEPT = 4096
NUMBER, KIND = 0, 2  # places in a row

Row = tuple[Any, ...]  # seq, at, kind, subject, person, data as JSON


class Tail:
    """Every event after number ``start`` and up to ``end``."""

    def __init__(self) -> None:
        self.start = self.end = 0
        self._rows: list[Row] = []

    def begin(self, end: int) -> None:
        """Somebody else wrote up to this number: nothing before it is known here."""
        self.start = self.end = end
        self._rows = []

    def add(self, rows: Sequence[Row]) -> None:
        """Take what was committed; a gap before it may be somebody else's events, so that what was kept goes."""
        if rows[-1][NUMBER] <= self.end:
            return
        if rows[0][NUMBER] != self.end + 1:
            self.begin(rows[0][NUMBER] - 1)
        self._rows += rows
        self.end = rows[-1][NUMBER]
        if len(self._rows) > 2 * KEPT:
            self._rows = self._rows[-KEPT:]
            self.start = self._rows[0][NUMBER] - 1

    def after(self, seq: int, limit: int, kinds: tuple[str, ...] | None) -> list[Row] | None:
        """At most ``limit`` rows after a number, of some kinds; None where it lies before what is kept."""
        if seq < self.start:
            return None
        first = bisect_right(self._rows, seq, key=itemgetter(NUMBER))
        if kinds is None:
            return self._rows[first : first + limit]
        return [row for row in self._rows[first:] if row[KIND] in kinds][:limit]
