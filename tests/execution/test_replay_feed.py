"""The replay feed and the registry: a recording told bar by bar, as fast as it is asked to be."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from execution.feeds.registry import Declaration, Registry
from execution.feeds.replay import Replay
from execution.ports import FeedFailed, NoFeed
from spec import timeframe as tf
from spec.bars import Bars, resample
from tests.execution.ports import Clock
from tests.execution.scenes import HOUR, MARKET, bars_of, time_of

CALM = (100.0, 101.0, 99.5, 100.0)
BARS = bars_of([CALM] * 40)
OTHER = replace(MARKET, symbol="BTC/USDT")


def replay(start: int | None, speed: float | None = None, bars: Bars = BARS) -> tuple[Replay, Clock]:
    clock = Clock()
    return Replay({MARKET.name: bars}, start, speed, clock), clock


async def heard(feed: Replay, timeframe: str, after: int) -> list[Bars]:
    return [block async for block in feed.bars(MARKET, timeframe, after)]


def opens(blocks: list[Bars]) -> list[int]:
    return [time for block in blocks for time in block.time.tolist()]


@given(st.integers(0, 41), st.sampled_from(["1h", "2h", "4h"]), st.sampled_from([None, 0.5, 100.0, 5_000.0]))
def test_history_and_bars_are_the_recording_with_nothing_missing_and_nothing_twice(
    row: int, timeframe: str, speed: float | None
) -> None:
    feed, _ = replay(time_of(row), speed)
    before = asyncio.run(feed.history(MARKET, timeframe, feed.now(MARKET)))
    after = asyncio.run(heard(feed, timeframe, feed.now(MARKET)))
    assert before.time.tolist() + opens(after) == resample(BARS, timeframe).time.tolist()
    assert before.end <= time_of(row)
    assert all(tf.close_time(time, timeframe) > time_of(row) for time in opens(after))


def test_each_bar_comes_when_it_is_due_and_all_timeframes_pass_alike() -> None:
    for timeframe, seconds in (("1h", 0.5), ("2h", 1.0)):
        feed, clock = replay(time_of(0) - time_of(0) % (2 * HOUR) + 2 * HOUR, speed=2.0)
        blocks = asyncio.run(heard(feed, timeframe, feed.now(MARKET)))
        assert clock.slept == pytest.approx([seconds] * len(blocks))
        assert {len(block) for block in blocks} == {1}


def test_bars_that_are_due_together_come_together() -> None:
    feed, clock = replay(time_of(0), speed=1_000.0)
    blocks = asyncio.run(heard(feed, "1h", time_of(0)))
    assert len(blocks) == 2
    assert clock.time == pytest.approx(0.022, abs=0.002)


def test_a_run_that_is_resumed_goes_on_after_its_last_bar() -> None:
    feed, _ = replay(time_of(5))
    assert opens(asyncio.run(heard(feed, "1h", time_of(31)))) == [time_of(row) for row in range(31, 40)]


def test_without_a_start_the_whole_recording_is_told() -> None:
    feed, _ = replay(None)
    assert opens(asyncio.run(heard(feed, "1h", feed.now(MARKET)))) == BARS.time.tolist()


def test_another_market_and_a_finer_timeframe_are_refused() -> None:
    feed, _ = replay(None)
    with pytest.raises(FeedFailed, match="the replay has no candles of binance BTC/USDT"):
        feed.now(OTHER)
    with pytest.raises(FeedFailed, match="cannot serve binance ETH/USDT on 5m: candles of 1h cannot be made into 5m"):
        asyncio.run(feed.history(MARKET, "5m", 0))


def test_a_feed_is_declared_with_what_it_covers_and_found_by_its_market() -> None:
    feed, _ = replay(None)
    registry = Registry(((feed.declaration, feed),))
    assert registry.declarations == (Declaration("replay", "bars", "replay", frozenset({"binance ETH/USDT"})),)
    assert registry.of(MARKET) == (feed.declaration, feed)
    with pytest.raises(NoFeed, match=r"no feed has binance BTC/USDT; the markets .* followed: binance ETH/USDT"):
        registry.of(OTHER)


def test_without_any_feed_that_is_said() -> None:
    with pytest.raises(NoFeed, match="the markets that can be followed: none"):
        Registry(()).of(MARKET)


def test_a_feed_may_cover_all_markets_of_an_exchange() -> None:
    feed, _ = replay(None)
    whole = Declaration("binance", "bars", "seconds", frozenset({"binance"}))
    assert Registry(((whole, feed),)).of(OTHER) == (whole, feed)


def test_a_recording_has_neither_health_nor_corrections() -> None:
    feed, _ = replay(None)
    assert (feed.health(), feed.corrections()) == ((), ())
