"""TradingView's symbols and intervals: which market of which exchange is meant, in which timeframe. Never a guess.

A symbol is resolved from tables alone (``interpreters.markets``); that the market exists is checked when a strategy
starts. ``.P`` means a contract, its absence means spot, and a perpetual is never preferred.
"""

from __future__ import annotations

import re

from msgspec import Struct

from interpreters.markets.resolving import MarketCandidate, candidates_of
from interpreters.markets.tickers import NoMarket
from interpreters.markets.venues import REPORT_EVERY_INTERVAL
from interpreters.markets.written import identity, read_symbol

__all__ = ["MarketCandidate", "Resolution", "reports_every_interval", "resolve_symbol", "same_symbol", "timeframe_of"]

DAY = 24 * 60  # minutes
# The counts TradingView writes before each letter.
_COUNTS = {"S": range(1, 60), "D": range(1, 366), "W": range(1, 53), "M": (1, 3, 6, 12)}


class Resolution(Struct, frozen=True):
    """The markets a symbol may mean, likeliest first. ``reason``: one sentence unless there is exactly one."""

    candidates: tuple[MarketCandidate, ...]
    reason: str | None = None


def resolve_symbol(raw: str | None) -> Resolution:
    """The markets that a TradingView symbol may mean. Never raises: what cannot be resolved comes with its reason."""
    if raw is None or not raw.strip():
        return _refused("The drawing carries no symbol")
    try:
        written = read_symbol(raw)
        candidates = candidates_of(written)
    except NoMarket as refusal:
        return _refused(str(refusal))
    if len(candidates) == 1:
        return Resolution(candidates)
    listed = ", ".join(f"{candidate.exchange} {candidate.symbol}" for candidate in candidates)
    why = "may mean" if written.exchange else "names no exchange and may mean"
    return Resolution(candidates, f"{written.name} {why} any of {listed}: choose one.")


def same_symbol(a: str | None, aliases: tuple[str, ...], b: str | None) -> bool:
    """Whether ``b`` is the symbol ``a``, or one of ``aliases``, the further names of ``a``.

    Case, delay suffixes and TradingView's ``={"symbol": ...}`` wrapping do not count, and a name without an exchange
    equals the same ticker on any. An unknown symbol (None or blank) equals nothing, itself included.
    """
    if b is None or not b.strip():
        return False
    wanted = identity(b)
    return any(_equal(identity(name), wanted) for name in (a, *aliases) if name and name.strip())


def timeframe_of(interval: str | None) -> str | None:
    """Our timeframe for a TradingView resolution; None for ticks, ranges and whatever TradingView does not write.

    A bare number is minutes and ``M`` is months (1, 3, 6 or 12). ``5m``, ``5M``, ``1H`` and ``1d`` are not
    TradingView's spelling but people's, to whom M may be minutes: they stay unread.
    """
    match = re.fullmatch(r"([1-9][0-9]{0,3})?([SDWM])?", (interval or "").strip(), re.ASCII)
    if match is None or not match[0]:
        return None
    count, unit = int(match[1] or 1), match[2]
    if unit is None:
        return _of_minutes(count)
    if count not in _COUNTS[unit]:
        return None
    return f"{count}{unit if unit == 'M' else unit.lower()}"


def reports_every_interval(exchange: str) -> bool:
    """Whether this ccxt exchange delivers a bar even for an interval without a trade; False where it is not known."""
    return exchange in REPORT_EVERY_INTERVAL


def _of_minutes(count: int) -> str | None:
    if count >= DAY:
        return "1d" if count == DAY else None
    return f"{count}m" if count % 60 else f"{count // 60}h"


def _refused(why: str) -> Resolution:
    return Resolution((), f"{why}; name the exchange and the market to use another one.")


def _equal(one: tuple[str, str], other: tuple[str, str]) -> bool:
    return one[1] == other[1] and (one[0] == other[0] or not one[0] or not other[0])
