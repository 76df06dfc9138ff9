"""From the trades on an exchange's wire to fills within the bar: as a backtest over the same trades makes them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from execution.feeds.exchange.rows import to_bars
from execution.feeds.registry import Registry
from execution.metrics import Borders
from execution.tick_backtest import Recording, run_over
from server.store.events import read_after
from server.store.tables import Entry as Line
from spec.geometry import Level
from spec.market import Market
from spec.signals import TrendlineCross
from spec.strategy import AtPercent, Entry, Strategy, Target
from tests.exchanges.binance import Binance
from tests.exchanges.following import clean, live
from tests.exchanges.script import Script
from tests.server.executor.executing import TERMS, approved, executing, frozen, opened, until
from tests.server.executor.questions import is_in

if TYPE_CHECKING:
    from execution.backtest import BacktestResult
    from tests.exchanges.chaos import Fault

MARKET = Market("binance", "ETH/USDT", "spot", 0.01, reports_every_interval=True)
Scene: TypeAlias = tuple[list[dict[str, Any]], list[str], list[str]]  # fills, lines of trades, of trades missed
BEFORE, EACH = 30, 6  # minutes of history, trades in each


def crossing(script: Script) -> Strategy:
    """Long whenever a trade passes the median of what comes upwards; out 0.15 % away on either side."""
    prices = sorted(one.price for one in script.prints[EACH * BEFORE :])
    return Strategy(
        kind="strategy",
        market=MARKET,
        timeframe="1m",
        nodes={"cross": TrendlineCross("1m", Level(prices[len(prices) // 2]), "up", "intrabar")},
        entry=Entry("long", "cross"),
        stop=AtPercent(0.15),
        targets=(Target(AtPercent(0.15)),),
    )


async def written(kind: str) -> list[str]:
    rows = await Line.filter(log="strategy").order_by("number").values_list("line", flat=True)
    return [str(row) for row in rows if f'"is":"{kind}"' in str(row)]


async def heard(bar: int) -> bool:
    rows = await Line.filter(log="strategy").order_by("-number").limit(1).values_list("at", flat=True)
    return bool(rows) and int(str(rows[0])) >= bar * 1000


def on_the_wire(url: str, script: Script, wrongs: dict[int, Fault]) -> Scene:
    artifact, last = frozen(crossing(script)), int(to_bars(clean(script), "1m").time[-1])

    async def scene() -> Scene:
        async with Binance(script, wrongs) as exchange, live(exchange) as feed, opened(url) as store:
            await exchange.advance(EACH * BEFORE)
            identity = await approved(store, artifact)
            async with executing(store, feeds=Registry(((feed.declaration, feed),))):
                await until(lambda: is_in(identity, "running"))
                await until(lambda: listens(exchange))
                await exchange.play(0.01)
                await until(lambda: heard(last))
                fills = await read_after(0, limit=10_000, kinds=("order.filled",))
                return [event.data for event in fills], await written("ticked"), await written("missed")

    return asyncio.run(scene())


async def listens(exchange: Binance) -> bool:
    return any("trade" in topic for socket in exchange.sockets for topic in socket.topics)


def recorded(script: Script) -> BacktestResult:
    prints = script.prints
    recording = Recording(
        np.array([one.time for one in prints]),
        np.array([one.price for one in prints]),
        np.array([one.amount for one in prints]),
    )
    return run_over(crossing(script), (to_bars(clean(script), "1m"), recording), Borders(), TERMS)


def test_a_strategy_enters_and_leaves_on_the_trade_itself_as_over_the_recorded_trades(sqlite: str) -> None:
    script = Script(seed=23, minutes=120, each=EACH)
    fills, ticked, missed = on_the_wire(sqlite, script, {})
    after = int(to_bars(clean(script), "1m").time[BEFORE + 1])  # the first bar was under way when it began
    wired = [(fill["time"], fill["price"]) for fill in fills if fill["time"] >= after]
    trades = [trade for trade in recorded(script).trades if trade.entry_time >= after]
    pairs = [((one.entry_time, one.entry_price), (one.exit_time, one.exit_price)) for one in trades]
    assert wired == [fill for pair in pairs for fill in pair][: len(wired)]
    assert len(wired) > 10
    assert len(missed) == 1
    assert len(ticked) < len(script.prints) / 2


def test_where_the_wire_breaks_the_bars_say_what_the_trades_did_not_and_the_strategy_trades_on(sqlite: str) -> None:
    script = Script(seed=23, minutes=120, each=EACH)
    fills, _, missed = on_the_wire(sqlite, script, {EACH * BEFORE + 60: "cut", EACH * BEFORE + 200: "stall"})
    undisturbed = {trade.entry_time for trade in recorded(script).trades}
    entered = [fill["time"] for fill in fills if fill["role"] == "entry"]
    assert 1 < len(missed) < 80
    assert len(entered) == len(set(entered))
    assert undisturbed & set(entered)
