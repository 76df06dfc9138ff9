"""The scene of a market without a strategy: its last candles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.charts.elements import Scene
from server.charts.framing import window
from spec.bars import check

if TYPE_CHECKING:
    from server.charts.themes import ThemeName
    from spec.bars import Bars
    from spec.market import Market


def market_scene(market: Market, bars: Bars, theme: ThemeName) -> Scene:
    """The last candles of a market, at least one; raises spec.bars.BadBars."""
    check(bars)
    first, last = window(len(bars), [], [])
    title = " \u00b7 ".join([market.symbol, bars.timeframe, market.exchange.upper()])
    return Scene(title=title, subtitle="", bars=bars[first : last + 1], tick=market.tick_size, log=False, theme=theme)
