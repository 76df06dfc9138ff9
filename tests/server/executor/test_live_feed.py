"""From an exchange's wire to paper fills: ccxt on a loopback Binance, the live feed, the executor, the store."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from execution.clock import Clock
from execution.feeds.exchange.rows import to_bars
from execution.feeds.registry import Registry
from execution.feeds.replay import Replay
from server.store.events import read_after
from server.store.tables import Entry as Line
from spec.geometry import Level
from spec.market import Market
from spec.signals import TrendlineCross
from spec.strategy import AtPercent, Entry, Strategy, Target
from tests.exchanges.binance import Binance
from tests.exchanges.chaos import plan
from tests.exchanges.following import clean, live
from tests.exchanges.script import Script
from tests.server.executor.executing import approved, executing, frozen, opened, until
from tests.server.executor.questions import is_in

if TYPE_CHECKING:
    from execution.feeds.exchange.feed import Live

MARKET = Market("binance", "ETH/USDT", "spot", 0.01, reports_every_interval=True)
BEFORE = 30  # minutes of history


def crossing(script: Script) -> Strategy:
    """Long whenever the close crosses the median of what comes; out 0.15 % away on either side."""
    closes = sorted(row[4] for row in clean(script)[BEFORE:])
    level = closes[len(closes) // 2]
    return Strategy(
        kind="strategy",
        market=MARKET,
        timeframe="1m",
        nodes={"cross": TrendlineCross("1m", Level(level), "either")},
        entry=Entry("long", "cross"),
        stop=AtPercent(0.15),
        targets=(Target(AtPercent(0.15)),),
    )


async def heard(feed: Live, bar: int) -> bool:
    """Whether the executor's log has this bar."""
    rows = await Line.filter(log="strategy").order_by("-number").limit(1).values_list("at", flat=True)
    return bool(rows) and int(str(rows[0])) >= bar * 1000 and feed.health() != ()


async def fills() -> list[dict[str, Any]]:
    return [event.data for event in await read_after(0, limit=10_000, kinds=("order.filled",))]


def test_a_strategy_trades_on_a_live_feed_as_on_the_recording_whatever_befalls_the_wire(sqlite: str) -> None:
    script = Script(seed=21, minutes=150)
    artifact = frozen(crossing(script))
    bars = to_bars(clean(script), "1m")

    async def on_the_wire() -> list[dict[str, Any]]:
        wrongs = {4 * BEFORE + 20 + step: fault for step, fault in plan(21, 12, 4 * 100).items()}
        async with Binance(script, wrongs) as exchange, live(exchange) as feed, opened(sqlite) as store:
            await exchange.advance(4 * BEFORE)
            identity = await approved(store, artifact)
            async with executing(store, feeds=Registry(((feed.declaration, feed),))):
                await until(lambda: is_in(identity, "running"))
                await exchange.play(0.01)
                await until(lambda: heard(feed, int(bars.time[-1])))
                assert len(exchange.injected) == 12
                return await fills()

    async def on_the_recording() -> list[dict[str, Any]]:
        replay = Replay({MARKET.name: bars}, int(bars.time[BEFORE - 1]), None, Clock())
        async with opened(f"{sqlite}.recorded") as store:
            identity = await approved(store, artifact)
            async with executing(store, feeds=Registry(((replay.declaration, replay),))):
                await until(lambda: is_in(identity, "stopped"))
                return await fills()

    wired, recorded = asyncio.run(on_the_wire()), asyncio.run(on_the_recording())
    assert len(wired) > 6
    assert [figures(one) for one in wired] == [figures(one) for one in recorded][: len(wired)]
    assert len(recorded) - len(wired) <= 1  # at its end the recording closes what is open


def figures(fill: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(fill[name] for name in ("time", "side", "role", "size", "price", "fee"))
