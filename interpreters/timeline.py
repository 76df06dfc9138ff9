"""What is known of a symbol's bars while its drawings are read: counting them, and placing points among them.

TradingView's lines are straight in bar index. The count between two anchors comes from the export's own bars where
they hold both, else from the candles given, else from the clock, which is exact only where the exchange reports every
interval. Where each place was found is kept, so that a draft can carry it in the place of the bars.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec import Struct

from interpreters.sketch import Place
from spec import timeframe as tf
from spec.bars import BadBars, Bars, index_of, resample
from spec.geometry import Moment
from spec.placement import Ground, locate

if TYPE_CHECKING:
    from collections.abc import Iterable


class Spot(Struct, frozen=True):
    """A place on a timeframe, and the number of its bar in each series that holds it (the export's, the candles)."""

    moment: Moment
    in_export: int | None = None
    in_candles: int | None = None


class Found(Struct, frozen=True, array_like=True):
    """A place (time, offset, own timeframe) and its spot, as a draft carries them."""

    time: int
    offset: int
    own: str | None
    at: int
    bars_after: int
    in_export: int | None
    in_candles: int | None


class Counted(Struct, frozen=True, forbid_unknown_fields=True):
    """What the bars told on one timeframe."""

    timeframe: str
    found: tuple[Found, ...]


class Last(Struct, frozen=True, forbid_unknown_fields=True):
    """The last bar known to exist: its open, or with no timeframe a moment within it (UNIX seconds UTC).

    Not ``stated`` where it is only the last of the candles given, which may be older than the export.
    """

    time: int
    timeframe: str | None
    stated: bool

    def open_on(self, timeframe: str) -> int:
        """Its open on a timeframe."""
        if self.timeframe == timeframe:
            return self.time
        within = self.time if self.timeframe is None else tf.close_time(self.time, self.timeframe) - 1
        return tf.start_of(tf.bucket_of(within, timeframe), timeframe)


@dataclass(slots=True)
class Timeline:
    """One symbol's bars: the export's and the candles (None: none), and the last one known.

    ``absolute``: times are read back, so that one beyond the last bar is a future bar; a saved point says so itself.
    """

    export: Bars | None = None
    candles: Bars | None = None
    last: Last | None = None
    absolute: bool = False
    _spots: dict[tuple[str, Place], Spot] = field(default_factory=dict)
    _series: dict[tuple[int, str], Bars | None] = field(default_factory=dict)

    def remember(self, counted: Iterable[Counted]) -> None:
        """Take what another timeline told in the place of bars."""
        for one in counted:
            for row in one.found:
                spot = Spot(Moment(row.at, row.bars_after), row.in_export, row.in_candles)
                self._spots[one.timeframe, Place(row.time, row.offset, row.own)] = spot

    def told(self) -> tuple[Counted, ...]:
        """Every place asked for so far that the clock alone would have put elsewhere, or not numbered."""
        bare = Timeline(None, None, self.last, self.absolute)
        frames: dict[str, list[Found]] = {}
        for (frame, place), spot in self._spots.items():
            if spot != bare.spot(place, frame):
                moment = (spot.moment.time, spot.moment.offset)
                row = Found(place.time, place.offset, place.own, *moment, spot.in_export, spot.in_candles)
                frames.setdefault(frame, []).append(row)
        return tuple(Counted(frame, tuple(rows)) for frame, rows in frames.items())

    def spot(self, place: Place, timeframe: str) -> Spot:
        """Where a place stands on a timeframe."""
        key = (timeframe, place)
        if key not in self._spots:
            self._spots[key] = self._find(place, timeframe)
        return self._spots[key]

    def absolute_time(self, place: Place, timeframe: str) -> int:
        """The time ``offset`` bars after ``time``, along the bars that are known and by the clock beyond them."""
        own = place.own or timeframe
        for which in (0, 1) if place.offset else ():
            series = self._in(which, own)
            at = _number(series, Moment(place.time, place.offset))
            if series is not None and at is not None:
                inside = min(max(at, 0), len(series) - 1)
                return tf.shift_by_clock(int(series.time[inside]), at - inside, own)
        return tf.shift_by_clock(place.time, place.offset, own)

    def count(self, one: Spot, two: Spot, timeframe: str) -> tuple[int, bool]:
        """Bars from one spot to the other (negative if it lies before), and whether they were counted on bars."""
        for first, second in ((one.in_export, two.in_export), (one.in_candles, two.in_candles)):
            if first is not None and second is not None:
                return second - first, True
        apart = tf.count_by_clock(one.moment.time, two.moment.time, timeframe)
        return apart + two.moment.offset - one.moment.offset, apart == 0

    def bars_until(self, time: int, spot: Spot, timeframe: str) -> int:
        """Bars from a spot to the bar at a time: along the bars that are known and by the clock beyond them."""
        for which, number in ((0, spot.in_export), (1, spot.in_candles)):
            series = self._in(which, timeframe)
            if series is not None and number is not None and time >= series.time[0]:
                beyond = tf.count_by_clock(int(series.time[-1]), time, timeframe)
                return index_of(series, time) - number + max(beyond, 0)
        return tf.count_by_clock(spot.moment.time, time, timeframe) - spot.moment.offset

    def _find(self, place: Place, timeframe: str) -> Spot:
        if place.offset and place.own in {None, timeframe}:
            return self._numbered(Moment(place.time, place.offset), timeframe)
        time, last = self.absolute_time(place, timeframe), self.last
        if last is not None and (place.offset > 0 or self.absolute):
            open_of_last = last.open_on(timeframe)
            if time >= tf.close_time(open_of_last, timeframe):
                future = Moment(open_of_last, tf.count_by_clock(open_of_last, time, timeframe))
                return self._numbered(future, timeframe) if last.stated else Spot(future)
        return self._numbered(Moment(time), timeframe)

    def _numbered(self, moment: Moment, timeframe: str) -> Spot:
        in_export, in_candles = (_number(self._in(which, timeframe), moment) for which in (0, 1))
        return Spot(moment, in_export, in_candles)

    def _in(self, which: int, timeframe: str) -> Bars | None:
        """The export's bars (0) or the candles (1) in a timeframe; None where they cannot give it."""
        if (which, timeframe) not in self._series:
            self._series[which, timeframe] = _resampled((self.export, self.candles)[which], timeframe)
        return self._series[which, timeframe]


def _resampled(bars: Bars | None, timeframe: str) -> Bars | None:
    try:
        return resample(bars, timeframe) if bars is not None else None
    except BadBars:
        return None


def _number(series: Bars | None, moment: Moment) -> int | None:
    """The number of a bar in a series; None where the series does not reach the bar it is counted from."""
    if series is None:
        return None
    try:
        return locate(moment, Ground(series, by_clock=False))
    except BadBars:
        return None
