"""The replay feed: recorded candles as if they happened now, some bars a second or as fast as they are taken.

Each run hears the recording from the same moment on, whenever it begins, and goes on after its last bar when it is
resumed: so two runs over the same recording are alike to the byte. It ends with the recording.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from execution.feeds.registry import Declaration
from execution.ports import Clock, FeedFailed
from spec import timeframe as tf
from spec.bars import BadBars, Bars, resample

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from numpy.typing import NDArray

    from execution.ports import Correction, Health
    from spec.market import Market

ID = "replay"
AT_ONCE = 256  # bars handed over in one run where there is no speed
SHORTEST_PAUSE = 0.02  # seconds; bars due within it are handed over together


class Replay:
    """Candles by the market's name (``binance ETH/BTC``), from the moment ``start`` (UNIX seconds UTC; None: all) on.

    ``speed`` is in bars of the recording a second, so that all timeframes pass alike; None: without waiting.
    """

    def __init__(self, candles: Mapping[str, Bars], start: int | None, speed: float | None, clock: Clock) -> None:
        self._candles = dict(candles)
        self._start = start
        self._speed = speed
        self._clock = clock
        self._made: dict[tuple[str, str], Bars] = {}

    @property
    def declaration(self) -> Declaration:
        """For the registry."""
        return Declaration(ID, "bars", "replay", frozenset(self._candles))

    def now(self, market: Market) -> int:
        """Where the replay starts."""
        return int(self._recorded(market).time[0]) if self._start is None else self._start

    async def history(self, market: Market, timeframe: str, until: int) -> Bars:
        """The recording as far as ``until``; raises FeedFailed for a timeframe that it cannot be made into."""
        bars = self._bars(market, timeframe)
        return bars[: _ended(bars, until)]

    async def bars(self, market: Market, timeframe: str, after: int) -> AsyncIterator[Bars]:
        """The rest of the recording, each bar when it is due; raises FeedFailed as ``history`` does."""
        bars = self._bars(market, timeframe)
        at, begun = _ended(bars, after), self._clock.now()
        while at < len(bars):
            ahead = bars.time[at : at + AT_ONCE]
            due = self._due(market, tf.close_times(ahead, timeframe) - after)
            await self._clock.sleep(max(0.0, due[0] - (self._clock.now() - begun)))
            passed = self._clock.now() - begun + SHORTEST_PAUSE
            until = at + max(1, int(np.searchsorted(due, passed, side="right")))
            yield bars[at:until]
            at = until

    def health(self) -> tuple[Health, ...]:
        """Nothing: a recording does not fail."""
        return ()

    def corrections(self) -> tuple[Correction, ...]:
        """Nothing: a recording stays as it is."""
        return ()

    def _due(self, market: Market, market_seconds: NDArray[np.int64]) -> NDArray[np.float64]:
        """Seconds after which so many seconds of the market have passed."""
        if self._speed is None:
            return np.zeros(len(market_seconds))
        return market_seconds / (self._speed * tf.seconds(self._recorded(market).timeframe))

    def _recorded(self, market: Market) -> Bars:
        if market.name not in self._candles:
            msg = f"the replay has no candles of {market.name}"
            raise FeedFailed(msg)
        return self._candles[market.name]

    def _bars(self, market: Market, timeframe: str) -> Bars:
        key = (market.name, timeframe)
        if key not in self._made:
            try:
                self._made[key] = resample(self._recorded(market), timeframe)
            except BadBars as error:
                msg = f"the replay cannot serve {market.name} on {timeframe}: {error}"
                raise FeedFailed(msg) from None
        return self._made[key]


def _ended(bars: Bars, until: int) -> int:
    """How many of the bars ended at or before a moment."""
    return int(np.searchsorted(tf.close_times(bars.time, bars.timeframe), until, side="right"))
