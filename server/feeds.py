"""The feeds of this server, from the settings: recordings first, then the exchanges that are followed live."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec

from execution.clock import Clock
from execution.feeds.exchange.access import Access
from execution.feeds.exchange.feed import Live
from execution.feeds.exchange.terms import Terms
from execution.feeds.registry import Registry
from execution.feeds.replay import Replay
from server.candles import BadCandles, parse_time, read_candles
from server.clock import LONGEST_ID, now
from server.settings import BadSettings

if TYPE_CHECKING:
    from execution.ports import Correction
    from server.settings import Settings
    from server.store.store import Store

LOOK = 2.0  # seconds between looks for corrections


def feeds_of(settings: Settings) -> Registry:
    """The registry; raises BadSettings where a recording cannot be read, or an exchange cannot be reached like that."""
    feeds: list[Replay | Live] = [_replay(settings)] if settings.replay else []
    for name, given in settings.exchanges.items():
        feeds.append(Live(name, access_to(name, given), Terms(), Clock(), now))
    return Registry(tuple((feed.declaration, feed) for feed in feeds))


def access_to(exchange: str, given: dict[str, Any]) -> Access:
    """How an exchange is reached; raises BadSettings."""
    try:
        return msgspec.convert(given, Access)
    except msgspec.ValidationError as error:
        msg = f"exchanges.{exchange} cannot be used: {error}"
        raise BadSettings(msg) from None


async def close_feeds(feeds: Registry) -> None:
    """Let go of the exchanges."""
    for _, feed in feeds.feeds:
        if isinstance(feed, Live):
            await feed.close()


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


def _replay(settings: Settings) -> Replay:
    try:
        candles = {name.replace(":", " ", 1): read_candles(path) for name, path in settings.replay.items()}
        start = parse_time(settings.replay_start) if settings.replay_start else None
    except (BadCandles, ValueError) as error:
        msg = f"the replay feed cannot be set up: {error}"
        raise BadSettings(msg) from None
    return Replay(candles, start, settings.replay_speed, Clock())
