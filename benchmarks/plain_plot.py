"""The peer of the picture benchmark: what one writes with mplfinance alone. As a program: start to first picture."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import mplfinance as mpf
import numpy as np
import pandas as pd

from benchmarks.shapes import CANDLES, HEIGHT, WIDTH, Ends, Picture, make_picture

if TYPE_CHECKING:
    from numpy.typing import NDArray

DPI = 100


def frame_of(picture: Picture) -> Any:
    """The candles as mplfinance takes them."""
    names = ("Open", "High", "Low", "Close", "Volume")
    time = pd.to_datetime(picture.columns["time"], unit="s")
    return pd.DataFrame({name: picture.columns[name.lower()] for name in names}, index=time)


def plot(frame: Any, picture: Picture) -> bytes:
    """A PNG of candles, volume, lines, levels and areas in mplfinance's own tradingview style."""
    mpl.use("Agg")
    file = io.BytesIO()
    rails = picture.channel
    lines = [[(frame.index[bar], price) for bar, price in _carried(ends)] for ends in (*picture.lines, *rails)]
    bands = [(_column(rails[0]), _column(rails[1]))]
    bands += [(np.full(CANDLES, low), np.full(CANDLES, high)) for low, high in picture.zones]
    mpf.plot(
        frame,
        type="candle",
        volume=True,
        style="tradingview",
        figsize=(WIDTH / DPI, HEIGHT / DPI),
        alines={"alines": lines, "linewidths": 1.5},
        hlines={"hlines": list(picture.levels), "linewidths": 1.5},
        fill_between=[{"y1": one, "y2": two, "alpha": 0.2} for one, two in bands],
        savefig={"fname": file, "format": "png", "dpi": DPI},
        closefig=True,
    )
    return file.getvalue()


def _carried(ends: Ends) -> Ends:
    """The line's ends with the second one carried on to the last bar."""
    (first, start), (last, end) = ends
    return (first, start), (CANDLES - 1, end + (CANDLES - 1 - last) * (end - start) / (last - first))


def _column(ends: Ends) -> NDArray[np.float64]:
    """The line's price on each bar, NaN before its first."""
    (first, start), (last, end) = _carried(ends)
    return np.interp(np.arange(CANDLES), (first, last), (start, end), left=np.nan)


if __name__ == "__main__":
    made = make_picture(seed=0)
    plot(frame_of(made), made)
