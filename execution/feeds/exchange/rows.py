"""Candle rows: from ccxt's lists to ours, and from ours to bars. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from spec import timeframe as tf
from spec.bars import Bars

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Open time in UNIX seconds UTC, open, high, low, close, volume in base units.
Row: TypeAlias = tuple[int, float, float, float, float, float]

ROUNDING = 1e-9  # relative; a volume summed in another order differs in its last bits


def to_row(raw: Sequence[float | None]) -> Row | None:
    """Our row of ccxt's ``[ms, open, high, low, close, volume]``; None where a price is missing or makes no candle."""
    time, *prices = raw[:5]
    if time is None or any(price is None or not math.isfinite(price) for price in prices):
        return None
    opened, high, low, close = (float(price) for price in prices if price is not None)
    if high < max(opened, close) or low > min(opened, close):
        return None
    volume = raw[5] if len(raw) > 5 else None
    return int(time) // 1000, opened, high, low, close, float(volume or 0.0)


def to_rows(raws: Iterable[Sequence[float | None]], timeframe: str) -> list[Row]:
    """The rows that are candles and open on the UTC grid, in time order; of two with one time the later told."""
    rows = {row[0]: row for raw in raws if (row := to_row(raw)) is not None}
    if not rows:
        return []
    times = np.array(sorted(rows), np.int64)
    return [rows[time] for time in times[tf.bucket_start(tf.bucket(times, timeframe), timeframe) == times].tolist()]


def to_bars(rows: Sequence[Row], timeframe: str) -> Bars:
    """Bars of rows in time order; none of no rows."""
    table = np.array(rows, np.float64).reshape(-1, 6)
    columns = [np.ascontiguousarray(table[:, at]) for at in range(1, 6)]
    return Bars(timeframe, table[:, 0].astype(np.int64), *columns)


def alike(one: Row | None, other: Row | None) -> bool:
    """Whether both say the same candle, rounding aside."""
    if one is None or other is None:
        return one is other
    return all(math.isclose(a, b, rel_tol=ROUNDING) for a, b in zip(one, other, strict=True))
