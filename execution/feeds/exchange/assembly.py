"""The assembly of closed bars from what a stream says and what REST answers. Pure: no clock, no socket.

Its laws:
- The newest row is always open. A bar is closed when a later row was seen, never because time passed.
- Bars are handed on in time order, each once; what was handed on is never changed: a difference found later is a
  correction, told beside it.
- REST is the record: what it tells of closed bars is taken over what the stream told, and an interval that it does
  not report is not invented.
- The stream's word alone serves where REST could not be had in time, and only for a bar that it told whole and that
  follows the last one without a gap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from execution.feeds.exchange.rows import alike
from spec import timeframe as tf

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from execution.feeds.exchange.rows import Row

REMEMBERED = 500  # bars handed on in which a later difference is noticed
OVERLAP = 2  # bars before the unknown that each question to REST asks for again


class Difference(NamedTuple):
    """REST tells another bar than was handed on; None: no bar."""

    time: int
    was: Row | None
    now: Row | None


class Assembly:
    """Bars of one timeframe that end after ``after``, UNIX seconds UTC."""

    def __init__(self, timeframe: str, after: int) -> None:
        self.timeframe = timeframe
        first = tf.start_of(tf.bucket_of(after, timeframe), timeframe)
        self.first = first
        self.next = first  # every closed bar that opened before it was handed on
        self.covered = first  # REST told every closed bar that opened before it
        self.frontier = first  # the newest open time that was seen: that bar is open
        self.healed = 0  # bars that the stream lost or told otherwise
        self.unaudited = 0  # bars handed on by the stream's word alone
        self._live = False  # a stream was heard at all
        self._behind = True  # REST was not asked to its end since the start, or since the stream broke
        self._heard: int | None = None  # the newest open time of the unbroken stream
        self._streamed: dict[int, Row] = {}
        self._audited: dict[int, Row] = {}
        self._handed: dict[int, Row] = {}
        self._spoiled: set[int] = set()
        self._doubted: set[int] = set()

    def hear(self, rows: Iterable[Row], spoiled: Iterable[int] = ()) -> None:
        """Rows of the stream in any order; those at ``spoiled`` were told in part only."""
        self._spoiled.update(time for time in spoiled if time >= self.next)
        for row in rows:
            time, self._live = row[0], True
            if time >= self.next:
                self._streamed[time] = row
            elif time in self._handed and not alike(self._handed[time], row):
                self._doubted.add(time)  # a late correction, or an older state come late: only REST can tell
            self._heard = max(time, self._heard or time)
            self.frontier = max(self.frontier, time)

    def interrupt(self) -> None:
        """The stream broke: what the newest row became is unknown, and whatever came since."""
        if self._streamed:
            self._spoiled.add(max(self._streamed))
        self._heard = None
        self._behind = True

    def suspect(self) -> None:
        """There may be more than was heard."""
        self._behind = True

    def question(self) -> int | None:
        """The open time from which REST is to be asked; None where there is nothing to ask."""
        if not (self._behind or self._doubted or self.covered < self.frontier):
            return None
        return max(self.first, tf.shift_by_clock(min([self.covered, *self._doubted]), -OVERLAP, self.timeframe))

    def answer(self, since: int, rows: Sequence[Row]) -> tuple[Difference, ...]:
        """REST's rows from ``since`` on, in time order and without a gap of ours; what differs from bars handed on."""
        until = self._final(rows)
        told = {row[0]: row for row in rows if row[0] < until}
        found = self._compare(told, until)
        self._doubted -= {time for time in self._doubted if since <= time < until}
        advanced = since <= self.covered < until
        if advanced:
            self._audited.update((time, row) for time, row in told.items() if time >= self.next)
            self.covered = until
        self.frontier = max([self.frontier, *(row[0] for row in rows[-1:])])
        if not advanced or (self._heard is not None and self.covered >= self._heard):
            self._behind = False
        return found

    def _final(self, rows: Sequence[Row]) -> int:
        """The open time before which an answer is final.

        Its last row is open, unless the stream says that it is closed and tells the same.
        """
        if not rows:
            return self.first
        last = rows[-1]
        closed = last[0] < self.frontier and last[0] not in self._spoiled and last[0] in self._streamed
        if closed and alike(self._streamed[last[0]], last):
            return tf.shift_by_clock(last[0], 1, self.timeframe)
        return last[0]

    def _compare(self, told: dict[int, Row], until: int) -> tuple[Difference, ...]:
        start = max([min(told, default=until), *([min(self._handed)] if self._handed else [until])])
        times = sorted(t for t in told.keys() | self._handed.keys() if start <= t < min(until, self.next))
        found = [Difference(time, self._handed.get(time), told.get(time)) for time in times]
        found = [one for one in found if not alike(one.was, one.now)]
        for one in found:
            if one.now is None:
                del self._handed[one.time]
            else:
                self._handed[one.time] = one.now
        return tuple(found)

    def ready(self, *, unaudited: bool = False) -> list[Row]:
        """The closed bars to hand on now; ``unaudited``: also those that REST could not confirm in time."""
        rows = [self._audited[time] for time in sorted(self._audited)]
        self.healed += sum(1 for row in rows if self._live and not self._told(row))
        self._audited.clear()
        self.next = max(self.next, self.covered)
        while unaudited and self.next < self.frontier and self.next not in self._spoiled:
            row = self._streamed.get(self.next)
            if row is None:
                break
            rows.append(row)
            self.unaudited += 1
            self.next = tf.shift_by_clock(self.next, 1, self.timeframe)
        self._remember(rows)
        return rows

    def _told(self, row: Row) -> bool:
        return alike(self._streamed.get(row[0]), row)

    def _remember(self, rows: Sequence[Row]) -> None:
        self._handed.update((row[0], row) for row in rows)
        for time in sorted(self._handed)[:-REMEMBERED]:
            del self._handed[time]
        for time in [time for time in self._streamed if time < self.next]:
            del self._streamed[time]
        self._spoiled = {time for time in self._spoiled if time >= self.next}
