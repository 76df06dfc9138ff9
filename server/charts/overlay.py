"""What is laid over the candles beside the drawings themselves: firings, fills, and the look."""

from __future__ import annotations

from msgspec import Struct, field

from server.charts.elements import Fill
from server.charts.themes import ThemeName
from spec.evaluation import Said


class Overlay(Struct, frozen=True):
    """``firings`` is what ``spec.evaluation.evaluate`` gave; texts and colours are by node.

    ``texts`` are the drawings' own words, ``colours`` the drawings' own colours as TradingView writes them; either
    may hold anything at all. ``note`` comes before the notes that follow from the strategy.
    """

    firings: dict[str, Said] = field(default_factory=dict)
    fills: tuple[Fill, ...] = ()
    texts: dict[str, str] = field(default_factory=dict)
    colours: dict[str, str] = field(default_factory=dict)
    note: str = ""
    theme: ThemeName = "dark"


NOTHING = Overlay()
