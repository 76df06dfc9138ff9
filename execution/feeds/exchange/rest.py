"""The REST side of an exchange: its markets, and pages of its record of candles."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from execution.feeds.exchange.access import Access, Client, Unreachable, Unserved, ask, connect
from execution.feeds.exchange.rows import Row, to_rows
from execution.ports import FeedFailed
from spec import timeframe as tf

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from execution.feeds.exchange.terms import Terms
    from execution.ports import Clock

T = TypeVar("T")
PAGE = 1_000  # rows asked for; exchanges give fewer
STRIDE = 200  # intervals; every exchange gives at least as many, so an empty answer means that so many are empty
STRIDES = 100  # of them without a row, before it is said that there are no more


class Rest:
    """One exchange, asked by everyone through one client, so that its rate limit holds for all.

    ``now`` is UNIX seconds UTC. Raises Unreachable, or FeedFailed where no other try can help.
    """

    def __init__(self, exchange: str, access: Access, now: Callable[[], float]) -> None:
        self.exchange = exchange
        self.access = access
        self.now = now
        self._client: Client | None = None
        self._loading = asyncio.Lock()

    async def client(self) -> Client:
        """The client, with the exchange's markets."""
        async with self._loading:
            if self._client is None:
                self._client = await self._connected()
            return self._client

    async def line(self) -> Client:
        """A client of its own for one stream, which shares the markets."""
        rest = await self.client()
        own = connect(self.exchange, self.access)
        own.set_markets_from_exchange(rest)
        return own

    async def _connected(self) -> Client:
        client = connect(self.exchange, self.access)
        if client.has["fetchOHLCV"] is not True:
            await client.close()
            msg = f"{self.exchange} keeps no record of candles; read the market on another exchange"
            raise FeedFailed(msg)
        try:
            await ask(client.load_markets())
        except BaseException:
            await client.close()
            raise
        return client

    async def base(self, symbol: str, timeframe: str) -> str:
        """The coarsest timeframe of the exchange that fills ``timeframe``; raises FeedFailed where there is none."""
        client = await self.client()
        if symbol not in client.markets:
            msg = f"{self.exchange} has no market {symbol}; write it as ccxt does, like ETH/USDT"
            raise FeedFailed(msg)
        own = [name for name in client.timeframes if _fills(name, timeframe)]
        if not own:
            msg = f"{self.exchange} has no candles of {timeframe}, nor finer ones that fill it"
            raise FeedFailed(msg)
        coarsest: str = max(own, key=tf.seconds)
        return coarsest

    async def page(self, symbol: str, timeframe: str, since: int, beyond: int) -> list[Row]:
        """Rows from ``since`` on without a gap of ours, as far as the exchange gives them at once.

        Where it gives windows of time, empty ones are passed over until a row later than ``beyond`` is found.
        """
        client, rows = await self.client(), list[Row]()
        for _ in range(STRIDES):
            try:
                raws = await ask(client.fetch_ohlcv(symbol, timeframe, since * 1000, PAGE))
            except Unserved as error:
                msg = f"{self.exchange} does not serve candles of {symbol} on {timeframe}: {error}"
                raise FeedFailed(msg) from error
            rows += [row for row in to_rows(raws, timeframe) if row[0] >= since and (not rows or row[0] > rows[-1][0])]
            since = max(tf.shift_by_clock(since, STRIDE, timeframe), rows[-1][0] if rows else 0)
            if (rows and rows[-1][0] > beyond) or since > self.now():
                break
        return rows

    async def between(self, symbol: str, timeframe: str, since: int, until: int) -> list[Row]:
        """All rows that open in a span of time."""
        rows = list[Row]()
        while since < until:
            page = await self.page(symbol, timeframe, since, since)
            rows += [row for row in page if row[0] < until and (not rows or row[0] > rows[-1][0])]
            if not page or page[-1][0] <= since:
                break
            since = page[-1][0]
        return rows

    async def patient(self, question: Callable[[], Awaitable[T]], terms: Terms, clock: Clock) -> T:
        """The answer to a question that is asked again while the exchange cannot be reached; raises FeedFailed."""
        for tries in range(1, terms.tries + 1):
            try:
                return await question()
            except Unreachable as error:
                if tries == terms.tries:
                    msg = f"{self.exchange} does not answer, asked {tries} times: {error}"
                    raise FeedFailed(msg) from error
                await clock.sleep(terms.pause(tries))
        raise AssertionError

    async def enduring(
        self, question: Callable[[], Awaitable[T]], terms: Terms, clock: Clock, trouble: Callable[[str], None]
    ) -> T:
        """The answer, however long the exchange cannot be reached; ``trouble`` is told why each time."""
        tries = 0
        while True:
            try:
                return await question()
            except Unreachable as error:
                trouble(str(error))
                tries += 1
                await clock.sleep(terms.pause(tries))

    async def close(self) -> None:
        """Let go of the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()


def _fills(finer: str, coarser: str) -> bool:
    try:
        return finer == coarser or tf.divides(finer, coarser)
    except tf.UnknownTimeframe:
        return False
