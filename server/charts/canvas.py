"""The canvas: Agg's own primitives in pixels, the first row on top, without figures, axes or artists.

Most of the time of a matplotlib picture goes into axes and their layout. The renderer itself takes a thousand
candles as one path in a millisecond, and keeps nothing alive from picture to picture.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, Bbox
from msgspec import Struct

from server.charts.agg import agg
from server.charts.lettering import PAD, baseline_of, coverage_of, width_of
from server.charts.themes import components

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Align = Literal["left", "centre", "right"]
CAP_HEIGHT = 0.729  # of DejaVu Sans, in parts of its size
_CORNERS = np.array([Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY], dtype=np.uint8)


class Rect(Struct, frozen=True):
    """A rectangle in pixels, right and bottom excluded."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    def meets(self, other: Rect) -> bool:
        """Whether the two share a pixel."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


class Pen(Struct, frozen=True):
    """How a line is drawn: width and dash lengths in pixels."""

    colour: str
    width: float = 1.0
    dashes: tuple[float, ...] = ()
    opacity: float = 1.0


class Face(Struct, frozen=True):
    """How text is set; the size is in pixels."""

    colour: str
    size: float = 11.0
    bold: bool = False
    align: Align = "left"


class Canvas:
    """Pixels to draw on. All coordinates are pixels from the left and from the top."""

    def __init__(self, width: int, height: int, background: str) -> None:
        self.width, self.height = width, height
        self._agg = agg(width, height)
        self._flip = Affine2D.from_values(1, 0, 0, -1, 0, height)
        self._clip: Rect | None = None
        self.fill(Rect(0, 0, width, height), background)

    @contextmanager
    def within(self, rect: Rect) -> Iterator[None]:
        """Nothing is drawn outside ``rect`` meanwhile."""
        before, self._clip = self._clip, rect
        try:
            yield
        finally:
            self._clip = before

    def pixels(self) -> NDArray[np.uint8]:
        """The picture as it stands: height x width x RGBA."""
        return np.asarray(self._agg.buffer_rgba())

    def fill(self, rect: Rect, colour: str, opacity: float = 1.0) -> None:
        """Fill one rectangle."""
        self.fill_all(np.array([[rect.left, rect.top, rect.right, rect.bottom]]), colour, opacity)

    def fill_all(self, boxes: Floats, colour: str, opacity: float = 1.0) -> None:
        """Fill n x (left, top, right, bottom) with one colour; where two overlap the paint is not doubled."""
        if len(boxes) == 0:
            return
        vertices = boxes[:, [0, 1, 2, 1, 2, 3, 0, 3, 0, 1]].reshape(-1, 2)
        path = Path(vertices, np.tile(_CORNERS, len(boxes)))
        self._paint(path, colour, opacity)

    def polygon(self, points: Floats, colour: str, opacity: float = 1.0) -> None:
        """Fill a polygon of n x (x, y)."""
        self._paint(_exact(points), colour, opacity)

    def line(self, points: Floats, pen: Pen) -> None:
        """Stroke a line through n x (x, y)."""
        gc = self._context(pen.colour, pen.opacity)
        gc.set_linewidth(pen.width)
        if pen.dashes:
            gc.set_dashes(0, list(pen.dashes))
        gc.set_joinstyle("round")
        gc.set_capstyle("butt")
        self._agg.draw_path(gc, _exact(points), self._flip)
        gc.restore()

    def text(self, x: float, y: float, text: str, face: Face) -> None:
        """Set a plain text with the middle of its capitals at height ``y``."""
        if not text:
            return
        shift = {"left": 0.0, "centre": 0.5, "right": 1.0}[face.align] * width_of(text, face.size, face.bold)
        top = round(y + CAP_HEIGHT * face.size / 2) - baseline_of(face.size)
        self._blend(coverage_of(text, face.size, face.bold), (round(x - shift) - PAD, top), face.colour)

    def _blend(self, coverage: NDArray[np.uint8], at: tuple[int, int], colour: str) -> None:
        """Paint a colour over the pixels from ``at`` on, as far as each is covered."""
        clip = self._clip or Rect(0, 0, self.width, self.height)
        left, top = max(at[0], int(clip.left)), max(at[1], int(clip.top))
        right = min(at[0] + coverage.shape[1], int(clip.right))
        bottom = min(at[1] + coverage.shape[0], int(clip.bottom))
        if left >= right or top >= bottom:
            return
        part = coverage[top - at[1] : bottom - at[1], left - at[0] : right - at[0], None].astype(np.int32)
        under = self.pixels()[top:bottom, left:right, :3]
        ink = np.array([round(channel * 255) for channel in components(colour)], dtype=np.int32)
        under[:] = (under * (255 - part) + ink * part + 127) // 255

    def _paint(self, path: Path, colour: str, opacity: float) -> None:
        gc = self._context(colour, opacity)
        gc.set_linewidth(0)
        self._agg.draw_path(gc, path, self._flip, (*components(colour), opacity))
        gc.restore()

    def _context(self, colour: str, opacity: float) -> Any:
        gc = self._agg.new_gc()
        gc.set_foreground((*components(colour), opacity), isRGBA=True)
        gc.set_alpha(opacity)
        gc.set_antialiased(True)
        gc.set_snap(False)
        if self._clip is not None:
            clip = self._clip
            gc.set_clip_rectangle(
                Bbox.from_extents(clip.left, self.height - clip.bottom, clip.right, self.height - clip.top)
            )
        return gc


def _exact(points: Floats) -> Path:
    """A path that is drawn point by point: left to itself, it reads from rcParams whether to leave some out."""
    path = Path(points, closed=False)
    path.should_simplify = False
    return path
