"""Lettering: text that is safe to draw, its width in pixels, its coverage, and cutting it to a width.

Text may come from a drawing or an alert, so it is hostile: controls, direction overrides, zero-width and combining
characters are taken out before it meets the font, and what the font does not hold is shown as one box.
The font is the DejaVu Sans that matplotlib brings, so that a picture is the same on any machine. Each character is
rasterised once and then set by copying, which is ten times as fast as asking FreeType for every text anew.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.font_manager import FontProperties, get_font

from server.charts.agg import agg

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Coverage = NDArray[np.uint8]

LONGEST = 400  # characters that are looked at; no label has room for more
BOX = "\u25a1"
ELLIPSIS = "\u2026"
MINUS = "\u2212"
PAD = 3  # pixels that a character may reach beyond its own width
_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me"}
_FONTS = Path(mpl.get_data_path()) / "fonts" / "ttf"
_FILES = {False: _FONTS / "DejaVuSans.ttf", True: _FONTS / "DejaVuSans-Bold.ttf"}
_RULER = agg(1, 1)


@cache
def font(size: float, bold: bool) -> FontProperties:  # noqa: FBT001 (part of the cache's key)
    """The font at a size in pixels."""
    return FontProperties(fname=_FILES[bold], size=size)


@cache
def _glyphs() -> frozenset[int]:
    held = [frozenset(get_font(str(path)).get_charmap()) for path in _FILES.values()]
    return held[0] & held[1]


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """The text on one line without anything invisible; a run of characters that the font lacks becomes one box."""
    shown: list[str] = []
    for char in unicodedata.normalize("NFC", text[:LONGEST]):
        if char.isspace():
            shown.append(" ")
        elif unicodedata.category(char) in _DROPPED:
            continue
        elif ord(char) in _glyphs():
            shown.append(char)
        elif not shown or shown[-1] != BOX:
            shown.append(BOX)
    cut = ELLIPSIS if len(text) > LONGEST else ""
    return re.sub(" {2,}", " ", "".join(shown)).strip() + cut


class Glyph(NamedTuple):
    """A rasterised character: its coverage in a box with ``PAD`` free pixels at the left, and its advance."""

    coverage: Coverage
    advance: int


@lru_cache(maxsize=4096)
def width_of(text: str, size: float, bold: bool) -> int:  # noqa: FBT001 (part of the cache's key)
    """Width in pixels of a plain text."""
    if _needs_shaping(text):
        return round(_ruled(text, size, bold=bold))
    return sum(_glyph(char, size, bold).advance for char in text)


@lru_cache(maxsize=1024)
def coverage_of(text: str, size: float, bold: bool) -> Coverage:  # noqa: FBT001 (part of the cache's key)
    """How far each pixel is covered by a plain text, 0 to 255.

    The text begins ``PAD`` pixels from the left, its baseline lies under row ``baseline_of(size)``.
    """
    if _needs_shaping(text):
        return _rasterised(text, size, bold=bold)
    whole = np.zeros((baseline_of(size) + round(size / 2), width_of(text, size, bold) + 2 * PAD), dtype=np.uint8)
    x = 0
    for char in text:
        coverage, advance = _glyph(char, size, bold)
        part = whole[:, x : x + coverage.shape[1]]
        np.maximum(part, coverage[:, : part.shape[1]], out=part)
        x += advance
    return whole


def baseline_of(size: float) -> int:
    """Rows above the baseline in a coverage."""
    return round(size * 1.25)


@cache
def _glyph(char: str, size: float, bold: bool) -> Glyph:  # noqa: FBT001 (part of the cache's key)
    advance = (_ruled(f"|{char * 10}|", size, bold=bold) - _ruled("||", size, bold=bold)) / 10  # spaces count too
    return Glyph(_rasterised(char, size, bold=bold), round(advance))


def _rasterised(text: str, size: float, *, bold: bool) -> Coverage:
    width = round(_ruled(text, size, bold=bold)) + 2 * PAD
    sheet = agg(width, baseline_of(size) + round(size / 2))
    context = sheet.new_gc()
    context.set_foreground((1.0, 1.0, 1.0, 1.0), isRGBA=True)
    sheet.draw_text(context, PAD, baseline_of(size), text, font(size, bold), 0)
    return np.asarray(sheet.buffer_rgba())[:, :, 3].copy()


def _ruled(text: str, size: float, *, bold: bool) -> float:
    return float(_RULER.get_text_width_height_descent(text, font(size, bold), ismath=False)[0])


def _needs_shaping(text: str) -> bool:
    """Whether the text is written from right to left, so that its characters cannot be set one by one."""
    return not text.isascii() and any(unicodedata.bidirectional(char) in {"R", "AL", "AN"} for char in text)


def fitted(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """A plain text cut to ``room`` pixels, an ellipsis saying that it goes on; empty where nothing fits."""
    if width_of(text, size, bold) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if width_of(text[:middle].rstrip() + ELLIPSIS, size, bold) <= room:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + ELLIPSIS if low else ""
