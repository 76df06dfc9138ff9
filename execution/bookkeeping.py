"""Bookkeeping: what a run has of its account, and the ledger's rows, from the lines of its logs alone.

An input (a bar, a command, a report) and what comes of it are one turn. A turn that fills something, and every bar on
which something is held, ends with a snapshot, so the rows do not depend on how many lines were written at a time.
"""

from __future__ import annotations

from decimal import Decimal
from functools import reduce
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct
from msgspec.structs import asdict, replace

from execution import entries as say
from execution import ledger
from execution.account import Holding, Limits
from execution.ledger import Ledger
from execution.messages import Traded
from execution.orders import BuySell
from spec import timeframe as tf
from spec.strategy import Side

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from execution.journal import Line
    from execution.orders import Order


class Fill(Struct, frozen=True, tag="fill", tag_field="is"):
    """A part of an order that filled: ``size`` in base currency, ``fee`` in quote currency."""

    time: int
    role: str
    order: str
    trade: str
    side: BuySell
    size: Decimal
    price: float
    fee: float


class Position(Struct, frozen=True, tag="position", tag_field="is"):
    """What is held after a fill, below 0 for a short, at the entry's mean price (0 where nothing is)."""

    time: int
    market: str
    held: Decimal
    price: float


class Closed(Struct, frozen=True, tag="trade", tag_field="is"):
    """A closed portion of a position, its fees taken off ``pnl``."""

    time: int
    side: Side
    entry_time: int
    entry_price: float
    exit_time: int
    exit_price: float
    size: float
    reason: str
    pnl: float


class Snapshot(Struct, frozen=True, tag="equity", tag_field="is"):
    """How a run stands at a price: equity = what it began with + ``realised`` + ``unrealised``, but for rounding.

    ``realised`` is the profit of closed trades, ``unrealised`` the open position's, its entry's fees taken off.
    """

    time: int
    price: float
    held: Decimal
    cash: float
    realised: float
    unrealised: float
    equity: float


Row: TypeAlias = Fill | Position | Closed | Snapshot


class Pending(Struct, frozen=True):
    """An entry that may still fill: the open size, the price that it counts with, and whether it ever arrived."""

    size: Decimal
    price: float
    unknown: bool = False


class Sheet(Struct, frozen=True):
    """A run's own part of its account after its last line.

    ``start`` is what it began with, ``price`` the last one seen, ``realised`` the profit of all its trades and
    ``today`` of those closed on ``day`` (days since 1970 UTC), ``orders`` the times of its last ``most`` new orders.
    ``at`` is the open of the last bar that closed: what fills in a later one is news of the price. ``parts`` are the
    orders that the slices of the last entry in slices became, with its id: it is pending as a whole.
    """

    start: float
    market: str
    ledger: Ledger
    most: int = 0
    price: float = 0.0
    at: int = -1
    realised: float = 0.0
    day: int = 0
    today: float = 0.0
    orders: tuple[int, ...] = ()
    pending: dict[str, Pending] = {}
    parts: dict[str, str] = {}

    @property
    def gain(self) -> float:
        """What the run has made so far, the open position at the last price."""
        return self.ledger.equity(self.price) - self.start

    @property
    def holdings(self) -> tuple[Holding, ...]:
        """What is held, and what an entry that works may still come to, as one position."""
        open_ = abs(float(self.ledger.held)) * self.price
        open_ += sum(float(one.size) * one.price for one in self.pending.values())
        return (Holding(self.market, open_),) if open_ > 0 else ()


def sheet_of(began: say.Began) -> Sheet:
    """The part of a run that begins."""
    most = began.limits.rate.orders if isinstance(began.limits, Limits) and began.limits.rate else 0
    return Sheet(began.terms.equity, began.market, Ledger(began.terms.equity), most)


def after(sheet: Sheet, entry: say.Entry) -> Sheet:
    """The part after a line."""
    match entry:
        case say.Heard(time=time, close=close):
            return replace(sheet, price=close, at=time)
        case say.Ticked(price=price) if not sheet.price:
            return replace(sheet, price=price)
        case say.Placed(time=time) if sheet.most:
            return _entry_order(replace(sheet, orders=(*sheet.orders, time)[-sheet.most :]), entry)
        case say.Filled():
            return _filled(sheet, entry)
        case say.Closed(trade=trade):
            day = trade.exit_time // tf.DAY
            today = trade.pnl + (sheet.today if sheet.day == day else 0.0)
            return replace(sheet, realised=sheet.realised + trade.pnl, day=day, today=today)
        case _:
            return _entry_order(sheet, entry)


