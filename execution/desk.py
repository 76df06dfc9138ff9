"""The desk: carries messages between the strategy kernel, risk, the order kernels, the paper broker and the ledger.

One bar at a time: the bar opens, its path is walked from event to event (a fill, a node that fires within the bar),
and it closes. At one point of the path fills come first, then the exit node, then the entry node.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, assert_never

from execution import account, ledger, order_kernel, risk, slicing, strategy_kernel
from execution.brokers.paper import Paper, PaperTerms, Path, Point, end, start
from execution.lifecycle import State
from execution.messages import (
    AmendOrder,
    BarClosed,
    BarOpened,
    Cancelled,
    CancelOrder,
    Effect,
    EntryRefused,
    Event,
    Expired,
    NodeFired,
    Note,
    OrderDropped,
    OrderFilled,
    PlaceOrder,
    QueryOrder,
    ReplaceOrder,
    RequestEntry,
    Seen,
    Sliced,
    Start,
    Stop,
    SubmitOrder,
    Traded,
    WithdrawOrder,
)
from execution.parents import Parents
from execution.strategy_kernel import Lifecycle
from execution.tape import Role, Tape, hits
from execution.volumes import NO_VOLUMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from execution.messages import Marks, Report, ToBroker
    from execution.order_kernel import Asked, Effects, Record
    from execution.orders import Order
    from execution.plan import Plan
    from execution.risk import Bounds

END_OF_DATA = "end of data"
AT_THE_CLOSE = "a node came near its price where the bar did not trade: taken as fired at the close"


def to_nobody(_: ToBroker | Report | EntryRefused | Sliced) -> None:
    """Nobody keeps an order log: a backtest looks at the trades alone."""


class Desk:
    """One strategy trading on paper; ``trades`` and ``notes`` (time, text) gather what came of it.

    ``rest`` is the last snapshot of the rest of the account, ``volumes`` are those of the bars of now and before.
    ``tell_order`` hears each message to and from the broker, each refusal, and what becomes of an entry in slices.
    """

    def __init__(
        self,
        plan: Plan,
        bounds: Bounds,
        terms: PaperTerms,
        tell_order: Callable[[ToBroker | Report | EntryRefused | Sliced], None] = to_nobody,
    ) -> None:
        self.tell_order = tell_order
        self.life = Lifecycle(plan)
        self.bounds = bounds
        self.paper = Paper(terms, plan.tick)
        self.ledger = ledger.Ledger(terms.equity)
        self.tally = account.Tally(terms.equity)
        self.rest = account.Account()
        self.volumes = NO_VOLUMES
        self.parents = Parents()
        self.trades: list[ledger.Trade] = []
        self.notes: list[tuple[int, str]] = []
        self.rounds = 0
        self.time = 0
        self._records: dict[str, Record] = {}
        self.tell(Start())

    @property
    def idle(self) -> bool:
        """Whether nothing is held, and nothing works for it."""
        return self.life.round is None

    def tell(self, event: Event) -> None:
        """Let the strategy kernel hear an event, and carry out what it asks for until nothing is left to do."""
        queue = deque([event])
        while queue:
            before = self.life.state
            self.life, effects = strategy_kernel.step(self.life, queue.popleft())
            self.rounds += before is not State.ENTERED and self.life.state is State.ENTERED
            for effect in effects:
                queue.extend(self._carry_out(effect))

    def _tell_all(self, events: list[Event]) -> None:
        for event in events:
            self.tell(event)

    def _carry_out(self, effect: Effect) -> list[Event]:
        match effect:
            case RequestEntry():
                return self._enter(self.decide(effect))
            case SubmitOrder(order):
                return self._submit(order)
            case AmendOrder(name):
                return self._hear(name, effect)
            case CancelOrder():
                return self._work(self.parents.hear(effect))
            case Note(text):
                self.notes.append((self.time, text))
                return []
            case _:
                assert_never(effect)

    def decide(self, request: RequestEntry) -> Order | EntryRefused:
        """What risk and the account say to an entry: its order, or why there is none."""
        equity = self.ledger.equity(request.price)
        order = risk.decide(request, self.bounds.risk, equity)
        if isinstance(order, EntryRefused):
            return order
        entering = account.Entering(self.life.plan.market, float(order.size) * request.price, self.time)
        whole = account.joined(self.rest, self.tally, equity, self.time)
        return risk.admit(order, entering, self.bounds.limits, whole)

    def _enter(self, decision: Order | EntryRefused) -> list[Event]:
        """Send an entry, whole or its first slice."""
        plan = self.life.plan
        if isinstance(decision, EntryRefused):
            self.tell_order(decision)
            return [decision]
        if plan.slices is None:
            return self._submit(decision)
        try:
            parent = slicing.begin(decision, plan.slices, (self.time, plan.timeframe), self.volumes)
        except slicing.BadSchedule as error:
            return self._enter(EntryRefused(decision.id, str(error)))
        self.parents.add(parent)
        self.tell_order(Sliced(parent.order, parent.slices))
        return self._work(self.parents.due(self.time))

    def _work(self, effects: slicing.Effects) -> list[Event]:
        """What comes of an order's slices: the strategy kernel hears of their parent alone."""
        events: list[Event] = []
        for effect in effects:
            match effect:
                case SubmitOrder(order):
                    events += self._submit(order)
                case CancelOrder(name):
                    events += self._hear(name, effect)
                case OrderDropped(name, _, reason) if name in self.parents:
                    self.tell_order(Cancelled(name, reason))
                    events.append(effect)
                case OrderFilled() | OrderDropped():
                    events.append(effect)
                case _:
                    assert_never(effect)
        return events

    def _submit(self, order: Order) -> list[Event]:
        self.tally = account.ordered(self.tally, self.time, self.bounds.limits.rate)
        self._records[order.id], effects = order_kernel.submit(order)
        return self._pass_on(effects)

    def _hear(self, name: str, event: Asked | Report) -> list[Event]:
        self._records[name], effects = order_kernel.step(self._records[name], event)
        return self._pass_on(effects)

    def _pass_on(self, effects: Effects) -> list[Event]:
        events: list[Event] = []
        for effect in effects:
            match effect:
                case PlaceOrder() | ReplaceOrder() | WithdrawOrder() | QueryOrder():
                    self.tell_order(effect)
                    events += self._ask(effect)
                case OrderFilled() | OrderDropped():
                    events += self._work(self.parents.hear(effect))
                case _:
                    assert_never(effect)
        return events

    def _ask(self, message: ToBroker) -> list[Event]:
        """What comes at once of a message to the broker."""
        report = self.paper.take(message)
        self.tell_order(report)
        return self._hear(report.id, report)

    def bar(self, tape: Tape, row: int) -> None:
        """One bar of the tape, from its open to its close."""
        if self.life.round is None:
            self._forget()
        self.time, path = tape.time(row), tape.path(row)
        self.paper.open_bar(float(tape.bars.volume[row]))
        self.volumes = tape.volumes
        self._expire()
        fired, closing = hits(tape, row, path)
        self._begin_bar(path[0], tape.marks(row))
        at = self._walk_to_hits(fired, (tape, row), path)
        self._fill_until(path, at, None)
        heeded = tape.exit if self.life.state is State.MANAGING else tape.entry
        if heeded in closing.values() and heeded.hits is not None:
            self.notes.append((self.time, AT_THE_CLOSE))
        seen = Seen(float(tape.bars.high[row]), float(tape.bars.low[row]), float(tape.bars.close[row]), tape.marks(row))
        self.tell(BarClosed(self.time, entry="entry" in closing, exit="exit" in closing, seen=seen))

    def _forget(self) -> None:
        """Nothing is held, and nothing works: what was is over."""
        self._records.clear()
        self.parents.clear()

    def _begin_bar(self, price: float, marks: Marks) -> None:
        """The kernel first: what it ends at the open sends no slice any more."""
        self.tell(BarOpened(self.time, price, marks))
        if self.life.plan.slices is not None:
            self._tell_all(self._work(self.parents.due(self.time, killed=self.rest.killed)))

    def _walk_to_hits(self, fired: list[tuple[Point, Role]], place: tuple[Tape, int], path: Path) -> Point:
        """Walk the path as far as the last node that fires on it."""
        at, (tape, row) = start(path), place
        for point, role in fired:
            self._fill_until(path, at, point)
            at = point
            self.tell(NodeFired(role, self.time, point.price, tape.marks(row)))
        return at

    def _fill_until(self, path: Path, at: Point, until: Point | None) -> None:
        """Fill what the path from a point on (as far as another) meets."""
        while (met := self.paper.next_event(path, at)) is not None and (until is None or met[0][:2] <= until[:2]):
            at, order = met
            for report in self.paper.meet(order, at):
                self._report(report)

    def _report(self, report: Report) -> None:
        if isinstance(report, Traded):
            self._count(report)
        self.tell_order(report)
        self._tell_all(self._hear(report.id, report))

    def _count(self, traded: Traded) -> None:
        name = self.parents.asked_as(traded.id)
        purpose = strategy_kernel.purpose_of(self.life, name, traded.price) or "exit"
        if purpose == "entry":
            self.ledger = ledger.opening(self.ledger, traded, self.life.plan.side, self.time)
        else:
            self._close(traded, purpose)

    def _close(self, traded: Traded, reason: str) -> None:
        side = self._records[traded.id].order.side
        self.ledger, trade = ledger.leaving(self.ledger, traded, reason, self.time, side)
        if trade is not None:
            self.trades.append(trade)
            self.tally = account.closed(self.tally, trade, None if self.ledger.held else self.ledger.cash)

    def _expire(self) -> None:
        """Ask back the orders whose time is over."""
        for name, record in list(self._records.items()):
            until = order_kernel.expiry_of(record)
            if until is not None and until <= self.time:
                self._tell_all(self._hear(name, Expired(name)))

    def finish(self, tape: Tape) -> None:
        """Close what is open at the last bar's close."""
        self.time = tape.time(len(tape) - 1)
        path = tape.path(len(tape) - 1)
        self.tell(Stop(END_OF_DATA))
        self.paper.close_market()
        self._fill_until(path, end(path), None)
