"""The live runner: a runner whose orders are an exchange's, and whose account is compared with its own ledger.

Whatever a report or a comparison leads to follows from the lines, so a resumed run stands where it stood; then it asks
for every order that is not at an end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace

from execution import entries as say
from execution.live_desk import LiveDesk
from execution.messages import Following, Pause, Start, Stop, Unanswered
from execution.plan import NOTHING
from execution.position import ATTEMPTS
from execution.runner import STOPPED, Runner

if TYPE_CHECKING:
    from decimal import Decimal

    from execution.messages import Report, Request, Standing
    from execution.plan import Plan
    from execution.ports import Word
    from execution.tick_desk import TickDesk
    from spec.strategy import Strategy

RULES = 3  # of trading at an exchange: lines that were written under others do not come of their inputs again
DAY = 86_400_000  # milliseconds
STRANDED = "too many stops and exits of this position were dropped; it is tried again at the open of later bars"
STRAY = "{} filled at {} after the position that it was for was closed; what it opened is left, or looked after"
ASTRAY = "more was closed than was open: by this run's trades it holds {}"
NEVER_SENT = "the order {} was reported and never sent from here"
BESIDE = "the account holds {}, and by this run's trades it would be {}"

OPPOSED = "a position of {} stands on the other side, against which no stop would be taken; close it, then say resume"


class LiveRunner(Runner):
    """What runs on an account; ``difference`` is why nothing is entered, once the account is not as it was left."""

    desk_kind: ClassVar[type[TickDesk]] = LiveDesk
    difference: str | None = None
    _said: tuple[str, ...] = ()  # of strangers
    _excess = NOTHING  # that was said
    _astray = NOTHING  # that was said
    _base: Decimal | None = None  # what the account holds beside the run's own
    _taking = False  # a person has said that it is right as it is
    _mark: int | None = None
    _written = 0  # the mark of the last comparison that was

    def _plan(self, strategy: Strategy, digest: str) -> Plan:
        spot = strategy.market is not None and strategy.market.type == "spot"
        return replace(super()._plan(strategy, digest), locks=spot)

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
            return [line, *self._once(NEVER_SENT.format(report.id)), *self._gathered()]
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
        if desk.astray != self._astray:
            self._astray = desk.astray
            lines += self._differ(ASTRAY.format(desk.ledger.held)) if desk.astray else []
        return lines

    def _once(self, what: str) -> list[say.Entry]:
        return [] if what in (self.difference or "") else self._differ(what)

    def _differ(self, what: str) -> list[say.Entry]:
        self.difference = what if self.difference is None else f"{self.difference}; {what}"
        self._tell(Pause())
        return [say.Differed(self.live_desk.time, what)]

    def ask(self) -> list[say.Entry]:
        """Ask how every order stands that is not at an end: what was sent may have been done or not.

        Entries first: a slice and the stop may both have filled, and what was opened is best told before its end.
        """
        exits = {one.order.id for one in self.live_desk.sent if one.order.reduce_only}
        working = sorted(self.live_desk.working, key=exits.__contains__)
        return [line for name in working for line in self.report(Unanswered(name))]

    def stand(self, standing: Standing) -> list[say.Entry]:
        """Compare the account with the ledger; nothing is said while they agree.

        Where it is taken as it is, and where a stop finds nothing to sell, the ledger gives up what is not there. Up to
        where trades were compared is written once a day: a run that goes on reads them again from there.
        """
        first, taken, measured = self._base is None, self._taking, self.live_desk.measure(standing)
        gone = self._gone(standing) if taken or self._is_missed(standing) else NOTHING
        if gone > 0:
            self.live_desk.write_off(gone)
        if taken or gone > 0:
            self._base, self._excess, self._taking = standing.holds - self._held_there(), NOTHING, False
        elif first:
            self._base = self._base_of(standing)
        self._mark, what = standing.mark, self._told(standing)
        due = standing.mark >= self._written + DAY
        if not (first or taken or measured or due or gone > 0) and what is None:
            return []
        self._written = standing.mark
        lines: list[say.Entry] = [say.Stood(self.live_desk.time, standing)]
        if what is not None:
            lines += self._differ(what)
        elif taken:
            self._look()
        return [*lines, *self._gathered()]

    def _base_of(self, standing: Standing) -> Decimal:
        """What is a person's own at the beginning: coins; a contract's position is one with the run's."""
        return max(NOTHING, standing.holds - self._held_there()) if self.live_desk.life.plan.locks else NOTHING

    def _told(self, standing: Standing) -> str | None:
        """What differs, each thing once: a stranger, and how much is held beyond what is expected."""
        said = [one for one in standing.strangers if one not in self._said]
        self._said += tuple(said)
        excess = self._beyond(standing)
        if excess != self._excess and not self._is_left(standing, excess):
            self._excess = excess
            said.append(BESIDE.format(standing.holds, standing.holds - excess))
        if self._is_opposed and (opposed := OPPOSED.format(self._base)) not in (self.difference or ""):
            said.append(opposed)
        return "; ".join(said) or None

    def _beyond(self, standing: Standing) -> Decimal:
        """What the account holds beyond what is expected, below 0 for too little."""
        return standing.holds - self._held_there() - (self._base or NOTHING)

    @property
    def _is_opposed(self) -> bool:
        """Whether a contract's position of a person stands on the other side: against it nothing of ours is an exit."""
        plan = self.live_desk.life.plan
        return not plan.locks and (self._base or NOTHING) * plan.sign < 0

    def _is_missed(self, standing: Standing) -> bool:
        """Whether a run that is to stop was told before that the account holds what it holds now."""
        return self._stopping and self._excess != 0 and self._beyond(standing) == self._excess

    def _gone(self, standing: Standing) -> Decimal:
        """How much of the position the account cannot have any more: it holds less in all."""
        turn, sign = self.live_desk.life.round, self.live_desk.life.plan.sign
        if turn is None or turn.held == 0:
            return NOTHING
        there = max(NOTHING, standing.holds * sign)
        missing = self._held_there() * sign - there
        if there < standing.step:
            return turn.held
        if missing <= 0 or self._is_left(standing, missing):
            return NOTHING
        return turn.held if self._is_left(standing, there) else min(missing, turn.held)

    def _held_there(self) -> Decimal:
        """What is held by the ledger, less the fees that were taken from it in kind."""
        ledger, plan = self.live_desk.ledger, self.live_desk.life.plan
        in_kind = ledger.other_fees.get(plan.symbol.partition("/")[0], NOTHING) if plan.locks else NOTHING
        return ledger.held - in_kind

    def _is_left(self, standing: Standing, excess: Decimal) -> bool:
        """Whether so little is no difference: each exit of a closed position may leave less than a step."""
        return abs(excess) <= standing.step * self.live_desk.leftovers

    def tell(self, word: Word) -> list[say.Entry]:
        """What comes of a command; ``resume`` takes the account as the next comparison finds it, and looks then."""
        if word == "resume" and self.difference is not None:
            self.difference, self._taking = None, True
        return super().tell(word)

    def _look(self) -> None:
        if self.difference is None and not self._taking:
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
