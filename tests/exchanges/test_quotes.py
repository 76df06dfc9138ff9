"""What is told beside bars: trades, the top of the book, funding and open interest."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import aclosing, asynccontextmanager
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from execution.clock import Clock
from execution.feeds.exchange.access import Access, Client, Unreachable
from execution.feeds.exchange.feed import Live
from execution.feeds.exchange.quotes import Tape, to_funding, to_top
from execution.feeds.exchange.rest import Rest
from execution.feeds.registry import BESIDE, Registry
from execution.ports import BookTop, FeedFailed, Funding, NoFeed, OpenInterest, Tick, Ticks
from spec.market import Market
from tests.exchanges.binance import Binance
from tests.exchanges.bybit import Bybit
from tests.exchanges.following import MARKET, TERMS
from tests.exchanges.script import START, Script

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from execution.feeds.exchange.quotes import LiveQuotes
    from tests.exchanges.chaos import Fault
    from tests.exchanges.loopback import Loopback

SPOT = Market("bybit", "ETH/USDT", "spot")
PERPETUAL = Market("bybit", "ETH/USDT:USDT", "swap")


@asynccontextmanager
async def quotes(exchange: Loopback, market: Market) -> AsyncIterator[LiveQuotes]:
    access = Access(urls=exchange.url, options=exchange.options, rate_limit=1, timeout=0.5)
    feed = Live(market.exchange, access, TERMS, Clock(), lambda: exchange.now)
    try:
        yield feed.quotes
    finally:
        await feed.close()


async def played(exchange: Loopback) -> None:
    """The script, once somebody listens."""
    while not any(socket.topics for socket in exchange.sockets):  # noqa: ASYNC110 (the server is not told who waits)
        await asyncio.sleep(0.01)
    await exchange.play(0.005)


@pytest.mark.parametrize(("fault", "breaks"), [({}, 0), ({20: "cut"}, 1), ({20: "stall"}, 1), ({20: "twice"}, 0)])
def test_trades_come_each_once_in_order_and_say_where_some_are_missing(fault: dict[int, Fault], breaks: int) -> None:
    script = Script(seed=41, minutes=60)

    async def scene() -> list[Ticks]:
        heard: list[Ticks] = []
        async with Binance(script, fault) as exchange, quotes(exchange, MARKET) as told:
            playing = asyncio.create_task(played(exchange))
            async with aclosing(told.ticks(MARKET)) as stream, asyncio.timeout(30):
                async for ticks in stream:
                    heard.append(ticks)
                    if int(ticks.ticks[-1].id) == len(script.prints):
                        break
            await playing
        return heard

    heard = asyncio.run(scene())
    numbers = [int(one.id) for ticks in heard for one in ticks.ticks]
    assert numbers == sorted(set(numbers))
    assert sum(not ticks.complete for ticks in heard) == breaks
    assert sum(b - a > 1 for a, b in pairwise(numbers)) == breaks


def test_trades_wait_for_an_exchange_that_cannot_be_reached_when_they_begin_as_bars_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, client = itertools.count(1), Rest.client

    async def away(rest: Rest) -> Client:
        if next(asked) <= 3 * TERMS.tries:
            msg = "nobody answers"
            raise Unreachable(msg)
        return await client(rest)

    monkeypatch.setattr(Rest, "client", away)

    async def scene() -> Ticks:
        async with Binance(Script(seed=41, minutes=2), {}) as exchange, quotes(exchange, MARKET) as told:
            playing = asyncio.create_task(played(exchange))
            async with aclosing(told.ticks(MARKET)) as stream, asyncio.timeout(30):
                first = await anext(stream)
            await playing
        return first

    assert asyncio.run(scene()).ticks[0].id == "1"


def test_the_top_of_the_book_is_told_when_it_changes() -> None:
    script = Script(seed=42, minutes=3)

    async def scene() -> list[BookTop]:
        tops: list[BookTop] = []
        async with Bybit(script) as exchange, quotes(exchange, SPOT) as told:
            playing = asyncio.create_task(played(exchange))
            async with aclosing(told.tops(SPOT)) as stream, asyncio.timeout(30):
                async for top in stream:
                    tops.append(top)
                    if len(tops) == 8:
                        break
            playing.cancel()
        return tops

    tops = asyncio.run(scene())
    assert all(top.ask - top.bid == pytest.approx(0.02) for top in tops)
    assert {(top.bid_size, top.ask_size) for top in tops} == {(1.5, 2.5)}
    assert [top.time for top in tops] == sorted(top.time or 0 for top in tops)


def test_funding_and_open_interest_are_of_contracts_alone() -> None:
    async def scene() -> tuple[Funding, OpenInterest]:
        async with Bybit(Script(seed=43, minutes=2)) as exchange, quotes(exchange, PERPETUAL) as told:
            for question in (told.funding, told.open_interest):
                with pytest.raises(FeedFailed):
                    await question(SPOT)
            with pytest.raises(FeedFailed, match="bybit has no market BTC/USDT"):
                await told.funding(Market("bybit", "BTC/USDT", "spot"))
            return await told.funding(PERPETUAL), await told.open_interest(PERPETUAL)

    funding, interest = asyncio.run(scene())
    assert funding == Funding(START * 1000, 0.000125, (START + 28_800) * 1000)
    assert interest == OpenInterest(START * 1000, 64_757.624, None)


def test_the_registry_declares_what_is_told_beside_bars_and_who_tells_it() -> None:
    feed = Live("bybit", Access(), TERMS, Clock(), lambda: START)
    told = tuple((declared, feed.quotes) for declared in feed.beside)
    registry = Registry(((feed.declaration, feed),), told).live
    assert [one.schema for one in registry.declarations] == ["bars", *BESIDE]
    for schema, (_, quotes) in zip(BESIDE, told, strict=True):
        assert registry.telling(schema, SPOT) is quotes
    with pytest.raises(NoFeed, match="no feed tells funding of binance ETH/USDT; name binance in DRAWBRIDGE_EXCHANGES"):
        registry.telling("funding", MARKET)


def tick(name: str) -> Tick:
    return Tick(0, 1.0, 1.0, name)


def test_ticks_say_where_some_may_be_missing() -> None:
    tape = Tape()
    assert tape.add([tick("1"), tick("2")], lost=False) == Ticks((tick("1"), tick("2")), complete=True)
    assert tape.add([tick("2")], lost=False) is None
    tape.interrupt()
    assert tape.add([tick("2"), tick("3")], lost=True) == Ticks((tick("3"),), complete=True)  # the numbers tell
    assert tape.add([tick("5")], lost=False) == Ticks((tick("5"),), complete=False)
    unnumbered = Tape()
    unnumbered.interrupt()
    assert unnumbered.add([tick("a")], lost=False) == Ticks((tick("a"),), complete=True)
    unnumbered.interrupt()
    assert unnumbered.add([tick("b")], lost=False) == Ticks((tick("b"),), complete=False)
    assert unnumbered.add([tick("c")], lost=True) == Ticks((tick("c"),), complete=False)


def test_a_side_without_an_offer_is_no_top() -> None:
    assert to_top({"bids": [[1.0, 2.0]], "asks": [], "timestamp": 5}) is None
    assert to_top({"bids": [[1.0, 2.0, 9]], "asks": [[1.5, 3.0]], "timestamp": 5}) == BookTop(5, 1.0, 2.0, 1.5, 3.0)
    assert to_top({"bid": 1.0, "ask": None}) is None


def test_no_rate_is_no_funding() -> None:
    with pytest.raises(FeedFailed, match="told no funding rate"):
        to_funding({"fundingRate": None})
