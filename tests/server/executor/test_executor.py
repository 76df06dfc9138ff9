"""The executor: what is approved runs as its backtest does, once, and no more of it than may."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import msgspec
from msgspec.structs import replace

from execution.backtest import Borders, run
from execution.journal import verify
from execution.resuming import resume
from server.executor import Limits
from server.runs import last_run, lines_of
from server.store.events import read_after
from server.store.tables import Cursor, Event, Strategy
from spec.managing import Slices
from spec.strategy import Entry
from tests.server.executor.executing import (
    HISTORY,
    TERMS,
    approved,
    candles,
    executing,
    frozen,
    opened,
    proposed,
    settled,
    trading,
    watching,
)
from tests.server.executor.ledgers import check_ledger
from tests.server.executor.questions import (
    expected,
    reason,
    signals,
    state,
    told,
)


async def closed_trades() -> list[dict[str, Any]]:
    """What was told of trades that closed, as a backtest lists them."""
    return [{name: value for name, value in one.items() if name != "time"} for one in await told("trade.closed")]


def test_an_approved_strategy_trades_as_its_backtest(url: str) -> None:
    strategy, bars = trading(), candles()
    backtest = run(strategy, bars, Borders(), TERMS)

    async def scenario() -> None:
        async with opened(url) as store:
            identity = await approved(store, frozen(strategy))
            async with executing(store):
                await settled("stopped")
            trades = await closed_trades()
            assert trades == msgspec.to_builtins(list(backtest.trades))
            assert await signals("in") == expected(strategy, "in")
            await orders_agree(trades)
            assert (await reason(identity)) == "end of data"
            assert await Cursor.filter(name__startswith="run_").count() == 0
            verify(await lines_of(str(await last_run(identity))))

    asyncio.run(scenario())
    assert len(backtest.trades) > 10


def test_an_entry_in_slices_trades_as_its_backtest_and_each_slice_says_whose_it_is(url: str) -> None:
    strategy, bars = replace(trading(), entry=Entry("long", "in", slices=Slices("vwap", 4, 2))), candles()
    backtest = run(strategy, bars, Borders(), TERMS)

    async def scenario() -> None:
        async with opened(url) as store:
            identity = await approved(store, frozen(strategy))
            async with executing(store):
                await settled("stopped")
            trades = await closed_trades()
            assert trades == msgspec.to_builtins(list(backtest.trades))
            sent = [one for one in await told("order.submitted") if one["role"] == "entry"]
            counts = Counter(one["of"] for one in sent)
            assert set(counts.values()) <= {1, 2, 3, 4}
            assert max(counts.values()) > 1
            assert len({one["id"] for one in sent}) == len(sent)
            lines = await lines_of(str(await last_run(identity)))
            await asyncio.to_thread(resume, lines, strategy, bars[:HISTORY])  # it comes of its inputs again
            assert await check_ledger() > 100

    asyncio.run(scenario())
    assert len(backtest.trades) > 10


async def orders_agree(trades: list[dict[str, Any]]) -> None:
    """Every order is submitted once and ends once; what exits fill is what the trades closed."""
    submitted = Counter(one["id"] for one in await told("order.submitted"))
    filled, cancelled = await told("order.filled"), await told("order.cancelled")
    assert set(submitted.values()) == {1}
    assert Counter(one["id"] for one in filled + cancelled) == submitted
    exits = [(one["time"], one["price"], float(one["size"])) for one in filled if one["role"] != "entry"]
    assert exits == [(one["exit_time"], one["exit_price"], one["size"]) for one in trades]
    entries = {(one["time"], one["price"]) for one in filled if one["role"] == "entry"}
    assert entries == {(one["entry_time"], one["entry_price"]) for one in trades}


def test_a_watch_runs_without_an_approval_and_makes_no_order(url: str) -> None:
    async def scenario() -> None:
        async with opened(url) as store:
            await proposed(store, frozen(watching()))
            async with executing(store):
                await settled("stopped")
            assert await signals("level") == expected(watching(), "level")
            assert len(await signals("level")) > 5
            assert await Event.filter(kind__in=["order.submitted", "trade.closed", "strategy.decided"]).count() == 0

    asyncio.run(scenario())


def test_what_was_proposed_and_not_approved_does_not_run(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            waiting = await proposed(store, frozen(trading()))
            await proposed(store, frozen(watching()))
            async with executing(store):
                await settled("stopped", "proposed")
            assert (await state(waiting), await last_run(waiting)) == ("proposed", None)

    asyncio.run(scenario())


def test_two_runs_of_one_strategy_have_names_of_their_own(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            identity = await proposed(store, frozen(watching()))
            names = []
            for _ in range(2):
                async with executing(store):
                    await settled("stopped")
                names.append(await last_run(identity))
                await Strategy.filter(id=identity).update(state="approved")
            one, other = [await lines_of(str(name)) for name in names]
            assert names[0] != names[1]
            assert one == other

    asyncio.run(scenario())


def test_of_more_strategies_than_may_be_open_one_waits_and_says_so_and_starts_when_there_is_room(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            first = await approved(store, frozen(trading(), "first"))
            second = await approved(store, frozen(trading(0.094), "second"))
            async with executing(store, 3_000.0, Limits(TERMS, max_open=1)):
                await settled("stopped")
            refused = await told("risk.refused", second)
            reason = "1 strategies run, which is the limit; it starts when one of them ends"
            assert refused[0] == {"rule": "open strategies", "reason": reason}
            rows = await read_after(0, limit=100_000, kinds=("strategy.started", "strategy.stopped"))
            assert [(row.kind, row.subject) for row in rows] == [
                ("strategy.started", first),
                ("strategy.stopped", first),
                ("strategy.started", second),
                ("strategy.stopped", second),
            ]

    asyncio.run(scenario())
