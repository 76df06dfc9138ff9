"""Charts of markets without a strategy: for who asks in a chat, and beside an alert."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from execution.ports import FeedFailed, NoFeed
from interpreters.symbols import resolve_symbol
from server.refused import Refused
from spec import timeframe as tf
from spec.bars import BadBars
from spec.market import Market

if TYPE_CHECKING:
    from execution.feeds.registry import Registry
    from server.charts.themes import ThemeName
    from server.gallery import Gallery
    from spec.bars import Bars

MOST_BARS = 300


def draw(market: Market, bars: Bars, theme: ThemeName) -> bytes:
    """Draw a market's last candles; runs in a process of the pool."""
    from server.pictures import of_market  # noqa: PLC0415 - the drawing library belongs to this process only

    return of_market(market, bars, theme)


def market_of(symbol: str) -> Market:
    """The one market that somebody means, as TradingView or as we write it (``binance ETH/BTC``); raises Refused."""
    match symbol.split():
        case [exchange, name]:
            form = {"exchange": exchange.lower(), "symbol": name.upper(), "type": "swap" if ":" in name else "spot"}
        case _:
            found = resolve_symbol(symbol)
            if len(found.candidates) != 1:
                raise Refused(422, found.reason or f"{symbol[:60]!r} is no market")
            one = found.candidates[0]
            form = {"exchange": one.exchange, "symbol": one.symbol, "type": one.type}
    try:
        return msgspec.convert(form, Market)
    except msgspec.ValidationError:
        raise Refused(422, f"{symbol[:60]!r} is no market; write it like binance ETH/BTC") from None


async def chart_of(market: Market, timeframe: str, gallery: Gallery, feeds: Registry, theme: ThemeName) -> bytes:
    """A market's chart now, as a PNG; raises Refused (409) where no feed has it."""
    try:
        _, feed = feeds.of(market)
        bars = (await feed.history(market, timeframe, feed.now(market)))[-MOST_BARS:]
    except (NoFeed, FeedFailed, BadBars) as error:
        raise Refused(409, str(error)) from None
    if not len(bars):
        raise Refused(409, f"the feed has no candles of {market.name} yet")
    return await gallery.beside(draw, market, bars, theme)


def timeframe_named(text: str) -> str:
    """A timeframe as we write it; raises Refused."""
    try:
        tf.parse(text)
    except ValueError:
        raise Refused(422, f"{text[:20]!r} is no timeframe; write it like 5m, 4h or 1d") from None
    return text
