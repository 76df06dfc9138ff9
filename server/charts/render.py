"""Rendering: a scene becomes a PNG."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from server.charts.axes import Ticks, draw_axes, draw_grid, draw_last_price
from server.charts.candles import draw_candles, draw_volume
from server.charts.canvas import Canvas, Rect
from server.charts.drawings import draw_areas, draw_position, draw_position_words, draw_strokes
from server.charts.labels import draw_labels
from server.charts.layout import Layout, layout_of
from server.charts.legend import draw_legend, draw_note
from server.charts.marks import Stacks, draw_arrow_words, draw_arrows, draw_marks
from server.charts.placing import Board
from server.charts.png import png_of
from server.charts.themes import THEMES
from spec.bars import check

if TYPE_CHECKING:
    from server.charts.elements import Scene

LARGEST = 8192
DRAWING = threading.Lock()  # FreeType's faces are shared by all threads


class BadSize(ValueError):
    """A picture that cannot be drawn in the size asked for."""


def render(scene: Scene, *, width: int = 1200, height: int = 675) -> bytes:
    """The picture of a scene as a PNG of width x height pixels, the same bytes for the same scene.

    Raises BadSize below 320 x 240 or above 8192, and spec.bars.BadBars where the scene has no bars.
    """
    check_size(width, height)
    check(scene.bars)
    with DRAWING:
        layout = layout_of(scene, width, height)
        canvas = Canvas(width, height, THEMES[scene.theme].background)
        _draw(canvas, scene, layout)
        return png_of(canvas.pixels())


def check_size(width: int, height: int) -> None:
    """Raise BadSize where a picture would have no room for its axes, or no end."""
    if not (320 <= width <= LARGEST and 240 <= height <= LARGEST):
        msg = f"a picture of {width} x {height} pixels cannot be drawn; ask for 320 x 240 up to {LARGEST} x {LARGEST}"
        raise BadSize(msg)


def _draw(canvas: Canvas, scene: Scene, layout: Layout) -> None:
    ticks = Ticks(scene, layout)
    with canvas.within(layout.pane):
        draw_grid(canvas, ticks, scene, layout)
        draw_volume(canvas, scene, layout)
        draw_areas(canvas, scene, layout)
        draw_position(canvas, scene, layout)
        draw_candles(canvas, scene, layout)
        draw_strokes(canvas, scene, layout)
        draw_last_price(canvas, scene, layout)
        _draw_words(canvas, scene, layout)
    draw_axes(canvas, ticks, scene, layout)


def _draw_words(canvas: Canvas, scene: Scene, layout: Layout) -> None:
    """Marks and all that is written in the pane; what is written first keeps its place."""
    pane = layout.pane
    room = Rect(pane.left, pane.top + 4, pane.right, pane.bottom - 2)
    board = Board(room, draw_legend(canvas, scene, layout))
    board.taken += draw_note(canvas, scene.note, scene, layout)
    stacks = Stacks(scene, layout)
    draw_marks(canvas, scene, layout, stacks)
    ends = draw_arrows(canvas, scene, layout, stacks)
    draw_position_words(canvas, scene, layout, board)
    draw_arrow_words(canvas, scene, layout, board, ends)
    draw_labels(canvas, scene, layout, board)
