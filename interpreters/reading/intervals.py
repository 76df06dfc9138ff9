"""The spelling of intervals: ``5``, ``60``, ``240`` (minutes), ``1D``, ``1W``, ``1M``, ``10S``, ``1T``, ``100R``."""

from __future__ import annotations

import re
from functools import lru_cache

SPELLING = re.compile(r"(\d{0,5})\s*([A-Za-z]?)")
MINUTES_IN_HOUR = 60
MONTHS_IN_YEAR = 12


def normal_interval(value: object) -> str | None:
    """The interval in TradingView's own spelling (``D`` -> ``1D``, ``4H`` -> ``240``, ``15m`` -> ``15``), else None."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 100_000:
        return str(value)
    return _spelled(value) if isinstance(value, str) and len(value) < 16 else None


@lru_cache(maxsize=256)
def _spelled(value: str) -> str | None:
    match = SPELLING.fullmatch(value.strip())
    if match is None or not match.group():
        return None
    count, unit = int(match[1] or 1), match[2]
    return _named(count, unit) if count else None


def _named(count: int, unit: str) -> str | None:
    match unit:
        case "" | "m":  # TradingView's own month is a capital M; other exporters write minutes as m
            return str(count)
        case "H" | "h":
            return str(count * MINUTES_IN_HOUR)
        case "M":
            return f"{count}M"
        case "Y" | "y":
            return f"{count * MONTHS_IN_YEAR}M"
        case "D" | "d" | "W" | "w" | "S" | "s" | "T" | "t" | "R" | "r":
            return f"{count}{unit.upper()}"
        case _:
            return None
