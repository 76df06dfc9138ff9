"""Probing an exchange: whether it answers, what it has, and how far its clock is from ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from execution.feeds.exchange.access import Access, ask, connect, dismiss

if TYPE_CHECKING:
    from collections.abc import Callable


class Probe(Struct, frozen=True):
    """What an exchange answered.

    ``markets``: how many it has; ``news``: how closed bars would be heard (``ws``, ``trades`` or ``rest``); ``skew``:
    its clock less ours in seconds, half the way of the question taken off, None where it tells no time.
    """

    markets: int
    news: str
    skew: float | None


async def probe(exchange: str, access: Access, now: Callable[[], float]) -> Probe:
    """Ask an exchange once; ``now`` is UNIX seconds. Raises FeedFailed, Unreachable and Unserved."""
    client = connect(exchange, access)
    try:
        markets = await ask(client.load_markets())
        skew = None
        if client.has.get("fetchTime") is True:
            before = now()
            told = await ask(client.fetch_time())
            skew = told / 1000 - (before + now()) / 2
        able = {"ws": client.has.get("watchOHLCV"), "trades": client.has.get("watchTrades"), "rest": True}
        return Probe(len(markets), next(kind for kind in access.sources if able[kind]), skew)
    finally:
        await dismiss(client)
