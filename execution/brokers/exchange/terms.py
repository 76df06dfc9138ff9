"""How patient the broker is."""

from __future__ import annotations

from msgspec import Struct


class Terms(Struct, frozen=True):
    """Seconds.

    ``settle``: how long after an order was sent the exchange may still take it up; before that, not finding it means
    nothing (ccxt lets Binance take a request for 10 s after its time). ``compare``: between two comparisons of the
    account, ``poll``: where there is no stream. ``pauses``: the first and the longest wait between tries. ``gone``: how
    long an order that was taken back to be changed may still be said to rest (Bybit acknowledges before it cancels).
    ``fresh``: how long an entry may have waited to be sent.
    """

    settle: float = 15.0
    compare: float = 60.0
    poll: float = 5.0
    gone: float = 5.0
    fresh: float = 10.0
    pauses: tuple[float, float] = (0.25, 15.0)

    def pause(self, tries: int) -> float:
        """The wait after so many tries in vain, one or more."""
        first, longest = self.pauses
        return min(longest, first * 2.0 ** min(tries - 1, 30))
