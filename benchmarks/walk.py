"""A seeded random walk as candles: no market's data, the same on every machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

START = 1_704_067_200  # 2024-01-01 00:00 UTC
MINUTE = 60


def columns(count: int, seed: int = 42, step: float = 0.0008) -> dict[str, NDArray[np.float64]]:
    """time (UNIX seconds), open, high, low, close, volume of one-minute candles; ``step`` is the volatility of a bar.

    Prices are left unrounded, so that no close lies exactly on a line.
    """
    random = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(random.normal(0, step, count)))
    opened = np.concatenate([[100.0], close[:-1]])
    above, below = np.abs(random.normal(0, step / 2, (2, count)))
    return {
        "time": START + MINUTE * np.arange(count, dtype=np.float64),
        "open": opened,
        "high": np.maximum(opened, close) * (1 + above),
        "low": np.minimum(opened, close) * (1 - below),
        "close": close,
        "volume": random.lognormal(3, 0.5, count) * (1 + 400 * np.abs(close / opened - 1)),
    }
