"""Drawings: lines, areas and the position tool, in pixels."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from server.charts.canvas import Face, Pen, Rect
from server.charts.layout import EDGE, SMALL
from server.charts.lettering import width_of
from server.charts.prices import percent, written
from server.charts.themes import THEMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from server.charts.canvas import Canvas
    from server.charts.elements import Position, Scene
    from server.charts.layout import Layout
    from server.charts.placing import Board

    Floats = NDArray[np.float64]

DASHES = (6.0, 4.0)
BEYOND = 500.0  # pixels outside the pane at which lines are cut: Agg cannot count to a million
PILL = 17
SHADE = 0.18


def draw_areas(canvas: Canvas, scene: Scene, layout: Layout) -> None:
    """Translucent areas, with no edge of their own."""
    for area in scene.areas:
        one, two = (layout.points(places) for places in (area.one, area.two))
        outline = np.concatenate([one, two[::-1]])
        outline[:, 1] = np.clip(outline[:, 1], layout.pane.top - BEYOND, layout.pane.bottom + BEYOND)
        canvas.polygon(outline, area.colour, area.opacity)


def draw_strokes(canvas: Canvas, scene: Scene, layout: Layout) -> None:
    """Lines; a flat one stands on whole pixels."""
    for stroke in scene.strokes:
        points = layout.points(stroke.places)
        if np.ptp(points[:, 1]) == 0:
            points[:, 1] = np.floor(points[:, 1]) + (0.5 if round(stroke.width) % 2 else 0.0)
        pen = Pen(stroke.colour, stroke.width, DASHES if stroke.dashed else ())
        for piece in _cut(points, layout.pane.top - BEYOND, layout.pane.bottom + BEYOND):
            canvas.line(piece, pen)


def _cut(points: Floats, top: float, bottom: float) -> list[Floats]:
    """The parts of a line between two heights, its slopes kept."""
    y = points[:, 1]
    if ((y >= top) & (y <= bottom)).all():
        return [points]
    pieces = []
    for start, end in pairwise(points):
        if max(start[1], end[1]) < top or min(start[1], end[1]) > bottom:
            continue
        rise = end[1] - start[1]
        parts = np.clip(np.array([top - start[1], bottom - start[1]]) / rise, 0, 1) if rise else np.array([0.0, 1.0])
        pieces.append(start + np.sort(parts)[:, None] * (end - start))
    return pieces


def draw_position(canvas: Canvas, scene: Scene, layout: Layout) -> None:
    """The boxes of a trade: green from the entry to the last target, red from the entry to the stop."""
    position, theme = scene.position, THEMES[scene.theme]
    if position is None:
        return
    left, right = (round(layout.bars.x_of(index)) for index in (position.first, position.last))
    entry, stop, *targets = (round(layout.prices.y_of(price)) for price in _levels(position))
    canvas.fill(_box(left, right, (entry, stop)), theme.down, SHADE)
    for y in targets[-1:]:
        canvas.fill(_box(left, right, (entry, y)), theme.up, SHADE)
    for y, colour in ((stop, theme.down), (entry, theme.muted), *((y, theme.up) for y in targets)):
        canvas.fill(Rect(left, y, right, y + 1), colour)


def _levels(position: Position) -> list[float]:
    return [position.entry, position.stop, *(price for price, _ in position.targets)]


def _box(left: int, right: int, heights: tuple[int, int]) -> Rect:
    return Rect(left, min(heights), max(right, left + 1), max(heights))


def draw_position_words(canvas: Canvas, scene: Scene, layout: Layout, board: Board) -> None:
    """What is won at each target, lost at the stop, and the ratio of the two, on the edges of the boxes."""
    position, theme = scene.position, THEMES[scene.theme]
    if position is None:
        return
    away = 1 if position.stop < position.entry else -1  # the stop's words stand below a long, above a short
    stop = f"Stop {written(position.stop, layout.decimals)} ({_gain(position, position.stop)})"
    _pill(canvas, (stop, theme.down), (position.stop, away), (scene, layout, board))
    for number, (price, share) in enumerate(position.targets, start=1):
        _pill(canvas, (_target(position, number, share, layout), theme.up), (price, -away), (scene, layout, board))
    if position.targets:
        ratio = f"R/R {_ratio(position):.2f}"
        if (position.last - position.first) * layout.bars.pitch >= width_of(ratio, SMALL, bold=False) + 12:
            _pill(canvas, (ratio, theme.muted), (position.entry, 0), (scene, layout, board))


def _target(position: Position, number: int, share: float, layout: Layout) -> str:
    price = position.targets[number - 1][0]
    name = "Target" if len(position.targets) == 1 else f"Target {number}"
    part = "" if share >= 1 else f" \u00b7 {share * 100:.3g}%"
    return f"{name} {written(price, layout.decimals)} ({_gain(position, price)}){part}"


def _gain(position: Position, price: float) -> str:
    """The way from the entry in percent, as the price moves."""
    return percent((price - position.entry) / abs(position.entry)) if position.entry else ""


def _ratio(position: Position) -> float:
    """Reward against risk: the targets' mean distance by share, over that of the stop."""
    shares = sum(share for _, share in position.targets)
    mean = sum(price * share for price, share in position.targets) / shares
    return abs(mean - position.entry) / abs(position.entry - position.stop)


def _pill(canvas: Canvas, words: tuple[str, str], at: tuple[float, int], on: tuple[Scene, Layout, Board]) -> None:
    """White words on their colour: above (-1), below (1) or on (0) a price, in the middle of the box."""
    (text, colour), (price, side), (scene, layout, board) = words, at, on
    position = scene.position
    if position is None:
        return
    pane, y = layout.pane, layout.prices.y_of(price)
    text = ("\u2191 " if y < pane.top else "\u2193 " if y > pane.bottom else "") + text
    width = width_of(text, SMALL, bold=False) + 12
    middle = layout.bars.x_of((position.first + position.last) / 2)
    left = max(EDGE, min(middle - width / 2, pane.right - EDGE - width))
    top = min(max(y, board.room.top), board.room.bottom) + (side - 1) * PILL / 2 + side * 2
    place = board.nearest(Rect(round(left), round(top), round(left + width), round(top) + PILL), 4.0 * PILL)
    if place is not None:
        canvas.fill(place, colour)
        canvas.text(place.left + 6, (place.top + place.bottom) / 2, text, Face("#ffffff", SMALL))
