"""How patient a live feed is."""

from __future__ import annotations

from msgspec import Struct

from spec import timeframe as tf


class Terms(Struct, frozen=True):
    """Seconds, unless said otherwise.

    ``audit``: how long a closed bar waits for REST's word before the stream's is taken. ``silence``: how long a
    stream may say nothing before it is dialled again; None: two bars, at least 90 s. ``pauses``: the first and the
    longest wait between tries, doubled from one to the next. ``poll``: how often REST is asked where there is no
    stream. ``settled``: how old a bar without a successor has to be to count as history. ``depth``: bars of history.
    ``tries``: of one request of the history, before the feed fails.
    """

    audit: float = 5.0
    silence: float | None = None
    pauses: tuple[float, float] = (0.5, 60.0)
    poll: float = 15.0
    settled: int = 10
    depth: int = 20_000
    tries: int = 6

    def silence_on(self, timeframe: str) -> float:
        """How long a stream of this timeframe may be silent."""
        return max(2.0 * tf.seconds(timeframe), 90.0) if self.silence is None else self.silence

    def pause(self, tries: int) -> float:
        """The wait after so many tries in vain, one or more."""
        first, longest = self.pauses
        return min(longest, first * 2.0 ** min(tries - 1, 30))
