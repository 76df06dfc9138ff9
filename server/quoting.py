"""Quoting: what an exchange tells of a market at this moment beside its bars."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct

from execution.ports import BookTop, FeedFailed, Funding, NoFeed, OpenInterest

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable

    from execution.feeds.registry import Registry
    from spec.market import Market

T = TypeVar("T")
WAIT = 10.0  # seconds for one answer


class Quoted(Struct, frozen=True):
    """What was told; ``untold`` says of the rest why it is None. Times are UNIX milliseconds UTC."""

    exchange: str
    market: str
    book_top: BookTop | None
    funding: Funding | None
    open_interest: OpenInterest | None
    untold: dict[str, str]


async def quote(feeds: Registry, market: Market) -> Quoted:
    """Ask for everything at once."""
    untold: dict[str, str] = {}
    top, funding, interest = await asyncio.gather(
        _told("book_top", _top(feeds, market), untold),
        _told("funding", _funding(feeds, market), untold),
        _told("open_interest", _open_interest(feeds, market), untold),
    )
    return Quoted(market.exchange, market.symbol, top, funding, interest, untold)


async def _told(name: str, answer: Awaitable[T], untold: dict[str, str]) -> T | None:
    try:
        async with asyncio.timeout(WAIT):
            return await answer
    except TimeoutError:
        untold[name] = f"nothing was told within {WAIT:g} s"
    except (FeedFailed, NoFeed) as error:
        untold[name] = str(error)
    return None


async def _top(feeds: Registry, market: Market) -> BookTop:
    tops: AsyncGenerator[BookTop, None] | Any = feeds.telling("book_top", market).tops(market)
    async with aclosing(tops) as stream:
        return await anext(stream)


async def _funding(feeds: Registry, market: Market) -> Funding:
    return await feeds.telling("funding", market).funding(market)


async def _open_interest(feeds: Registry, market: Market) -> OpenInterest:
    return await feeds.telling("open_interest", market).open_interest(market)
