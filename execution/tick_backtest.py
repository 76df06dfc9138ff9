"""Backtest over recorded trades: the run itself, tick by tick, as it would be live over the same stream.

A bar whose trades do not make its candle is told by both, as in a run that missed some. Bars before the first trade and
after the last are candles alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from execution import entries as say
from execution.approximation import approximations
from execution.backtest import BacktestResult, run, stakes
from execution.metrics import Course, split
from execution.plan import plan_of
from execution.ports import Tick
from execution.runner import Runner
from execution.tape import prepare
from execution.ticker import Ticker
from spec import timeframe as tf
from spec.canonical import digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from execution.backtest import Progress
    from execution.brokers.paper import PaperTerms
    from execution.metrics import Borders
    from execution.tick_places import Quiet
    from spec.bars import Bars
    from spec.strategy import Strategy

    Floats = NDArray[np.float64]

NOT_TICKED = "no node of the strategy is decided within a bar, so the trades change nothing"
FIRST_LOOK, LONGEST_LOOK = 64, 65_536  # ticks; looking for the next one that matters begins short


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """Trades in time order: ``time`` in UNIX milliseconds UTC, price, and amount in base units."""

    time: NDArray[np.int64]
    price: Floats
    amount: Floats

    def __len__(self) -> int:
        return len(self.time)

    def tick(self, at: int) -> Tick:
        """One of the trades."""
        return Tick(self.time.item(at), self.price.item(at), self.amount.item(at))

    def next_loud(self, at: int, end: int, quiet: Quiet) -> int:
        """The first trade from ``at`` on that does not lie between the quiet prices; ``end`` where none is left."""
        look = FIRST_LOOK
        while at < end:
            prices = self.price[at : min(at + look, end)]
            loud = (prices < quiet[0]) | (prices > quiet[1])
            if loud[first := int(loud.argmax())]:
                return at + first
            at, look = at + len(prices), min(4 * look, LONGEST_LOOK)
        return end


class OverCandles(Runner):
    """A runner whose shapes stand on all candles, and that trades from the first of them on."""

    def _ticker(self, strategy: Strategy, history: Bars) -> Ticker:
        return Ticker(strategy, history, 0)


def hear(runner: Runner, bars: Bars, recording: Recording) -> Iterator[list[say.Entry]]:
    """What comes of each bar and the trades in it; a runner that no trade decides hears bars alone, as it does live."""
    if not runner.ticked:
        yield runner.take(bars)
        return
    starts = np.searchsorted(recording.time, 1000 * bars.time)
    ends = np.searchsorted(recording.time, 1000 * tf.close_times(bars.time, bars.timeframe))
    first, last = (int(starts[0]), int(ends[-1])) if len(bars) else (0, 0)
    for row, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        bar = bars[row : row + 1]
        said = list(_trades(runner, int(bar.time[0]), recording, (start, end)))
        if first < end and start < last:
            missed = missing(bar, recording.price[start:end])
            said += runner.miss(missed) if missed is not None else []
        yield said + runner.take(bar)


def _trades(runner: Runner, bar: int, recording: Recording, span: tuple[int, int]) -> Iterator[say.Entry]:
    at, end = span
    while at < end:
        yield from runner.tick(bar, recording.tick(at))
        at = recording.next_loud(at + 1, end, runner.quiet)


def missing(bar: Bars, prices: Floats) -> say.Missed | None:
    """What is to be said of a bar, if the trades in it do not make its candle."""
    time = int(bar.time[0])
    if len(prices) == 0:
        return say.Missed(time) if bar.volume.item(0) > 0 else None
    low, high, last = float(prices.min()), float(prices.max()), float(prices[-1])
    whole = (bar.open.item(0), bar.low.item(0), bar.high.item(0), bar.close.item(0)) == (prices[0], low, high, last)
    return None if whole else say.Missed(time, low, high, last)


def run_over(
    strategy: Strategy,
    candles: tuple[Bars, Recording],
    borders: Borders,
    terms: PaperTerms,
    on_progress: Progress | None = None,
) -> BacktestResult:
    """Backtest over candles and the trades in them; raises as ``backtest.run`` does."""
    plan_of(strategy, "")  # a watch is refused before anything is made of it
    tape = prepare(strategy, candles[0])
    runner = OverCandles(strategy, digest(strategy), tape.bars, terms)
    if not runner.ticked:
        result = run(strategy, candles[0], borders, terms, on_progress)
        return replace(result, notes=(*result.notes, NOT_TICKED))
    curve: list[float] = []
    entries: list[say.Entry] = []
    desk = runner.traded
    for row, said in enumerate(hear(runner, tape.bars, candles[1])):
        entries += said
        curve.append(desk.ledger.cash + float(desk.ledger.held) * tape.bars.close.item(row))
        if on_progress is not None and row % max(1, len(tape) // 100) == 0:
            on_progress(row, len(tape))
    entries += runner.tell("finish")
    curve[-1] = desk.ledger.cash
    desk.trades = [one.trade for one in entries if isinstance(one, say.Closed)]
    equity = np.array(curve)
    course = Course(desk.trades, tape.bars, equity, terms.equity, stakes(desk, tape))
    assumed = approximations(runner.ticker.nodes) if _is_told(tape.bars, candles[1], entries) else ()
    notes = (*(note for note in tape.notes if note not in assumed), *_notes(entries))
    return BacktestResult(tuple(desk.trades), tape.bars.time, equity, split(course, borders), notes, course, borders)


def _is_told(bars: Bars, recording: Recording, entries: list[say.Entry]) -> bool:
    """Whether trades told every bar, so that nothing is assumed."""
    if len(recording) == 0 or any(isinstance(entry, say.Missed) for entry in entries):
        return False
    first, last = 1000 * bars[:1].end, 1000 * int(bars.time[-1])
    return int(recording.time[0]) < first and last <= int(recording.time[-1])


def _notes(entries: list[say.Entry]) -> tuple[str, ...]:
    """Alike sentences as one, with their number and first time."""
    times: dict[str, list[int]] = {}
    for entry in entries:
        if isinstance(entry, say.Noted):
            times.setdefault(entry.text, []).append(entry.time)
    return tuple(
        f"{text} ({tf.text_of(found[0])}{f', {len(found)} times in all' if len(found) > 1 else ''})"
        for text, found in times.items()
    )
