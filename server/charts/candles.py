"""Candles and volume bars: one path a colour, on whole pixels, as TradingView draws them.

Wicks are one pixel wide and stand in the middle of an odd body; bodies get thinner as bars get closer, down to
one pixel, and keep a gap between them while there is room for one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from server.charts.layout import VOLUME_PART, has_volume
from server.charts.themes import THEMES
from spec.bars import Bars

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from server.charts.canvas import Canvas
    from server.charts.elements import Scene
    from server.charts.layout import Layout

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

BODY = 0.78  # of the pitch
VOLUME_OPACITY = 0.42


def body_width(pitch: float) -> int:
    """Odd number of pixels of a body at ``pitch`` pixels a bar."""
    wanted = max(3, int(pitch * BODY)) if pitch >= 2.5 else 1
    return wanted if wanted % 2 else wanted - 1


def rising(bars: Bars) -> Bools:
    """Which bars take the up colour: the close is at or above the open."""
    return bars.close >= bars.open


def draw_candles(canvas: Canvas, scene: Scene, layout: Layout) -> None:
    """Bodies and wicks."""
    theme, (bars, x) = THEMES[scene.theme], _by_column(scene.bars, layout)
    up = rising(bars)
    bodies, wicks = _bodies(bars, x, layout), _wicks(bars, x, layout)
    for rows, colour in ((up, theme.up), (~up, theme.down)):
        canvas.fill_all(np.concatenate([wicks[rows], bodies[rows]]), colour)


def draw_volume(canvas: Canvas, scene: Scene, layout: Layout) -> None:
    """Volume in the lowest part of the pane, the greatest as high as that part."""
    if not has_volume(scene):
        return
    theme, (bars, x) = THEMES[scene.theme], _by_column(scene.bars, layout)
    pane, volume, up = layout.pane, np.maximum(bars.volume, 0.0), rising(bars)
    height = np.ceil(volume / volume.max() * pane.height * VOLUME_PART)
    left, right = _sides(x, body_width(layout.bars.pitch))
    boxes = np.column_stack([left, pane.bottom - height, right, np.full(len(volume), pane.bottom)])
    for rows, colour in ((up, theme.up), (~up, theme.down)):
        canvas.fill_all(boxes[rows & (volume > 0)], colour, VOLUME_OPACITY)


def _by_column(bars: Bars, layout: Layout) -> tuple[Bars, Floats]:
    """The bars with the column of pixels of each; bars that share a column are drawn as the one bar they make."""
    x = np.floor(layout.bars.x(np.arange(len(bars), dtype=np.float64)))
    if layout.bars.pitch >= 1:
        return bars, x
    first = np.flatnonzero(np.diff(x, prepend=x[0] - 1))
    last = np.append(first[1:], len(bars)) - 1
    high, low = np.maximum.reduceat(bars.high, first), np.minimum.reduceat(bars.low, first)
    volume = np.add.reduceat(bars.volume, first)
    return Bars(bars.timeframe, bars.time[first], bars.open[first], high, low, bars.close[last], volume), x[first]


def _sides(x: Floats, width: int) -> tuple[Floats, Floats]:
    left = x - width // 2
    return left, left + width


def _bodies(bars: Bars, x: Floats, layout: Layout) -> Floats:
    edges = np.maximum(bars.open, bars.close), np.minimum(bars.open, bars.close)
    return _boxes(_sides(x, body_width(layout.bars.pitch)), edges, layout)


def _wicks(bars: Bars, x: Floats, layout: Layout) -> Floats:
    return _boxes(_sides(x, 1), (bars.high, bars.low), layout)


def _boxes(sides: tuple[Floats, Floats], prices: tuple[Floats, Floats], layout: Layout) -> Floats:
    left, right = sides
    top, bottom = (np.round(layout.prices.y(column)) for column in prices)
    return np.column_stack([left, top, right, np.maximum(bottom, top + 1)])
