"""The live feed on a loopback Bybit: the same promises over another protocol."""

from __future__ import annotations

import asyncio

from spec.market import Market
from tests.exchanges.bybit import Bybit
from tests.exchanges.chaos import plan
from tests.exchanges.following import clean, live, taken
from tests.exchanges.script import START, Script
from tests.exchanges.test_chaos import MINUTES_PER_FAULT, PACE, TERMS

MARKET = Market("bybit", "ETH/USDT", "spot", 0.01, reports_every_interval=True)


def test_bars_equal_the_exchanges_own_record_while_everything_goes_wrong() -> None:
    faults = 12
    script = Script(seed=21, minutes=faults * MINUTES_PER_FAULT)

    async def scene() -> None:
        async with (
            Bybit(script, plan(21, faults, len(script.prints))) as exchange,
            live(exchange, TERMS, MARKET) as feed,
        ):
            async with asyncio.TaskGroup() as both:
                both.create_task(exchange.play(PACE))
                told = both.create_task(taken(feed, len(clean(script)), START, market=MARKET))
            assert len(exchange.injected) == faults
            assert told.result() == clean(script)
            assert feed.corrections() == ()

    asyncio.run(scene())


def test_history_is_the_record() -> None:
    script = Script(seed=22, minutes=40)

    async def scene() -> None:
        async with Bybit(script) as exchange, live(exchange, market=MARKET) as feed:
            await exchange.advance(4 * 40)
            history = await feed.history(MARKET, "3m", feed.now(MARKET))
        assert history.time.tolist() == [START + 180 * at for at in range(13)]

    asyncio.run(scene())
