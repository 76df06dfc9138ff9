"""The registry of feeds: each declared by id, schema, latency class and coverage; who needs a market asks here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct

from execution.ports import Feed, NoFeed, Quotes

if TYPE_CHECKING:
    from spec.market import Market

Schema: TypeAlias = Literal["bars", "ticks", "book_top", "funding", "open_interest"]
BESIDE: tuple[Schema, ...] = ("ticks", "book_top", "funding", "open_interest")  # what ports.Quotes tells
Latency: TypeAlias = Literal["replay", "seconds"]


class Declaration(Struct, frozen=True):
    """What a feed delivers.

    ``schema``: closed bars; the others are told by ports.Quotes.
    ``latency``: how long after its close a bar is told (replay: whenever the replay says).
    ``coverage`` are names of markets (``binance ETH/BTC``), or of exchanges (``binance``) all of whose markets it has.
    """

    id: str
    schema: Schema
    latency: Latency
    coverage: frozenset[str]

    def covers(self, market: Market) -> bool:
        """Whether it has a market."""
        return not self.coverage.isdisjoint((market.name, market.exchange))


class Registry:
    """The feeds of bars in the order of preference, and who tells what is known beside bars."""

    def __init__(
        self, feeds: tuple[tuple[Declaration, Feed], ...], quotes: tuple[tuple[Declaration, Quotes], ...] = ()
    ) -> None:
        self.feeds = feeds
        self.quotes = quotes

    @property
    def declarations(self) -> tuple[Declaration, ...]:
        """What is delivered, bars first."""
        return (*(declared for declared, _ in self.feeds), *(declared for declared, _ in self.quotes))

    @property
    def live(self) -> Registry:
        """The feeds that tell what happens now."""
        return Registry(tuple(one for one in self.feeds if one[0].latency != "replay"), self.quotes)

    def of(self, market: Market) -> tuple[Declaration, Feed]:
        """The first feed that has a market; raises NoFeed."""
        for declaration, feed in self.feeds:
            if declaration.covers(market):
                return declaration, feed
        known = ", ".join(sorted(frozenset().union(*(one.coverage for one, _ in self.feeds)))) or "none"
        msg = f"no feed has {market.name}; the markets that can be followed: {known}"
        raise NoFeed(msg)

    def telling(self, schema: Schema, market: Market) -> Quotes:
        """Who tells this of a market, beside its bars; raises NoFeed."""
        for declaration, quotes in self.quotes:
            if declaration.schema == schema and declaration.covers(market):
                return quotes
        msg = f"no feed tells {schema} of {market.name}; name {market.exchange} in DRAWBRIDGE_EXCHANGES"
        raise NoFeed(msg)
