"""The ports: what a run needs of the world, each in a few methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from execution.account import Account
    from execution.journal import Line
    from execution.messages import Following, FromBroker, Request
    from spec.bars import Bars
    from spec.market import Market

# ``late`` and ``current`` come of the clock: the bars that follow are too old to enter on, or are not any more.
Word: TypeAlias = Literal["pause", "resume", "stop", "kill", "clear", "finish", "late", "current", "leave"]


class NoFeed(LookupError):
    """No feed has this market: one sentence says which ones there are."""


class FeedFailed(RuntimeError):
    """A feed cannot go on: one sentence says why."""


class Health(Struct, frozen=True):
    """How one followed line of bars stands.

    ``source``: a stream of candles, bars built from trades, or REST asked again and again. ``last_bar`` is the open
    of the last bar handed on (UNIX seconds UTC, 0 before the first), ``lag`` how many seconds after its close that was.
    ``healed``: bars that the source lost or told wrongly and REST put right. ``unaudited``: bars handed on without
    REST's word. ``trouble`` is the last failure that is not over yet.
    """

    market: str
    timeframe: str
    source: Literal["ws", "trades", "rest"]
    last_bar: int = 0
    lag: float = 0.0
    healed: int = 0
    unaudited: int = 0
    reconnects: int = 0
    corrections: int = 0
    trouble: str | None = None


class Correction(Struct, frozen=True):
    """A bar that was handed on and stands otherwise in the exchange's record now; what was handed on stays.

    ``was`` and ``now`` are open, high, low, close and volume; None: no bar. ``time`` is the open, UNIX seconds UTC.
    """

    market: str
    timeframe: str
    time: int
    was: tuple[float, float, float, float, float] | None
    now: tuple[float, float, float, float, float] | None


class BrokerFailed(RuntimeError):
    """A broker cannot go on: one sentence says why."""


class Feed(Protocol):
    """Closed bars of markets, in time order, each once. Times are UNIX seconds UTC. Raises FeedFailed."""

    def now(self, market: Market) -> int:
        """The end of the history of a run that begins now."""
        ...

    async def history(self, market: Market, timeframe: str, until: int) -> Bars:
        """The bars that ended at or before ``until``, as far back as the feed knows them; may be empty."""
        ...

    def bars(self, market: Market, timeframe: str, after: int) -> AsyncIterator[Bars]:
        """The bars that end after ``after``, in runs of one or more, as they close; it ends where the feed does."""
        ...

    def health(self) -> tuple[Health, ...]:
        """How each line of bars that is followed now stands."""
        ...

    def corrections(self) -> tuple[Correction, ...]:
        """The latest corrections of bars handed on, oldest first."""
        ...


class Tick(Struct, frozen=True):
    """One public trade: ``time`` in UNIX milliseconds UTC, ``amount`` in base units, ``id`` the exchange's."""

    time: int
    price: float
    amount: float
    id: str = ""
    side: str | None = None


class Ticks(Struct, frozen=True):
    """Trades in the order they were told, each once; not ``complete``: others may be missing before them."""

    ticks: tuple[Tick, ...]
    complete: bool


class BookTop(Struct, frozen=True):
    """The best bid and ask with their sizes in base units; ``time`` in UNIX milliseconds UTC, None where untold."""

    time: int | None
    bid: float
    bid_size: float | None
    ask: float
    ask_size: float | None


class Funding(Struct, frozen=True):
    """The rate that longs pay to shorts at ``due`` (UNIX milliseconds UTC): 0.0001 is 1 bp of the position."""

    time: int | None
    rate: float
    due: int | None


class OpenInterest(Struct, frozen=True):
    """Contracts that are open, in base units and in the quote currency, whichever is told; ``time`` as in Funding."""

    time: int | None
    amount: float | None
    value: float | None


class Quotes(Protocol):
    """What an exchange tells of a market beside its bars. Raises FeedFailed, also where it does not tell it."""

    def ticks(self, market: Market) -> AsyncIterator[Ticks]:
        """Trades from now on."""
        ...

    def tops(self, market: Market) -> AsyncIterator[BookTop]:
        """The top of the order book, whenever it changes."""
        ...

    async def funding(self, market: Market) -> Funding:
        """The funding rate at this moment."""
        ...

    async def open_interest(self, market: Market) -> OpenInterest:
        """The open interest as last told."""
        ...


class Journal(Protocol):
    """A run's two logs."""

    async def read(self) -> tuple[Line, ...]:
        """All lines, each log's in order."""
        ...

    async def history(self) -> Bars | None:
        """The bars before the run, as they were when it began; None where they were not kept. Raises BrokenChain."""
        ...

    async def append(self, lines: tuple[Line, ...], heard: int | None = None) -> None:
        """Add all of the lines or none; ``heard`` is the number of the command that they answer.

        What they come to is seen by the other runs of the account before anything is waited for.
        """
        ...

    def rest(self, age: int) -> Account:
        """How the rest of the account stands now; ``age``: seconds since the close, or trade, that is to be heard."""
        ...


class Commands(Protocol):
    """What a person, or the kill switch, says to a run."""

    async def get(self) -> tuple[int, Word]:
        """The next command, once there is one: its number, which rises, and its word."""
        ...


class Broker(Protocol):
    """The orders of one run at an exchange. Nothing that is sent is answered at once. Raises BrokerFailed."""

    async def follow(self, following: Following) -> None:
        """Begin, or begin anew: from here on the account is compared with what is known."""
        ...

    async def send(self, requests: tuple[Request, ...]) -> None:
        """Ask for something, in this order; it may be lost."""
        ...

    async def get(self) -> FromBroker:
        """The next that is told, once there is something."""
        ...


class Clock(Protocol):
    """Time that passes; only its differences mean something."""

    def now(self) -> float:
        """Seconds."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return once so many seconds have passed."""
        ...
