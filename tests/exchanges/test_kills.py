"""Killed at any moment, a run that trades sends no order twice, forgets none, and its ledger is the account's."""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import signal
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from execution import entries as say
from execution.brokers.exchange.names import version_id
from execution.brokers.exchange.tracking import GIVEN_UP
from execution.live_runner import STRANDED, STRAY, LiveRunner
from execution.resuming import began_of, resume
from tests.exchanges.dealing import EQUITY, MARKET, SEALING_KEY, STRATEGIES, Feed, read
from tests.exchanges.faulty import KEY, SECRET, Faulty, OrderFault, ReportFault
from tests.exchanges.matching import OPEN, STEP, Engine
from tests.exchanges.perpetual import Perpetual
from tests.exchanges.script import Script
from tests.exchanges.trading import Trading
from tests.server.running import environment
from tests.soak_page import keep

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from execution.journal import Line
    from spec.bars import Bars

PROGRAM = (sys.executable, "-m", "tests.exchanges.dealing")
PACE = 0.02  # seconds between trades, of which a minute has four
AT_ONCE = 5  # storms
ORDER_FAULTS: tuple[OrderFault | None, ...] = (*[None] * 16, "lost", "lost", "late", "late", "dropped", "500")
AFTER = STRAY.rpartition("{}")[2]
DIFFERED, RESUMED = b'\\"is\\":\\"differed\\"', b'\\"word\\":\\"resume\\"'
REPORT_FAULTS: tuple[ReportFault | None, ...] = (*[None] * 12, "twice", "swap", "gone")


async def started(exchange: Faulty, folder: Path, name: str) -> asyncio.subprocess.Process:
    around = environment(folder, credential_key=SEALING_KEY.hex())
    with (folder / "err.txt").open("ab") as err:
        process = await asyncio.create_subprocess_exec(
            *PROGRAM, exchange.url, str(folder), name, stdout=asyncio.subprocess.PIPE, stderr=err, env=around
        )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        assert await process.stdout.readline() == b"ready\n", (folder / "err.txt").read_text()
    return process


async def busy(exchange: Faulty, folder: Path, process: asyncio.subprocess.Process) -> None:
    """Wait until a few more orders are sent; a person resumes what was paused."""
    before = exchange.seen.total()
    async with asyncio.timeout(120):
        while exchange.seen.total() < before + 5:
            await asyncio.sleep(0.05)
            assert process.returncode is None, (folder / "err.txt").read_text()
            said = (folder / "journal").read_bytes() if (folder / "journal").exists() else b""
            if said.rfind(DIFFERED) > said.rfind(RESUMED):
                (folder / "resume").touch()


def exchange_of(name: str, seed: int, kills: int) -> Faulty:
    script = Script(seed, minutes=500 + kills * 500)
    if name == "short":
        return Perpetual(script)
    return Trading(script, engine=Engine(fee_in_base=seed % 2 == 0))


async def storm(folder: Path, seed: int, kills: int, name: str) -> Faulty:
    dice = random.Random(seed)
    async with exchange_of(name, seed, kills) as exchange:
        await exchange.advance(40)
        playing = asyncio.create_task(exchange.play(PACE))
        for _ in range(kills):
            async with living(exchange, folder, name) as process:
                exchange.order_faults += dice.choices(ORDER_FAULTS, k=20)
                exchange.report_faults += dice.choices(REPORT_FAULTS, k=20)
                if dice.random() < 0.75:  # else it is killed while it begins
                    await busy(exchange, folder, process)
                await asyncio.sleep(dice.uniform(0.0, 1.0))
                assert process.returncode is None, (folder / "err.txt").read_text()
        exchange.order_faults, exchange.report_faults = [], []
        async with living(exchange, folder, name) as process:
            await busy(exchange, folder, process)
            (folder / "stop").touch()
            async with asyncio.timeout(60):
                assert await process.wait() == 0, (folder / "err.txt").read_text()
        assert not playing.done()
        playing.cancel()
    return exchange


