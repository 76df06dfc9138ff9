"""Sources of news about bars: a stream of candles, trades put into candles, or the clock that says to ask REST."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, assert_never

from execution.feeds.exchange.access import Client, Kind, Unreachable, ask, dismiss
from execution.feeds.exchange.rows import Row, to_rows
from execution.feeds.exchange.trades import Buckets, to_trades

if TYPE_CHECKING:
    from collections.abc import Sequence

    from execution.ports import Clock


class News(NamedTuple):
    """Rows that changed, the open times of those told in part only, and whether REST is to be asked for more."""

    rows: Sequence[Row] = ()
    spoiled: frozenset[int] = frozenset()
    ask: bool = False


class Source(Protocol):
    """One connection; what breaks it raises Unreachable, and it is not used again."""

    async def next(self) -> News:
        """The next news, once there are some."""
        ...

    async def close(self) -> None:
        """Let go of the connection."""
        ...


class Wire:
    """The sockets behind a client: ccxt replaces one that was lost without a word, if nobody waits at that moment."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._open: tuple[object, ...] = ()

    def check(self) -> None:
        """Raise Unreachable where a socket is another one than before: what was told between them is not known."""
        now = tuple(self._client.clients.values())
        if any(one not in now for one in self._open):
            msg = "the connection was lost between two messages"
            raise Unreachable(msg)
        self._open = now


class Candles:
    """ccxt's ``watch_ohlcv``, of which only the cache is read.

    What a call returns are rows by position: a bar's end and a late correction may be missing among them. The cache
    is changed in place by the next message, so rows are copied at once.
    """

    def __init__(self, client: Client, symbol: str, timeframe: str) -> None:
        self._client = client
        self._symbol = symbol
        self._timeframe = timeframe
        self._wire = Wire(client)
        self._known: frozenset[tuple[float | None, ...]] = frozenset()

    async def next(self) -> News:
        returned = await ask(self._client.watch_ohlcv(self._symbol, self._timeframe, None, None, {}))
        self._wire.check()
        kept = self._client.ohlcvs.get(self._symbol, {}).get(self._timeframe, returned)
        told = frozenset(tuple(row) for row in kept)
        changed, self._known = told - self._known, told
        return News(to_rows(changed, self._timeframe))

    async def close(self) -> None:
        await dismiss(self._client)


class Trades:
    """ccxt's ``watch_trades``; a full cache may have lost some."""

    def __init__(self, client: Client, symbol: str, timeframe: str) -> None:
        self._client = client
        self._symbol = symbol
        self._wire = Wire(client)
        self._buckets = Buckets(timeframe)

    async def next(self) -> News:
        trades = await ask(self._client.watch_trades(self._symbol, None, None, {}))
        self._wire.check()
        lost = len(trades) >= self._client.options["tradesLimit"]
        rows, spoiled = self._buckets.add(to_trades(trades), lost=lost)
        return News(rows, frozenset(spoiled))

    async def close(self) -> None:
        await dismiss(self._client)


class Polling:
    """Nothing but the time at which REST is to be asked again."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds

    async def next(self) -> News:
        await self._clock.sleep(self._seconds)
        return News(ask=True)

    async def close(self) -> None:
        pass


def kinds_of(client: Client, timeframe: str, allowed: tuple[Kind, ...]) -> tuple[Kind, ...]:
    """Which of the kinds an exchange offers for bars of one of its timeframes; REST where it is none of them."""
    return tuple(kind for kind in allowed if _offers(client, timeframe, kind)) or ("rest",)


def _offers(client: Client, timeframe: str, kind: Kind) -> bool:
    match kind:
        case "ws":
            return client.has.get("watchOHLCV") is True and timeframe in client.timeframes
        case "trades":
            return client.has.get("watchTrades") is True
        case "rest":
            return True
        case _:
            assert_never(kind)
