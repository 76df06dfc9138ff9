"""Layout: where the pane, the axes, the bars and the prices of a scene stand on the picture.

A label that is to be read decides the free space on the right, a price that is to be read the width of the axis.
Drawings and orders widen the price axis while they are within reach of the candles; what lies farther is named at
the edge, so that one distant level does not press the candles flat.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from server.charts.canvas import Rect
from server.charts.lettering import fitted, plain, width_of
from server.charts.prices import decimals_of, spread, written
from server.charts.scales import BarScale, PriceScale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from server.charts.elements import Label, Places, Scene
    from spec.bars import Bars

    Floats = NDArray[np.float64]

SMALL, NORMAL, LARGE = 10.0, 11.0, 13.0  # letters, in pixels
TIME_AXIS = 28
LEGEND = 64  # kept free of candles on top
VOLUME_PART = 0.2  # of the pane
WIDEST = 28.0  # pixels a bar: a few bars do not fill the picture, they stand at its right
REACH = {"drawing": 0.75, "order": 1.5}  # how far the price axis follows them, in parts of the candles' range
FAR = 1e7  # pixels; no line on a picture is steep enough to tell it from infinity
EDGE = 8  # pixels between the last label and the axis


class Layout(Struct, frozen=True):
    """The pane of candles, its two scales, and the decimals of its prices; the axes lie right of it and below."""

    width: int
    height: int
    pane: Rect
    bars: BarScale
    prices: PriceScale
    decimals: int

    def points(self, places: Places) -> Floats:
        """Places as n x (x, y) in pixels."""
        table = np.array(places, dtype=np.float64).reshape(-1, 2)
        return np.column_stack([self.bars.x(table[:, 0]), np.clip(self.prices.y(table[:, 1]), -FAR, FAR)])


def layout_of(scene: Scene, width: int, height: int) -> Layout:
    """The layout of a scene on a picture of width x height pixels."""
    decimals = decimals_of(scene.bars, scene.tick)
    axis = _axis_width(scene, decimals)
    pane = Rect(0, 0, width - axis, height - TIME_AXIS)
    bars = _bar_scale(scene, pane, decimals)
    return Layout(width, height, pane, bars, _price_scale(scene, pane, bars), decimals)


def label_texts(label: Label, room: float, decimals: int) -> tuple[str, str]:
    """A label's words, cut to the room that its prices leave, and its prices."""
    prices = " \u2013 ".join(written(price, decimals) for price in label.prices)
    words = fitted(plain(label.words), NORMAL, room - width_of(f"  {prices}", NORMAL, bold=False))
    return words, prices


def label_room(pane: Rect) -> float:
    """The greatest width of a label."""
    return pane.width * 0.3


def _axis_width(scene: Scene, decimals: int) -> int:
    shown = [float(scene.bars.low.min()), float(scene.bars.high.max()), *(tag.price for tag in scene.tags)]
    widest = max(width_of(written(price, decimals), NORMAL, bold=False) for price in shown)
    return max(56, round(widest) + 18)


def _bar_scale(scene: Scene, pane: Rect, decimals: int) -> BarScale:
    running = [label for label in scene.labels if label.on[-1][0] >= len(scene.bars) - 1]
    texts = [label_texts(label, label_room(pane), decimals) for label in running]
    labels = max((width_of("  ".join(text), NORMAL, bold=False) for text in texts), default=0)
    count = len(scene.bars)
    free = max(labels + 2 * EDGE, pane.width * 0.06)
    pitch = min(WIDEST, (pane.width - free) / (count + 0.5), pane.width / (count + scene.ahead + 1.5))
    last = pane.right - max(free, (scene.ahead + 1) * pitch) - pitch / 2
    return BarScale(last - (count - 1) * pitch, pitch)


def _price_scale(scene: Scene, pane: Rect, bars: BarScale) -> PriceScale:
    low, high = float(scene.bars.low.min()), float(scene.bars.high.max())
    log = scene.log and low > 0
    low, high = spread(low, high, scene.tick)
    seen = (bars.index_at(pane.left), bars.index_at(pane.right))
    drawn = [price for stroke in scene.strokes for price in in_view(stroke.places, seen)]
    drawn += [price for area in scene.areas for line in (area.one, area.two) for price in in_view(line, seen)]
    low, high = _stretched((low, high), drawn, REACH["drawing"])
    low, high = _stretched((low, high), _order_prices(scene), REACH["order"])
    if log and low <= 0:  # a drawing at or below 0 has no place on a logarithmic axis
        low = float(scene.bars.low.min())
    bottom = pane.bottom - pane.height * (0.16 if has_volume(scene) else 0.07)
    return PriceScale(low, high, pane.top + LEGEND, bottom, log)


def _stretched(span: tuple[float, float], prices: list[float], reach: float) -> tuple[float, float]:
    low, high = span
    slack = (high - low) * reach
    near = [price for price in prices if low - slack <= price <= high + slack]
    return min([low, *near]), max([high, *near])


def within_reach(bars: Bars, price: float) -> bool:
    """Whether the price axis follows a drawing to this price."""
    low, high = spread(float(bars.low.min()), float(bars.high.max()), None)
    slack = (high - low) * REACH["drawing"]
    return low - slack <= price <= high + slack


def _order_prices(scene: Scene) -> list[float]:
    prices = [arrow.price for arrow in scene.arrows]
    if scene.position is not None:
        position = scene.position
        prices += [position.entry, position.stop, *(price for price, _ in position.targets)]
    return prices


def in_view(places: Places, seen: tuple[float, float]) -> list[float]:
    """The prices of a line where it enters and leaves the indexes seen, and of the places between; empty outside."""
    table = np.array(places, dtype=np.float64).reshape(-1, 2)
    left, right = max(seen[0], table[0, 0]), min(seen[1], table[-1, 0])
    if left > right:
        return []
    inner = table[(table[:, 0] > left) & (table[:, 0] < right), 1]
    return [*np.interp([left, right], table[:, 0], table[:, 1]).tolist(), *inner.tolist()]


def has_volume(scene: Scene) -> bool:
    """Whether any bar has a volume to show."""
    return bool((scene.bars.volume > 0).any())
