"""Metrics of a backtest in the three parts of hindsight, never mixed.

A line drawn through yesterday's lows has "predicted" them: bars up to the last anchor are one part, bars that the
trader could still see another, and only what came after the export may be called out of sample. A bar belongs to
a part by its open, a trade by its entry; what is computed from equity is computed over the part's bars.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from spec.geometry import UnixTime

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from execution.ledger import Trade
    from spec.bars import Bars

    Floats = NDArray[np.float64]
    Times = NDArray[np.int64]

YEAR = 31_556_952  # seconds, Gregorian mean


class Borders(Struct, frozen=True):
    """The last bar that an anchor stands on and the last moment the trader could see, UNIX seconds UTC."""

    last_anchor: UnixTime | None = None
    exported_at: UnixTime | None = None


class Metrics(Struct, frozen=True, rename={"return_": "return"}):
    """One part's figures.

    ``trades`` closed portions, ``return`` of the equity from before the part's first bar to its last close (0.1 is
    10 %), ``max_drawdown`` the deepest fall from a peak of the equity within the part as a share of the peak,
    ``win_rate`` the share of trades with a profit, ``profit_factor`` gross profit over gross loss, ``sharpe`` see
    below, ``bars`` of the part, ``net_profit`` of its trades in quote currency.
    Null: win_rate without trades, profit_factor without a losing trade, sharpe without two bars, without any movement
    or where the equity was used up. Without bars the other figures are 0.
    """

    trades: int
    return_: float
    max_drawdown: float
    win_rate: float | None
    profit_factor: float | None
    sharpe: float | None
    bars: int
    net_profit: float


class Parts(Struct, frozen=True):
    """The three parts; ``after_export`` is None where nobody knows when the export was made."""

    before_last_anchor: Metrics
    before_export: Metrics
    after_export: Metrics | None


def split(trades: Sequence[Trade], bars: Bars, equity: Floats, borders: Borders, initial: float) -> Parts:
    """The parts' metrics; ``equity`` is the value at each bar's close, ``initial`` that before the first bar.

    Without ``exported_at`` all that follows the last anchor counts as seen. What lies beyond the export is out of
    sample, even if an anchor stands in the future.
    """
    seen = len(bars) if borders.exported_at is None else _rows_until(bars.time, borders.exported_at)
    drawn = 0 if borders.last_anchor is None else min(seen, _rows_until(bars.time, borders.last_anchor))
    values = np.concatenate([[initial], equity])
    yearly = len(bars) * YEAR / (bars.end - int(bars.time[0]))
    entries = np.searchsorted(bars.time, np.array([trade.entry_time for trade in trades], np.int64))

    def part(first: int, stop: int) -> Metrics:
        mine = [trade.pnl for trade, row in zip(trades, entries.tolist(), strict=True) if first <= row < stop]
        return measure(mine, values[first : stop + 1], yearly)

    after = None if borders.exported_at is None else part(seen, len(bars))
    return Parts(part(0, drawn), part(drawn, seen), after)


def _rows_until(times: Times, time: int) -> int:
    return int(np.searchsorted(times, time, side="right"))


def measure(profits: Sequence[float], values: Floats, yearly: float) -> Metrics:
    """Metrics of one part: its trades' profits, the equity before it and at each of its closes, bars in a year."""
    won = math.fsum(profit for profit in profits if profit > 0)
    lost = -math.fsum(profit for profit in profits if profit < 0)
    return Metrics(
        trades=len(profits),
        return_=float(values[-1] / values[0] - 1) if values[0] > 0 else 0.0,
        max_drawdown=drawdown(values),
        win_rate=sum(profit > 0 for profit in profits) / len(profits) if profits else None,
        profit_factor=won / lost if lost > 0 else None,
        sharpe=sharpe(values, yearly),
        bars=len(values) - 1,
        net_profit=math.fsum(profits),
    )


def drawdown(values: Floats) -> float:
    """The deepest fall from a running peak, as a share of that peak; 0 where nothing fell."""
    peaks = np.maximum.accumulate(values)
    return float(np.max((peaks - values) / peaks, initial=0.0)) if peaks[0] > 0 else 0.0


def sharpe(values: Floats, yearly: float) -> float | None:
    """sqrt(bars in a year) x mean(r) / std(r) of the returns r from bar to bar; the riskless rate is 0.

    The sample deviation (n - 1) is taken, flat bars count. The ratio is Sharpe's ex-post one (W. F. Sharpe, The Sharpe
    Ratio, Journal of Portfolio Management, 1994). Bars in a year are counted at the density of the candles.
    """
    if len(values) < 3 or (values <= 0).any():
        return None
    returns = values[1:] / values[:-1] - 1
    deviation = float(np.std(returns, ddof=1))
    return math.sqrt(yearly) * float(np.mean(returns)) / deviation if deviation > 0 else None
