"""Prices of lines and levels at one time, on the bars that are known and by the clock beyond them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from interpreters import shaping
from interpreters.sketch import Box, Corridor, Flat, Position, Straight
from spec.block import value_at
from spec.geometry import Moment
from spec.placement import Straight as Placed

if TYPE_CHECKING:
    from interpreters.items import Item
    from interpreters.shaping import Canvas


def values_at(item: Item, canvas: Canvas, time: int) -> dict[str, float | None]:
    """The price of each line and level of an item at a time (UNIX seconds), by node name.

    A line is followed beyond its ends; None where its timeframe or scale is unknown. Zones have no one price.
    """
    match item.sketch:
        case Straight() as part:
            return {item.name: _line(part, canvas, time)}
        case Corridor(lower, upper, middle):
            parts = (lower, upper) if middle is None else (lower, upper, middle)
            return {f"{item.name}.{part.name}": _line(part, canvas, time) for part in parts}
        case Flat(price=price):
            return {item.name: price}
        case Position(entry=entry):
            return {f"{item.name}.entry": entry.price}
        case Box():
            return {}
        case tuple() as levels:
            log = canvas.scale == "log"
            return {f"{item.name}.{one.name}": one.log_price if log else one.price for one in levels}


def _line(part: Straight, canvas: Canvas, time: int) -> float | None:
    drawn = shaping.line(part, canvas)
    if canvas.timeframe is None or drawn["scale"] is None:
        return None
    a, b, log = drawn["a"], drawn["b"], drawn["scale"] == "log"
    low, high = (float(np.log(np.array([point["price"]]))[0]) if log else point["price"] for point in (a, b))
    count = canvas.timeline.count(Moment(b["time"], b["offset"]), Moment(time, 0), canvas.timeframe)
    placed = Placed(origin=0.0, at=high, slope=(high - low) / drawn["bars"], log=log)
    return float(value_at(placed, np.array([float(count.bars)]))[0])
