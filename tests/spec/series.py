"""Series and shapes in one line each, and what a node said about them."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from spec import timeframe as tf
from spec.bars import Bars, make_bars
from spec.block import value_at
from spec.evaluation import evaluate
from spec.geometry import Anchor, Level, Line
from spec.hits import EVENTS
from spec.market import Market
from spec.placement import Ground, place
from tests.spec.oracle import Candle

if TYPE_CHECKING:
    from spec.geometry import Scale, Shape
    from spec.signals import Node

START = 1_704_067_200  # Monday 2024-01-01 00:00 UTC
HOUR = 3_600
DAY = 86_400
MARKET = Market("binance", "ETH/BTC", "spot", 0.01)
EVERY_INTERVAL = Market("binance", "ETH/BTC", "spot", 0.01, reports_every_interval=True)

Row = float | tuple[float, float, float, float] | None


def series(*rows: Row, timeframe: str = "1h", start: int = START) -> Bars:
    """Bars from closes (flat candles) or (open, high, low, close); None leaves that interval out."""
    step = tf.seconds(timeframe)
    table = []
    for at, row in enumerate(rows):
        if row is not None:
            prices = row if isinstance(row, tuple) else (row, row, row, row)
            table.append((float(start + at * step), *prices, 1.0))
    return make_bars(timeframe, table)


def at(bar: int, timeframe: str = "1h") -> int:
    """Open of the bar-th interval of a series."""
    return START + bar * tf.seconds(timeframe)


def line(a: tuple[int, float], b: tuple[int, float], scale: Scale | None = "linear", **more: Any) -> Line:
    """A line on the bars axis between two (bar, price) of a series without holes."""
    return Line("bars", scale, Anchor(at(a[0]), a[1]), Anchor(at(b[0]), b[1]), b[0] - a[0], **more)


def flat(price: float) -> Level:
    """A level without beginning and end."""
    return Level(price)


def said(node: Node, bars: Bars, market: Market | None = MARKET) -> list[tuple[int, str]]:
    """(bar, event) of each firing, the bar counted in the candles."""
    return [(bar, event) for bar, event, _price, _value in told(node, bars, market)]


def told(node: Node, bars: Bars, market: Market | None = MARKET) -> list[tuple[int, str, float, float]]:
    """(bar, event, price, value) of each firing."""
    answers, _ = evaluate({"node": node}, market, bars)
    hits = answers["node"].hits
    events = [EVENTS[code] for code in hits.event.tolist()]
    return list(zip(hits.index.tolist(), events, hits.price.tolist(), hits.value.tolist(), strict=True))


def true_on(nodes: dict[str, Node], name: str, bars: Bars, market: Market | None = MARKET) -> list[int]:
    """Opens of the bars on which the named node was true, UNIX seconds."""
    return [int(time) for time in evaluate(nodes, market, bars)[0][name].time]


def candles_of(bars: Bars) -> list[Candle]:
    """The oracle's candles."""
    columns = (column.tolist() for column in bars.columns())
    return [Candle(*row) for row in zip(*columns, strict=True)]


def cut(bars: Bars, sizes: list[int]) -> list[Bars]:
    """The bars in runs of the given sizes, the last one taking what is left."""
    ends = np.cumsum(sizes).tolist()
    borders = [0, *[end for end in ends if end < len(bars)], len(bars)]
    return [bars[a:b] for a, b in pairwise(borders) if b > a]


def values(shape: Shape, bars: Bars, market: Market | None = MARKET) -> list[float | None]:
    """Value of a line or level on each bar, None outside its extent."""
    straight = place(shape, Ground(bars, market is not None and market.reports_every_interval)).one
    x = bars.time.astype(np.float64) if straight.by_time else np.arange(len(bars), dtype=np.float64)
    within = (x >= straight.first) & (x <= straight.last)
    pairs = zip(value_at(straight, x).tolist(), within.tolist(), strict=True)
    return [value if here else None for value, here in pairs]


def numbers(found: list[float | None]) -> list[float]:
    """The values with NaN for None, to be compared with a margin."""
    return [math.nan if value is None else value for value in found]


def walk(count: int, seed: int = 7) -> Bars:
    """A random walk with wicks and gaps."""
    random = np.random.default_rng(seed)
    closes = 100 + random.normal(0, 1, count).cumsum()
    opens = closes + random.normal(0, 0.5, count)
    highs, lows = np.maximum(opens, closes) + random.random(count), np.minimum(opens, closes) - random.random(count)
    return series(*zip(opens.tolist(), highs.tolist(), lows.tolist(), closes.tolist(), strict=True))
