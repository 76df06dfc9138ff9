"""The tick desk: the desk on paper where a bar comes tick by tick, and working orders meet each trade as it passes.

A stop fills at the trade that reaches it, a limit that rested at its level, a market order at the trade it was sent on.
At one tick fills come first, then the exit node, then the entry node, then what they asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from execution.desk import Desk
from execution.messages import BarClosed, Seen
from execution.tape import hit_point

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from execution.brokers.paper import Path, Point
    from execution.messages import Marks, NodeFired
    from execution.ports import Tick
    from execution.tape import Cue, Role, Tape
    from execution.tick_places import Quiet


class TickDesk(Desk):
    """``open``, then ``tick`` for each, then ``close``, in place of ``bar``."""

    @property
    def quiet(self) -> Quiet:
        """The prices at which no working order is met."""
        return self.paper.quiet

    @property
    def settled(self) -> bool:
        """Whether every order is at an end, so that nothing more will be told of any."""
        return self.life.round is None and not self.paper.orders

    def open(self, time: int, price: float, marks: Marks) -> None:
        """The first tick of a bar has this price."""
        if self.life.round is None:
            self._forget()
        self.time = time
        self._expire()
        self._begin_bar(price, marks)

    def tick(self, tick: Tick, fired: Sequence[NodeFired]) -> None:
        """A trade, and what fires on it."""
        self.paper.open_bar(tick.amount)
        self._meet(tick.price)
        for event in fired:
            self.tell(event)
        self._meet(tick.price)

    def _meet(self, price: float) -> None:
        while (met := self.paper.at_tick(price)) is not None:
            at, order = met
            for report in self.paper.meet(order, at):
                self._report(report)

    def close(self, tape: Tape, row: int, told: Collection[Role], path: Path | None) -> None:
        """The bar closed; ``path`` is what its ticks did not tell of it, ``told`` are the roles that fired on one."""
        self.volumes = tape.volumes
        fired, closing = unheard(tape, row, told, path)
        if path is not None:
            self.paper.open_bar(float(tape.bars.volume[row]))
            at = self._walk_to_hits(fired, (tape, row), path)
            self._fill_until(path, at, None)
        seen = Seen(float(tape.bars.high[row]), float(tape.bars.low[row]), float(tape.bars.close[row]), tape.marks(row))
        self.tell(BarClosed(self.time, entry="entry" in closing, exit="exit" in closing, seen=seen))


def unheard(
    tape: Tape, row: int, told: Collection[Role], path: Path | None
) -> tuple[list[tuple[Point, Role]], set[Role]]:
    """What fires on a bar and was not told by a tick: on the rest of its path, in order, or else at its close."""
    fired: list[tuple[Point, Role]] = []
    closing: set[Role] = set()
    cues: tuple[tuple[Role, Cue], ...] = (("exit", tape.exit), ("entry", tape.entry))
    for role, cue in cues:
        if role in told or cue.at(row) is None:
            continue
        point = None if path is None else hit_point(cue, row, path)[1]
        if point is None:
            closing.add(role)
        else:
            fired.append((point, role))
    return sorted(fired, key=lambda hit: hit[0][:2]), closing
