"""The feeds of this server, from the settings: recordings first, then the exchanges that are followed live."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from execution.clock import Clock
from execution.feeds.exchange.access import Access
from execution.feeds.exchange.feed import Live
from execution.feeds.exchange.terms import Terms
from execution.feeds.registry import Registry
from execution.feeds.replay import Replay
from execution.feeds.tick_feed import TickFeed
from server.candles import BadCandles, parse_time, read_candles
from server.clock import LONGEST_ID, now
from server.logs import logger
from server.settings import BadSettings

if TYPE_CHECKING:
    from execution.feeds.registry import Declaration
    from execution.ports import Correction, Feed, Quotes
    from server.settings import Settings
    from server.store.store import Store

LOOK = 2.0  # seconds between looks for corrections


def accesses_of(settings: Settings) -> dict[str, Access]:
    """How each exchange that is followed live is reached; raises BadSettings."""
    try:
        return msgspec.convert(settings.exchanges, dict[str, Access])
    except msgspec.ValidationError as error:
        msg = f"the setting DRAWBRIDGE_EXCHANGES cannot be used: {error}"
        raise BadSettings(msg) from None


def feeds_of(settings: Settings) -> Registry:
    """The registry, replays first; raises BadSettings where a setting cannot be used, or a recording not be read."""
    lives = [Live(name, access, Terms(), Clock(), now) for name, access in accesses_of(settings).items()]
    return Registry((*_replays(settings), *((one.declaration, one) for one in lives)), _beside(lives))


def one_exchange(settings: Settings, exchange: str) -> Registry:
    """An exchange alone, for one look: as the settings reach it, or plainly where they do not name it.

    Raises BadSettings.
    """
    access = accesses_of(settings).get(exchange, Access())
    live = Live(exchange, access, Terms(tries=2), Clock(), now)
    return Registry(((live.declaration, live),), _beside([live]))


def _beside(lives: list[Live]) -> tuple[tuple[Declaration, Quotes], ...]:
    return tuple((declared, one.quotes) for one in lives for declared in one.beside)


async def close_feeds(feeds: Registry) -> None:
    """Let go of the exchanges."""
    for _, feed in feeds.feeds:
        if isinstance(feed, Live):
            await feed.close()


def with_trades(feeds: Registry) -> Registry:
    """The feeds with their trades beside the bars, where an exchange tells them: for runs that decide within a bar."""
    return Registry(tuple((declared, _with_trades(declared, feed)) for declared, feed in feeds.feeds), feeds.quotes)


def _with_trades(declared: Declaration, feed: Feed) -> Feed:
    if not isinstance(feed, Live):
        return feed

    def tell(why: str) -> None:
        logger().warning("trades are not told: bars alone decide", feed=declared.id, reason=why)

    return TickFeed(feed, feed.quotes, tell)


async def tell_corrections(store: Store, feeds: Registry) -> None:
    """Write every correction of a bar that was handed on into the event log, for ever."""
    told: set[Correction] = set()
    while True:
        found = {one for _, feed in feeds.feeds for one in feed.corrections()}
        if fresh := found - told:
            async with store.write() as work:
                for one in sorted(fresh, key=lambda one: (one.time, one.market, one.timeframe)):
                    work.record("feed.corrected", one.market[:LONGEST_ID], msgspec.to_builtins(one))
        told = found  # those that are no longer remembered do not come again
        await asyncio.sleep(LOOK)


def _replays(settings: Settings) -> tuple[tuple[Declaration, Feed], ...]:
    if not settings.replay:
        return ()
    try:
        candles = {name.replace(":", " ", 1): read_candles(path) for name, path in settings.replay.items()}
        start = parse_time(settings.replay_start) if settings.replay_start else None
    except (BadCandles, ValueError) as error:
        msg = f"the replay feed cannot be set up: {error}"
        raise BadSettings(msg) from None
    replay = Replay(candles, start, settings.replay_speed, Clock())
    return ((replay.declaration, replay),)
