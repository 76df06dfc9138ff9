"""Backtest: a frozen strategy over candles, through the same kernels as live, on the paper broker.

Node truths are computed over all bars at once; the kernels are stepped on the bars on which something can happen. A
round that goes the plainest way is played without their messages, to the same result (``plain``).
Orders live on bars of the strategy's timeframe. A position still open at the end is closed at the last close, with
the reason "end of data".
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from execution.desk import Desk
from execution.lifecycle import State
from execution.metrics import Borders, Course, Parts, split
from execution.plain import Held, is_plain, play
from execution.plan import level_of, plan_of, target_index
from execution.risk import Bounds
from execution.strategy_kernel import IGNORED
from execution.tape import prepare
from spec import timeframe as tf
from spec.canonical import digest

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from execution.brokers.paper import PaperTerms
    from execution.ledger import Trade
    from execution.tape import Tape
    from spec.bars import Bars
    from spec.strategy import Strategy

    Floats = NDArray[np.float64]
    Progress = Callable[[int, int], None]

__all__ = ["BacktestResult", "Borders", "as_json", "run"]

REPORTS = 100  # calls of on_progress in a whole run
MOST_POINTS = 10_000  # equity points in JSON; a longer curve is thinned


@dataclass(frozen=True, slots=True, eq=False)
class BacktestResult:
    """What a strategy would have done.

    ``trades`` has one row a closed portion of a position. ``time`` (the open of each bar, UNIX seconds UTC) and
    ``equity`` (its value at the bar's close, quote currency) are columns over all bars of the strategy's timeframe;
    ``course`` and ``borders`` are what the figures were measured on.
    """

    trades: tuple[Trade, ...]
    time: NDArray[np.int64]
    equity: Floats
    metrics: Parts
    notes: tuple[str, ...]
    course: Course
    borders: Borders


def run(
    strategy: Strategy,
    candles: Bars,
    borders: Borders,
    terms: PaperTerms,
    on_progress: Progress | None = None,
) -> BacktestResult:
    """Backtest a strategy over closed candles of its timeframe or finer.

    ``on_progress`` is told (bars done, bars in all) about a hundred times. Raises BadStrategy for a watch, BadBars
    where the candles cannot serve, BadTerms where slippage in ticks meets a market without a tick size.
    """
    desk = Desk(plan_of(strategy, digest(strategy)), Bounds(strategy.risk), terms)
    tape = prepare(strategy, candles)
    curve = simulate(desk, tape, on_progress)
    course = Course(desk.trades, tape.bars, curve, terms.equity, stakes(desk, tape))
    notes = (*tape.notes, *_notes(desk, tape))
    return BacktestResult(tuple(desk.trades), tape.bars.time, curve, split(course, borders), notes, course, borders)


def stakes(desk: Desk, tape: Tape) -> list[float | None]:
    """What each trade would have lost at the stop of its entry's bar, in quote currency; None where there was none."""
    found: list[float | None] = []
    rows = np.searchsorted(tape.bars.time, np.array([trade.entry_time for trade in desk.trades], np.int64)).tolist()
    for trade, row in zip(desk.trades, rows, strict=True):
        stop = level_of(desk.life.plan, 0, tape.marks(row), trade.entry_price)
        found.append(None if stop is None else abs(trade.entry_price - float(stop)) * trade.size)
    return found


def simulate(desk: Desk, tape: Tape, on_progress: Progress | None = None, *, every_bar: bool = False) -> Floats:
    """Run the desk over the tape; the equity at each close. ``every_bar`` leaves none out, to the same result."""
    course, direct = [Held(-1, desk.ledger.cash, 0.0)], not every_bar and is_plain(desk, tape)
    row, told, step = 0, 0, max(1, len(tape) // REPORTS)
    while (row := row if every_bar else next_row(desk, tape, row)) < len(tape):
        played = play(desk, tape, row) if direct and desk.idle else None
        course += played or _stepped(desk, tape, row)
        row = played[-1].row if played else row + 1  # at the close at which a round ends, the next may begin
        if on_progress is not None and row - told >= step:
            told = row
            on_progress(row, len(tape))
    desk.finish(tape)
    if on_progress is not None:
        on_progress(len(tape), len(tape))
    return _curve(course, desk, tape)


def _stepped(desk: Desk, tape: Tape, row: int) -> tuple[Held, ...]:
    desk.bar(tape, row)
    return (Held(row, desk.ledger.cash, float(desk.ledger.held)),)


def _curve(course: list[Held], desk: Desk, tape: Tape) -> Floats:
    """The equity at each close, from what there was at the bars on which it changed."""
    ends = [*(held.row for held in course[1:]), len(tape)]
    curve: Floats = np.repeat([held.cash for held in course], np.diff(ends, prepend=0))
    for (row, _, held), end in zip(course, ends, strict=True):
        if held:
            curve[row:end] += held * tape.bars.close[row:end]
    curve[-1] = desk.ledger.cash
    return curve


def next_row(desk: Desk, tape: Tape, row: int) -> int:
    """The first bar at or after ``row`` on which anything can happen; the length of the tape where none is left."""
    life = desk.life
    if life.state is State.ENTERED or any(order.type == "market" for order in desk.paper.orders.values()):
        return row
    if life.state is State.MANAGING and (life.plan.steps or desk.paper.terms.market.volume_share is not None):
        return row  # its stop may move on any bar, and what is left of an order fill
    if life.state is not State.MANAGING:
        found = tape.entry.next_row(row)
        return len(tape) if found is None else found
    falls, rises = _levels(desk, tape)
    rows = (tape.exit.next_row(row), tape.touch(row, falls, rises))
    return min((found for found in rows if found is not None), default=len(tape))


def _levels(desk: Desk, tape: Tape) -> tuple[Floats | float, Floats | float]:
    """The levels to which price must fall, or rise, for a working order to fill: numbers, or columns of lines."""
    below: list[Floats | float] = []
    above: list[Floats | float] = []
    working = desk.life.round.working if desk.life.round else ()
    for role, level in [(order.role, float(order.level)) for order in working if order.level is not None]:
        moving = tape.moving(0 if role == "stop" else 1 + target_index(role))
        under = (role == "stop") == (desk.life.plan.sign > 0)
        (below if under else above).append(level if moving is None else moving)
    return _extreme(np.maximum, below, -math.inf), _extreme(np.minimum, above, math.inf)


def _extreme(ufunc: np.ufunc, levels: list[Floats | float], none: float) -> Floats | float:
    if len(levels) < 2:
        return levels[0] if levels else none
    found: Floats | float = functools.reduce(ufunc, levels)
    return float(found) if np.ndim(found) == 0 else found


def _notes(desk: Desk, tape: Tape) -> tuple[str, ...]:
    """What happened on the way, alike sentences as one with their number and first time."""
    counts: dict[str, list[int]] = {}
    for time, text in desk.notes:
        if text != IGNORED:  # a kernel is not told of bars that were left out: those are counted below
            counts.setdefault(text, []).append(time)
    notes = [
        f"{text} ({tf.text_of(times[0])}{f', {len(times)} times in all' if len(times) > 1 else ''})"
        for text, times in counts.items()
    ]
    ignored = len(tape.entry.rows) - desk.rounds
    if ignored:
        notes.append(f"{IGNORED} ({ignored} bars)")
    return tuple(notes)


def as_json(result: BacktestResult) -> dict[str, Any]:
    """The contract's form: trades, metrics, equity as [time, value] pairs, and notes; builtins without NaN.

    A curve of more than 10,000 points keeps, of each run of bars, the first, lowest, highest and last point.
    """
    points = _thinned(result.equity)
    return {
        "trades": msgspec.to_builtins(list(result.trades)),
        "metrics": msgspec.to_builtins(result.metrics),
        "equity": [
            list(pair) for pair in zip(result.time[points].tolist(), result.equity[points].tolist(), strict=True)
        ],
        "notes": list(result.notes),
    }


def _thinned(equity: Floats) -> NDArray[np.int64]:
    if len(equity) <= MOST_POINTS:
        return np.arange(len(equity))
    runs = np.array_split(np.arange(len(equity)), MOST_POINTS // 4)
    kept = [(run[0], run[0] + equity[run].argmin(), run[0] + equity[run].argmax(), run[-1]) for run in runs]
    return np.unique(np.array(kept, np.int64))
