"""Pictures over HTTP: a strategy as it stands, and the moment of an event as it was evaluated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Response, get
from litestar.params import FromPath, FromQuery

from execution.ports import FeedFailed, NoFeed
from server.access.guards import requires
from server.charts.elements import Deal, Fill
from server.charts.themes import ThemeName
from server.doors.given import TheFeeds, TheGallery, TheSettings, problems
from server.gallery import Wanted
from server.refused import Refused
from server.store.events import EventRow, event_at, of_subject
from server.strategies import artifact_of, strategy_row
from spec import timeframe as tf
from spec.artifact import write
from spec.bars import BadBars, Bars

if TYPE_CHECKING:
    from execution.feeds.registry import Registry
    from server.store.tables import Strategy
    from spec.market import Market
    from spec.strategy import Artifact

PNG = "image/png"
MOST_SEQ = 2**62  # a number every database takes
MOST_BARS = 3_000  # before the moment shown; a strategy's drawings reach back further on no picture


@get(
    "/api/strategies/{strategy_id:str}/chart.png",
    guards=[requires("view")],
    media_type=PNG,
    responses=problems(404, 409),
    tags=["strategies"],
)
async def chart(
    strategy_id: FromPath[str],
    gallery: TheGallery,
    feeds: TheFeeds,
    settings: TheSettings,
    theme: FromQuery[ThemeName | None] = None,
) -> Response[bytes]:
    """A strategy's picture: its drawings on the candles up to now, or up to its last event.

    Any further parameter only tells a browser's cache that another version is another picture.
    """
    row = await strategy_row(strategy_id)
    return await _picture(row, None, gallery, feeds, theme or settings.theme)


@get("/pictures/{seq:int}", guards=[requires("view")], media_type=PNG, include_in_schema=False)
async def moment(
    seq: FromPath[int],
    gallery: TheGallery,
    feeds: TheFeeds,
    settings: TheSettings,
    theme: FromQuery[ThemeName | None] = None,
) -> Response[bytes]:
    """The picture of an event, with nothing on it that came later."""
    event = await event_at(seq) if seq <= MOST_SEQ else None
    if event is None:
        raise Refused(404, f"there is no event {seq}")
    row = await strategy_row(event.subject)
    return await _picture(row, event, gallery, feeds, theme or settings.theme)


async def _picture(row: Strategy, event: EventRow | None, gallery: Any, feeds: Registry, theme: Any) -> Response[bytes]:
    artifact = await artifact_of(row, event.data.get("digest") if event else None)
    market = artifact.strategy.market
    if market is None:
        raise Refused(409, "its market is unknown, so there are no candles to draw it on")
    shown = await of_subject(row.id, before=event.seq + 1 if event else None)
    bars = await _bars(artifact, market, _until(shown, artifact.strategy.timeframe), feeds)
    fills = tuple(fill for fill in map(fill_of, reversed(shown)) if fill is not None)
    png = await gallery.picture(Wanted(write(artifact), bars, fills, theme))
    return Response(png, media_type=PNG, headers={"Cache-Control": "private, max-age=60"})


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


PICTURE_DOORS = [chart, moment]
