"""The live runner: a runner whose orders are an exchange's, and whose account is compared with its own ledger.

Whatever a report or a comparison leads to follows from the lines, so a resumed run stands where it stood; then it asks
for every order that is not at an end.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace

from execution import entries as say
from execution.live_desk import LiveDesk
from execution.messages import Following, Pause, Start, Stop, Unanswered
from execution.position import ATTEMPTS
from execution.runner import STOPPED, Runner

if TYPE_CHECKING:
    from execution.messages import Report, Request, Standing
    from execution.plan import Plan
    from execution.ports import Word
    from execution.tick_desk import TickDesk
    from spec.strategy import Strategy

RULES = 2  # of what is entered beside what, and of what is said twice
DAY = 86_400_000  # milliseconds
STRANDED = "too many stops and exits of this position were dropped; it is tried again at the open of later bars"
STRAY = "{} filled at {} after the position that it was for was closed; what it opened is left, or looked after"
ASTRAY = "more was closed than was open: by this run's trades it holds {}"
NEVER_SENT = "the order {} was reported and never sent from here"
BESIDE = "the account holds {}, and by this run's trades it would be {}"


class LiveRunner(Runner):
    """What runs on an account; ``difference`` is why nothing is entered, once the account is not as it was left."""

    desk_kind: ClassVar[type[TickDesk]] = LiveDesk
    difference: str | None = None
    _said: tuple[str, ...] = ()  # of strangers
    _excess = Decimal(0)  # that was said
    _astray = Decimal(0)  # that was said
    _base: Decimal | None = None  # what the account holds beside the run's own
    _mark: int | None = None
    _written = 0  # the mark of the last comparison that was

    def _plan(self, strategy: Strategy, digest: str) -> Plan:
        spot = strategy.market is not None and strategy.market.type == "spot"
        return replace(super()._plan(strategy, digest), locks=spot)

    @property
    def first_rules(self) -> bool:
        """Whether it began under the first rules, by which its lines have to be the same again."""
        return self.live_desk.first_rules

    @property
    def live_desk(self) -> LiveDesk:
        """The desk; raises TypeError for a watch, which has none."""
        if not isinstance(self.desk, LiveDesk):
            msg = "a watch has no orders"
            raise TypeError(msg)
        return self.desk

    def report(self, report: Report) -> list[say.Entry]:
        """What comes of the broker's word on an order, in whatever order it comes, and however often."""
        line = say.Reported(self.live_desk.time, report)
        if not self.live_desk.knows(report.id):
            return [line, *self._once(NEVER_SENT.format(report.id))]
        self.live_desk.hear(report)
        return [line, *self._alarm(), *self._gathered()]

    def _alarm(self) -> list[say.Entry]:
        """What a person has to know of is said aloud, and ends the entries until a person says resume.

        It is a fill after its round, a position that nothing protects, or more that was closed than was open.
        """
        desk, lines = self.live_desk, list[say.Entry]()
        for fill in desk.strays:
            lines += self._differ(STRAY.format(fill.size, fill.price))
        desk.strays.clear()
        if desk.stranded:
            lines += self._once(STRANDED)
        if desk.astray != self._astray and not self.first_rules:
            self._astray = desk.astray
            lines += self._differ(ASTRAY.format(desk.ledger.held)) if desk.astray else []
        return lines

    def _once(self, what: str) -> list[say.Entry]:
        return [] if what in (self.difference or "") else self._differ(what)

    def _differ(self, what: str) -> list[say.Entry]:
        self.difference = what if self.difference is None or self.first_rules else f"{self.difference}; {what}"
        self._tell(Pause())
        return [say.Differed(self.live_desk.time, what)]

    def ask(self) -> list[say.Entry]:
        """Ask how every order stands that is not at an end: what was sent may have been done or not."""
        return [line for name in self.live_desk.working for line in self.report(Unanswered(name))]

    def stand(self, standing: Standing) -> list[say.Entry]:
        """Compare the account with the ledger; nothing is said while they agree.

        Up to where trades were compared is written once a day: a run that goes on reads them again from there.
        """
        held, first = self._held_there(), self._base is None
        base = standing.holds - held if self._base is None else self._base
        self._base, self._mark = base, standing.mark
        step = self.live_desk.life.plan.step
        told = self._told_first if self.first_rules else self._told
        what = told(standing, base + held)
        due = standing.mark >= self._written + DAY
        if not first and not due and what is None and (self.first_rules or step == standing.step):
            return []
        self._written = standing.mark
        if not self.first_rules:
            self.live_desk.measure(standing.step)
        lines: list[say.Entry] = [say.Stood(self.live_desk.time, standing)]
        return lines if what is None else [*lines, *self._differ(what), *self._gathered()]

    def _told(self, standing: Standing, expected: Decimal) -> str | None:
        """What differs, each thing once: a stranger, and how much is held beyond what is expected."""
        said = [one for one in standing.strangers if one not in self._said]
        self._said += tuple(said)
        excess = standing.holds - expected
        if excess != self._excess and not self._is_left(standing, excess):
            self._excess = excess
            said.append(BESIDE.format(standing.holds, expected))
        return "; ".join(said) or None

    def _told_first(self, standing: Standing, expected: Decimal) -> str | None:
        """The same by the first rules."""
        what = self._what_differs(standing, expected)
        return None if what == self.difference else what

    def _held_there(self) -> Decimal:
        """What is held by the ledger, less the fees that were taken from it in kind."""
        ledger, plan = self.live_desk.ledger, self.live_desk.life.plan
        in_kind = ledger.other_fees.get(plan.symbol.partition("/")[0], Decimal(0)) if plan.locks else Decimal(0)
        return ledger.held - in_kind

    def _what_differs(self, standing: Standing, expected: Decimal) -> str | None:
        """Why the account is not as it was left; each exit of a closed position may leave less than a step."""
        if standing.strangers:
            return "; ".join(standing.strangers)
        if self._is_left(standing, standing.holds - expected):
            return None
        return BESIDE.format(standing.holds, expected)

    def _is_left(self, standing: Standing, excess: Decimal) -> bool:
        """Whether so little is no difference."""
        return abs(excess) <= standing.step * self.live_desk.leftovers

    def tell(self, word: Word) -> list[say.Entry]:
        """What comes of a command; ``resume`` takes the account as it is."""
        if word == "resume":
            self.difference = self._base = None
            self._said, self._excess = (), Decimal(0)
        return super().tell(word)

    def _look(self) -> None:
        if self.difference is None:
            super()._look()

    @property
    def wish(self) -> str | None:
        """Why the position has to be left, where nothing leaves it: its exit was dropped, or the entry filled late.

        None after so many dropped orders that a person was called: another exit that is dropped would cost the stop.
        """
        turn = self.live_desk.life.round
        if turn is None or turn.held == 0 or turn.closing is not None or turn.drops > ATTEMPTS:
            return None
        return STOPPED if self._stopping else turn.wish

    def _leave_again(self) -> None:
        wish, looks = self.wish, self.live_desk.life.again
        if wish is not None:
            self._tell(Stop(wish))
            if looks:
                self._tell(Start())

    def requests(self) -> tuple[Request, ...]:
        """What is to be sent, once the lines are written."""
        asked, self.live_desk.requests = tuple(self.live_desk.requests), []
        return asked

    def following(self) -> Following:
        """What the broker has to know of the run."""
        sent, working = self.live_desk.sent, self.live_desk.working
        return Following(sent, frozenset(one.order.id for one in sent) - frozenset(working), self._mark)

    def _gathered(self) -> list[say.Entry]:
        return [*(self._orders.gather() if self._orders else ()), *self._rest()]
