"""Axes: the grid, prices on the right, times below, price tags, and the line of the last price."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from server.charts.calendar_ticks import time_ticks
from server.charts.candles import rising
from server.charts.canvas import Face, Pen, Rect
from server.charts.layout import NORMAL, SMALL, TIME_AXIS
from server.charts.lettering import width_of
from server.charts.placing import Board
from server.charts.prices import written
from server.charts.scales import price_ticks
from server.charts.themes import THEMES, ink_on
from spec.timeframe import spans_days

if TYPE_CHECKING:
    from server.charts.calendar_ticks import TimeTick
    from server.charts.canvas import Canvas
    from server.charts.elements import Scene
    from server.charts.layout import Layout

PRICE_GAP, TIME_GAP = 44, 84  # pixels between two labels, at least
TAG = 17  # height of a price tag


class Ticks:
    """The ticks of both axes: (y, text) for prices, (x, tick) for times."""

    def __init__(self, scene: Scene, layout: Layout) -> None:
        pane, scale = layout.pane, layout.prices
        prices = price_ticks(scale, (pane.top + 12, pane.bottom - 8), PRICE_GAP, layout.decimals)
        self.prices = [(round(scale.y_of(price)), written(price, layout.decimals)) for price in prices]
        daily = spans_days(scene.bars.timeframe)
        times = time_ticks(scene.bars.time, TIME_GAP / layout.bars.pitch, daily=daily)
        self.times: list[tuple[int, TimeTick]] = [(int(layout.bars.x_of(tick.index)), tick) for tick in times]


def draw_grid(canvas: Canvas, ticks: Ticks, scene: Scene, layout: Layout) -> None:
    """One line a tick."""
    pane = layout.pane
    rows = [(pane.left, y, pane.right, y + 1) for y, _ in ticks.prices]
    columns = [(x, pane.top, x + 1, pane.bottom) for x, _ in ticks.times]
    canvas.fill_all(np.array([*rows, *columns], dtype=np.float64).reshape(-1, 4), THEMES[scene.theme].grid)


def draw_axes(canvas: Canvas, ticks: Ticks, scene: Scene, layout: Layout) -> None:
    """Borders, labels and tags; UTC is said once, in the corner."""
    theme, pane = THEMES[scene.theme], layout.pane
    canvas.fill(Rect(pane.right, 0, layout.width, layout.height), theme.background)
    canvas.fill(Rect(0, pane.bottom, layout.width, layout.height), theme.background)
    canvas.fill(Rect(pane.right, 0, pane.right + 1, layout.height), theme.border)
    canvas.fill(Rect(0, pane.bottom, layout.width, pane.bottom + 1), theme.border)
    tags = _placed_tags(scene, layout)
    for y, text in ticks.prices:
        if not any(place.top - 5 < y < place.bottom + 5 for place, _, _ in tags):
            canvas.text(pane.right + 9, y, text, Face(theme.text, NORMAL))
    for place, price, colour in tags:
        canvas.fill(place, colour)
        text = written(price, layout.decimals)
        canvas.text(pane.right + 9, (place.top + place.bottom) / 2, text, Face(ink_on(colour), NORMAL))
    middle = pane.bottom + TIME_AXIS / 2 + 1
    for x, tick in ticks.times:
        half = width_of(tick.text, NORMAL, tick.major) / 2
        if half <= x <= pane.right - half:
            canvas.text(x, middle, tick.text, Face(theme.text, NORMAL, bold=tick.major, align="centre"))
    canvas.text((pane.right + layout.width) / 2, middle, "UTC", Face(theme.muted, SMALL, align="centre"))


def draw_last_price(canvas: Canvas, scene: Scene, layout: Layout) -> None:
    """A dotted line at the last close."""
    y = round(layout.prices.y_of(float(scene.bars.close[-1]))) + 0.5
    line = np.array([[layout.pane.left, y], [layout.pane.right, y]])
    canvas.line(line, Pen(_last_colour(scene), dashes=(1, 2)))


def _placed_tags(scene: Scene, layout: Layout) -> list[tuple[Rect, float, str]]:
    """Place, price and colour of each tag: the last price's first, then the others as near to theirs as can be."""
    pane = layout.pane
    board = Board(Rect(pane.right, 0, layout.width, pane.bottom))
    wanted = {float(scene.bars.close[-1]): _last_colour(scene)}
    for tag in scene.tags:
        if pane.top <= layout.prices.y_of(tag.price) <= pane.bottom:
            wanted.setdefault(tag.price, tag.colour)
    placed = []
    for price, colour in wanted.items():
        top = round(layout.prices.y_of(price)) - TAG // 2
        place = board.nearest(Rect(pane.right + 1, top, layout.width, top + TAG))
        if place is not None:
            placed.append((place, price, colour))
    return placed


def _last_colour(scene: Scene) -> str:
    theme = THEMES[scene.theme]
    return theme.up if rising(scene.bars)[-1] else theme.down
