"""The live feed on a loopback Binance: closed bars from the stream, each audited by REST."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from execution.clock import Clock
from execution.feeds.exchange.access import Access
from execution.feeds.exchange.feed import Live
from execution.feeds.exchange.rows import to_bars
from execution.feeds.exchange.terms import Terms
from execution.ports import FeedFailed
from spec.bars import resample
from spec.market import Market
from tests.exchanges.binance import OPTIONS, Binance
from tests.exchanges.script import START, Script, candles

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from execution.feeds.exchange.rows import Row
    from tests.exchanges.loopback import Loopback

MARKET = Market("binance", "ETH/USDT", "spot", 0.01, reports_every_interval=True)
TERMS = Terms(audit=5.0, silence=0.5, pauses=(0.02, 0.1), poll=0.05, settled=0)


@asynccontextmanager
async def live(exchange: Loopback, terms: Terms = TERMS, market: Market = MARKET, **has: object) -> AsyncIterator[Live]:
    access = Access(urls=exchange.url, options=OPTIONS, rate_limit=1, timeout=0.3)
    feed = Live(market.exchange, access, terms, Clock(), lambda: exchange.now)
    try:
        yield feed
    finally:
        await feed.close()


async def taken(feed: Live, count: int, after: int, timeframe: str = "1m", market: Market = MARKET) -> list[Row]:
    """The next so many bars, as rows."""
    rows: list[Row] = []
    async with aclosing(feed.bars(market, timeframe, after)) as stream, asyncio.timeout(60):
        async for bars in stream:
            rows += [tuple(row) for row in zip(*(column.tolist() for column in bars.columns()), strict=True)]
            if len(rows) >= count:
                return rows
    return rows


def clean(script: Script, timeframe: str = "1m", *, flat: bool = True) -> list[Row]:
    """What closed, by the script."""
    return candles(script.prints, timeframe, flat=flat)[:-1]


def test_bars_come_as_they_close_and_equal_the_exchanges_own_record() -> None:
    script = Script(seed=1, minutes=30)

    async def scene() -> None:
        async with Binance(script) as exchange, live(exchange) as feed:
            playing = asyncio.create_task(exchange.play(0.004))
            rows = await taken(feed, 29, START)
            await playing
        assert rows == clean(script)

    asyncio.run(scene())
