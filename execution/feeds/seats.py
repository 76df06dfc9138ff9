"""Seats: the trades of one market as the runs on one timeframe hear them, each only those that can change something.

A room knows what the trades made of the bars so far, so that a bar's own candle tells whether one of them is missing. A
seat keeps what its run has not taken yet. The first trade of a bar wakes everybody. No clock, no socket.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from execution.sleepers import Sleepers
from spec import timeframe as tf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from execution.ports import Tick
    from execution.tick_places import Quiet
    from spec.bars import Bars

KEPT = 8  # bars whose trades are remembered as a candle
MOST = 100_000  # trades that wait for one run; beyond it the bar's candle tells what they would have


class Passed(NamedTuple):
    """A trade, in the bar that opened at ``bar`` (UNIX seconds UTC)."""

    bar: int
    tick: Tick


class Held:
    """Trades that were taken, of bars whose turn has not come; ``count`` of them."""

    def __init__(self) -> None:
        self.count = 0
        self._bars: dict[int, list[Tick]] = {}

    def add(self, taken: Iterable[Passed]) -> frozenset[int]:
        """Keep more of them; where they become too many all are dropped: the bars of which."""
        for bar, tick in taken:
            self._bars.setdefault(bar, []).append(tick)
            self.count += 1
        if self.count <= MOST:
            return frozenset()
        dropped = frozenset(self._bars)
        self._bars, self.count = {}, 0
        return dropped

    def first(self, bar: int) -> Tick | None:
        """The first trade of a bar."""
        return next(iter(self._bars.get(bar, ())), None)

    def take(self, bar: int) -> list[Tick]:
        """The trades of a bar; those of earlier bars are too late."""
        mine = self._bars.pop(bar, [])
        late = sum(len(self._bars.pop(one)) for one in [one for one in self._bars if one < bar])
        self.count -= len(mine) + late
        return mine


class Gap(NamedTuple):
    """Not all trades of a bar were heard: the lowest, the highest and the last of those that were, if any."""

    low: float | None = None
    high: float | None = None
    last: float | None = None


@dataclass(slots=True)
class TickCandle:
    """What the trades of a bar made of it; ``whole``: none of them was missed."""

    first: float
    low: float
    high: float
    last: float
    whole: bool = True
    count: int = 0

    def add(self, price: float) -> None:
        """One more trade."""
        self.low, self.high, self.last = min(self.low, price), max(self.high, price), price
        self.count += 1

    def makes(self, bar: Bars) -> bool:
        """Whether a bar is the candle of these trades."""
        found = (bar.open.item(0), bar.low.item(0), bar.high.item(0), bar.close.item(0))
        return self.whole and found == (self.first, self.low, self.high, self.last)


@dataclass(eq=False, slots=True)
class Seat:
    """One run's place; ``on_news`` is called when something waits."""

    room: Room
    joined: int | None
    on_news: Callable[[], None]
    waiting: list[Passed] = field(default_factory=list)
    part: TickCandle | None = None  # of the bar within which it sat down
    spilt: set[int] = field(default_factory=set)  # bars of which trades were dropped

    def put(self, passed: Passed) -> None:
        """A trade to be heard."""
        if self.joined is None:
            self.joined = passed.bar
        if passed.bar == self.joined:
            price = passed.tick.price
            self.part = self.part or TickCandle(price, price, price, price)
            self.part.add(price)
        self.waiting.append(passed)
        if len(self.waiting) > MOST:
            self.spill({one.bar for one in self.take()})
            return
        self.on_news()

    def spill(self, bars: Iterable[int]) -> None:
        """Trades of some bars were dropped."""
        self.spilt.update(bars)

    def take(self) -> list[Passed]:
        """What waits."""
        taken, self.waiting = self.waiting, []
        return taken

    def rest(self, bar: int | None, quiet: Quiet) -> None:
        """Sleep at prices from the one to the other, if all trades so far were taken, and the bar is the newest.

        Not in the first bar: what is heard of it is counted here. Where no price is quiet any more, it wakes.
        """
        if not self.waiting and self.joined != bar == self.room.bar:
            if quiet[0] <= quiet[1]:
                self.room.rest(self, quiet)
            else:
                self.room.rouse(self)

    def lags(self, bar: int) -> bool:
        """Whether trades of a bar may still come: none of a later one was heard."""
        return self.joined is not None and self.joined < bar and (self.room.bar or 0) <= bar

    def gap(self, bar: Bars, begun: int | None) -> Gap | None:
        """What was heard of a bar that closed; None where all its trades were, or nothing has to be said of it.

        ``begun`` is the bar of which the run has heard trades. Of bars from before the seat nothing is said.
        """
        time = int(bar.time[0])
        self.spilt = {one for one in self.spilt if one >= time}
        candle = self.room.candles.get(time)
        if self.joined is None or time < self.joined:
            return Gap() if begun == time else None
        if time == self.joined:
            candle = self.part
        elif candle is None and bar.volume.item(0) == 0:
            return None  # nothing was traded
        elif candle is not None and candle.makes(bar) and time not in self.spilt:
            return None
        return Gap() if candle is None else Gap(candle.low, candle.high, candle.last)


