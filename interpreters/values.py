"""Prices of lines and levels at one time, on the bars that are known and by the clock beyond them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from interpreters.shaping import FINEST
from interpreters.sketch import Place
from spec import timeframe as tf
from spec.block import value_at
from spec.placement import Straight as Placed

if TYPE_CHECKING:
    from interpreters.shaping import Data
    from interpreters.timeline import Timeline


def values_of(name: str, geometry: Data, time: int, timeline: Timeline, timeframe: str | None) -> dict[str, Any]:
    """The price of each line and level of a node's geometry at a time (UNIX seconds), by name.

    A line is followed beyond its ends; None where its scale is unknown, and where it leaves the floats. A zone has no
    one price. Where the timeframe is unknown, a line is taken as straight in time.
    """
    match geometry["shape"]:
        case "level":
            return {name: geometry["price"]}
        case "line":
            return {name: _line(geometry, time, timeline, timeframe)}
        case "channel":
            edges = (("lower", geometry["first"]), ("upper", geometry["second"]))
            return {f"{name}.{edge}": _line(line, time, timeline, timeframe) for edge, line in edges}
        case _:
            return {}


def _line(line: Data, time: int, timeline: Timeline, timeframe: str | None) -> float | None:
    a, b, log = line["a"], line["b"], line["scale"] == "log"
    if line["scale"] is None:
        return None
    if timeframe is None or line["bars"] is None:
        at, start, end = (float(one) for one in (time, _clock(a), _clock(b)))
        placed = _placed(line, end, end - start, log=log)
    else:
        spot = timeline.spot(Place(b["time"], b["offset"], timeframe), timeframe)
        at, placed = float(timeline.bars_until(time, spot, timeframe)), _placed(line, 0.0, line["bars"], log=log)
    with np.errstate(over="ignore", invalid="ignore"):
        value = float(value_at(placed, np.array([at]))[0])
    return value if math.isfinite(value) else None


def _clock(anchor: Data) -> int:
    return tf.shift_by_clock(anchor["time"], anchor["offset"], FINEST)


def _placed(line: Data, origin: float, width: float, *, log: bool) -> Placed:
    prices = np.array([line["a"]["price"], line["b"]["price"]])
    start, end = (float(price) for price in (np.log(prices) if log else prices))
    return Placed(origin=origin, at=end, slope=(end - start) / width, log=log)
