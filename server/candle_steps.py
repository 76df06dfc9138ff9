"""The timeframe of a candle file, from the steps between its rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from spec import timeframe as tf
from spec.bars import BadBars

SHORTEST_MONTH = 28 * tf.DAY
UNITS = (("w", 7 * tf.DAY), ("d", tf.DAY), ("h", 3600), ("m", 60), ("s", 1))


def timeframe_of_steps(times: Any) -> str:
    """The timeframe whose length is the smallest step between the times; raises BadBars."""
    steps = np.diff(times)
    if not (steps > 0).all():
        steps = np.diff(np.unique(times))
    if len(steps) == 0:
        raise BadBars(_no_step(times))
    step = int(steps.min())
    unit, length = next((unit, length) for unit, length in UNITS if step % length == 0)
    name = f"{max(1, round(step / (30.44 * tf.DAY)))}M" if step >= SHORTEST_MONTH else f"{step // length}{unit}"
    try:
        tf.parse(name)
    except tf.UnknownTimeframe:
        msg = f"its smallest step is {step} seconds, which is no timeframe; give candles of one timeframe"
        raise BadBars(msg) from None
    return name


def _no_step(times: Any) -> str:
    match len(times):
        case 0:
            return "it holds no candles; give a file with at least two rows"
        case 1:
            return "one candle has no timeframe; give at least two rows with different times"
        case many:
            return f"all {many} candles have the time {tf.text_of(int(times[0]))}; give each its own"