class Room:
    """The seats of one market and timeframe; ``bar`` is the open of the newest bar, None before the first trade."""

    def __init__(self, timeframe: str) -> None:
        self.timeframe = timeframe
        self.bar: int | None = None
        self.candles: dict[int, TickCandle] = {}
        self._end = 0
        self._awake: dict[Seat, None] = {}
        self._asleep: Sleepers[Seat] = Sleepers()

    def __len__(self) -> int:
        return len(self._awake) + len(self._asleep)

    def sit(self, on_news: Callable[[], None]) -> Seat:
        """A new seat: the bar of the next trade is not heard whole by it."""
        seat = Seat(self, self.bar, on_news)
        self._awake[seat] = None
        return seat

    def leave(self, seat: Seat) -> None:
        """The run has ended."""
        self._awake.pop(seat, None)
        self._asleep.forget(seat)

    def rest(self, seat: Seat, quiet: Quiet) -> None:
        """Let a seat sleep."""
        self._awake.pop(seat, None)
        self._asleep.rest(seat, quiet)

    def rouse(self, seat: Seat) -> None:
        """Let a seat hear every trade."""
        self._asleep.forget(seat)
        self._awake[seat] = None

    def tell(self, tick: Tick, *, complete: bool) -> None:
        """The next trade; not ``complete``: others may be missing before it."""
        seconds = tick.time // 1000
        bar = self.bar if self.bar is not None and self.bar <= seconds < self._end else self._turn(seconds, tick.price)
        if bar is None:
            if not complete:  # those missing before it may be of any bar since
                self.candles[max(self.candles)].whole = False
            return
        self._count(bar, tick.price, complete)
        self._awake.update(dict.fromkeys(self._asleep.wake(tick.price)))
        for seat in self._awake:
            seat.put(Passed(bar, tick))

    def _count(self, bar: int, price: float, complete: bool) -> None:  # noqa: FBT001 (of tell)
        candle = self.candles[bar]
        candle.add(price)
        if not complete:
            candle.whole = False
            before = max((time for time in self.candles if time < bar), default=None)
            if before is not None and candle.count == 1:
                self.candles[before].whole = False

    def _turn(self, seconds: int, price: float) -> int | None:
        """The first trade of a bar; None for one that belongs to an earlier bar, which then is not whole."""
        bar = tf.start_of(tf.bucket_of(seconds, self.timeframe), self.timeframe)
        if self.bar is not None and bar < self.bar:
            if bar in self.candles:
                self.candles[bar].whole = False
            return None
        self.candles[bar] = TickCandle(price, price, price, price)
        for time in sorted(self.candles)[:-KEPT]:
            del self.candles[time]
        self.bar, self._end = bar, tf.close_time(bar, self.timeframe)
        self._awake.update(dict.fromkeys(self._asleep.everyone()))
        return bar
