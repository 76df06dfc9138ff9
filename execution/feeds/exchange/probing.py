"""Probing an exchange: whether it answers, what it has, and how far its clock is from ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from execution.feeds.exchange.access import Access, Client, ask, connect, dismiss
from execution.feeds.registry import BESIDE, Schema

if TYPE_CHECKING:
    from collections.abc import Callable


ABILITIES: dict[Schema, tuple[str, ...]] = {  # in ccxt's ``has``, one of them is enough
    "bars": ("fetchOHLCV",),
    "ticks": ("watchTrades",),
    "book_top": ("watchBidsAsks", "watchOrderBook"),
    "funding": ("fetchFundingRate",),
    "open_interest": ("fetchOpenInterest",),
}


class Probe(Struct, frozen=True):
    """What an exchange answered.

    ``markets``: how many it has; ``news``: how closed bars would be heard (``ws``, ``trades`` or ``rest``); ``skew``:
    its clock less ours in seconds, half the way of the question taken off, None where it tells no time. ``beside``:
    what it tells beside bars, by ccxt's word, as the registry names it.
    """

    markets: int
    news: str
    skew: float | None
    beside: tuple[Schema, ...] = ()


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
        news = next(kind for kind in access.sources if able[kind])
        return Probe(len(markets), news, skew, tuple(schema for schema in BESIDE if _tells(client, schema)))
    finally:
        await dismiss(client)


def _tells(client: Client, schema: Schema) -> bool:
    return any(client.has.get(name) is True for name in ABILITIES[schema])
