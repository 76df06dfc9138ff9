"""Candles built from trades, on the UTC grid. Pure.

A bucket that may lack trades is spoiled: its candle shows that time went on, and is never believed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from execution.ports import Tick
from spec import timeframe as tf

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from execution.feeds.exchange.rows import Row

KEPT = 4  # buckets; a trade later than that changes nothing here, REST tells the bar anyway


@dataclass(slots=True)
class _Bucket:
    first: tuple[int, int]  # time and place of the earliest trade
    last: tuple[int, int]
    row: Row

    def add(self, at: tuple[int, int], trade: Tick) -> None:
        time, opened, high, low, close, volume = self.row
        if at < self.first:
            self.first, opened = at, trade.price
        if at > self.last:
            self.last, close = at, trade.price
        high, low = max(high, trade.price), min(low, trade.price)
        self.row = (time, opened, high, low, close, volume + trade.amount)


class Buckets:
    """The last few candles of one unbroken stream of trades."""

    def __init__(self, timeframe: str) -> None:
        self.timeframe = timeframe
        self._buckets: dict[int, _Bucket] = {}
        self._seen: dict[str, None] = {}
        self._newest: Tick | None = None
        self._count = 0

    def add(self, trades: Iterable[Tick], *, lost: bool) -> tuple[list[Row], set[int]]:
        """The candles that changed, and the open times of those that may lack trades.

        ``lost``: trades may be missing before these. The first trade of all joins a bucket that has begun already.
        """
        changed: set[int] = set()
        spoiled: set[int] = set()
        for trade in trades:
            if trade.id in self._seen:
                continue
            time = self._bucket_of(trade)
            if self._newest is None or lost or skips(self._newest, trade):
                spoiled |= {time} if self._newest is None else {self._bucket_of(self._newest), time}
                lost = False
            self._take(time, trade)
            changed.add(time)
        self._forget()
        return [self._buckets[time].row for time in sorted(changed & self._buckets.keys())], spoiled

    def _take(self, time: int, trade: Tick) -> None:
        self._count += 1
        self._seen[trade.id] = None
        if self._newest is None or trade.time >= self._newest.time:
            self._newest = trade
        at = (trade.time, self._count)
        if time in self._buckets:
            self._buckets[time].add(at, trade)
        else:
            price = trade.price
            self._buckets[time] = _Bucket(at, at, (time, price, price, price, price, trade.amount))

    def _bucket_of(self, trade: Tick) -> int:
        return tf.start_of(tf.bucket_of(trade.time // 1000, self.timeframe), self.timeframe)

    def _forget(self) -> None:
        for time in sorted(self._buckets)[:-KEPT]:
            del self._buckets[time]
        while len(self._seen) > 20_000:
            del self._seen[next(iter(self._seen))]


def skips(before: Tick, after: Tick) -> bool:
    """Whether numbered trades are missing between two; ids that are no numbers tell nothing."""
    return before.id.isdecimal() and after.id.isdecimal() and int(after.id) > int(before.id) + 1


def to_trades(raws: Iterable[Mapping[str, Any]]) -> list[Tick]:
    """Our trades of ccxt's, in their order; those without time or price are left out.

    A trade without an id is known by its time, price and amount: two of them that are alike count once.
    """
    found = []
    for raw in raws:
        time, price, amount = raw.get("timestamp"), raw.get("price"), raw.get("amount")
        if time is None or price is None or amount is None:
            continue
        name = raw.get("id") or f"{time}:{price}:{amount}"
        found.append(Tick(int(time), float(price), float(amount), str(name), raw.get("side")))
    return found
