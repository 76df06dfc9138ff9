"""What an exchange tells beside bars: trades, the top of the book, funding and open interest."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, TypeAlias

from execution.feeds.exchange.access import Client, Unreachable, Unserved, ask, dismiss
from execution.feeds.exchange.sources import Wire
from execution.feeds.exchange.trades import skips, to_trades
from execution.ports import BookTop, FeedFailed, Funding, OpenInterest, Tick, Ticks

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping

    from execution.feeds.exchange.rest import Rest
    from execution.feeds.exchange.terms import Terms
    from execution.ports import Clock
    from spec.market import Market

Raw: TypeAlias = Any  # what ccxt tells
SILENCE = 90.0  # seconds
SEEN = 20_000  # ids of trades that are known when they are told again


class LiveQuotes:
    """The quotes of all markets of one exchange; ``rest`` may be a feed's."""

    def __init__(self, rest: Rest, terms: Terms, clock: Clock) -> None:
        self._rest = rest
        self._terms = terms
        self._clock = clock

    async def ticks(self, market: Market) -> AsyncGenerator[Ticks, None]:
        """Trades as they happen, as soon as the exchange can be reached at all: bars wait for it as long.

        Those missed in a break are not asked for: REST may number them in another way.
        """
        await self._rest.enduring(self._rest.client, self._terms, self._clock, lambda _: None)  # of which bars tell
        tape, limit = Tape(), (await self._ready(market)).options["tradesLimit"]
        async with aclosing(self._told(market, _watch_trades(market.symbol))) as stream:
            async for told in stream:
                if told is None:
                    tape.interrupt()
                elif ticks := tape.add(to_trades(told), lost=len(told) >= limit):
                    yield ticks

    async def tops(self, market: Market) -> AsyncGenerator[BookTop, None]:
        """The top of the book as it changes; the same top is not told twice in a row."""
        client, last = await self._ready(market), None
        async with aclosing(self._told(market, _watch_top(client, market.symbol))) as stream:
            async for told in stream:
                top = to_top(told) if told is not None else None
                if top is not None and (last is None or _sides(top) != _sides(last)):
                    last = top
                    yield top

    async def funding(self, market: Market) -> Funding:
        """The funding rate at this moment."""
        return to_funding(await self._asked(market, lambda client: client.fetch_funding_rate(market.symbol)))

    async def open_interest(self, market: Market) -> OpenInterest:
        """The open interest as last told."""
        return to_open_interest(await self._asked(market, lambda client: client.fetch_open_interest(market.symbol)))

    async def _ready(self, market: Market) -> Client:
        client = await self._rest.patient(self._rest.client, self._terms, self._clock)
        if market.symbol not in client.markets:
            msg = f"{self._rest.exchange} has no market {market.symbol}; write it as ccxt does, like ETH/USDT"
            raise FeedFailed(msg)
        return client

    async def _asked(self, market: Market, question: Callable[[Client], Awaitable[Raw]]) -> Raw:
        client = await self._ready(market)
        try:
            return await self._rest.patient(lambda: ask(question(client)), self._terms, self._clock)
        except Unserved as error:
            raise _untold(market, error) from error

    async def _told(self, market: Market, watch: Callable[[Client], Awaitable[Raw]]) -> AsyncGenerator[Raw, None]:
        """What a stream tells, and None whenever it begins anew."""
        await self._ready(market)
        tries, silence = 0, self._terms.silence or SILENCE
        while True:
            client = await self._rest.line()
            wire = Wire(client)
            try:
                yield None
                while True:
                    async with asyncio.timeout(silence):
                        told = await ask(watch(client))
                    wire.check()
                    tries = 0
                    yield told
            except Unserved as error:
                raise _untold(market, error) from error
            except (Unreachable, TimeoutError):
                tries += 1
            finally:
                await dismiss(client)
            await self._clock.sleep(self._terms.pause(tries))


class Tape:
    """Trades in the order they are told, each once. Pure."""

    def __init__(self) -> None:
        self.last: Tick | None = None
        self._seen: dict[str, None] = {}
        self._broken = False

    def interrupt(self) -> None:
        """Trades may have been missed."""
        self._broken = self.last is not None

    def add(self, trades: list[Tick], *, lost: bool) -> Ticks | None:
        """The new ones among some trades; None where there are none.

        Numbered trades tell by their numbers whether one is missing, others only by what happened to the stream.
        """
        new = [trade for trade in trades if trade.id not in self._seen]
        if not new:
            return None
        numbered = all(one.id.isdecimal() for one in (*new, *([self.last] if self.last else [])))
        follows = self.last is None or not skips(self.last, new[0])
        complete = follows if numbered else not (self._broken or lost)
        self.last, self._broken = new[-1], False
        self._seen.update(dict.fromkeys(one.id for one in new))
        while len(self._seen) > SEEN:
            del self._seen[next(iter(self._seen))]
        return Ticks(tuple(new), complete)


def _watch_trades(symbol: str) -> Callable[[Client], Awaitable[Raw]]:
    return lambda client: client.watch_trades(symbol, None, None, {})


def _watch_top(client: Client, symbol: str) -> Callable[[Client], Awaitable[Raw]]:
    """The narrowest stream that has the top of the book."""
    if client.has.get("watchBidsAsks") is True:
        return lambda line: _one_of(line.watch_bids_asks([symbol]), symbol)
    return lambda line: line.watch_order_book(symbol)


async def _one_of(answer: Awaitable[Mapping[str, Raw]], symbol: str) -> Raw:
    return (await answer).get(symbol)


def to_top(raw: Mapping[str, Any]) -> BookTop | None:
    """The top of ccxt's ticker or order book; None where a side is empty."""
    if "bids" in raw:
        if not raw["bids"] or not raw["asks"]:
            return None
        (bid, bid_size), (ask_price, ask_size) = raw["bids"][0][:2], raw["asks"][0][:2]
        return BookTop(raw.get("timestamp"), bid, bid_size, ask_price, ask_size)
    if raw.get("bid") is None or raw.get("ask") is None:
        return None
    return BookTop(raw.get("timestamp"), raw["bid"], raw.get("bidVolume"), raw["ask"], raw.get("askVolume"))


def to_funding(raw: Mapping[str, Any]) -> Funding:
    """Ours of ccxt's; raises FeedFailed where there is no rate."""
    if raw.get("fundingRate") is None:
        msg = "the exchange told no funding rate; ask again later"
        raise FeedFailed(msg)
    return Funding(raw.get("timestamp"), float(raw["fundingRate"]), raw.get("fundingTimestamp"))


def to_open_interest(raw: Mapping[str, Any]) -> OpenInterest:
    """Ours of ccxt's."""
    return OpenInterest(raw.get("timestamp"), raw.get("openInterestAmount"), raw.get("openInterestValue"))


def _sides(top: BookTop) -> tuple[float, float | None, float, float | None]:
    return top.bid, top.bid_size, top.ask, top.ask_size


def _untold(market: Market, error: Unserved) -> FeedFailed:
    return FeedFailed(f"{market.exchange} does not tell this of {market.symbol}: {error}")
