"""What is known of a symbol's bars while its drawings are read: counting them, and placing points among them.

TradingView's lines are straight in bar index. The count between two anchors comes from the export's own bars, else
from the candles given, else from the clock, which is exact only where the exchange reports every interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import Struct

from interpreters.symbols import timeframe_of
from spec import timeframe as tf
from spec.bars import BadBars, Bars, resample
from spec.geometry import Moment
from spec.placement import Ground, locate

if TYPE_CHECKING:
    from interpreters.drawing import Point


class Place(Struct, frozen=True):
    """A point's moment and price on one timeframe."""

    moment: Moment
    price: float


class Count(Struct, frozen=True):
    """Bars between two moments; not ``exact`` when they were counted by the clock on a market that leaves bars out."""

    bars: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """Bars of one symbol (None: none at hand), whether the clock may count for them, and when the export was made."""

    bars: Bars | None
    by_clock: bool
    exported_at: int | None

    def series(self, timeframe: str) -> Bars | None:
        """The known bars in a timeframe; None where they cannot give it."""
        if self.bars is None:
            return None
        try:
            series = resample(self.bars, timeframe)
        except BadBars:
            return None
        return series if len(series) else None

    def last_bar(self, timeframe: str) -> int | None:
        """Open of the last bar known to exist, UNIX seconds; None where nothing is known."""
        series = self.series(timeframe)
        if series is not None:
            return int(series.time[-1])
        if self.exported_at is not None:
            return tf.start_of(tf.bucket_of(self.exported_at, timeframe), timeframe)
        return None

    def moment(self, point: Point, drawn: str | None, timeframe: str) -> Moment:
        """Where a point stands on a timeframe. ``drawn`` is the timeframe in whose bars its offset counts."""
        if point.time is None:
            msg = "a point without a time stands nowhere"
            raise ValueError(msg)
        own = timeframe_of(point.interval) or drawn or timeframe
        if own == timeframe and point.offset:
            return Moment(point.time, point.offset)
        time = self._absolute(point.time, point.offset, own)
        last = self.last_bar(timeframe)
        if last is not None and time >= tf.close_time(last, timeframe):
            return Moment(last, tf.count_by_clock(last, time, timeframe))
        return Moment(time, 0)

    def _absolute(self, time: int, offset: int, timeframe: str) -> int:
        """The time ``offset`` bars after ``time``, along the bars that are known and by the clock beyond them."""
        series = self.series(timeframe)
        if series is None or offset == 0:
            return tf.shift_by_clock(time, offset, timeframe) if offset else time
        try:
            at = locate(Moment(time, offset), Ground(series, by_clock=False))
        except BadBars:
            return tf.shift_by_clock(time, offset, timeframe)
        inside = min(max(at, 0), len(series) - 1)
        return tf.shift_by_clock(int(series.time[inside]), at - inside, timeframe)

    def count(self, start: Moment, end: Moment, timeframe: str) -> Count:
        """Bars from ``start`` to ``end`` (negative if it lies before), their offsets included."""
        series = self.series(timeframe)
        if series is not None:
            ground = Ground(series, by_clock=False)
            try:
                return Count(locate(end, ground) - locate(start, ground), exact=True)
            except BadBars:
                pass  # the bars do not reach both anchors: the clock counts, and says so
        bars = tf.count_by_clock(start.time, end.time, timeframe) + end.offset - start.offset
        same_bar = tf.count_by_clock(start.time, end.time, timeframe) == 0
        return Count(bars, exact=self.by_clock or same_bar)
