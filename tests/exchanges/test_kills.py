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
from execution.brokers.exchange.knowing import NOT_CHANGED
from execution.brokers.exchange.names import version_id
from execution.brokers.exchange.tracking import GIVEN_UP
from execution.live_runner import STRANDED, STRAY, LiveRunner
from execution.resuming import began_of, resume
from tests.exchanges.dealing import EQUITY, MARKET, SEALING_KEY, STRATEGIES, Feed, read, whole
from tests.exchanges.faulty import KEY, SECRET, Faulty, OrderFault, ReportFault
from tests.exchanges.matching import OPEN, STEP, Engine
from tests.exchanges.perpetual import STEP as CONTRACTS
from tests.exchanges.perpetual import Perpetual
from tests.exchanges.resting import differences, resting
from tests.exchanges.script import Script
from tests.exchanges.trading import Trading
from tests.server.running import environment
from tests.soak_page import keep

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from execution.journal import Line
    from execution.messages import Request
    from spec.bars import Bars

PROGRAM = (sys.executable, "-m", "tests.exchanges.dealing")
PACE = 0.02  # seconds between trades, of which a minute has four
LAG = 0.3  # seconds that a cancellation takes at most, where it is acknowledged before
MOMENT, MOMENTS = 1.0, 40  # seconds without a line after which a run is compared, and how often
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
        return Perpetual(script, lag=LAG)
    return Trading(script, engine=Engine(fee_in_base=seed % 2 == 0))


async def play(exchange: Faulty, goes: asyncio.Event) -> None:
    """Trade by trade, while the market goes."""
    while True:
        await goes.wait()
        await exchange.advance()
        await asyncio.sleep(PACE)


async def compared(exchange: Faulty, folder: Path, name: str) -> None:
    """In a market that stands still, what the run takes to rest and to hold comes to be what rests and is held.

    All that is held has its stop, unless a person was told that it has none.
    """
    differ, size = ["nothing was compared"], -1
    for _ in range(MOMENTS):
        await asyncio.sleep(MOMENT)
        before, size = size, (folder / "journal").stat().st_size
        if size == before:
            differ = await asyncio.to_thread(differing, exchange, folder, name)
            if not differ:
                return
    raise AssertionError(differ)


def differing(exchange: Faulty, folder: Path, name: str) -> list[str]:
    """Where the run and the exchange are not the same."""
    lines = whole(folder / "journal")
    began = began_of(lines)
    history = asyncio.run(Feed(exchange.url, began.feed).history(MARKET, "1m", began.after))
    runner, _ = resume(lines, STRATEGIES[name], history)
    assert isinstance(runner, LiveRunner)
    desk, engine = runner.live_desk, exchange.engine
    step, there = (CONTRACTS, engine.base) if name == "short" else (STEP, engine.base - 10)
    found, held = differences(desk, engine, step), abs(desk.ledger.held)
    protected = sum(one.size for one in resting(engine).values() if one.stop)
    if abs(there - desk.ledger.held) > step * desk.leftovers:
        found.append(f"{desk.ledger.held} is held by the run, {there} at the exchange")
    if abs(protected - held) >= step and not desk.stranded:
        found.append(f"{held} is held and {protected} is protected")
    return found


async def storm(folder: Path, seed: int, kills: int, name: str) -> tuple[Faulty, list[int]]:
    """The exchange after it, and how many lines were written at each kill."""
    dice, goes, killed = random.Random(seed), asyncio.Event(), list[int]()
    goes.set()
    async with exchange_of(name, seed, kills) as exchange:
        await exchange.advance(40)
        playing = asyncio.create_task(play(exchange, goes))
        for _ in range(kills):
            async with living(exchange, folder, name) as process:
                exchange.order_faults += dice.choices(ORDER_FAULTS, k=20)
                exchange.report_faults += dice.choices(REPORT_FAULTS, k=20)
                if dice.random() < 0.75:  # else it is killed while it begins
                    await busy(exchange, folder, process)
                    goes.clear()
                    await compared(exchange, folder, name)
                    goes.set()
                await asyncio.sleep(dice.uniform(0.0, 1.0))
                assert process.returncode is None, (folder / "err.txt").read_text()
            killed.append(len(whole(folder / "journal")))
        exchange.order_faults, exchange.report_faults = [], []
        async with living(exchange, folder, name) as process:
            await busy(exchange, folder, process)
            (folder / "stop").touch()
            async with asyncio.timeout(60):
                assert await process.wait() == 0, (folder / "err.txt").read_text()
        assert not playing.done()
        playing.cancel()
    return exchange, killed


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


def check(exchange: Faulty, lines: tuple[Line, ...], folder: Path, name: str, killed: list[int]) -> None:
    entries = [say.read(line.text) for line in lines if line.log == "order"]
    engine = exchange.engine
    assert set(exchange.seen.values()) == {1}
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
    versions = {one.order.id: versions_of(one) for one in runner.live_desk.sent}
    assert set(exchange.seen) <= {one for each in versions.values() for one in each}
    arrived = {one.client for one in engine.orders}
    for name in dropped_for_a_change(lines, killed):
        assert [one for one in versions[name] if one in exchange.seen][
            -1
        ] not in arrived  # its change was sent, and lost
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


def versions_of(request: Request) -> list[str]:
    return [version_id(request.order.id, turn) for turn in range(request.turn + 1)]


def dropped_for_a_change(lines: tuple[Line, ...], killed: list[int]) -> list[str]:
    """Orders that ended because a change of them did not arrive, with nobody killed, and that were not to go.

    ``killed``: at which lines.
    """
    asked: dict[str, int] = {}
    found: list[str] = []
    for at, line in enumerate(lines):
        match say.read(line.text):
            case say.Placed(order=order) | say.Replaced(order=order):
                asked[order.id] = at
            case say.Withdrawn(id=name):
                asked.pop(name, None)
            case say.Cancelled(id=name, reason=reason) if reason == NOT_CHANGED and name in asked:
                found += [] if any(asked[name] < one <= at for one in killed) else [name]
            case _:
                pass
    return found


def texts(lines: tuple[Line, ...]) -> list[str]:
    return [line.text for line in lines if line.log == "strategy"]


async def _history(exchange: Faulty, began: say.Began) -> Bars:
    async with exchange:
        return await Feed(exchange.url, began.feed).history(MARKET, "1m", began.after)


@pytest.mark.parametrize(("seed", "name"), [(1, "trailing"), (2, "targets"), (3, "short"), (4, "slices")])
def test_no_order_is_sent_twice_and_none_forgotten_whenever_it_is_killed(tmp_path: Path, seed: int, name: str) -> None:
    exchange, killed = asyncio.run(storm(tmp_path, seed, 4, name))
    check(exchange, read(tmp_path / "journal"), tmp_path, name, killed)
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
    exchange, killed = asyncio.run(storm(folder, seed, 20, name))
    lines = read(folder / "journal")
    check(exchange, lines, folder, name, killed)
    said = (say.read(line.text) for line in lines)
    logged = [entry.trade for entry in said if isinstance(entry, say.Filled) and not entry.trade.endswith(GIVEN_UP)]
    fills = len(exchange.engine.fills)
    twice = sum(count > 1 for count in exchange.seen.values()) + len(logged) - len(set(logged))
    figures = (exchange.seen.total(), fills, fills - len(set(logged)), twice)
    return (name, "20", *(f"{one:,}" for one in figures), "yes")
