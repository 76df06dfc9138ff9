"""Sources other than a candle stream: trades put into candles, REST asked again and again, and one for another."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.feeds.exchange.access import KINDS, Unreachable, Unserved
from execution.feeds.exchange.sources import Candles, News, Trades, kinds_of
from execution.feeds.exchange.trades import Buckets, to_trades
from execution.ports import Tick
from tests.exchanges.binance import Binance
from tests.exchanges.following import MARKET, clean, live, taken
from tests.exchanges.script import START, Print, Script, candles
from tests.exchanges.test_chaos import TERMS

if TYPE_CHECKING:
    from execution.feeds.exchange.rows import Row


class SmallCache(Binance):
    options: ClassVar[dict[str, Any]] = {**Binance.options, "tradesLimit": 10}


def test_trades_that_ccxts_cache_lost_spoil_their_bars_and_rest_tells_them() -> None:
    script = Script(seed=32, minutes=12, each=40)
    exchange = SmallCache(script)

    async def scene() -> list[Row]:
        async with exchange, live(exchange, TERMS, sources=("trades",)) as feed, asyncio.TaskGroup() as both:
            both.create_task(_in_bursts(exchange))
            told = both.create_task(taken(feed, 11, START))
        return told.result()

    assert asyncio.run(scene()) == clean(script)


async def _in_bursts(exchange: Binance) -> None:
    for _ in range(12):
        await exchange.advance(40)
        await asyncio.sleep(0.05)


def test_a_source_that_is_refused_gives_way_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(_: Candles) -> News:
        msg = "NotSupported: 1m is not offered"
        raise Unserved(msg)

    monkeypatch.setattr(Candles, "next", refused)
    script = Script(seed=33, minutes=8)

    async def scene() -> None:
        async with Binance(script) as exchange, live(exchange) as feed:
            playing = asyncio.create_task(exchange.play(0.01))
            async with aclosing(feed.bars(MARKET, "1m", START)) as stream, asyncio.timeout(30):
                async for bars in stream:
                    if bars.time[-1] >= START + 6 * 60:
                        assert [one.source for one in feed.health()] == ["trades"]
                        break
            await playing

    asyncio.run(scene())


@pytest.mark.parametrize("kind", [Candles, Trades])
def test_a_socket_lost_while_nobody_waits_is_noticed(kind: type[Candles | Trades]) -> None:
    async def scene() -> None:
        async with Binance(Script(seed=34, minutes=8)) as exchange, live(exchange) as feed:
            rest = feed._rest
            await rest.client()
            source = kind(await rest.line(), MARKET.symbol, "1m")
            try:
                first = asyncio.create_task(source.next())
                while not any(socket.topics for socket in exchange.sockets):  # noqa: ASYNC110 (nobody tells)
                    await asyncio.sleep(0.01)
                await exchange.advance()
                await first
                exchange.faults[exchange.at] = "cut"
                await exchange.advance()
                await asyncio.sleep(0.2)
                playing = asyncio.create_task(exchange.play(0.02))
                with pytest.raises(Unreachable):
                    await source.next()
                playing.cancel()
            finally:
                await source.close()

    asyncio.run(scene())


def test_the_best_source_that_an_exchange_offers_is_taken() -> None:
    full = SimpleNamespace(has={"watchOHLCV": True, "watchTrades": True}, timeframes={"1m": "1m"})
    assert kinds_of(full, "1m", KINDS) == ("ws", "trades", "rest")
    assert kinds_of(full, "1m", ("trades",)) == ("trades",)
    without = SimpleNamespace(has={"watchOHLCV": None, "watchTrades": "emulated"}, timeframes={"1m": "1m"})
    assert kinds_of(without, "1m", KINDS) == ("rest",)
    assert kinds_of(without, "1m", ("ws",)) == ("rest",)


def trade_of(one: Print) -> Tick:
    return Tick(one.time, one.price, one.amount, str(one.number))


@given(st.integers(0, 50), st.data())
def test_trades_in_any_slicing_with_repetitions_give_the_candles_of_the_script(seed: int, data: st.DataObject) -> None:
    prints = Script(seed, minutes=4, each=5, quiet=frozenset({2})).prints
    buckets, rows, at = Buckets("1m"), dict[int, tuple[float, ...]](), 0
    spoiled: set[int] = set()
    while at < len(prints):
        size = data.draw(st.integers(1, 6))
        again = data.draw(st.integers(0, min(at, 3)))
        told, partial = buckets.add(map(trade_of, prints[at - again : at + size]), lost=False)
        rows.update((row[0], row) for row in told)
        spoiled |= partial
        at += size
    assert spoiled == {START}  # it may have begun before the first trade that was heard
    assert list(rows.values()) == [pytest.approx(row) for row in candles(prints, "1m", flat=False)]


def test_lost_trades_spoil_the_bars_on_both_sides() -> None:
    prints = Script(1, minutes=4, each=5).prints
    buckets = Buckets("1m")
    buckets.add(map(trade_of, prints[:7]), lost=False)
    assert buckets.add(map(trade_of, prints[9:11]), lost=False)[1] == {START + 60, START + 60}
    assert buckets.add(map(trade_of, prints[11:12]), lost=True)[1] == {START + 120}
    unnumbered = Buckets("1m")
    unnumbered.add([Tick(one.time, one.price, one.amount, f"x{one.number}") for one in prints[:7]], lost=False)
    found = unnumbered.add([Tick(one.time, one.price, one.amount, f"x{one.number}") for one in prints[15:]], lost=True)
    assert found[1] == {START + 60, START + 180}


def test_ccxts_trades_are_read_and_those_without_a_price_left_out() -> None:
    raws: list[dict[str, Any]] = [
        {"timestamp": 5_000, "price": 1.5, "amount": 2.0, "id": "7", "side": "buy"},
        {"timestamp": 5_000, "price": None, "amount": 2.0, "id": "8"},
        {"timestamp": 6_000, "price": 2.5, "amount": 1.0, "id": None},
    ]
    assert to_trades(raws) == [Tick(5_000, 1.5, 2.0, "7", "buy"), Tick(6_000, 2.5, 1.0, "6000:2.5:1.0")]
