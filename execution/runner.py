"""The runner: one strategy or watch over closed bars, a pure step at a time.

The same bars and commands give the same entries, whether the bars come one by one or thousands at once; a backtest
over them makes the same orders and trades. It knows no clock, feed or journal (``loop`` does).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, assert_never

from execution import entries as say
from execution.account import Limits
from execution.desk import END_OF_DATA, Desk
from execution.messages import Pause, Start, Stop
from execution.order_log import OrderLog
from execution.plan import plan_of
from execution.risk import Bounds
from execution.ticker import Ticker, row_of
from spec.hits import EVENTS
from spec.signals import kind_of

if TYPE_CHECKING:
    from execution.account import Account
    from execution.brokers.paper import PaperTerms
    from execution.plan import Plan
    from execution.ports import Word
    from execution.tape import Tape
    from spec.bars import Bars
    from spec.evaluation import Said
    from spec.strategy import Strategy

STOPPED = "stopped"
NO_LIMITS = Limits()
RELEASES: dict[Word, Word] = {"resume": "pause", "clear": "kill", "current": "late"}


class Runner:
    """What runs: nodes, and for a strategy a desk. ``ended`` is the reason, once it has ended.

    Raises BadBars where the history cannot tell where a shape stands.
    """

    desk_kind: ClassVar[type[Desk]] = Desk

    def __init__(
        self, strategy: Strategy, digest: str, history: Bars, terms: PaperTerms, limits: Limits = NO_LIMITS
    ) -> None:
        self.ticker = Ticker(strategy, history)
        self.time = int(history.time[-1]) if len(history) else 0
        self.ended: str | None = None
        self._stopping = False
        self._held: set[Word] = set()  # why nothing is entered: pause, kill, late
        self._kinds = {name: kind_of(node) for name, node in self.ticker.nodes.items()}
        self._tape: Tape | None = None
        trades = strategy.kind == "strategy"
        bounds = Bounds(strategy.risk, limits)
        self._orders = OrderLog(self._plan(strategy, digest), bounds, terms, self.desk_kind) if trades else None
        if self.desk is not None:
            self.desk.time = self.time

    def _plan(self, strategy: Strategy, digest: str) -> Plan:
        """What the desk needs of the strategy."""
        return plan_of(strategy, digest)

    @property
    def desk(self) -> Desk | None:
        """The desk; None for a watch."""
        return self._orders.desk if self._orders else None

    @property
    def late(self) -> bool:
        """Whether its bars are too old to be entered on."""
        return "late" in self._held

    def take(self, bars: Bars) -> list[say.Entry]:
        """What comes of the next closed bars; nothing after the one on which it ends."""
        self._tape, said = self.ticker.take(bars)
        fired = self._firings(bars, said)
        lines: list[say.Entry] = []
        for row, values in enumerate(zip(*(column.tolist() for column in bars.columns()), strict=True)):
            heard = say.Heard(*values)
            self.time = heard.time
            lines += (heard, *fired.get(row, ()))
            if self._orders is not None:
                self._orders.desk.bar(self._tape, row)
                lines += self._orders.gather()
            lines += self._rest()
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

    def _tell(self, event: Start | Pause | Stop) -> None:
        if self.desk is not None:
            self.desk.tell(event)

    def _look(self) -> None:
        """Look for entries again, if nothing else forbids it."""
        if not (self._held or self._stopping):
            self._tell(Start())

    def _rest(self) -> list[say.Entry]:
        """The end of a run that was told to stop and holds nothing any more."""
        if not self._stopping or (self.desk is not None and not self.desk.idle):
            return []
        self.ended = STOPPED
        return [say.Ended(self.time, STOPPED)]

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
