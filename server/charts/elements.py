"""The parts of a picture, as data: what is drawn at which bar and price, in which colour. Nothing here draws.

A place is (bar index in the scene's bars, price); the index is that of the bar's middle, may have a fraction, and may
lie before the first or after the last bar. Colours are ``#rrggbb``.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from server.charts.themes import ThemeName
from spec.bars import Bars

Place = tuple[float, float]
Places = tuple[Place, ...]
Way = Literal["up", "down", "at"]
Deal = Literal["buy", "sell"]


class Stroke(Struct, frozen=True):
    """A line through places, straight between them on the picture; ``dashed`` where a drawing is extended."""

    places: Places
    colour: str
    dashed: bool = False
    width: float = 1.5


class Area(Struct, frozen=True):
    """What lies between two lines of places, translucent."""

    one: Places
    two: Places
    colour: str
    opacity: float = 0.14


class Label(Struct, frozen=True):
    """Words at the right end of the line ``on``: they may be cut short, the prices after them never are."""

    words: str
    prices: tuple[float, ...]
    on: Places
    colour: str


class Tag(Struct, frozen=True):
    """A price on the axis, on a ground of its colour."""

    price: float
    colour: str


class Mark(Struct, frozen=True):
    """A firing: a small triangle under (up) or over (down) the bar, or a diamond at the price."""

    index: int
    price: float
    way: Way
    colour: str


class Fill(Struct, frozen=True):
    """An executed order: ``time`` in UNIX seconds UTC, ``text`` such as ``long`` or ``stop`` (empty: the deal)."""

    time: int
    price: float
    deal: Deal
    text: str = ""


class Arrow(Struct, frozen=True):
    """A fill on its bar."""

    index: int
    price: float
    deal: Deal
    text: str


class Position(Struct, frozen=True):
    """A trade as TradingView's long and short position tools show it, from bar ``first`` to bar ``last``.

    ``targets`` are (price, share of the position), the nearest first.
    """

    side: Literal["long", "short"]
    first: float
    last: float
    entry: float
    stop: float
    targets: tuple[tuple[float, float], ...] = ()


class Scene(Struct, frozen=True):
    """All that a picture shows.

    ``tick`` is the market's price step, which gives the number of decimals (None: read off the prices).
    ``ahead`` is the number of bars to leave free after the last one, at least. ``log``: the price axis is
    logarithmic. ``note`` is one line in small letters.
    """

    title: str
    bars: Bars
    subtitle: str = ""
    note: str = ""
    strokes: tuple[Stroke, ...] = ()
    areas: tuple[Area, ...] = ()
    labels: tuple[Label, ...] = ()
    tags: tuple[Tag, ...] = ()
    marks: tuple[Mark, ...] = ()
    arrows: tuple[Arrow, ...] = ()
    position: Position | None = None
    tick: float | None = None
    ahead: float = 0.0
    log: bool = False
    theme: ThemeName = "dark"
