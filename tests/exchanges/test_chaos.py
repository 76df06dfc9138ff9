"""The promise of the live feed: whatever goes wrong on the way, the bars handed on are those of the clean history."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from execution.feeds.exchange.rows import to_bars
from execution.feeds.exchange.terms import Terms
from execution.firings import firings, rows
from spec.geometry import Level
from spec.signals import Node, Sequence, SrProximity, TrendlineCross
from spec.strategy import Strategy
from tests.exchanges.binance import Binance
from tests.exchanges.chaos import FAULTS, plan
from tests.exchanges.following import MARKET, clean, live, taken
from tests.exchanges.script import START, Script

if TYPE_CHECKING:
    from execution.feeds.exchange.rows import Row
    from tests.exchanges.loopback import Loopback

# Generous audits: faults come one upon the other here, which no bound could be tight for.
TERMS = Terms(audit=20.0, silence=0.3, pauses=(0.01, 0.1), poll=0.05, settled=0)
MINUTES_PER_FAULT = 3
PACE = 0.003
FULL, SUITE = (200, 20), (20, 2)  # faults, seeds


def watch_of(told: list[Row]) -> Strategy:
    """A level in the middle of what happened, asked in three ways."""
    level = Level(sorted(row[4] for row in told)[len(told) // 2])
    nodes: dict[str, Node] = {
        "cross": TrendlineCross("1m", level, "either"),
        "wick": TrendlineCross("1m", level, "up", "intrabar"),
        "touch": SrProximity("1m", level, "touch", "intrabar"),
        "again": Sequence("cross", "touch", 10),
    }
    return Strategy("watch", MARKET, "1m", nodes)


async def chaotic(exchange: Loopback, count: int) -> tuple[list[Row], int]:
    """The bars that a feed hands on while everything goes wrong, and how often it told a correction."""
    async with exchange, live(exchange, TERMS) as feed:
        async with asyncio.TaskGroup() as both:
            both.create_task(exchange.play(PACE))
            told = both.create_task(taken(feed, count, START))
        return told.result(), len(feed.corrections())


def holds(seed: int, faults: int) -> None:
    script = Script(seed, minutes=faults * MINUTES_PER_FAULT)
    exchange = Binance(script, plan(seed, faults, len(script.prints)))
    truth = clean(script)
    told, corrections = asyncio.run(chaotic(exchange, len(truth)))
    assert len(exchange.injected) == faults
    assert set(exchange.injected) == set(FAULTS)
    assert told == truth
    assert corrections == 0
    watch = watch_of(truth)
    fired = rows(firings(watch, to_bars(told, "1m"))[0])
    assert fired == rows(firings(watch, to_bars(truth, "1m"))[0])
    assert fired != []


@pytest.mark.parametrize("seed", range(SUITE[1]))
def test_bars_and_firings_survive_a_tenth_of_the_faults(seed: int) -> None:
    holds(seed, SUITE[0])


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(FULL[1]))
def test_bars_and_firings_survive_every_fault(seed: int) -> None:
    holds(seed, FULL[0])
