"""The runner: one strategy or watch over closed bars and the ticks between them, a pure step at a time.

The same bars, ticks and commands give the same entries, whether the bars come one by one or thousands at once; a
backtest over them makes the same orders and trades. It knows no clock, feed or journal (``loop`` does).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, NamedTuple, assert_never

from msgspec import UNSET, UnsetType

from execution import entries as say
from execution.account import Entering, Limits, check
from execution.desk import END_OF_DATA
from execution.forming import Forming
from execution.lifecycle import State
from execution.messages import NodeFired, Pause, Start, Stop
from execution.order_log import OrderLog
from execution.orders import order_id
from execution.plan import plan_of
from execution.risk import Bounds
from execution.tick_desk import TickDesk
from execution.tick_places import EVERYTHING, NOT_QUIET, common
from execution.ticker import Ticker, row_of
from spec.hits import EVENTS
from spec.signals import kind_of
from spec.strategy import BadStrategy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from execution.account import Account
    from execution.brokers.paper import PaperTerms
    from execution.brokers.path import Path
    from execution.plan import Plan
    from execution.ports import Tick, Word
    from execution.tape import Tape
    from execution.tick_index import TickHit
    from execution.tick_places import Quiet
    from spec.bars import Bars
    from spec.evaluation import Said
    from spec.strategy import Strategy

STOPPED = "stopped"
NOT_ALL_HEARD = "approximate: trades of this bar were missed, so what they did not tell is taken from its candle"
NEVER_REPORTED = "trades were heard of a bar that the exchange did not report; what came of them stands"
NO_LIMITS = Limits()
STALE = 10  # seconds after a trade at which an exchange is not asked for an entry any more
LATE_TRADE = "late trade: it happened {} seconds ago, and {} are the most for an entry"
RELEASES: dict[Word, Word] = {"resume": "pause", "clear": "kill", "current": "late"}


class Evaluated(NamedTuple):
    """What the nodes said of bars, and what the ticks of the first did not tell of it, walked."""

    tape: Tape
    said: dict[str, Said]
    path: Path | None = None


def _heard(bar: Bars) -> say.Heard:
    time, *values = (column.item() for column in bar.columns())
    return say.Heard(int(time), *values)


class Runner:
    """What runs: nodes, and for a strategy a desk. ``ended`` is the reason, once it has ended.

    Raises BadBars where the history cannot tell where a shape stands.
    """

    desk_kind: ClassVar[type[TickDesk]] = TickDesk

    def __init__(
        self, strategy: Strategy, digest: str, history: Bars, terms: PaperTerms, limits: Limits = NO_LIMITS
    ) -> None:
        self.ticker = self._ticker(strategy, history)
        self.time = int(history[: self.ticker.seen].time[-1]) if self.ticker.seen else 0
        self.ended: str | None = None
        self._stopping = False
        self._held: set[Word] = set()  # why nothing is entered: pause, kill, late
        self._kinds = {name: kind_of(node) for name, node in self.ticker.nodes.items()}
        self._tape: Tape | None = None
        self._forming = Forming(self.ticker)
        trades = strategy.kind == "strategy"
        bounds = Bounds(strategy.risk, limits)
        self._orders = OrderLog(self._plan(strategy, digest), bounds, terms, self.desk_kind) if trades else None
        if self.desk is not None:
            self.desk.time, self.desk.volumes = self.time, self.ticker.volumes

    def _ticker(self, strategy: Strategy, history: Bars) -> Ticker:
        return Ticker(strategy, history)

    def _plan(self, strategy: Strategy, digest: str) -> Plan:
        """What the desk needs of the strategy."""
        return plan_of(strategy, digest)

    @property
    def desk(self) -> TickDesk | None:
        """The desk; None for a watch."""
        return self._orders.desk if self._orders else None

    @property
    def bounded(self) -> bool:
        """Whether the account has limits."""
        return self.desk is not None and self.desk.bounds.limits != NO_LIMITS

    @property
    def traded(self) -> TickDesk:
        """The desk; raises BadStrategy for a watch, which has none."""
        if self.desk is None:
            msg = "a watch has no trades; use signals"
            raise BadStrategy(msg)
        return self.desk

    @property
    def late(self) -> bool:
        """Whether its bars are too old to be entered on."""
        return "late" in self._held

    @property
    def ticked(self) -> bool:
        """Whether a tick can decide one of its nodes; the orders of all others live on bars."""
        return self._forming.ticked

    @property
    def bar(self) -> int | None:
        """The open of the bar of which ticks were heard and that has not closed yet."""
        return self._forming.time

    @property
    def quiet(self) -> Quiet:
        """The prices of which nothing can come before the bar closes; none before its first tick."""
        if self._forming.time is None:
            return NOT_QUIET
        return common(self._forming.quiet, EVERYTHING if self.desk is None else self.desk.quiet)

    def tick(self, time: int, tick: Tick, late: int | UnsetType = UNSET) -> list[say.Entry]:
        """What comes of a tick in the bar that opened at ``time``; not even its own line if it changes nothing.

        A bar's ticks come after the bar before was taken, and before it is; others are not heard. ``late``: it happened
        so many seconds ago, which is too long to enter on it.
        """
        forming = self._forming
        if not self._heeds(time, tick.price):
            return []
        if forming.time is None:
            forming.open(time)
            if self.desk is not None:
                self.desk.open(time, tick.price, forming.marks)
        lines: list[say.Entry] = [say.Ticked(time, tick.time, tick.price, tick.amount, late)]
        said = [self._hit(one) for one in forming.tick(tick.price)]
        lines += said
        if self._orders is not None:
            fired = [NodeFired(role, time, tick.price, forming.marks) for role in forming.fired]
            refused = self._too_late(time, late)
            self._orders.desk.tick(tick, [one for one in fired if refused is None or one.role != "entry"])
            lines += self._orders.gather()
            lines += [refused for one in fired if refused is not None and one.role == "entry"]
        return [*lines, *self._kept_out(said), *self._rest()]

    def _too_late(self, time: int, late: int | UnsetType) -> say.Refused | None:
        """The refusal of an entry on a trade that is too old, where one would be looked at."""
        if late is UNSET or self.desk is None or self.desk.life.state not in {State.LOOKING, State.EXITED}:
            return None
        plan = self.desk.life.plan
        name = order_id(plan.digest, time, plan.node, "entry")
        return say.Refused(time, name, LATE_TRADE.format(late, STALE), "late trade")

    def _heeds(self, time: int, price: float) -> bool:
        if self.ended is not None or self._forming.time is None:
            return self.ended is None and time > self.time
        low, high = self.quiet
        return time == self._forming.time and not low <= price <= high

    def miss(self, missed: say.Missed) -> list[say.Entry]:
        """Not all ticks of the next bar were heard: what they did not tell, its candle will."""
        self._forming.missed = missed
        return [missed, say.Noted(missed.time, NOT_ALL_HEARD)]

    def evaluate(self, bar: Bars) -> Evaluated:
        """What the nodes say of the next closed bar, for ``take``, which has to come next."""
        forming = self._forming
        if forming.time != int(bar.time[0]):
            return Evaluated(*self.ticker.take(bar))
        path = forming.rest(bar)
        return Evaluated(*self.ticker.take(bar, forming.walked()), path)

    def take(self, bars: Bars, evaluated: Evaluated | None = None) -> list[say.Entry]:
        """What comes of the next closed bars; nothing after the one on which it ends.

        ``evaluated``: what the nodes say of the one bar given, where that was asked before.
        """
        if self._forming.time is None:
            self._forming.missed = None
            return self._take(bars, evaluated)
        lines = self._close(bars[:1], evaluated)
        return lines if self.ended is not None or len(bars) < 2 else lines + self._take(bars[1:])

    def _close(self, bar: Bars, evaluated: Evaluated | None) -> list[say.Entry]:
        """The bar of which ticks were heard: it fires nothing that they have told."""
        forming, heard = self._forming, _heard(bar)
        if heard.time != forming.time:
            forming.time = forming.missed = None
            return [say.Noted(heard.time, NEVER_REPORTED), *self._take(bar, evaluated)]
        self._tape, said, path = evaluated or self.evaluate(bar)
        told, self.time, forming.time, forming.missed = forming.told, heard.time, None, None
        news = {name: one for name, one in said.items() if name not in told}
        fired = self._firings(bar, news).get(0, ())
        lines: list[say.Entry] = [heard, *fired]
        if self._orders is not None:
            self._orders.desk.close(self._tape, 0, forming.roles, path)
            lines += self._orders.gather()
        return [*lines, *self._kept_out(fired), *self._rest()]

    def _take(self, bars: Bars, evaluated: Evaluated | None = None) -> list[say.Entry]:
        self._tape, said, _ = evaluated or Evaluated(*self.ticker.take(bars))
        fired = self._firings(bars, said)
        lines: list[say.Entry] = []
        for row, values in enumerate(zip(*(column.tolist() for column in bars.columns()), strict=True)):
            heard = say.Heard(*values)
            self.time = heard.time
            lines += (heard, *fired.get(row, ()))
            if self._orders is not None:
                self._orders.desk.bar(self._tape, row)
                lines += self._orders.gather()
            lines += (*self._kept_out(fired.get(row, ())), *self._rest())
            if self.ended is not None:
                break
        return lines

    def tell(self, word: Word) -> list[say.Entry]:
        """What comes of a command, between two bars."""
        lines: list[say.Entry] = [say.Told(self.time, word)]
        match word:
            case "pause" | "kill" | "late":
                self._held.add(word)
                self._tell(Pause())
            case "resume" | "clear" | "current":
                self._held.discard(RELEASES[word])
                self._look()
            case "stop":
                self._stopping = True
                self._tell(Stop(STOPPED))
            case "leave":
                self._leave_again()
            case "finish":
                return [*lines, *self._finish()]
            case _:
                assert_never(word)
        return [*lines, *(self._orders.gather() if self._orders else ()), *self._rest()]

    def know(self, rest: Account) -> list[say.Entry]:
        """How the rest of the account stands, between two bars: the next entry is held to it."""
        if self.desk is not None:
            self.desk.rest = rest
        return [say.Known(self.time, rest)]

    def _kept_out(self, fired: Iterable[say.Fired]) -> tuple[say.Refused, ...]:
        """The refusal of an entry that fired while the kill switch was on: it was not even looked at."""
        desk = self.desk
        entry = next((one for one in fired if one.role == "entry" and not one.resting), None)
        if desk is None or entry is None or not desk.idle or "kill" not in self._held:
            return ()
        plan = desk.life.plan
        refusal = check(NO_LIMITS, desk.rest, Entering(plan.market, 0.0, self.time))
        if refusal is None:  # a run that was not told of the switch: earlier logs stay what they are
            return ()
        name = order_id(plan.digest, entry.time, plan.node, "entry")
        return (say.Refused(self.time, name, refusal.reason, refusal.rule),)

    def _tell(self, event: Start | Pause | Stop) -> None:
        if self.desk is not None:
            self.desk.tell(event)

    def _leave_again(self) -> None:
        """Nothing on paper: no exit is dropped there."""

    def _look(self) -> None:
        """Look for entries again, if nothing else forbids it."""
        if not (self._held or self._stopping):
            self._tell(Start())

    def _rest(self) -> list[say.Entry]:
        """The end of a run that was told to stop and holds nothing any more."""
        if not self._stopping or (self.desk is not None and not self.desk.idle):
            return []
        self.ended = STOPPED
        return [say.Ended(self._forming.time or self.time, STOPPED)]

    def _finish(self) -> list[say.Entry]:
        """There are no more bars: close what is open at the last close."""
        self.ended = END_OF_DATA
        lines: list[say.Entry] = []
        if self._orders is not None and self._tape is not None:
            self._orders.desk.finish(self._tape)
            lines = self._orders.gather()
        return [*lines, say.Ended(self.time, END_OF_DATA)]

    def _firings(self, bars: Bars, said: dict[str, Said]) -> dict[int, list[say.Fired]]:
        """What the nodes said, by the row on which it became known; of one row by the names of the nodes."""
        found: dict[int, list[say.Fired]] = {}
        for name in sorted(said):
            for at, row in enumerate(row_of(bars, said[name]).tolist()):
                found.setdefault(row, []).append(self._fired(name, said[name], at))
        return found

    def _hit(self, hit: TickHit) -> say.Fired:
        return say.Fired(
            node=hit.node,
            kind=self._kinds[hit.node],
            event=hit.event,
            time=self._forming.time or 0,
            price=hit.price,
            value=None if math.isnan(hit.value) else hit.value,
            role=self.ticker.roles.get(hit.node),
            resting="pause" in self._held or self._stopping,
        )

    def _fired(self, name: str, said: Said, at: int) -> say.Fired:
        value = float(said.hits.value[at])
        return say.Fired(
            node=name,
            kind=self._kinds[name],
            event=EVENTS[said.hits.event[at]],
            time=int(said.time[at]),
            price=float(said.hits.price[at]),
            value=None if math.isnan(value) else value,
            role=self.ticker.roles.get(name),
            resting="pause" in self._held or self._stopping,
        )
