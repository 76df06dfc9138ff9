"""What the lines of a run's two logs say: what went in, what came of it, one frozen fact a line.

``Began``, ``Heard``, ``Ticked``, ``Missed``, ``Told``, ``Known``, ``Reported`` and ``Stood`` are inputs: the same ones
give every other line again. Times are the open of a bar, UNIX seconds UTC; sizes and order prices decimals (text in
JSON), prices that were seen or filled floats.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Literal, TypeAlias, assert_never

import msgspec
from msgspec import UNSET, Struct, UnsetType

from execution.account import Account, Limits
from execution.brokers.paper import PaperTerms
from execution.ledger import Trade
from execution.messages import Report, Standing
from execution.orders import BuySell, Order, Slice
from execution.ports import Word

if TYPE_CHECKING:
    from execution.journal import Log


class History(Struct, frozen=True):
    """The bars before a run, pinned: how many, the first one's open, the last one's end, sha256 of the columns."""

    bars: int
    first: int
    end: int
    sha256: str


class Began(Struct, frozen=True, tag="began", tag_field="is"):
    """The first line of both logs: what runs, on which bars, from when on (``after``: the end of the history)."""

    strategy: str
    digest: str
    feed: str
    market: str
    timeframe: str
    after: int
    history: History
    terms: PaperTerms
    format: Literal[1] = 1
    limits: Limits | UnsetType = UNSET
    account: str | UnsetType = UNSET  # that trades; unset: on paper
    paper: str | UnsetType = UNSET  # the account on paper; unset: the one that needs no name
    live: int | UnsetType = UNSET  # the rules of trading at an exchange (live_runner.RULES); unset: earlier ones


class Heard(Struct, frozen=True, tag="heard", tag_field="is"):
    """A closed bar."""

    time: int
    open: float
    high: float
    low: float
    close: float
    volume: float


class Ticked(Struct, frozen=True, tag="ticked", tag_field="is"):
    """A trade in the bar that opened at ``time``, the first of it or one that something can come of.

    ``at`` in UNIX milliseconds UTC, ``amount`` in base units.
    """

    time: int
    at: int
    price: float
    amount: float
    late: int | UnsetType = UNSET  # seconds since it happened, where that was too long to enter on it


class Missed(Struct, frozen=True, tag="missed", tag_field="is"):
    """The trades heard are not all of the bar that opened at ``time``, said before the bar itself.

    ``low``, ``high`` and ``last`` are those of the trades that were heard; None: there were none.
    """

    time: int
    low: float | None = None
    high: float | None = None
    last: float | None = None


class Told(Struct, frozen=True, tag="told", tag_field="is"):
    """A command, given after the bar that opened at ``time``."""

    time: int
    word: Word


class Known(Struct, frozen=True, tag="known", tag_field="is"):
    """How the rest of the account stands, as the run was told after the bar that opened at ``time``."""

    time: int
    account: Account


class Reported(Struct, frozen=True, tag="reported", tag_field="is"):
    """The broker's word on an order, written before it counts."""

    time: int
    report: Report


class Stood(Struct, frozen=True, tag="stood", tag_field="is"):
    """How the account stood when it was first compared, and whenever it differed."""

    time: int
    standing: Standing


class Differed(Struct, frozen=True, tag="differed", tag_field="is"):
    """The account is not as the run left it: nothing is entered until a person says resume."""

    time: int
    what: str


class Fired(Struct, frozen=True, tag="fired", tag_field="is"):
    """A node fired, or a state began to hold, on its own bar that opened at ``time``.

    ``role`` is entry, exit, watch, or None for a node that others read; ``value`` is the line's, None without one.
    ``resting`` says that it happened while the run was paused.
    """

    node: str
    kind: str
    event: str
    time: int
    price: float
    value: float | None
    role: Literal["entry", "exit", "watch"] | None
    resting: bool = False


class Moved(Struct, frozen=True, tag="moved", tag_field="is"):
    """The strategy's life is in another state after a bar, or after a command, than before it."""

    time: int
    before: str
    after: str


class Noted(Struct, frozen=True, tag="noted", tag_field="is"):
    """Something a person should be able to read later."""

    time: int
    text: str


