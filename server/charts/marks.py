"""Marks: where nodes fired and where orders were filled, stacked under and over the candles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from server.charts.canvas import Face, Rect
from server.charts.layout import SMALL
from server.charts.lettering import fitted, plain, width_of
from server.charts.prices import written
from server.charts.themes import THEMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from server.charts.canvas import Canvas
    from server.charts.elements import Arrow, Mark, Scene
    from server.charts.layout import Layout
    from server.charts.placing import Board

    Floats = NDArray[np.float64]

GAP = 4  # pixels between a candle and its first mark, and between marks
TRIANGLE = np.array([[0.0, 0.0], [4.5, 7.0], [-4.5, 7.0]])  # points up, its tip at the origin
ARROW = np.array([[0, 0], [6, 7], [2, 7], [2, 15], [-2, 15], [-2, 7], [-6, 7]], dtype=np.float64)
DIAMOND = np.array([[0.0, -4.5], [4.5, 0.0], [0.0, 4.5], [-4.5, 0.0]])
DOWN = np.array([1.0, -1.0])
ROOM = 150  # pixels for the words of a fill


class Stacks:
    """How far marks reach beyond each candle: those under it and those over it."""

    def __init__(self, scene: Scene, layout: Layout) -> None:
        self._bars, self._layout = scene.bars, layout
        self._reach: dict[tuple[int, bool], float] = {}

    def tip(self, index: int, height: float, *, below: bool) -> tuple[float, float]:
        """Where the next mark of this height has its tip; the place is taken."""
        used = self._reach.get((index, below), 0.0) + GAP
        self._reach[index, below] = used + height
        edge = float((self._bars.low if below else self._bars.high)[index])
        y = self._layout.prices.y_of(edge)
        return self._layout.bars.x_of(index), y + used if below else y - used


def draw_marks(canvas: Canvas, scene: Scene, layout: Layout, stacks: Stacks) -> None:
    """A triangle a firing, a diamond where it has no direction."""
    for mark in scene.marks:
        canvas.polygon(_mark(mark, layout, stacks), mark.colour)


def _mark(mark: Mark, layout: Layout, stacks: Stacks) -> Floats:
    if mark.way == "at":
        return _at(DIAMOND, (layout.bars.x_of(mark.index), layout.prices.y_of(mark.price)))
    below = mark.way == "up"
    return _at(TRIANGLE if below else TRIANGLE * DOWN, stacks.tip(mark.index, 7.0, below=below))


def _at(outline: Floats, place: tuple[float, float]) -> Floats:
    moved: Floats = outline + np.array(place)
    return moved


def draw_arrows(canvas: Canvas, scene: Scene, layout: Layout, stacks: Stacks) -> list[tuple[Arrow, float, float]]:
    """An arrow a fill and a tick at its price; gives each arrow with the place for its words."""
    theme = THEMES[scene.theme]
    ends = []
    for arrow in scene.arrows:
        below, colour = arrow.deal == "buy", theme.buy if arrow.deal == "buy" else theme.sell
        x, y = stacks.tip(arrow.index, 15.0 + 13.0, below=below)
        canvas.polygon(_at(ARROW if below else ARROW * DOWN, (x, y)), colour)
        price = round(layout.prices.y_of(arrow.price))
        half = max(4.0, layout.bars.pitch / 2 + 2)
        canvas.fill(Rect(round(x - half), price - 1, round(x + half), price + 1), colour)
        ends.append((arrow, x, y + 22 if below else y - 22))
    return ends


def draw_arrow_words(
    canvas: Canvas, scene: Scene, layout: Layout, board: Board, ends: list[tuple[Arrow, float, float]]
) -> None:
    """What was done at which price, where there is room beside the other words."""
    theme = THEMES[scene.theme]
    for arrow, x, y in ends:
        words = fitted(plain(arrow.text or arrow.deal), SMALL, ROOM, bold=True)
        price = written(arrow.price, layout.decimals)
        half = (width_of(words, SMALL, bold=True) + GAP + width_of(price, SMALL, bold=True)) / 2 + 2
        middle = min(max(x, half), layout.pane.right - half)
        place = board.nearest(Rect(middle - half, y - 6, middle + half, y + 6), 14.0)
        if place is not None:
            face = Face(theme.buy if arrow.deal == "buy" else theme.sell, SMALL, bold=True)
            canvas.fill(place, theme.background, 0.6)
            canvas.text(place.left + 2, (place.top + place.bottom) / 2, words, face)
            end = place.right - 2 - width_of(price, SMALL, bold=True)
            canvas.text(end, (place.top + place.bottom) / 2, price, face)
