"""What fails ends alone, with a sentence; the others go on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from execution.backtest import Borders, run
from execution.feeds.registry import Declaration, Registry
from execution.ports import FeedFailed
from execution.resuming import resume
from server import contested
from server.runs import alive, last_run, lines_of
from server.store.tables import Cursor, Entry
from tests.server.executor.executing import (
    HISTORY,
    MARKET,
    TERMS,
    approved,
    candles,
    executing,
    frozen,
    opened,
    proposed,
    registry,
    settled,
    trading,
    until,
    watching,
)
from tests.server.executor.questions import (
    bars_heard,
    is_in,
    more_bars,
    reason,
    say,
    told,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import pytest

    from execution.ports import Correction, Health
    from spec.bars import Bars
    from spec.market import Market


def broken_registry(error: Exception, market: Market) -> Registry:
    return Registry(((Declaration("broken", "bars", "replay", frozenset({market.name})), Feed(error)),))


class Feed:
    """A feed that breaks on its third bar."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def now(self, market: Market) -> int:
        return candles()[:HISTORY].end

    async def history(self, market: Market, timeframe: str, until: int) -> Bars:
        return candles()[:HISTORY]

    async def bars(self, market: Market, timeframe: str, after: int) -> AsyncIterator[Bars]:
        for at in range(HISTORY, HISTORY + 3):
            yield candles()[at : at + 1]
        raise self.error

    def health(self) -> tuple[Health, ...]:
        return ()

    def corrections(self) -> tuple[Correction, ...]:
        return ()


def test_an_exception_ends_the_strategy_in_which_it_happened_and_no_other(sqlite: str) -> None:
    broken = msgspec.structs.replace(MARKET, symbol="ETH/EUR")
    feeds = Registry((*registry(None).feeds, *broken_registry(ZeroDivisionError(), broken).feeds))

    async def scenario() -> None:
        async with opened(sqlite) as store:
            good = await approved(store, frozen(trading()))
            bad = await approved(store, frozen(msgspec.structs.replace(trading(), market=broken), "bad"))
            async with executing(store, feeds=feeds):
                await settled("stopped")
            assert await reason(bad) == "the program failed (ZeroDivisionError); its log tells more"
            assert await reason(good) == "end of data"
            assert len(await told("trade.closed", good)) == len(run(trading(), candles(), Borders(), TERMS).trades)
            assert await bars_heard(bad) == 3

    asyncio.run(scenario())


def test_a_feed_that_fails_is_told_apart_from_a_strategy_that_does(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            identity = await approved(store, frozen(trading()))
            async with executing(store, feeds=broken_registry(FeedFailed("the exchange is down"), MARKET)):
                await settled("stopped")
            assert await reason(identity) == "the exchange is down"
            assert [one["reason"] for one in await told("feed.failed", identity)] == ["the exchange is down"]

    asyncio.run(scenario())


def test_a_market_without_a_feed_is_refused_with_the_markets_that_there_are(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            market = msgspec.structs.replace(MARKET, symbol="BTC/USDT")
            identity = await approved(store, frozen(msgspec.structs.replace(trading(), market=market)))
            unknown = await proposed(store, frozen(msgspec.structs.replace(watching(), market=None), "unknown"))
            async with executing(store):
                await settled("stopped")
            assert await reason(identity) == (
                "no feed has binance BTC/USDT; the markets that can be followed: binance ETH/BTC, binance ETH/USDT"
            )
            assert (await reason(unknown)).startswith("the market is unknown")

    asyncio.run(scenario())


def test_a_changed_line_ends_the_run_at_its_next_start(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            identity = await approved(store, frozen(trading()))
            async with executing(store, 400.0):
                await until(lambda: more_bars(identity, 10))
            line = await Entry.get(run=await last_run(identity), log="strategy", number=5)
            await Entry.filter(id=line.id).update(line=line.line.replace("0.0", "0.1", 1))
            async with executing(store):
                await until(lambda: is_in(identity, "stopped"))
            assert await reason(identity) == (
                "line 5 of the strategy log is not the one that was written; restore the log from a backup"
            )

    asyncio.run(scenario())


def test_a_log_without_its_beginning_ends_the_run_as_well(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            identity = await approved(store, frozen(trading()))
            async with executing(store, 400.0):
                await until(lambda: more_bars(identity, 10))
            await Entry.filter(log="strategy", number=0).update(line="{}")
            async with executing(store):
                await until(lambda: is_in(identity, "stopped"))
            assert (await reason(identity)).startswith("the log does not begin with the beginning of a run")
            assert await Cursor.filter(name__startswith="run_").count() == 0

    asyncio.run(scenario())


def test_who_lost_a_run_to_another_server_goes_on_with_it_when_that_one_is_gone_and_hears_its_commands(
    sqlite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two servers on one database, as where a deployment overlaps with the one before it."""
    monkeypatch.setattr(contested, "PAUSES", (0.3, 0.3))

    async def scenario() -> None:
        async with opened(sqlite) as store:
            identity = await approved(store, frozen(trading()))
            async with executing(store, 200.0) as stays:
                await until(lambda: more_bars(identity, 10))
                async with executing(store, 200.0):
                    await until(lambda: said_to_be_contested(identity))
                before = await bars_heard(identity)
                await until(lambda: more_bars(identity, before + 100))
                assert stays.running == {identity}
                await say(store, identity, "stop")
                await until(lambda: is_over(identity))
            assert len(await told("strategy.contested", identity)) <= 2  # each of them says it once
            assert await whole(identity)

    asyncio.run(scenario())


async def said_to_be_contested(identity: str) -> bool:
    return bool(await told("strategy.contested", identity))


async def is_over(identity: str) -> bool:
    return await alive(identity) is None


async def whole(identity: str) -> bool:
    """Whether the run's logs come of their inputs again, though two have written them."""
    lines = await lines_of(str(await last_run(identity)))
    return resume(lines, trading(), candles()[:HISTORY])[0].ended == "stopped"
