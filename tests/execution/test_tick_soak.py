"""Two million trades through the room, the seats and the runs: memory stays where it was after the first tenth."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import numpy as np
import pytest

from execution.brokers.paper import PaperTerms
from execution.feeds.seats import Room, Seat
from execution.ports import Tick
from execution.runner import Runner
from spec.bars import Bars
from spec.canonical import digest
from spec.geometry import Level
from spec.market import Market
from spec.signals import SrProximity, Tolerance, TrendlineCross
from spec.strategy import AtPercent, Entry, Strategy, Target
from tests.soak_page import keep

MARKET = Market("binance", "ETH/USDT", "spot", 0.01, reports_every_interval=True)
START, PER_BAR, RUNS = 1_700_000_040, 600, 20


def strategy_of(at: int) -> Strategy:
    level = 100.0 + (at - RUNS / 2) / 10
    return Strategy(
        kind="strategy",
        market=MARKET,
        timeframe="1m",
        nodes={
            "in": TrendlineCross("1m", Level(level), "either", "intrabar"),
            "out": SrProximity("1m", Level(level + 1.0), "touch", "intrabar"),
            "near": SrProximity("1m", Level(level - 1.0), "near", "intrabar", Tolerance("percent", 0.1)),
        },
        entry=Entry("long", "in"),
        stop=AtPercent(0.5),
        targets=(Target(AtPercent(0.4)),),
        exit="out",
    )


class Run:
    """A run beside its seat, with what it said."""

    def __init__(self, room: Room, at: int, history: Bars) -> None:
        strategy = strategy_of(at)
        self.runner = Runner(strategy, digest(strategy), history, PaperTerms())
        self.waits = False
        self.seat: Seat = room.sit(self.wake)
        self.heard = self.said = 0

    def wake(self) -> None:
        self.waits = True

    def take(self) -> None:
        self.waits = False
        for passed in self.seat.take():
            lines = self.runner.tick(passed.bar, passed.tick)
            self.heard += 1
            self.said += max(0, len(lines) - 1)
        self.seat.rest(self.runner.bar, self.runner.quiet)

    def close(self, bar: Bars) -> None:
        self.said += len(self.runner.take(bar)) - 1


def bar_of(time: int, prices: list[float]) -> Bars:
    columns = (prices[0], max(prices), min(prices), prices[-1], float(len(prices)))
    return Bars("1m", np.array([time]), *(np.array([value]) for value in columns))


def told(room: Room, runs: list[Run], bars: range, random: np.random.Generator) -> None:
    """Whole bars of trades, around 100 without end."""
    price = 100.0
    for at in bars:
        time, prices = START + 60 * at, []
        for number, step in enumerate(random.normal(0, 0.02, PER_BAR).tolist()):
            price += step + (100.0 - price) * 0.001
            prices.append(price)
            room.tell(Tick(1000 * time + number * 100, price, 1.0), complete=True)
            for run in runs:
                if run.waits:
                    run.take()
        for run in runs:
            run.close(bar_of(time, prices))


def resident() -> float:
    """MiB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 2**20


@pytest.mark.parametrize("trades", [12_000, pytest.param(2_000_000, marks=pytest.mark.soak)])
def test_memory_stays_flat_however_many_trades_are_heard(trades: int) -> None:
    room, random, begun = Room("1m"), np.random.default_rng(9), perf_counter()
    runs = [Run(room, at, bar_of(START - 60, [100.0])) for at in range(RUNS)]
    bars, first = -(-trades // PER_BAR), -(-trades // PER_BAR) // 10
    told(room, runs, range(first), random)
    before = resident()
    told(room, runs, range(first, bars), random)
    after = resident()
    heard, said = sum(run.heard for run in runs), sum(run.said for run in runs)
    assert said > trades / 100
    assert heard < trades * RUNS / 4
    assert after - before < 10
    if trades >= 2_000_000:
        figures = (f"{said:,}", f"{heard:,}", f"{before:.1f}", f"{after:.1f}", f"{perf_counter() - begun:.0f}")
        keep("Trades", f"{trades:,}", figures)
