"""The tick feed: the bars of a feed as they are, and beside them its trades, followed once for all runs of a market.

The trades of a market are followed while a run has a seat. Where they cannot be had, bars alone tell the runs, and each
bar is marked as approximate.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from execution.feeds.seats import Room
from execution.ports import FeedFailed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from execution.feeds.seats import Seat
    from execution.ports import Correction, Feed, Health, Quotes
    from spec.bars import Bars
    from spec.market import Market


class Waiting(Struct, frozen=True):
    """Trades wait to be taken."""


class Place:
    """A seat that can be waited at."""

    def __init__(self, room: Room) -> None:
        self._news = asyncio.Event()
        self.seat: Seat = room.sit(self._news.set)

    async def get(self) -> Waiting:
        """Once there are trades that wait; they stay where they are, so that they can be taken before a bar."""
        while not self.seat.waiting:
            self._news.clear()
            await self._news.wait()
        return Waiting()


class Followed:
    """The trades of one market, handed to the rooms of its timeframes; some may have been heard and then no more."""

    def __init__(self, market: Market, quotes: Quotes, before: Followed | None = None) -> None:
        self.rooms: dict[str, Room] = {} if before is None else before.rooms
        self._whole = before is None
        self.trouble: str | None = None
        self.task = asyncio.create_task(self._follow(market, quotes), name=f"trades of {market.name}")

    async def _follow(self, market: Market, quotes: Quotes) -> None:
        try:
            async for told in quotes.ticks(market):
                for at, tick in enumerate(told.ticks):
                    for room in self.rooms.values():
                        room.tell(tick, complete=(told.complete and self._whole) or at > 0)
                    self._whole = True
        except FeedFailed as error:
            self.trouble = str(error)


class TickFeed:
    """ports.Feed of another feed, with seats beside; ``on_trouble`` hears why trades could not be followed."""

    def __init__(self, feed: Feed, quotes: Quotes, on_trouble: Callable[[str], None]) -> None:
        self._feed = feed
        self._quotes = quotes
        self._on_trouble = on_trouble
        self._followed: dict[str, Followed] = {}

    def sit(self, market: Market, timeframe: str) -> Place:
        """A place for a run; its market's trades are followed from now on, also where they could not be before."""
        followed = self._followed.get(market.name)
        if followed is None or followed.task.done():
            followed = self._followed[market.name] = Followed(market, self._quotes, followed)
            followed.task.add_done_callback(partial(self._end, followed))
        return Place(followed.rooms.setdefault(timeframe, Room(timeframe)))

    def _end(self, followed: Followed, _: asyncio.Task[None]) -> None:
        error = None if followed.task.cancelled() else followed.task.exception()
        why = followed.trouble if error is None else f"the program failed ({type(error).__name__}: {error})"
        if why is not None:
            self._on_trouble(why)

    async def leave(self, market: Market, place: Place) -> None:
        """A run has ended; the last one of a market ends its trades."""
        room = place.seat.room
        room.leave(place.seat)
        followed = self._followed[market.name]
        if len(room) == 0 and followed.rooms.get(room.timeframe) is room:
            del followed.rooms[room.timeframe]
        if not followed.rooms and self._followed.get(market.name) is followed:
            del self._followed[market.name]
            followed.task.cancel()
            await asyncio.wait([followed.task])

    def now(self, market: Market) -> int:
        """As the feed says."""
        return self._feed.now(market)

    async def history(self, market: Market, timeframe: str, until: int) -> Bars:
        """As the feed says."""
        return await self._feed.history(market, timeframe, until)

    def bars(self, market: Market, timeframe: str, after: int) -> AsyncIterator[Bars]:
        """As the feed says."""
        return self._feed.bars(market, timeframe, after)

    def health(self) -> tuple[Health, ...]:
        """As the feed says."""
        return self._feed.health()

    def corrections(self) -> tuple[Correction, ...]:
        """As the feed says."""
        return self._feed.corrections()
