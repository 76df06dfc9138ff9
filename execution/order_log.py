"""The order log: each message between a desk and its broker as a line, and each trade that came of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, assert_never

from msgspec import UNSET

from execution import entries as say
from execution import messages as msg
from execution.orders import BuySell
from execution.tick_desk import TickDesk

if TYPE_CHECKING:
    from execution.brokers.paper import PaperTerms
    from execution.orders import Order
    from execution.plan import Plan
    from execution.risk import Bounds

Message: TypeAlias = msg.ToBroker | msg.Report | msg.EntryRefused | msg.Sliced
Known: TypeAlias = tuple[str, BuySell]  # an order's role and side


class OrderLog:
    """A desk whose every order message becomes a line; ``gather`` hands over what was written since the last time."""

    def __init__(self, plan: Plan, bounds: Bounds, terms: PaperTerms, desk: type[TickDesk] = TickDesk) -> None:
        self.desk = desk(plan, bounds, terms, self._write)
        self._orders: dict[str, Known] = {}
        self._lines: list[say.Entry] = []
        self._state = self.desk.life.state

    def gather(self) -> list[say.Entry]:
        """The lines since the last call: orders and trades, then notes, then the state if it changed."""
        desk, lines = self.desk, self._lines
        lines += [say.Noted(time, text) for time, text in desk.notes]
        if desk.life.state is not self._state:
            lines.append(say.Moved(desk.time, self._state, desk.life.state))
        desk.notes.clear()
        self._lines, self._state = [], desk.life.state
        if desk.settled:
            self._orders.clear()
        return lines

    def _write(self, message: Message) -> None:
        self._lines.append(self._line(message))
        self._lines += [say.Closed(self.desk.time, trade) for trade in self.desk.trades]
        self.desk.trades.clear()

    def _line(self, message: Message) -> say.OrderEntry:
        time = self.desk.time
        match message:
            case msg.Sliced(order, slices):
                return say.Sliced(time, self._know(order), order, slices)
            case msg.PlaceOrder(order):
                name = self.desk.parents.asked_as(order.id)
                return say.Placed(time, self._know(order), order, UNSET if name == order.id else name)
            case msg.ReplaceOrder(order):
                return say.Replaced(time, self._know(order), order)
            case msg.WithdrawOrder(name):
                return say.Withdrawn(time, self._orders[name][0], name)
            case msg.QueryOrder(name):
                return say.Queried(time, self._orders[name][0], name)
            case msg.EntryRefused(name, reason, rule):
                return say.Refused(time, name, reason, UNSET if rule is None else rule)
            case _:
                return _answer(time, self._orders.get(message.id) or self._unsent(message.id), message)

    def _know(self, order: Order) -> str:
        """The role of an order, remembered: an answer may come when it is none of the round's any more."""
        role = self._role(self.desk.parents.asked_as(order.id))
        self._orders[order.id] = (role, order.side)
        return role

    def _role(self, name: str) -> str:
        turn = self.desk.life.round
        working = turn.order(name) if turn else None
        return working.role if working else self._orders[name][0]

    def _unsent(self, name: str) -> Known:
        """An exit that was never sent, by which a position is written off."""
        return self._role(name), "sell" if self.desk.life.plan.sign > 0 else "buy"


def _answer(time: int, order: Known, report: msg.Report) -> say.OrderEntry:
    role, side = order
    match report:
        case msg.Accepted(name):
            return say.Accepted(time, role, name)
        case msg.Traded(name, trade, size, price, fee, others):
            return say.Filled(time, role, name, trade, side, size, price, fee, others)
        case msg.Cancelled(name, reason):
            return say.Cancelled(time, role, name, reason)
        case msg.Rejected(name, reason):
            return say.Rejected(time, role, name, reason)
        case msg.Unanswered(name):
            return say.Unanswered(time, role, name)
        case msg.Missing(name):
            return say.Missing(time, role, name)
        case _:
            assert_never(report)
