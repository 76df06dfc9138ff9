"""The registry of feeds: each declared by id, schema, latency class and coverage; who needs a market asks here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct

from execution.ports import Feed, NoFeed

if TYPE_CHECKING:
    from spec.market import Market

Schema: TypeAlias = Literal["bars", "ticks", "book_top", "funding", "open_interest"]
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


class Registry:
    """The feeds in the order of preference."""

    def __init__(self, feeds: tuple[tuple[Declaration, Feed], ...]) -> None:
        self.feeds = feeds

    @property
    def declarations(self) -> tuple[Declaration, ...]:
        """What each feed delivers."""
        return tuple(declaration for declaration, _ in self.feeds)

    @property
    def live(self) -> Registry:
        """The feeds that tell what happens now."""
        return Registry(tuple(one for one in self.feeds if one[0].latency != "replay"))

    def of(self, market: Market) -> tuple[Declaration, Feed]:
        """The first feed that has a market; raises NoFeed."""
        for declaration, feed in self.feeds:
            if not declaration.coverage.isdisjoint((market.name, market.exchange)):
                return declaration, feed
        known = ", ".join(sorted(frozenset().union(*(one.coverage for one in self.declarations)))) or "none"
        msg = f"no feed has {market.name}; the markets that can be followed: {known}"
        raise NoFeed(msg)
