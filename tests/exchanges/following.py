"""Following a loopback exchange: a live feed on it, its bars as rows, and what they have to be."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING

from execution.clock import Clock
from execution.feeds.exchange.access import KINDS, Access, Kind
from execution.feeds.exchange.feed import Live
from execution.feeds.exchange.terms import Terms
from spec.market import Market
from tests.exchanges.script import Script, candles

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from execution.feeds.exchange.rows import Row
    from tests.exchanges.loopback import Loopback

MARKET = Market("binance", "ETH/USDT", "spot", 0.01, reports_every_interval=True)
STUCK = 120.0  # seconds
TERMS = Terms(audit=5.0, silence=0.5, pauses=(0.02, 0.1), poll=0.05, settled=0)


@asynccontextmanager
async def live(
    exchange: Loopback, terms: Terms = TERMS, market: Market = MARKET, sources: tuple[Kind, ...] = KINDS
) -> AsyncIterator[Live]:
    access = Access(urls=exchange.url, options=exchange.options, rate_limit=1, timeout=0.25, sources=sources)
    feed = Live(market.exchange, access, terms, Clock(), lambda: exchange.now)
    try:
        yield feed
    finally:
        await feed.close()


async def taken(feed: Live, count: int, after: int, timeframe: str = "1m", market: Market = MARKET) -> list[Row]:
    """The next so many bars, as rows; TimeoutError where none comes for a long time."""
    rows: list[Row] = []
    async with aclosing(feed.bars(market, timeframe, after)) as stream, asyncio.timeout(STUCK) as limit:
        async for bars in stream:
            limit.reschedule(asyncio.get_running_loop().time() + STUCK)
            rows += list(zip(*(column.tolist() for column in bars.columns()), strict=True))
            if len(rows) >= count:
                return rows
    return rows


def clean(script: Script, timeframe: str = "1m", *, flat: bool = True) -> list[Row]:
    """What closed, by the script."""
    return candles(script.prints, timeframe, flat=flat)[:-1]
