"""Plain rounds: a market entry with a stop and at most one target, played from its signal to its exit at once.

Most rounds of a backtest go one way: the entry fills whole at the next open, the stop and the target rest until the
price meets one of them, and nothing happens in between. For them the answers of the kernels and of the paper broker
are known, so the same decisions, prices and books are taken here without the messages between. Whatever goes another
way (a refusal, an exit node that fires, the end of the data) is left to the kernels; property tests hold both to the
same result, bit for bit.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from execution import account, ledger
from execution.brokers.paper import PaperTerms, taken_at
from execution.brokers.path import Point, first_passage, start
from execution.brokers.terms import NO_BOOK
from execution.desk import to_nobody
from execution.entering import wish
from execution.messages import EntryRefused, Traded
from execution.plan import levels
from execution.rounds import Round
from spec.strategy import AtLine

if TYPE_CHECKING:
    from execution.desk import Desk
    from execution.orders import Order
    from execution.tape import Tape


class Held(NamedTuple):
    """What there is at the close of a bar and of those after it: cash, and what is held of the base currency."""

    row: int
    cash: float
    held: float


class Exit(NamedTuple):
    """Where a round ends: the bar, the price that the path has there, and the order that meets it."""

    row: int
    price: float
    role: str


def is_plain(desk: Desk, tape: Tape) -> bool:
    """Whether rounds of this desk on this tape can be plain: nobody hears its orders, and each fills whole."""
    plan = desk.life.plan
    whole = not plan.shares or (len(plan.shares) == 1 and plan.shares[0] > 1 - 1e-9)
    still = not plan.steps and not any(isinstance(rule, AtLine) for rule in plan.rules)
    heard = desk.tell_order is not to_nobody or tape.entry.hits is not None
    return whole and still and not heard and desk.paper.terms.market == NO_BOOK


def play(desk: Desk, tape: Tape, row: int) -> tuple[Held, ...] | None:
    """Play the round whose entry fires at the close of a bar; None if it is not plain, and no book has changed then.

    The desk is idle and looks for entries.
    """
    plan, at = desk.life.plan, row + 1
    if at >= len(tape):
        return None
    desk.time, price = tape.time(at), tape.bars.open.item(at)
    asked, _ = wish(plan, Round(tape.time(row), bar=desk.time), price, tape.marks(at))
    order = desk.decide(asked)
    if isinstance(order, EntryRefused):
        return None
    entry = taken_at(plan.sign, price, desk.paper.terms, plan.tick)
    asked_at = (asked.stop, *asked.targets)  # of the open, which without slippage is the entry's price
    prices = asked_at if entry == price else levels(plan, tape.marks(at), entry)
    end = _exit(tape, at, plan.sign, [float(one) for one in prices if one is not None])
    return None if end is None else _book(desk, order, (at, entry), end, tape)


def _exit(tape: Tape, row: int, sign: int, prices: list[float]) -> Exit | None:
    """The first meeting of the price with the stop or the target from a bar's open on; None if not before all else."""
    stop, target = prices[0], prices[1] if len(prices) > 1 else sign * math.inf
    falls, rises = (stop, target) if sign > 0 else (target, stop)
    told = tape.exit.next_row(row)
    last = len(tape) if told is None else told
    while (found := tape.touch(row, falls, rises)) is not None and found < last:
        path = tape.path(found)
        at = start(path)
        met = first_passage(path, at, stop, rising=sign < 0), first_passage(path, at, target, rising=sign > 0)
        end = _first(found, *met)
        if end is not None:
            return end
        row = found + 1
    return None


def _first(row: int, stop: Point | None, target: Point | None) -> Exit | None:
    """At one point of the path the worse outcome comes first."""
    if stop is not None and (target is None or stop[:2] <= target[:2]):
        return Exit(row, stop.price, "stop")
    return None if target is None else Exit(row, target.price, "target")


def _book(desk: Desk, order: Order, entered: tuple[int, float], end: Exit, tape: Tape) -> tuple[Held, ...]:
    """Write both fills into the desk's books, as its own are."""
    plan, terms, (row, price) = desk.life.plan, desk.paper.terms, entered
    for _ in range(1 + len(plan.rules)):  # the entry, then its stop and target
        desk.tally = account.ordered(desk.tally, desk.time, desk.bounds.limits.rate)
    fill = Traded(order.id, "entry", order.size, price, _fee(terms, price, order))
    book = ledger.opening(desk.ledger, fill, plan.side, desk.time)
    opened = Held(row, book.cash, float(book.held))
    left = end.price if end.role == "target" else taken_at(-plan.sign, end.price, terms, plan.tick)
    fill = Traded(order.id, "exit", order.size, left, _fee(terms, left, order))
    desk.time = tape.time(end.row)
    desk.ledger, trade = ledger.closing(book, fill, end.role, desk.time)
    desk.trades.append(trade)
    desk.tally = account.closed(desk.tally, trade, desk.ledger.cash)
    desk.rounds += 1
    closed = Held(end.row, desk.ledger.cash, 0.0)
    return (closed,) if end.row == row else (opened, closed)


def _fee(terms: PaperTerms, price: float, order: Order) -> float:
    return terms.fee_rate * abs(price) * float(order.size)
