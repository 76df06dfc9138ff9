"""Timeframes: names, lengths, and the UTC grid on which bars stand.

A timeframe is written as ccxt writes it: ``30s``, ``5m``, ``4h``, ``1d``, ``1w``, ``1M`` (a calendar month).
Bars open on a UTC grid: days at 00:00, weeks on Monday, months on the first.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import numpy as np
from msgspec import Meta

if TYPE_CHECKING:
    from numpy.typing import NDArray

PATTERN = r"^[1-9][0-9]{0,3}[smhdwM](?!\n)$"  # Python's $ alone would let a line end pass
Timeframe = Annotated[str, Meta(pattern=PATTERN, description="ccxt spelling: 5m, 4h, 1d, 1w, 1M (month)")]

SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
DAY = 86_400
FIRST_MONDAY = 4 * DAY  # 1970-01-05; the epoch itself was a Thursday
MEAN_MONTH = 2_629_746  # seconds; only to order timeframes and to space pictures, never to count bars
TRADING_DAY_SHIFT = 3 * 3_600  # a session that opens at 21:00 or 22:00 UTC belongs to the next trading day


class UnknownTimeframe(ValueError):
    """The text is no timeframe."""


def parse(timeframe: str) -> tuple[int, str]:
    """Split ``4h`` into (4, "h"); raises UnknownTimeframe."""
    if not re.match(PATTERN, timeframe):
        msg = f"{timeframe!r} is no timeframe; write it like 5m, 4h, 1d, 1w or 1M"
        raise UnknownTimeframe(msg)
    return int(timeframe[:-1]), timeframe[-1]


def seconds(timeframe: str) -> int:
    """Length in seconds; for months the mean length, good for ordering only."""
    count, unit = parse(timeframe)
    return count * (MEAN_MONTH if unit == "M" else SECONDS[unit])


def spans_days(timeframe: str) -> bool:
    """Whether bars are compared by trading day rather than by instant (1d and above)."""
    return seconds(timeframe) >= DAY


def divides(finer: str, coarser: str) -> bool:
    """Whether bars of ``finer`` fill bars of ``coarser`` exactly on the UTC grid."""
    (count, unit), (wide_count, wide) = parse(finer), parse(coarser)
    if unit == "M" or wide == "M":
        return wide_count % count == 0 if unit == wide else wide == "M" and DAY % seconds(finer) == 0
    if (unit == "w") != (wide == "w") and FIRST_MONDAY % seconds(finer):
        return False  # weeks are counted from a Monday, everything else from the epoch: 7d does not fill 1w
    return seconds(coarser) % seconds(finer) == 0


def bucket(times: NDArray[np.int64], timeframe: str) -> NDArray[np.int64]:
    """Grid number of each UNIX time; consecutive bars of the grid differ by one. Shape kept."""
    count, unit = parse(timeframe)
    if unit == "M":
        months: NDArray[np.int64] = times.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
        return months // count
    origin = FIRST_MONDAY if unit == "w" else 0
    return (times - origin) // (count * SECONDS[unit])


def bucket_start(buckets: NDArray[np.int64], timeframe: str) -> NDArray[np.int64]:
    """Opening time, UNIX seconds UTC, of each grid number."""
    count, unit = parse(timeframe)
    if unit == "M":
        return (buckets * count).astype("datetime64[M]").astype("datetime64[s]").astype(np.int64)
    origin = FIRST_MONDAY if unit == "w" else 0
    return buckets * (count * SECONDS[unit]) + origin


def bucket_of(time: int, timeframe: str) -> int:
    """Grid number of one UNIX time."""
    return int(bucket(np.array([time], dtype=np.int64), timeframe)[0])


def start_of(number: int, timeframe: str) -> int:
    """Opening time of one grid number, UNIX seconds UTC."""
    return int(bucket_start(np.array([number], dtype=np.int64), timeframe)[0])


def close_time(time: int, timeframe: str) -> int:
    """End of the bar that opened at ``time``, UNIX seconds UTC."""
    if parse(timeframe)[1] == "M":
        return start_of(bucket_of(time, timeframe) + 1, timeframe)
    return time + seconds(timeframe)


def close_times(times: NDArray[np.int64], timeframe: str) -> NDArray[np.int64]:
    """End of each bar that opened at ``times``."""
    if parse(timeframe)[1] == "M":
        return bucket_start(bucket(times, timeframe) + 1, timeframe)
    return times + seconds(timeframe)


def openings(time: int, timeframe: str, *, session: bool) -> tuple[int, int]:
    """The first and the last moment at which the bar that holds ``time`` can have opened, UNIX seconds UTC.

    ``session`` says that bars of a day or more open with a trading day instead of on the grid.
    """
    shift = TRADING_DAY_SHIFT if session else 0
    if spans_days(timeframe):
        number = bucket_of(time + shift, timeframe)
        return start_of(number, timeframe) - shift, start_of(number + 1, timeframe) - shift - 1
    return time - seconds(timeframe) + 1, time


def count_by_clock(start: int, end: int, timeframe: str) -> int:
    """Bars from the one holding ``start`` to the one holding ``end`` if every interval of the grid had a bar."""
    return bucket_of(end, timeframe) - bucket_of(start, timeframe)


def shift_by_clock(time: int, bars: int, timeframe: str) -> int:
    """The time ``bars`` intervals after ``time``, keeping the instant within the interval."""
    if parse(timeframe)[1] == "M":
        number = bucket_of(time, timeframe)
        return start_of(number + bars, timeframe) + time - start_of(number, timeframe)
    return time + bars * seconds(timeframe)


def text_of(time: int) -> str:
    """UNIX seconds as ``2018-01-20 00:00 UTC``."""
    return datetime.fromtimestamp(time, tz=UTC).strftime("%Y-%m-%d %H:%M UTC")
