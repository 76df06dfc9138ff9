"""The moments of a strategy that can be looked at: as it stands, or as it stood at an event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from execution.ports import FeedFailed, NoFeed
from server.charts.elements import Deal, Fill
from server.gallery import Gallery, Wanted
from server.refused import Refused
from server.store.events import EventRow, of_subject
from server.strategies import artifact_of
from spec import timeframe as tf
from spec.artifact import write
from spec.bars import BadBars, Bars

if TYPE_CHECKING:
    from execution.feeds.registry import Registry
    from server.charts.themes import ThemeName
    from server.store.tables import Strategy
    from spec.market import Market
    from spec.strategy import Artifact

MOST_BARS = 3_000  # before the moment shown; a strategy's drawings reach back further on no picture


async def picture_of(
    row: Strategy, event: EventRow | None, gallery: Gallery, feeds: Registry, theme: ThemeName
) -> bytes:
    """The PNG of a strategy now, or at one of its events with nothing on it that came later.

    Raises Refused (409) where there are no candles to draw it on, and BadArtifact.
    """
    artifact = await artifact_of(row, event.data.get("digest") if event else None)
    market = artifact.strategy.market
    if market is None:
        raise Refused(409, "its market is unknown, so there are no candles to draw it on")
    shown = await of_subject(row.id, before=event.seq + 1 if event else None)
    bars = await _bars(artifact, market, _until(shown, artifact.strategy.timeframe), feeds)
    fills = tuple(fill for fill in map(fill_of, reversed(shown)) if fill is not None)
    return await gallery.picture(Wanted(write(artifact), bars, fills, theme))


def _until(events: list[EventRow], timeframe: str) -> int | None:
    """The end of the latest bar that the events speak of, UNIX seconds; None before the first."""
    times = [event.data["time"] for event in events if isinstance(event.data.get("time"), int)]
    return tf.close_time(max(times), timeframe) if times else None


async def _bars(artifact: Artifact, market: Market, until: int | None, feeds: Registry) -> Bars:
    try:
        _, feed = feeds.of(market)
        now = feed.now(market)
        anchor = artifact.provenance.last_anchor or now
        bars = await feed.history(market, artifact.strategy.timeframe, max(until or now, anchor + 1))
    except (NoFeed, FeedFailed, BadBars) as error:
        raise Refused(409, str(error)) from None
    if not len(bars):
        raise Refused(409, f"the feed has no candles of {market.name} up to that time")
    return bars[-MOST_BARS:]


def fill_of(event: EventRow) -> Fill | None:
    """The fill that an event tells of."""
    data = event.data
    if event.kind != "order.filled" or not isinstance(data.get("price"), int | float):
        return None
    deal: Deal = "sell" if data.get("side") == "sell" else "buy"
    return Fill(int(data["time"]), float(data["price"]), deal, str(data.get("role", "")))
