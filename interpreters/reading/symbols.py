"""Symbols as TradingView writes them: a plain name, or ``={"symbol": "NASDAQ:NVDA", "adjustment": "splits"}``."""

from __future__ import annotations

import msgspec

WRAPPED = "="
DEEPEST = 4


def plain_symbol(value: object) -> str | None:
    """The name inside, however often it is wrapped; an expression (``1/FX:USDJPY*TVC:DXY``) comes back as it is."""
    for _ in range(DEEPEST):
        if isinstance(value, dict):
            value = value.get("symbol")
        elif isinstance(value, str) and value.startswith(WRAPPED + "{"):
            value = _unwrapped(value)
        else:
            break
    return value.strip() or None if isinstance(value, str) else None


def _unwrapped(text: str) -> object:
    try:
        return msgspec.json.decode(text[len(WRAPPED) :])
    except (ValueError, RecursionError):
        return text
