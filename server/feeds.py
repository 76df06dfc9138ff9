"""The feeds of this server, from the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from execution.clock import Clock
from execution.feeds.registry import Registry
from execution.feeds.replay import Replay
from server.candles import BadCandles, parse_time, read_candles
from server.settings import BadSettings

if TYPE_CHECKING:
    from server.settings import Settings


def feeds_of(settings: Settings) -> Registry:
    """The registry; raises BadSettings where a recording or the replay's start cannot be read."""
    if not settings.replay:
        return Registry(())
    try:
        candles = {name.replace(":", " ", 1): read_candles(path) for name, path in settings.replay.items()}
        start = parse_time(settings.replay_start) if settings.replay_start else None
    except (BadCandles, ValueError) as error:
        msg = f"the replay feed cannot be set up: {error}"
        raise BadSettings(msg) from None
    replay = Replay(candles, start, settings.replay_speed, Clock())
    return Registry(((replay.declaration, replay),))
