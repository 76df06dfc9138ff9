"""Metrics of a backtest in the three parts of hindsight, never mixed.

A line drawn through yesterday's lows has "predicted" them: bars up to the last anchor are one part, bars that the
trader could still see another, and only what came after the export may be called out of sample. A bar belongs to
a part by its open, a trade by its entry; what is computed from equity is computed over the part's bars.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from spec.geometry import UnixTime

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from execution.ledger import Trade
    from spec.bars import Bars

    Floats = NDArray[np.float64]
    Times = NDArray[np.int64]

YEAR = 31_556_952  # seconds, Gregorian mean
RUN = 1_024  # values that are looked at together
LARGEST = 700.0  # the logarithm of the largest float, nearly


class Borders(Struct, frozen=True):
    """The last bar that an anchor stands on and the last moment the trader could see, UNIX seconds UTC."""

    last_anchor: UnixTime | None = None
    exported_at: UnixTime | None = None


class Metrics(Struct, frozen=True, rename={"return_": "return"}):
    """One part's figures; each is defined by the function of its name, or here.

    ``trades`` closed portions, ``return`` of the equity from before the part's first bar to its last close (0.1 is
    10 %), ``win_rate`` the share of trades with a profit, ``bars`` of the part, ``net_profit`` of its trades in quote
    currency. Null is what is undefined: a ratio without a denominator, a figure of trades without trades, what grows
    or varies without bars or once the equity is used up. Without bars return and drawdown are 0.
    """

    trades: int
    return_: float
    max_drawdown: float
    win_rate: float | None
    profit_factor: float | None
    sharpe: float | None
    bars: int
    net_profit: float
    cagr: float | None = None
    sortino: float | None = None
    expectancy: float | None = None
    average_r: float | None = None
    exposure: float | None = None


class Parts(Struct, frozen=True):
    """The three parts; ``after_export`` is None where nobody knows when the export was made."""

    before_last_anchor: Metrics
    before_export: Metrics
    after_export: Metrics | None


@dataclass(frozen=True, eq=False)
class Course:
    """What there is to measure: trades, and the equity at the close of each bar with that before the first bar.

    ``stakes`` are what each trade would have lost at its first stop, in quote currency, None without one.
    """

    trades: Sequence[Trade]
    bars: Bars
    equity: Floats
    initial: float
    stakes: Sequence[float | None]

    @cached_property
    def _values(self) -> Floats:
        return np.concatenate([[self.initial], self.equity])

    @cached_property
    def _entries(self) -> NDArray[np.int64]:
        return np.searchsorted(self.bars.time, np.array([trade.entry_time for trade in self.trades], np.int64))

    @cached_property
    def _held(self) -> NDArray[np.bool_]:
        """Whether a position was open at some moment of each bar."""
        exits = np.searchsorted(self.bars.time, np.array([trade.exit_time for trade in self.trades], np.int64))
        held = np.zeros(len(self.bars), np.bool_)
        for entry, last in zip(self._entries.tolist(), exits.tolist(), strict=True):
            held[entry : last + 1] = True
        return held

    @property
    def yearly(self) -> float:
        """Bars in a year at the density of the candles."""
        return len(self.bars) * YEAR / (self.bars.end - int(self.bars.time[0]))

    def part(self, first: int, stop: int) -> Metrics:
        """The figures of the bars from ``first`` up to ``stop``, and of the trades that were entered on them."""
        mine = np.flatnonzero((first <= self._entries) & (self._entries < stop)).tolist()
        profits = [self.trades[at].pnl for at in mine]
        figures = measure(profits, self._values[first : stop + 1], self.yearly)
        multiples = [self.trades[at].pnl / stake for at in mine if (stake := self.stakes[at])]
        held = self._held[first:stop]
        exposure = int(np.count_nonzero(held)) / len(held) if len(held) else None
        return replace(figures, average_r=mean(multiples), exposure=exposure)


def split(course: Course, borders: Borders) -> Parts:
    """The parts' metrics.

    Without ``exported_at`` all that follows the last anchor counts as seen. What lies beyond the export is out of
    sample, even if an anchor stands in the future.
    """
    drawn, seen = borders_of(course.bars, borders)
    after = None if borders.exported_at is None else course.part(seen, len(course.bars))
    return Parts(course.part(0, drawn), course.part(drawn, seen), after)


def borders_of(bars: Bars, borders: Borders) -> tuple[int, int]:
    """How many bars were drawn through, and how many were seen."""
    seen = len(bars) if borders.exported_at is None else _rows_until(bars.time, borders.exported_at)
    drawn = 0 if borders.last_anchor is None else min(seen, _rows_until(bars.time, borders.last_anchor))
    return drawn, seen


def _rows_until(times: Times, time: int) -> int:
    return int(np.searchsorted(times, time, side="right"))


def measure(profits: Sequence[float], values: Floats, yearly: float) -> Metrics:
    """Metrics of one part: its trades' profits, the equity before it and at each of its closes, bars in a year."""
    changes = returns(values)
    return Metrics(
        trades=len(profits),
        return_=float(values[-1] / values[0] - 1) if values[0] > 0 else 0.0,
        max_drawdown=drawdown(values),
        win_rate=mean([float(profit > 0) for profit in profits]),
        profit_factor=profit_factor(profits),
        sharpe=sharpe(changes, yearly),
        bars=len(values) - 1,
        net_profit=math.fsum(profits),
        cagr=cagr(values, yearly),
        sortino=sortino(changes, yearly),
        expectancy=mean(profits),
    )


