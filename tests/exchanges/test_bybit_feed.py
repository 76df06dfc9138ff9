"""The live feed on a loopback Bybit: the record over another protocol."""

from __future__ import annotations

import asyncio

from spec.market import Market
from tests.exchanges.bybit import Bybit
from tests.exchanges.following import live
from tests.exchanges.script import START, Script

MARKET = Market("bybit", "ETH/USDT", "spot", 0.01, reports_every_interval=True)


def test_history_is_the_record() -> None:
    script = Script(seed=22, minutes=40)

    async def scene() -> None:
        async with Bybit(script) as exchange, live(exchange, market=MARKET) as feed:
            await exchange.advance(4 * 40)
            history = await feed.history(MARKET, "3m", feed.now(MARKET))
        assert history.time.tolist() == [START + 180 * at for at in range(13)]

    asyncio.run(scene())
