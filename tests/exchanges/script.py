"""The script of a market: every trade it will ever have, and the candles that come of them."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, NamedTuple

from spec import timeframe as tf

if TYPE_CHECKING:
    from execution.feeds.exchange.rows import Row

START = 1_700_000_100 - 1_700_000_100 % 86_400  # UNIX seconds UTC: midnight


class Print(NamedTuple):
    """One trade: ``time`` in UNIX milliseconds UTC."""

    number: int
    time: int
    price: float
    amount: float

    def opens(self, timeframe: str) -> int:
        return tf.start_of(tf.bucket_of(self.time // 1000, timeframe), timeframe)


class Script:
    """Trades from a seed: ``each`` of them in every minute, none in the ``quiet`` ones (numbered from START)."""

    def __init__(self, seed: int, minutes: int, each: int = 4, quiet: frozenset[int] = frozenset()) -> None:
        self.seed = seed
        dice, cents = random.Random(seed), 200_000
        self.prints: list[Print] = []
        for minute in range(minutes):
            times = sorted(dice.sample(range(60_000), each)) if minute not in quiet else []
            for time in times:
                cents = max(100, cents + dice.randint(-150, 150))
                at = (START + minute * 60) * 1000 + time
                self.prints.append(Print(len(self.prints) + 1, at, cents / 100, dice.randint(1, 5_000) / 1000))


def candles(prints: list[Print], timeframe: str, *, flat: bool) -> list[Row]:
    """The candles of some trades, the last one open; ``flat``: with one for each interval without a trade."""
    rows: dict[int, Row] = {}
    for one in prints:
        add(rows, one, timeframe, flat=flat)
    return list(rows.values())


def add(rows: dict[int, Row], one: Print, timeframe: str, *, flat: bool) -> list[int]:
    """Take up one more trade; the open times of the candles that changed or began."""
    time, price, last = one.opens(timeframe), one.price, max(rows, default=None)
    if time in rows:
        _, opened, high, low, _, volume = rows[time]
        rows[time] = (time, opened, max(high, price), min(low, price), price, round(volume + one.amount, 3))
        return [time]
    changed: list[int] = []
    while flat and last is not None and (last := tf.close_time(last, timeframe)) < time:
        close = rows[changed[-1] if changed else max(rows)][4]
        rows[last] = (last, close, close, close, close, 0.0)
        changed.append(last)
    rows[time] = (time, price, price, price, price, one.amount)
    return [*changed, time]
