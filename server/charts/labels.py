"""Labels: the words at the right end of each drawing, none over another and none outside the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from server.charts.canvas import Face, Rect
from server.charts.layout import EDGE, NORMAL, label_room, label_texts
from server.charts.lettering import width_of
from server.charts.themes import THEMES

if TYPE_CHECKING:
    from server.charts.canvas import Canvas
    from server.charts.elements import Label, Scene
    from server.charts.layout import Layout
    from server.charts.placing import Board

HEIGHT = 15
LIFT = 9  # pixels from a line to the middle of its words
GAP = 6  # pixels between words and prices, and between a line's end and its words
FARTHEST = 75.0  # pixels from a line to its words; farther away nobody would connect the two
PINNED = 3  # words at an edge for lines beyond it, at most
GROUND = 0.72  # opacity of the ground behind words


class Piece(Struct, frozen=True):
    """Words with their prices, where they should stand, and the height of their line in pixels."""

    words: str
    prices: str
    colour: str
    place: Rect
    line: float


def draw_labels(canvas: Canvas, scene: Scene, layout: Layout, board: Board) -> None:
    """Draw the words: those of lines in the picture first, nearest to the last price, then those at its edges."""
    pane, last = layout.pane, layout.prices.y_of(float(scene.bars.close[-1]))
    pieces = [_piece(label, layout) for label in scene.labels]
    pieces.sort(key=lambda piece: abs(piece.line - last))
    above = [piece for piece in pieces if piece.line < pane.top]
    below = [piece for piece in pieces if piece.line > pane.bottom]
    inside = [piece for piece in pieces if pane.top <= piece.line <= pane.bottom]
    wordless = sum(not _draw(canvas, piece, scene, board) for piece in inside)
    for beyond, arrow in ((above, "\u2191"), (below, "\u2193")):
        wordless += sum(not _draw(canvas, _pointing(piece, arrow), scene, board) for piece in beyond[:PINNED])
        if rest := len(beyond) - PINNED if len(beyond) > PINNED else 0:
            _draw(canvas, _remark(f"{arrow} {rest} more", beyond[PINNED], layout), scene, board)
    if wordless:
        foot = Rect(0, pane.bottom, 0, pane.bottom + HEIGHT)
        text = f"+ {wordless} without room for words"
        _draw(canvas, _remark(text, Piece("", "", THEMES[scene.theme].muted, foot, 0.0), layout), scene, board)


def _piece(label: Label, layout: Layout) -> Piece:
    pane = layout.pane
    words, prices = label_texts(label, label_room(pane), layout.decimals)
    width = _width(words, prices)
    end = layout.bars.x_of(label.on[-1][0])
    left = max(0.0, min(end + GAP, pane.right - EDGE - width))
    y = _height(label, layout, min(left + width / 2, end))
    middle = y - LIFT if end > left + GAP else y
    top = round(middle - HEIGHT / 2)
    return Piece(words, prices, label.colour, Rect(round(left), top, round(left) + width, top + HEIGHT), y)


def _width(words: str, prices: str) -> int:
    gap = GAP if words and prices else 0
    return width_of(words, NORMAL, bold=False) + gap + width_of(prices, NORMAL, bold=False) + 6


def _height(label: Label, layout: Layout, x: float) -> float:
    """The line's height in pixels at ``x``, or at its nearer end."""
    table = layout.points(label.on)
    return float(np.interp(x, table[:, 0], table[:, 1]))


def _pointing(piece: Piece, arrow: str) -> Piece:
    return _widened(f"{arrow} {piece.words}", piece)


def _remark(text: str, piece: Piece, layout: Layout) -> Piece:
    place = Rect(0, piece.place.top, layout.pane.right - EDGE, piece.place.bottom)
    return _widened(text, Piece("", "", piece.colour, place, piece.line))


def _widened(words: str, piece: Piece) -> Piece:
    """The piece with other words, its right side where it was."""
    right = piece.place.right
    place = Rect(right - _width(words, piece.prices), piece.place.top, right, piece.place.bottom)
    return Piece(words, piece.prices, piece.colour, place, piece.line)


def _draw(canvas: Canvas, piece: Piece, scene: Scene, board: Board) -> bool:
    """Draw a piece near its line (a remark anywhere); False where there is no room."""
    place = board.nearest(piece.place, FARTHEST if piece.prices else float(canvas.height))
    if place is None:
        return False
    middle, face = (place.top + place.bottom) / 2, Face(piece.colour, NORMAL)
    canvas.fill(place, THEMES[scene.theme].background, GROUND)
    canvas.text(place.left + 3, middle, piece.words, face)  # apart, so that no words can turn the prices around
    canvas.text(place.right - 3 - width_of(piece.prices, NORMAL, bold=False), middle, piece.prices, face)
    return True