def _entry_order(sheet: Sheet, entry: say.Entry) -> Sheet:
    """What an entry that works may still come to; a strategy has one at a time."""
    match entry:
        case say.Sliced(order=order):
            return replace(sheet, pending={order.id: Pending(order.size, _price(sheet, order))}, parts={})
        case say.Placed(role="entry", order=order, of=str(parent)):
            return replace(sheet, parts={**sheet.parts, order.id: parent})
        case say.Placed(role="entry", order=order):
            return replace(sheet, pending={order.id: Pending(order.size, _price(sheet, order))})
        case say.Replaced(role="entry", order=order) if order.id in sheet.pending:
            return _noted(sheet, order.id, price=_price(sheet, order))
        case say.Unanswered(id=name) | say.Accepted(id=name) if name in sheet.pending:
            return _noted(sheet, name, unknown=isinstance(entry, say.Unanswered))
        case say.Missing(id=name) if name in sheet.pending and not sheet.pending[name].unknown:
            return sheet  # another report overtook this one
        case say.Cancelled(id=name) | say.Rejected(id=name) | say.Missing(id=name):
            return replace(sheet, pending={key: one for key, one in sheet.pending.items() if key != name})
        case _:
            return sheet


def _price(sheet: Sheet, order: Order) -> float:
    return sheet.price if order.level is None else float(order.level)


def _noted(sheet: Sheet, name: str, **values: float | bool) -> Sheet:
    return replace(sheet, pending={name: replace(sheet.pending[name], **values)})


def _filled(sheet: Sheet, fill: say.Filled) -> Sheet:
    traded = Traded(fill.id, fill.trade, fill.size, fill.price, fill.fee)
    sheet = replace(sheet, price=fill.price) if fill.time > sheet.at and fill.price else sheet
    if fill.role != "entry":
        return replace(sheet, ledger=ledger.leaving(sheet.ledger, traded, "", fill.time, fill.side)[0])
    side: Side = "long" if fill.side == "buy" else "short"
    pending, name = dict(sheet.pending), sheet.parts.get(fill.id, fill.id)
    if (waits := pending.pop(name, None)) is not None and waits.size > fill.size:
        pending[name] = replace(waits, size=waits.size - fill.size, unknown=False)
    return replace(sheet, ledger=ledger.opening(sheet.ledger, traded, side, fill.time), pending=pending)


def follow(sheet: Sheet, entries: Iterable[say.Entry]) -> tuple[Sheet, tuple[Row, ...]]:
    """The part after lines, whole turns of them, and the ledger's rows that follow from them."""
    rows: list[Row] = []
    for turn in _turns(entries):
        for entry in turn:
            sheet = after(sheet, entry)
            rows += _rows(sheet, entry)
        filled = any(isinstance(entry, say.Filled) for entry in turn)
        if filled or (isinstance(turn[0], say.Heard) and sheet.ledger.held):
            rows.append(_snapshot(sheet, _time(turn[0])))
    return sheet, tuple(rows)


def stood(began: say.Began, lines: Sequence[Line]) -> Sheet:
    """The part after the last of a run's lines: it follows from the last bar, or else a trade, and the order log."""
    seen, sheet = _seen(lines), sheet_of(began)
    orders = map(say.read, (line.text for line in lines if line.log == "order"))
    return reduce(after, orders, sheet if seen is None else after(sheet, seen))


def _seen(lines: Sequence[Line]) -> say.Heard | say.Ticked | None:
    """The last bar, or the first trade where none has closed yet."""
    first: say.Ticked | None = None
    for line in reversed(lines):
        entry = say.read(line.text) if line.log == "strategy" else None
        if isinstance(entry, say.Heard):
            return entry
        first = entry if isinstance(entry, say.Ticked) else first
    return first


def _turns(entries: Iterable[say.Entry]) -> Iterator[list[say.Entry]]:
    turn: list[say.Entry] = []
    for entry in entries:
        if isinstance(entry, say.Input) and turn:
            yield turn
            turn = []
        turn.append(entry)
    if turn:
        yield turn


def _time(entry: say.Entry) -> int:
    return entry.after if isinstance(entry, say.Began) else entry.time


def _rows(sheet: Sheet, entry: say.Entry) -> tuple[Row, ...]:
    match entry:
        case say.Filled():
            fill = Fill(
                entry.time, entry.role, entry.id, entry.trade, entry.side, entry.size, entry.price, entry.fee
            )  # fmt: skip
            held = sheet.ledger.held
            return fill, Position(entry.time, sheet.market, held, sheet.ledger.price if held else 0.0)
        case say.Closed(time=time, trade=trade):
            return (Closed(time, **asdict(trade)),)
        case _:
            return ()


def _snapshot(sheet: Sheet, time: int) -> Snapshot:
    equity = sheet.ledger.equity(sheet.price)
    return Snapshot(
        time=time,
        price=sheet.price,
        held=sheet.ledger.held,
        cash=sheet.ledger.cash,
        realised=sheet.realised,
        unrealised=equity - sheet.start - sheet.realised if sheet.ledger.held else 0.0,
        equity=equity,
    )
