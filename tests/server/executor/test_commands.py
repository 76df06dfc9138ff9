"""What people say to what runs, heard once and in order: pause, resume, stop, the kill switch."""

from __future__ import annotations

import asyncio

import pytest

from execution.entries import Heard, Told, read
from server.kill import clear_kill, set_kill
from server.runs import last_run, lines_of
from server.store.tables import Cursor, Entry, Event
from tests.server.executor.executing import (
    approved,
    executing,
    frozen,
    opened,
    proposed,
    settled,
    trading,
    until,
    watching,
)
from tests.server.executor.questions import (
    bars_heard,
    expected,
    heard,
    is_in,
    more_bars,
    more_than,
    say,
    signals,
    state,
    told,
)


def test_a_paused_strategy_enters_nothing_and_says_nothing_until_it_is_resumed(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            identity = await approved(store, frozen(trading()))
            async with executing(store, 400.0):
                await until(lambda: more_than("trade.closed", 0))
                await say(store, identity, "pause")
                await until(lambda: heard(identity, "pause"))
                before = await bars_heard(identity)
                signals_before = len(await told("signal.fired"))
                await until(lambda: more_bars(identity, before + 300))
                assert await state(identity) == "paused"
                assert len(await told("signal.fired")) == signals_before
                await say(store, identity, "resume")
                await until(lambda: is_in(identity, "running"))
                trades = len(await told("trade.closed"))
                await until(lambda: more_than("trade.closed", trades))
            assert await Event.filter(kind="strategy.started").count() == 1

    asyncio.run(scenario())


def test_a_stopped_strategy_leaves_its_position_and_ends_with_one_event(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            identity = await approved(store, frozen(trading()))
            async with executing(store, 400.0) as executor:
                await until(lambda: more_than("order.filled", 0))
                await say(store, identity, "stop")
                await until(lambda: ended(identity))
                assert await Cursor.filter(name__startswith="run_").count() == 0
                assert identity not in executor.running
            entered = sum(float(one["size"]) for one in await told("order.filled") if one["role"] == "entry")
            left = sum(float(one["size"]) for one in await told("order.filled") if one["role"] != "entry")
            assert entered == pytest.approx(left)
            assert len(await told("strategy.stopped")) == 1

    async def ended(identity: str) -> bool:
        return await Entry.filter(run=await last_run(identity), line__startswith='{"is":"ended"').exists()

    asyncio.run(scenario())


def test_the_kill_switch_keeps_strategies_out_and_watches_on_and_survives_a_restart(sqlite: str) -> None:
    async def scenario() -> None:
        async with opened(sqlite) as store:
            running = await approved(store, frozen(trading()))
            watch = await proposed(store, frozen(watching(), "watch"))
            async with executing(store, 400.0):
                await until(lambda: more_bars(running, 1))
                async with store.write() as work:
                    await set_kill(work, "ann")
                late = await approved(store, frozen(trading(0.094), "late"))
                await until(lambda: heard(running, "kill"))
            entries = await count_entries()
            async with executing(store, 2_000.0):
                await until(lambda: more_bars(running, 1_500))
                assert await count_entries() == entries
                assert (await state(running), await state(late), await state(watch)) == (
                    "running",
                    "approved",
                    "running",
                )
                async with store.write() as work:
                    await clear_kill(work, "ann")
                await settled("stopped")
            assert await count_entries() > entries
            assert await signals("level") == expected(watching(), "level")
            assert await Event.filter(kind="strategy.started", subject=late).count() == 1

    async def count_entries() -> int:
        return sum(one["role"] == "entry" for one in await told("order.submitted"))

    asyncio.run(scenario())


def test_what_was_said_while_the_server_was_down_is_heard_before_the_next_bar(url: str) -> None:
    async def scenario() -> None:
        async with opened(url) as store:
            identity = await approved(store, frozen(trading()))
            async with executing(store, 400.0):
                await until(lambda: more_bars(identity, 10))
            before = await bars_heard(identity)
            for word in ("pause", "resume", "pause"):
                await say(store, identity, word)
            async with store.write() as work:
                await set_kill(work, "ann")
            async with executing(store, 400.0):
                await until(lambda: more_bars(identity, before))
            lines = [read(line.text) for line in await lines_of(str(await last_run(identity)))]
            bars = [at for at, line in enumerate(lines) if isinstance(line, Heard)]
            words = [(at, line.word) for at, line in enumerate(lines) if isinstance(line, Told)]
            assert [word for _, word in words] == ["pause", "resume", "pause", "kill"]
            assert bars[before - 1] < words[0][0] < words[-1][0] < bars[before]
            assert await state(identity) == "paused"

    asyncio.run(scenario())
