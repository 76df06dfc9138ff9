"""Closes: a thousand running strategies hear the same bar close, until the lines of all of them are on the disk."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from functools import cached_property, partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from benchmarks.benchmark import Amount, Benchmark
from benchmarks.orders import MARKET, START, Ground, Memory, Silent, Stage, candle, line_maker
from benchmarks.processes import ROOT
from benchmarks.timing import Candidate
from execution import entries as say
from execution.account import Limits
from execution.brokers.paper import PaperTerms
from execution.loop import go_on
from execution.resuming import begin, pin
from server.accounts import Accounts
from server.books import Books
from server.journal import Journal
from server.runs import write_lines
from spec.canonical import digest
from spec.geometry import Level
from spec.signals import TrendlineCross
from spec.strategy import AtPercent, AtPrice, Entry, Risk, Strategy, Target

if TYPE_CHECKING:
    from collections.abc import Callable

    from execution.journal import Line
    from spec.bars import Bars

STRATEGIES, BARS = 1_000, 6
LIMITS = Limits(exposure=1_000.0)  # which refuses nothing
TEXT = (
    "{count:,} strategies on one market hear a bar close at the same moment, {bars} times a round; a bar's time is "
    "until the lines of all are in SQLite on the disk. Half of them come to hold a position at the second bar, so "
    "that they write rows of the ledger as well. *With limits*, each is told how the others stand before it decides. "
    "*In memory* writes nothing. The floor writes as many lines of one run in one transaction a bar, and knows no "
    "strategy. Each round is a process, which starts all of them as well: *ms a bar* is without that."
)


class Counted:
    """ports.Journal that wakes whoever waits once all runs have written a bar."""

    def __init__(self, house: House, journal: Any) -> None:
        self.house, self.journal = house, journal

    async def read(self) -> tuple[Line, ...]:
        found: tuple[Line, ...] = await self.journal.read()
        return found

    async def history(self) -> Bars | None:
        return await self.house.stage.history()

    def rest(self, age: int) -> Any:
        return self.journal.rest(age)

    async def append(self, lines: tuple[Line, ...], heard: int | None = None) -> None:
        await self.journal.append(lines, heard)
        if any(line.text.startswith('{"is":"heard"') for line in lines):
            self.house.wrote()


def strategy_at(number: int) -> Strategy:
    """Half of them are in from the second bar on."""
    level = 98.0 + number / 1e6 if number % 2 else 500.0 + number
    return Strategy(
        kind="strategy",
        market=MARKET,
        timeframe="1m",
        nodes={"in": TrendlineCross("1m", Level(level), "up")},
        entry=Entry("long", "in"),
        stop=AtPrice(50.0),
        targets=(Target(AtPercent(90.0)),),
        risk=Risk(percent=1.0, max_exposure=0.01),
    )


class House:
    """The runs of all strategies over one feed."""

    def __init__(self, count: int, *, limits: Limits | None, durable: bool) -> None:
        self.count, self.limits, self.durable = count, limits, durable
        self.ground, self.stage = Ground(), Stage()
        self.books = Books(Accounts() if limits is None else Accounts(limits))
        self.left, self.all = 0, asyncio.Event()
        self.ground.runner.run(self._open())

    async def _open(self) -> None:
        for number in range(self.count):
            await self._start(number, strategy_at(number))
        while len(self.stage.closed) < self.count:  # noqa: ASYNC110 - a feed tells nobody who listens to it
            await asyncio.sleep(0.01)

    async def _start(self, number: int, strategy: Strategy) -> None:
        history = await self.stage.history()
        began = say.Began(
            strategy=f"str_{number}",
            digest=digest(strategy),
            feed="loopback",
            market=MARKET.name,
            timeframe="1m",
            after=history.end,
            history=pin(history),
            terms=PaperTerms(),
            limits=UNSET if self.limits is None else self.limits,
        )
        lines, run = begin(began, strategy, history)[2], f"run_{number:020d}"
        journal: Memory | Journal = Memory(lines)
        if self.durable:
            async with self.ground.store.write() as work:
                write_lines(work, ((run, line) for line in lines))
            journal = Journal(self.ground.journals, run, began, self.books.seat(run, began))
        task = asyncio.create_task(go_on(strategy, self.stage, Counted(self, journal), Silent()))
        self.ground.tasks.append(task)

    def wrote(self) -> None:
        self.left -= 1
        if self.left == 0:
            self.all.set()

    def run(self, bars: int) -> float:
        """Milliseconds a bar."""
        return self.ground.runner.run(self._play(bars))

    async def _play(self, bars: int) -> float:
        begun = perf_counter()
        for at in range(bars):
            self.left = self.count
            self.all.clear()
            bar = candle(START + 60 * at, [97.0, 97.5] if at == 0 else [98.5, 99.0])
            for queue in self.stage.closed:
                queue.put_nowait(bar)
            await self.all.wait()
        return (perf_counter() - begun) / bars * 1000


class Bare:
    """As many lines as one transaction a bar."""

    def __init__(self, count: int) -> None:
        self.ground, self.count, self.lines, self.number = Ground(), count, line_maker(), 0

    def run(self, bars: int) -> float:
        return self.ground.runner.run(self._play(bars))

    async def _play(self, bars: int) -> float:
        begun = perf_counter()
        for _ in range(bars):
            async with self.ground.store.write() as work:
                lines = [line for number in range(self.count // 4) for line in self.lines(number)]
                write_lines(work, (("run_bare", line) for line in lines))
        return (perf_counter() - begun) / bars * 1000


WAYS: dict[str, Callable[[int], House | Bare]] = {
    "Drawbridge": partial(House, limits=None, durable=True),
    "Drawbridge, with limits": partial(House, limits=LIMITS, durable=True),
    "Drawbridge, in memory": partial(House, limits=None, durable=False),
    "bare loop": Bare,
}


class Session:
    """A way in processes of its own, one a round, and the milliseconds a bar of all of them."""

    def __init__(self, name: str, count: int, bars: int) -> None:
        self.line = [sys.executable, "-m", "benchmarks.closes", name, str(count), str(bars)]
        self.found: list[float] = []

    def run(self) -> None:
        answer = subprocess.run(self.line, cwd=ROOT, capture_output=True, text=True, check=True)
        self.found.append(float(answer.stdout))

    @cached_property
    def best(self) -> str:
        """The best round's."""
        return f"{min(self.found):.0f}"


def benchmarks(count: int = STRATEGIES, bars: int = BARS, rounds: int = 5) -> list[Benchmark]:
    """The one benchmark."""
    sessions = {name: Session(name, count, bars) for name in WAYS}
    return [
        Benchmark(
            title="A bar closes for all",
            text=TEXT.format(count=count, bars=bars),
            candidates=tuple(Candidate(name, one.run) for name, one in sessions.items()),
            peer="Drawbridge, in memory",
            floor="bare loop",
            rounds=rounds,
            warm=0,
            amount=Amount(count * bars, "runs' bars"),
            more={"ms a bar, best": lambda name: sessions[name].best},
        )
    ]


def main(name: str, count: int, bars: int) -> None:
    way = WAYS[name](count)
    print(way.run(bars))
    way.ground.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
