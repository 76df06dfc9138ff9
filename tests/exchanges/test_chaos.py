"""The promise of the live feed: whatever goes wrong on the way, the bars handed on are those of the clean history."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

import pytest

from execution.feeds.exchange.access import KINDS
from execution.feeds.exchange.rows import to_bars
from execution.feeds.exchange.terms import Terms
from execution.firings import firings, rows
from server.clock import Stopwatch
from spec.geometry import Level
from spec.market import Market
from spec.signals import Node, Sequence, SrProximity, TrendlineCross
from spec.strategy import Strategy
from tests.exchanges.binance import Binance
from tests.exchanges.bybit import Bybit
from tests.exchanges.chaos import FAULTS, OF_REST, OF_TRADES, plan
from tests.exchanges.following import MARKET, clean, live, taken
from tests.exchanges.script import START, Script
from tests.soak_page import keep

if TYPE_CHECKING:
    from execution.feeds.exchange.access import Kind
    from execution.feeds.exchange.rows import Row
    from tests.exchanges.chaos import Fault
    from tests.exchanges.loopback import Loopback

# Generous audits: faults come one upon the other here, which no bound could be tight for.
TERMS = Terms(audit=20.0, silence=0.3, pauses=(0.01, 0.1), poll=0.05, settled=0)
MINUTES_PER_FAULT = 3
PACE = 0.01  # so that most of a fault's trouble is there while the next trades are told
FULL, SUITE = (200, 20), (20, 2)  # faults, seeds
AT_ONCE = 5  # seeds: each of them mostly waits


class Way(NamedTuple):
    """How bars are heard, from whom, and what can go wrong there."""

    exchange: type[Loopback]
    market: Market
    sources: tuple[Kind, ...] = KINDS
    faults: tuple[Fault, ...] = FAULTS


WAYS = {
    "binance": Way(Binance, MARKET),
    "bybit": Way(Bybit, Market("bybit", "ETH/USDT", "spot", 0.01, reports_every_interval=True)),
    "trades": Way(Binance, MARKET, ("trades",), OF_TRADES),
    "rest": Way(Binance, MARKET, ("rest",), OF_REST),
}


def watch_of(told: list[Row], market: Market) -> Strategy:
    """A level in the middle of what happened, asked in three ways."""
    level = Level(sorted(row[4] for row in told)[len(told) // 2])
    nodes: dict[str, Node] = {
        "cross": TrendlineCross("1m", level, "either"),
        "wick": TrendlineCross("1m", level, "up", "intrabar"),
        "touch": SrProximity("1m", level, "touch", "intrabar"),
        "again": Sequence("cross", "touch", 10),
    }
    return Strategy("watch", market, "1m", nodes)


async def chaotic(exchange: Loopback, way: Way, count: int) -> tuple[list[Row], int]:
    """The bars that a feed hands on while everything goes wrong, and how often it told a correction."""
    async with exchange, live(exchange, TERMS, way.market, way.sources) as feed:
        async with asyncio.TaskGroup() as both:
            both.create_task(exchange.play(PACE))
            told = both.create_task(taken(feed, count, START, market=way.market))
        return told.result(), len(feed.corrections())


async def holds(way: Way, seed: int, faults: int) -> None:
    script = Script(seed, minutes=faults * MINUTES_PER_FAULT)
    exchange = way.exchange(script, plan(seed, faults, len(script.prints), way.faults))
    truth = clean(script)
    told, corrections = await chaotic(exchange, way, len(truth))
    assert len(exchange.injected) == faults
    assert set(exchange.injected) == set(way.faults)
    assert told == truth
    assert corrections == 0
    watch = watch_of(truth, way.market)
    fired = rows(firings(watch, to_bars(told, "1m"))[0])
    assert fired == rows(firings(watch, to_bars(truth, "1m"))[0])
    assert fired != []


@pytest.mark.parametrize("name", WAYS)
def test_bars_and_firings_survive_a_tenth_of_the_faults(name: str) -> None:
    async def all_of_them() -> None:
        await asyncio.gather(*(holds(WAYS[name], seed, SUITE[0]) for seed in range(SUITE[1])))

    asyncio.run(all_of_them())


@pytest.mark.soak
@pytest.mark.parametrize("name", WAYS)
def test_bars_and_firings_survive_every_fault(name: str) -> None:
    faults, seeds = FULL
    watch = Stopwatch()

    async def all_of_them() -> None:
        for first in range(0, seeds, AT_ONCE):
            await asyncio.gather(*(holds(WAYS[name], first + seed, faults) for seed in range(AT_ONCE)))

    asyncio.run(all_of_them())
    bars = seeds * (faults * MINUTES_PER_FAULT - 1)
    kinds = str(len(WAYS[name].faults))
    keep("Feeds", name, (str(seeds), str(faults), kinds, f"{bars:,}", "0", f"{watch.seconds():.0f}"))