class Ended(Struct, frozen=True, tag="ended", tag_field="is"):
    """The last line of a strategy log; ``fault``: whose it is that it did not end as asked."""

    time: int
    reason: str
    fault: Literal["strategy", "feed"] | None = None


class Sliced(Struct, frozen=True, tag="sliced", tag_field="is"):
    """An entry is sent in slices, each as an order of its own; what ends it early is told of this order's id."""

    time: int
    role: str
    order: Order
    slices: tuple[Slice, ...]


class Placed(Struct, frozen=True, tag="placed", tag_field="is"):
    """An order was sent; ``of``: it is a slice of that one."""

    time: int
    role: str
    order: Order
    of: str | UnsetType = UNSET


class Replaced(Struct, frozen=True, tag="replaced", tag_field="is"):
    """A working order was given another level or size."""

    time: int
    role: str
    order: Order


class Withdrawn(Struct, frozen=True, tag="withdrawn", tag_field="is"):
    """A working order was asked back."""

    time: int
    role: str
    id: str


class Accepted(Struct, frozen=True, tag="accepted", tag_field="is"):
    """The broker has the order as last asked for."""

    time: int
    role: str
    id: str


class Filled(Struct, frozen=True, tag="filled", tag_field="is"):
    """A part of an order, or all of it, was filled; ``fee`` in quote currency, ``other_fees`` in others by name."""

    time: int
    role: str
    id: str
    trade: str
    side: BuySell
    size: Decimal
    price: float
    fee: float
    other_fees: dict[str, Decimal] | UnsetType = UNSET


class Cancelled(Struct, frozen=True, tag="cancelled", tag_field="is"):
    """Nothing more of the order will fill."""

    time: int
    role: str
    id: str
    reason: str


class Rejected(Struct, frozen=True, tag="rejected", tag_field="is"):
    """The broker never took the order."""

    time: int
    role: str
    id: str
    reason: str


class Queried(Struct, frozen=True, tag="queried", tag_field="is"):
    """The broker was asked how an order stands."""

    time: int
    role: str
    id: str


class Unanswered(Struct, frozen=True, tag="unanswered", tag_field="is"):
    """A request of an order got no answer in time: how it stands is unknown."""

    time: int
    role: str
    id: str


class Missing(Struct, frozen=True, tag="missing", tag_field="is"):
    """The exchange never had the order."""

    time: int
    role: str
    id: str


class Refused(Struct, frozen=True, tag="refused", tag_field="is"):
    """Risk let no order be sent for an entry; ``rule`` is written where one of the account's limits refused it."""

    time: int
    id: str
    reason: str
    rule: str | UnsetType = UNSET


class Closed(Struct, frozen=True, tag="closed", tag_field="is"):
    """A portion of a position was closed, with its profit."""

    time: int
    trade: Trade


Input: TypeAlias = Heard | Ticked | Missed | Told | Known | Reported | Stood
StrategyEntry: TypeAlias = Began | Input | Differed | Fired | Moved | Noted | Ended
OrderRequest: TypeAlias = Sliced | Placed | Replaced | Withdrawn | Queried
OrderReport: TypeAlias = Accepted | Filled | Cancelled | Rejected | Unanswered | Missing
OrderEntry: TypeAlias = OrderRequest | OrderReport | Refused | Closed
Entry: TypeAlias = StrategyEntry | OrderEntry

_ENCODER = msgspec.json.Encoder()
_DECODER: msgspec.json.Decoder[Entry] = msgspec.json.Decoder(Entry)


def log_of(entry: Entry) -> Log:
    """Which log a line belongs to; the first line stands in both."""
    match entry:
        case Began() | Heard() | Ticked() | Missed() | Told() | Known() | Fired() | Moved() | Noted() | Ended():
            return "strategy"
        case Reported() | Stood() | Differed():
            return "strategy"
        case Sliced() | Placed() | Replaced() | Withdrawn() | Queried() | Refused() | Closed():
            return "order"
        case Accepted() | Filled() | Cancelled() | Rejected() | Unanswered() | Missing():
            return "order"
        case _:
            assert_never(entry)


def text_of(entry: Entry) -> str:
    """The line's JSON."""
    return _ENCODER.encode(entry).decode()


def read(text: str) -> Entry:
    """What a line says; raises msgspec.ValidationError for one of another make."""
    return _DECODER.decode(text)
