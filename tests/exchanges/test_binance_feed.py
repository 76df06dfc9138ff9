"""The live feed on a loopback Binance: closed bars from the stream, each audited by REST."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from execution.feeds.exchange.rows import to_bars
from execution.feeds.exchange.terms import Terms
from execution.ports import FeedFailed
from spec.bars import resample
from spec.market import Market
from tests.exchanges.binance import Binance
from tests.exchanges.following import MARKET, clean, live, taken
from tests.exchanges.script import START, Script


def test_bars_come_as_they_close_and_equal_the_exchanges_own_record() -> None:
    script = Script(seed=1, minutes=30)

    async def scene() -> None:
        async with Binance(script) as exchange, live(exchange) as feed:
            playing = asyncio.create_task(exchange.play(0.004))
            rows = await taken(feed, 29, START)
            await playing
        assert rows == clean(script)

    asyncio.run(scene())


def test_a_run_that_begins_late_hears_what_closed_before_and_after_once_each() -> None:
    script = Script(seed=2, minutes=30)

    async def scene() -> None:
        async with Binance(script) as exchange, live(exchange) as feed:
            await exchange.advance(4 * 12)
            history = await feed.history(MARKET, "1m", START + 5 * 60 + 30)
            playing = asyncio.create_task(exchange.play(0.004))
            rows = await taken(feed, 24, START + 5 * 60)
            await playing
        assert history.time.tolist() == [START + 60 * minute for minute in range(5)]
        assert rows == clean(script)[5:]

    asyncio.run(scene())


def test_a_history_that_is_asked_for_too_early_holds_no_running_bar_then_or_later() -> None:
    script = Script(seed=2, minutes=30)

    async def scene() -> None:
        async with Binance(script) as exchange, live(exchange) as feed:
            await exchange.advance(4 * 12 + 2)
            early = await feed.history(MARKET, "1m", START + 13 * 60)
            await exchange.advance(4)
            later = await feed.history(MARKET, "1m", START + 13 * 60)
        assert len(early) == 12
        assert list(zip(*(column.tolist() for column in later.columns()), strict=True)) == clean(script)[:13]

    asyncio.run(scene())


def test_a_timeframe_that_the_exchange_lacks_is_made_of_a_finer_one() -> None:
    script = Script(seed=3, minutes=41, quiet=frozenset({9, 19, 20, 21}))

    async def scene() -> None:
        async with Binance(script, flat=False) as exchange, live(exchange) as feed:
            await exchange.advance(4 * 13)
            history = await feed.history(MARKET, "10m", int(exchange.now))
            playing = asyncio.create_task(exchange.play(0.004))
            rows = await taken(feed, 3, START + 10 * 60, "10m")
            await playing
        whole = resample(to_bars(clean(script, flat=False), "1m"), "10m")
        assert history.time.tolist() == [START]
        assert [row[0] for row in rows] == [START + 600, START + 1_200, START + 1_800]
        assert [row[5] for row in rows] == pytest.approx(whole.volume.tolist()[1:])

    asyncio.run(scene())


def test_an_interval_without_a_trade_that_the_exchange_does_not_report_is_not_invented() -> None:
    script = Script(seed=4, minutes=20, quiet=frozenset({3, 4, 11}))

    async def scene() -> None:
        async with Binance(script, flat=False) as exchange, live(exchange) as feed:
            playing = asyncio.create_task(exchange.play(0.004))
            rows = await taken(feed, 16, START)
            await playing
        assert rows == clean(script, flat=False)
        assert len(rows) == 16

    asyncio.run(scene())


def test_without_rests_word_in_time_the_streams_bar_is_taken_and_a_difference_is_told_later() -> None:
    script = Script(seed=5, minutes=20)

    async def scene() -> None:
        # The stream tells bar 8 wrongly at its end, and REST is away until bar 12.
        async with Binance(script, {4 * 8 + 1: "wrong"}) as exchange:
            exchange.wrong_for_ever = True
            async with live(exchange, Terms(audit=0.05, silence=5.0, pauses=(0.02, 0.1), settled=0)) as feed:
                playing = asyncio.create_task(_with_rest_away(exchange))
                rows = await taken(feed, 19, START)
                await playing
                healths = feed.health()
                corrections = feed.corrections()
        assert healths == ()  # the line was left
        differs = [row[0] for row, told in zip(clean(script), rows, strict=True) if row != told]
        assert differs == [START + 8 * 60]
        assert [one.time for one in corrections] == differs
        assert corrections[0].now == clean(script)[8][1:]
        assert corrections[0].was == rows[8][1:]

    async def _with_rest_away(exchange: Binance) -> None:
        await exchange.play(0.01, 4 * 7 + 2)
        exchange.refusals += ["500"] * 60
        await exchange.play(0.03, 4 * 5)
        exchange.refusals.clear()
        await exchange.play(0.03)

    asyncio.run(scene())


def test_silence_is_noticed_and_what_was_missed_comes_from_rest() -> None:
    script = Script(seed=6, minutes=20)

    async def scene() -> None:
        async with Binance(script, {20: "stall"}) as exchange, live(exchange) as feed:
            playing = asyncio.create_task(exchange.play(0.03))
            async with aclosing(feed.bars(MARKET, "1m", START)) as stream, asyncio.timeout(30):
                async for bars in stream:
                    if bars.time[-1] >= START + 18 * 60:
                        break
                (health,) = feed.health()
            await playing
        assert (health.source, health.reconnects, health.last_bar) == ("ws", 1, START + 18 * 60)
        assert health.healed > 0
        assert health.market == "binance ETH/USDT"

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("market", "timeframe", "why"),
    [
        (Market("nowhere", "ETH/USDT", "spot"), "1m", "ccxt knows no exchange 'nowhere'"),
        (Market("binance", "DOGE/USDT", "spot"), "1m", "binance has no market DOGE/USDT"),
        (Market("binance", "ETH/USDT", "spot"), "7s", None),
    ],
)
def test_what_cannot_be_served_is_said(market: Market, timeframe: str, why: str | None) -> None:
    async def scene() -> None:
        async with Binance(Script(seed=1, minutes=2)) as exchange:
            await exchange.advance(3)
            async with live(exchange, market=market) as feed:
                await feed.history(market, timeframe, START + 60)

    if why is None:
        asyncio.run(scene())
    else:
        with pytest.raises(FeedFailed, match=why):
            asyncio.run(scene())


def test_an_exchange_that_does_not_answer_fails_the_history_after_some_tries() -> None:
    async def scene() -> None:
        async with Binance(Script(seed=1, minutes=2)) as exchange, live(exchange) as feed:
            exchange.refusals += ["500"] * 20
            await feed.history(MARKET, "1m", START)

    with pytest.raises(FeedFailed, match="binance does not answer, asked 6 times"):
        asyncio.run(scene())


def test_bars_wait_for_an_exchange_that_is_away_and_say_so() -> None:
    script = Script(seed=24, minutes=6)

    async def scene() -> None:
        async with Binance(script) as exchange, live(exchange) as feed:
            exchange.refusals += ["500"] * 20
            told = asyncio.create_task(taken(feed, 5, START))
            while len(exchange.refusals) > 10:  # noqa: ASYNC110 (nobody tells when it was asked)
                await asyncio.sleep(0.01)
            (health,) = feed.health()
            assert (health.timeframe, health.source, health.last_bar) == ("1m", "ws", 0)
            assert "An unknown error" in str(health.trouble)
            exchange.refusals.clear()
            await exchange.play(0.01)
            assert await told == clean(script)

    asyncio.run(scene())
