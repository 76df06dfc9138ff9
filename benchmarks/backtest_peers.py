"""What one would backtest with instead, each in an environment of its own: the same year, signals, stop and target.

As a program (``python -m benchmarks.backtest_peers NAME BARS``): says ``ready``, then for each line on standard input
runs once, signals included, and says how many trades there were. With ``once`` behind it runs once and ends.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.signal_floors import whole_columns
from benchmarks.year import STOP, TARGET, make_year

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.year import Year


def entries(year: Year) -> Any:
    """On which bars a line is crossed upwards near a level."""
    rows = whole_columns(year, "bar_close")
    crossed, near = np.zeros((2, len(year)), np.bool_)
    for at, found in enumerate(rows):
        (crossed if at < len(year.lines) else near)[found] = True
    return crossed & near


def vectorbt(year: Year) -> Callable[[], int]:
    """Portfolio.from_signals, filled at the open after the signal."""
    import vectorbt as vbt  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415 - in its own environment

    columns = year.columns

    def run() -> int:
        fired = np.concatenate([[False], entries(year)[:-1]])
        portfolio = vbt.Portfolio.from_signals(
            columns["close"], fired, price=columns["open"], open=columns["open"], high=columns["high"],
            low=columns["low"], sl_stop=STOP / 100, tp_stop=TARGET / 100, stop_entry_price="fillprice",
            size=1.0, init_cash=1e6, freq="1min",
        )  # fmt: skip
        portfolio.total_return()
        return int(portfolio.trades.count())

    return run


def backtesting(year: Year) -> Callable[[], int]:
    """Backtest.run with a strategy that looks the signals up."""
    import backtesting as bt  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415 - in its own environment
    import pandas as pd  # noqa: PLC0415

    names = {"Open": "open", "High": "high", "Low": "low", "Close": "close", "Volume": "volume"}
    index = pd.to_datetime(year.columns["time"], unit="s")
    frame = pd.DataFrame({name: year.columns[column] for name, column in names.items()}, index)

    class Breaks(bt.Strategy):  # type: ignore[misc, unused-ignore]
        def init(self) -> None:
            self.fired = entries(year)

        def next(self) -> None:
            at = len(self.data) - 1
            if self.fired[at] and not self.position:
                price = self.data.Close[-1]
                self.buy(size=1, sl=price * (1 - STOP / 100), tp=price * (1 + TARGET / 100))

    def run() -> int:
        made = bt.Backtest(frame, Breaks, cash=1e6, finalize_trades=True).run()
        return len(made["_trades"])

    return run


PEERS = {"vectorbt": vectorbt, "backtesting": backtesting}


def main(name: str, bars: int, *, once: bool) -> None:
    run = PEERS[name](make_year(bars))
    if once:
        print(run())
        return
    print("ready", flush=True)
    while sys.stdin.readline():
        print(run(), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), once=sys.argv[3:] == ["once"])
