"""The bars before a run are stored with it: it goes on, and replays, whatever the exchange changes in its record."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from execution.feeds.registry import Registry
from server.runs import last_run, lines_of
from server.store.events import read_after
from server.store.tables import History
from tests.exchanges.binance import Binance
from tests.exchanges.following import live
from tests.exchanges.script import START, Script
from tests.server.executor.executing import approved, executing, frozen, opened, until
from tests.server.executor.questions import is_in
from tests.server.executor.test_live_feed import BEFORE, crossing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    import pytest

    from execution.journal import Line
    from server.store.store import Store
    from tests.server.commands import Commands

SCRIPT = Script(seed=25, minutes=90)
ARTIFACT = frozen(crossing(SCRIPT))
THEN = BEFORE + 20  # minutes; the server stops, and the exchange corrects a bar of the time before the run


def corrected(exchange: Binance) -> None:
    rows = exchange.table("1m")
    time = START + 300
    rows[time] = (*rows[time][:5], rows[time][5] + 1)


async def broken_in_two(
    url: str, meanwhile: Callable[[], Awaitable[object]]
) -> tuple[str, tuple[Line, ...], list[str]]:
    """A run whose server stops and starts again, and the exchange's record changes meanwhile.

    Its id, its lines, and why it stopped, if it did.
    """
    async with Binance(SCRIPT) as exchange:
        await exchange.advance(4 * BEFORE)
        async with opened(url) as store:
            identity = await approved(store, ARTIFACT)
            await followed(store, exchange, identity, THEN)
            corrected(exchange)
            await meanwhile()
            await followed(store, exchange, identity, 88)
            run = str(await last_run(identity))
            stops = [event.data["reason"] for event in await read_after(0, limit=10_000, kinds=("strategy.stopped",))]
            return run, await lines_of(run), stops


async def followed(store: Store, exchange: Binance, identity: str, minute: int) -> None:
    """Serve until a minute has closed, or the strategy stopped."""

    async def stopped() -> bool:
        return await is_in(identity, "stopped")

    async def taken_up() -> bool:
        return await is_in(identity, "running") or await stopped()

    async def heard() -> bool:
        lines = await lines_of(str(await last_run(identity)))
        return max(line.at for line in lines) >= (START + 60 * (minute - 1)) * 1000 or await stopped()

    async with live(exchange) as feed, executing(store, feeds=Registry(((feed.declaration, feed),))):
        await until(taken_up)
        await exchange.play(0.002, 4 * (minute + 1) - exchange.at)
        await until(heard)


async def nothing() -> None:
    """Nobody touches the store."""


def test_a_run_goes_on_though_the_exchange_changed_the_bars_before_it(url: str) -> None:
    _, lines, stops = asyncio.run(broken_in_two(url, nothing))
    assert stops == []
    assert max(line.at for line in lines) >= (START + 60 * 87) * 1000


async def forget() -> None:
    await History.all().delete()


def test_a_run_of_which_none_were_stored_is_refused_as_before(url: str) -> None:
    _, _, stops = asyncio.run(broken_in_two(url, forget))
    assert stops == ["the candles before the run are not those it began with; start the strategy anew"]


def test_stored_bars_that_were_changed_end_the_run_with_a_sentence(url: str) -> None:
    async def change() -> None:
        row = await History.get()
        row.packed = bytes(row.packed)[:-1] + bytes([bytes(row.packed)[-1] ^ 1])
        await row.save()

    _, _, stops = asyncio.run(broken_in_two(url, change))
    assert stops == ["the candles stored with the run are not those it began with; restore the store from a backup"]


def test_runs_that_begin_with_the_same_bars_store_them_once(url: str) -> None:
    async def scene() -> tuple[int, int]:
        async with Binance(SCRIPT) as exchange, live(exchange) as feed, opened(url) as store:
            await exchange.advance(4 * BEFORE)
            both = [await approved(store, one) for one in (ARTIFACT, frozen(crossing(SCRIPT), "again"))]
            async with executing(store, feeds=Registry(((feed.declaration, feed),))):
                for identity in both:
                    await until(partial(is_in, identity, "running"))
                return await History.all().count(), len({await last_run(one) for one in both})

    assert asyncio.run(scene()) == (1, 2)


def test_it_is_replayed_and_verified_without_the_exchange_and_without_a_file_of_candles(
    drawbridge: Commands, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "data").mkdir()
    url = f"sqlite://{folder / 'data' / 'drawbridge.db'}"
    run, lines, _ = asyncio.run(broken_in_two(url, nothing))
    monkeypatch.setenv("DRAWBRIDGE_EXCHANGES", '{"binance": {"urls": "http://127.0.0.1:9"}}')  # nobody answers
    replayed = drawbridge.done("replay", run)
    assert replayed.out.count(lines[-1].hash) == 2
    verified = drawbridge.done("verify-log", run, "--out", "run.jsonl")
    assert verified.err == f"{run} is as it was written: {len(lines)} lines, and the 29 candles before it\n"
    drawbridge.done("replay", "run.jsonl")

    async def change() -> None:
        async with opened(url):
            row = await History.get()
            row.packed = b"\1" + bytes(row.packed)[:-1]
            await row.save()

    asyncio.run(change())
    for command in ("replay", "verify-log"):
        code, out, err = drawbridge(command, run)
        assert (code, out) == (1, "")
        assert "the candles stored with the run are not those it began with" in err
