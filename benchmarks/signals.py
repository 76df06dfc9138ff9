"""Signals: every firing of forty nodes over a year of one-minute bars, on the close and within the bar."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.benchmark import Aim, Amount, Benchmark
from benchmarks.signal_floors import bar_by_bar, in_blocks, whole_columns
from benchmarks.timing import Candidate
from benchmarks.year import MINUTES, TOLERANCE, Drawn, Trigger, Year, make_year, part
from execution.firings import Firings, firings
from spec.bars import Bars
from spec.geometry import Anchor, Level, Line
from spec.market import Market
from spec.signals import Node, SrProximity, Tolerance, TrendlineCross
from spec.strategy import Strategy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence, Sized
    from typing import Any

FRAME = "1m"
TITLES = {"bar_close": "Signals on the close", "intrabar": "Signals within the bar"}
TEXT = (
    "{bars:,} one-minute bars of a seeded random walk, {lines} trend lines crossed upwards and {levels} levels within "
    "0.2 %, trigger `{trigger}`; {fired:,} firings. Loading the candles is not in it. Drawbridge places the drawings, "
    "evaluates them and collects node, event, time, price and value of every firing in time order. The others are "
    "written by hand for these forty shapes; they give the bars that fired and nothing else, and find the same ones. "
    "They calculate every bar, while Drawbridge passes over blocks in which price stays clear of a drawing. The Python "
    "loop ran over {part:,} bars, its time is scaled."
)


class Disagreement(AssertionError):
    """The candidates found different firings, so that their times cannot be compared."""


def benchmarks(bars: int = MINUTES, rounds: int = 15) -> list[Benchmark]:
    """One benchmark for each trigger."""
    year = make_year(bars)
    return [_benchmark(year, trigger, rounds) for trigger in ("bar_close", "intrabar")]


def _benchmark(year: Year, trigger: Trigger, rounds: int) -> Benchmark:
    strategy, bars = strategy_of(year, trigger), bars_of(year)
    some = part(year, max(1, len(year) // 25))
    by_hand = {"NumPy in blocks": in_blocks, "NumPy on whole columns": whole_columns}
    found, _ = firings(strategy, bars)
    for name, ask in by_hand.items():
        agree(name, ask(year, trigger), found)
    agree("Python loop", bar_by_bar(some, trigger), found, until=int(bars.time[len(some) - 1]))
    own: Callable[[], Any] = partial(firings, strategy, bars)
    return Benchmark(
        title=TITLES[trigger],
        text=TEXT.format(
            bars=len(year),
            lines=len(year.lines),
            levels=len(year.levels),
            trigger=trigger,
            fired=len(found),
            part=len(some),
        ),
        candidates=(
            Candidate("Drawbridge", own),
            *(Candidate(name, partial(ask, year, trigger)) for name, ask in by_hand.items()),
            Candidate("Python loop", partial(bar_by_bar, some, trigger), share=len(some) / len(year)),
        ),
        peer="NumPy on whole columns",
        floor="NumPy in blocks",
        rounds=rounds,
        amount=Amount(len(year), "bars"),
        aim=Aim(rate=10e6) if trigger == "bar_close" else None,
    )


def agree(name: str, bars: Sequence[Sized], ours: Firings, until: int | None = None) -> None:
    """Raise Disagreement unless each node fired as often (up to and with the bar of ``until``)."""
    node = ours.node if until is None else ours.node[ours.time <= until]
    expected = np.bincount(node, minlength=len(ours.names)).tolist()
    if (counts := [len(rows) for rows in bars]) != expected:
        msg = f"{name} found {counts} firings, Drawbridge {expected}"
        raise Disagreement(msg)


def strategy_of(year: Year, trigger: Trigger) -> Strategy:
    """The forty drawings as a watch; the names sort as the drawings stand."""
    nodes: dict[str, Node] = {
        f"a{at:02}": TrendlineCross(FRAME, _line(line, year), "up", trigger) for at, line in enumerate(year.lines)
    }
    near = Tolerance("percent", 100 * TOLERANCE)
    nodes |= {
        f"b{at:02}": SrProximity(FRAME, Level(price), "near", trigger, near) for at, price in enumerate(year.levels)
    }
    return Strategy("watch", Market("binance", "ETH/BTC", "spot", 0.01), FRAME, nodes)


def _line(line: Drawn, year: Year) -> Line:
    start, end = (
        Anchor(int(year.columns["time"][at]), price) for at, price in ((line.first, line.start), (line.last, line.end))
    )
    count = line.last - line.first
    return Line("bars", "linear", start, end, count, extend_backward=True, extend_forward=True)


def bars_of(year: Year) -> Bars:
    """The columns as bars."""
    time, *prices = (year.columns[name] for name in ("time", "open", "high", "low", "close", "volume"))
    return Bars(FRAME, time.astype(np.int64), *prices)