@asynccontextmanager
async def living(exchange: Faulty, folder: Path, name: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that trades, until it is killed; it may have ended before."""
    process = await started(exchange, folder, name)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()


def check(exchange: Faulty, lines: tuple[Line, ...], folder: Path, name: str) -> None:
    entries = [say.read(line.text) for line in lines if line.log == "order"]
    turns: Counter[str] = Counter()
    ours: set[str] = set()
    for entry in entries:
        if isinstance(entry, say.Placed | say.Replaced):
            turns[entry.order.id] += isinstance(entry, say.Replaced)
            ours.add(version_id(entry.order.id, turns[entry.order.id]))
    engine = exchange.engine
    assert set(exchange.seen.values()) == {1}
    assert set(exchange.seen) <= ours
    assert [one for one in engine.orders if one.status in OPEN] == []
    filled = [entry for entry in entries if isinstance(entry, say.Filled) and not entry.trade.endswith(GIVEN_UP)]
    base = 16 if name == "short" else 10
    assert sorted(int(entry.trade[-12:], base) for entry in filled) == [fill.number for fill in engine.fills]
    assert len(filled) > 4
    began = began_of(lines)
    history = asyncio.run(_history(exchange, began))
    runner, _ = resume(lines, STRATEGIES[name], history)  # the same lines again
    assert isinstance(runner, LiveRunner)
    told = {entry.what for entry in map(say.read, texts(lines)) if isinstance(entry, say.Differed)}
    late = {
        what for what in told if name == "slices" and what.endswith(AFTER)
    }  # a slice beside a stop, both unanswered
    assert told - late <= {STRANDED}
    assert (runner.ended, runner.live_desk.working) == ("stopped", ())
    ledger = runner.live_desk.ledger
    assert ledger.held == 0
    if name == "short":
        assert engine.base == 0
    else:
        assert 0 <= engine.base - 10 <= STEP * runner.live_desk.leftovers
    assert ledger.cash - EQUITY == pytest.approx(float(engine.quote - Decimal(100_000)), abs=1e-6)
    said = (folder / "err.txt").read_text() + (folder / "journal").read_text()
    assert KEY not in said
    assert SECRET not in said


def texts(lines: tuple[Line, ...]) -> list[str]:
    return [line.text for line in lines if line.log == "strategy"]


async def _history(exchange: Faulty, began: say.Began) -> Bars:
    async with exchange:
        return await Feed(exchange.url, began.feed).history(MARKET, "1m", began.after)


@pytest.mark.parametrize(("seed", "name"), [(1, "trailing"), (2, "targets"), (3, "short"), (4, "slices")])
def test_no_order_is_sent_twice_and_none_forgotten_whenever_it_is_killed(tmp_path: Path, seed: int, name: str) -> None:
    exchange = asyncio.run(storm(tmp_path, seed, 4, name))
    check(exchange, read(tmp_path / "journal"), tmp_path, name)
    assert any(order.list != -1 for order in exchange.engine.orders) == (name == "targets")
    parts = Counter(of for of in (part_of(line) for line in read(tmp_path / "journal")) if of is not None)
    assert (max(parts.values(), default=1) > 1) == (name == "slices")


def part_of(line: Line) -> str | None:
    """The entry of which an order that was sent is a slice."""
    entry = say.read(line.text)
    return entry.of if isinstance(entry, say.Placed) and isinstance(entry.of, str) else None


@pytest.mark.soak
def test_a_storm_of_two_hundred_kills(tmp_path: Path) -> None:
    """Ten seeds, some at a time, each in a process of its own: most of a storm is waiting for answers that are lost."""
    failed: list[Exception] = []
    with ProcessPoolExecutor(AT_ONCE, mp_context=multiprocessing.get_context("spawn")) as processes:
        storms = {seed: processes.submit(weathered, tmp_path / str(seed), seed) for seed in range(10, 20)}
        for seed, found in storms.items():
            try:
                keep("A run that trades", str(seed), found.result())
            except Exception as problem:  # noqa: BLE001 (the other seeds are told first)
                problem.add_note(f"seed {seed}")
                failed.append(problem)
    if failed:
        msg = f"of {len(storms)} storms {len(failed)} failed"
        raise ExceptionGroup(msg, failed)


def weathered(folder: Path, seed: int) -> tuple[str, ...]:
    """What a storm of 20 kills came to, once it is checked."""
    folder.mkdir()
    name = ("trailing", "targets", "short")[seed % 3]
    exchange = asyncio.run(storm(folder, seed, 20, name))
    lines = read(folder / "journal")
    check(exchange, lines, folder, name)
    said = (say.read(line.text) for line in lines)
    logged = [entry.trade for entry in said if isinstance(entry, say.Filled) and not entry.trade.endswith(GIVEN_UP)]
    fills = len(exchange.engine.fills)
    twice = sum(count > 1 for count in exchange.seen.values()) + len(logged) - len(set(logged))
    figures = (exchange.seen.total(), fills, fills - len(set(logged)), twice)
    return (name, "20", *(f"{one:,}" for one in figures), "yes")
