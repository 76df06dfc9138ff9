"""Pictures over HTTP: a strategy as it stands, and the moment of an event as it was evaluated."""

from __future__ import annotations

from litestar import Response, get
from litestar.params import FromPath, FromQuery

from server.access.guards import requires
from server.charts.themes import ThemeName
from server.doors.given import TheFeeds, TheGallery, TheSettings, problems
from server.moments import picture_of
from server.refused import Refused
from server.store.events import event_at
from server.strategies import strategy_row

PNG = "image/png"
MOST_SEQ = 2**62  # a number every database takes


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
    return _png(await picture_of(row, None, gallery, feeds, theme or settings.theme))


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
    return _png(await picture_of(row, event, gallery, feeds, theme or settings.theme))


def _png(png: bytes) -> Response[bytes]:
    return Response(png, media_type=PNG, headers={"Cache-Control": "private, max-age=60"})


PICTURE_DOORS = [chart, moment]
