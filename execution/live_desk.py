"""The live desk: the same kernels over closed bars, with an exchange in place of paper.

What is asked of the broker is gathered in ``requests``; its reports come whenever they come (``hear``). A bar that
closed opens the next one at once: an entry decided on a close is asked for then, at about that close. A node that
fires within the bar is acted on at the tick it fires on; where no tick told it, when the bar closes, at its close.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from msgspec.structs import replace

from execution import order_kernel, strategy_kernel
from execution.desk import END_OF_DATA
from execution.lifecycle import State
from execution.messages import (
    BarClosed,
    NodeFired,
    PlaceOrder,
    QueryOrder,
    ReplaceOrder,
    Request,
    Seen,
    Stop,
    Traded,
    WithdrawOrder,
)
from execution.order_table import WORKING
from execution.orders import order_id
from execution.plan import NOTHING
from execution.position import give_up, is_stranded
from execution.rounds import Round, Working
from execution.tape import hits
from execution.tick_desk import TickDesk, unheard
from execution.tick_places import EVERYTHING
from spec import timeframe as tf

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from decimal import Decimal

    from execution.brokers.paper import Path
    from execution.messages import Event, Marks, Report, Standing, ToBroker
    from execution.orders import Order
    from execution.ports import Tick
    from execution.tape import Role, Tape
    from execution.tick_places import Quiet


NOT_YET = "an entry signal came while an earlier entry was being taken back"
NOT_GONE = "an entry signal came while orders of the position before were not at an end: they could fill on it"
NOT_COMPARED = "an entry signal came before the account was compared"
ONCE = "an entry signal came on a bar on which one was sent before: an order's id is used once"
LATE = "late fill"
NOT_THERE = "the account does not hold {} of the position any more: written off at the last price, {}"


class LiveDesk(TickDesk):
    """One strategy trading on an exchange; ``time`` is the open of the bar that has not closed yet."""

    def __init__(self, *given: Any) -> None:
        self.requests: list[Request] = []
        self._rounds: dict[str, Round] = {}  # by the id of their entry
        self.strays: list[Traded] = []
        self._close_price = 0.0  # of the last bar
        self._positions = 0  # that were opened
        super().__init__(*given)

    @property
    def idle(self) -> bool:
        """Whether nothing is held, and no order is left that may still fill."""
        return super().idle and not self.working

    @property
    def working(self) -> tuple[str, ...]:
        """The orders that are not at an end, in the order in which they were sent."""
        return tuple(name for name, record in self._records.items() if record.state in WORKING)

    @property
    def stranded(self) -> bool:
        """Whether nothing works that would end the position."""
        return self.life.round is not None and self.life.round.held > 0 and is_stranded(self.life.round)

    @property
    def leftovers(self) -> int:
        """How many steps may lie beside the ledger: one, and of coins less than one for each exit of each position."""
        plan = self.life.plan
        exits = 1 + len(plan.shares) if plan.locks else 0
        return 1 + self._positions * exits

    @property
    def sent(self) -> tuple[Request, ...]:
        """Every order, as last asked for."""
        return tuple(self._request(name, PlaceOrder(one.order)) for name, one in self._records.items())

    @property
    def astray(self) -> Decimal:
        """What the ledger holds beyond the round: nothing, unless more was closed than was open."""
        held = NOTHING if self.life.round is None else self.life.round.held
        return self.ledger.held * self.life.plan.sign - held

    def knows(self, name: str) -> bool:
        """Whether an order of this id was ever sent."""
        return name in self._records

    def measure(self, there: Standing) -> bool:
        """Take over the market's step and the least that an order is taken of; whether they are news."""
        before = self.life.plan
        plan = replace(before, step=there.step, least=there.least, worth=there.worth)
        self.life = replace(self.life, plan=plan)
        return plan != before

    def tell(self, event: Event) -> None:
        """Let the kernel hear an event; each round is remembered, as its entry may fill after it is over."""
        super().tell(event)
        if (turn := self.life.round) is not None:
            self._rounds[self._entry_at(turn.time)] = turn

    def _entry_at(self, time: int) -> str:
        return order_id(self.life.plan.digest, time, self.life.plan.node, "entry")

    def _count(self, traded: Traded) -> None:
        before = self.ledger.held
        super()._count(traded)
        self._positions += before == 0 and self.ledger.held != 0

    def _ask(self, message: ToBroker) -> list[Event]:
        match message:
            case PlaceOrder(order) | ReplaceOrder(order):
                name = order.id
            case WithdrawOrder(name) | QueryOrder(name):
                pass
            case _:
                assert_never(message)
        self.requests.append(self._request(name, message))
        return []

    def _request(self, name: str, message: ToBroker) -> Request:
        record = self._records[name]
        return Request(message, record.order, record.turn, record.filled, record.trades)

    def hear(self, report: Report) -> None:
        """Take the broker's word on an order that was sent, whenever it comes and however often.

        A fill of an order whose round is over is one of ``strays`` as well.
        """
        record = self._records[report.id]
        if not isinstance(report, Traded) or report.trade in record.trades:
            if not isinstance(report, Traded):  # a trade is written once
                self.tell_order(report)
            self._tell_all(self._hear(report.id, report))
        elif strategy_kernel.purpose_of(self.life, self.parents.asked_as(report.id)) is not None:
            self._report(report)
        else:
            self.strays.append(report)
            self._take_in(report, record.order)

    def _take_in(self, fill: Traded, order: Order) -> None:
        """A fill that came after its round: of an entry, it is held, by the round of now or to be left at once.

        Of an exit, it closes so much of the position of now. Where none is open it is counted alone.
        """
        turn = self.life.round
        if order.reduce_only and (turn is None or turn.held == 0):
            self._close(fill, LATE)
            self.tell_order(fill)
            self._hear(fill.id, fill)
            return
        name = self.parents.asked_as(fill.id)
        turn = self._reopened(name) if turn is None else turn
        late = Working(LATE if order.reduce_only else "entry", name, None, order.size)
        self.life = replace(self.life, round=replace(turn, leaving=(*turn.leaving, late)))
        self._report(fill)

    def write_off(self, size: Decimal) -> None:
        """Count so much of the position as closed at the last price, as the account does not hold it any more."""
        if self.life.round is None:
            return
        turn, order = give_up(self.life.plan, self.life.round, size)
        self._records[order.id] = order_kernel.submit(order)[0]
        self.life = replace(self.life, round=turn)
        price = self._close_price or self.ledger.price
        self.notes.append((self.time, NOT_THERE.format(size, price)))
        self._report(Traded(order.id, f"{order.id}-written-off", size, price))

    def _reopened(self, entry: str) -> Round:
        """The round of an entry as it begins again: nothing is held yet, and what fills is left at the market."""
        old = self._rounds[entry]
        return Round(old.time, old.marks, sent=old.sent, lost=old.lost, bar=self.time, closing=LATE)

    def bar(self, tape: Tape, row: int) -> None:
        """One bar that closed, and the next that opened with it."""
        bars, marks = tape.bars, tape.marks(row)
        close = float(bars.close[row])
        self.volumes = tape.volumes
        fired, closing = hits(tape, row, tape.path(row))
        for _, role in fired:
            if role == "exit" or self._may_enter(tape.time(row)):
                self.tell(NodeFired(role, tape.time(row), close, marks))
        self._turn(tape, row, closing)

    @property
    def quiet(self) -> Quiet:
        """Every price: its orders are the exchange's to fill."""
        return EVERYTHING

    @property
    def settled(self) -> bool:
        """Never: an exchange may tell something again."""
        return False

    def open(self, time: int, price: float, marks: Marks) -> None:  # noqa: ARG002
        """The bar was opened when the one before it closed; of one that does not follow it, this is the time."""
        self.time = max(self.time, time)

    def tick(self, tick: Tick, fired: Sequence[NodeFired]) -> None:  # noqa: ARG002 (orders fill at the exchange)
        """What fires on a tick is acted on at once."""
        for event in fired:
            if event.role == "exit" or self._may_enter(event.time):
                self.tell(event)

    def close(self, tape: Tape, row: int, told: Collection[Role], path: Path | None) -> None:  # noqa: ARG002
        """The bar closed; what its ticks did not tell is acted on at the close."""
        self.volumes = tape.volumes
        self._turn(tape, row, unheard(tape, row, told, None)[1])

    def _turn(self, tape: Tape, row: int, closing: Collection[Role]) -> None:
        """A bar closes and the next one opens."""
        bars, marks, close = tape.bars, tape.marks(row), float(tape.bars.close[row])
        self._close_price = close
        entry = "entry" in closing and self._may_enter(tape.time(row))
        seen = Seen(float(bars.high[row]), float(bars.low[row]), close, marks)
        self.tell(BarClosed(tape.time(row), entry=entry, exit="exit" in closing, seen=seen))
        self.time = tf.close_time(tape.time(row), bars.timeframe)
        self._expire()
        self._begin_bar(close, tape.marks_ahead(row))

    def _may_enter(self, time: int) -> bool:
        """Whether nothing of before can still fill, neither an entry nor an exit; else the signal is noted."""
        why = self._why_not(time)
        if why is not None:
            self.notes.append((self.time, why))
        return why is None

    def _why_not(self, time: int) -> str | None:
        looks = self.life.state in {State.LOOKING, State.EXITED}
        if self.life.round is not None:
            return NOT_YET if self.life.state in {State.IDLE, State.LOOKING} else None
        if not looks:
            return None
        if self.working:
            return NOT_GONE
        if not self.life.plan.locks and self.life.plan.step is None:
            return NOT_COMPARED
        name = self._entry_at(time)
        return ONCE if self.knows(name) or name in self.parents else None

    def finish(self, tape: Tape) -> None:  # noqa: ARG002 (nothing fills in retrospect)
        """The feed is over: leave at the market."""
        self.tell(Stop(END_OF_DATA))