def mean(amounts: Sequence[float]) -> float | None:
    """Sum / count; None of nothing.

    Of profits it is the expectancy: what a trade brings on average, in quote currency. Of profits over stakes it is the
    average R: R is what a trade would lose at its first stop (V. K. Tharp, Trade Your Way to Financial Freedom, 1998).
    """
    return math.fsum(amounts) / len(amounts) if amounts else None


def profit_factor(profits: Sequence[float]) -> float | None:
    """Gross profit / gross loss, both above 0, as in TradingView's strategy report; None without a loss."""
    lost = -math.fsum(profit for profit in profits if profit < 0)
    return math.fsum(profit for profit in profits if profit > 0) / lost if lost > 0 else None


def drawdown(values: Floats) -> float:
    """The most that (peak - value) / peak ever is, where peak is the highest value so far; 0 where nothing fell.

    The maximum drawdown of M. Magdon-Ismail and A. Atiya (Maximum Drawdown, Risk Magazine, 2004), as a share.
    """
    if values[0] <= 0:
        return 0.0
    starts = np.arange(0, len(values), RUN)
    highs, lows = np.maximum.reduceat(values, starts), np.minimum.reduceat(values, starts)
    before = np.concatenate([values[:1], np.maximum.accumulate(highs)[:-1]])
    falls = (before - lows) / before  # all that there is to know of a run that never rises above the peak before it
    for run in np.flatnonzero(~(highs <= before)).tolist():
        piece = values[run * RUN : (run + 1) * RUN]
        peaks = np.maximum(np.maximum.accumulate(piece), before[run])
        falls[run] = np.max((peaks - piece) / peaks)
    return float(np.max(falls, initial=0.0))


def cagr(values: Floats, yearly: float) -> float | None:
    """(last / first) ** (bars in a year / bars) - 1: the growth a year that compounds to the part's.

    The compound annual growth rate, as empyrical's annual_return has it. None without bars, with equity used up, and
    where so short a part would grow beyond the floats.
    """
    if len(values) < 2 or values[0] <= 0 or values[-1] <= 0:
        return None
    growth = math.log(values[-1] / values[0]) * yearly / (len(values) - 1)
    return math.expm1(growth) if growth < LARGEST else None


def sharpe(changes: Floats | None, yearly: float) -> float | None:
    """sqrt(bars in a year) x mean(r) / std(r) of the ``returns`` r from bar to bar; the riskless rate is 0.

    The sample deviation (n - 1) is taken, flat bars count. The ratio is Sharpe's ex-post one (W. F. Sharpe, The Sharpe
    Ratio, Journal of Portfolio Management, 1994). Bars in a year are counted at the density of the candles. None
    without returns or without any movement.
    """
    if changes is None:
        return None
    average = np.mean(changes, keepdims=True)
    deviation = float(np.std(changes, ddof=1, mean=average))
    return math.sqrt(yearly) * float(average[0]) / deviation if deviation > 0 else None


def sortino(changes: Floats | None, yearly: float) -> float | None:
    """sqrt(bars in a year) x mean(r) / sqrt(mean(min(r, 0) ** 2)) of the ``returns`` r from bar to bar.

    The downside deviation is taken over all bars, the rate to reach is 0 (F. A. Sortino and L. N. Price, Performance
    Measurement in a Downside Risk Framework, Journal of Investing, 1994; empyrical's sortino_ratio). None as for the
    Sharpe ratio, and where no bar lost.
    """
    if changes is None:
        return None
    losses = np.minimum(changes, 0.0)
    downside = math.sqrt(float(np.mean(np.square(losses, out=losses))))
    return math.sqrt(yearly) * float(np.mean(changes)) / downside if downside > 0 else None


def returns(values: Floats) -> Floats | None:
    """From bar to bar; None for less than two bars, or with the equity used up."""
    if len(values) < 3 or values.min() <= 0:
        return None
    found: Floats = values[1:] / values[:-1]
    found -= 1
    return found
