"""Resuming: a run's first lines, and its state again from the lines that were written.

Only inputs (bars, ticks, commands, snapshots of the account, the broker's reports) are taken from the lines: everything
else comes of them again, and has to be the same to the byte.
"""

from __future__ import annotations

import hashlib
from itertools import groupby
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from execution import entries as say
from execution.journal import Chain, verify
from execution.live_runner import RULES, LiveRunner
from execution.ports import Tick
from execution.runner import NO_LIMITS, Runner
from execution.ticker import BLOCK
from spec.bars import Bars
from spec.evaluation import blocks_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from execution.journal import Line
    from spec.strategy import Strategy


OTHER_RULES = (
    "it trades live by the rules of another version of drawbridge, so it does not go on; its orders rest at the "
    "exchange as they were: take them back there, close what it holds, and start the strategy anew"
)


class NotTheSame(ValueError):
    """What was written does not come of its inputs any more: one sentence says what differs."""


def pin(history: Bars) -> say.History:
    """The history, so that another one is noticed; hashes little-endian columns, the times as int64."""
    found = hashlib.sha256(history.timeframe.encode())
    for column in history.columns():
        found.update(np.ascontiguousarray(column, dtype=column.dtype.newbyteorder("<")).tobytes())
    first = int(history.time[0]) if len(history) else 0
    return say.History(len(history), first, history.end, found.hexdigest())


def link(chain: Chain, entries: Iterable[say.Entry]) -> tuple[Line, ...]:
    """The entries as lines; the first of a run stands in both logs."""
    lines: list[Line] = []
    for entry in entries:
        text, at = say.text_of(entry), _time_of(entry) * 1000
        lines.append(chain.add(say.log_of(entry), at, text))
        if isinstance(entry, say.Began):
            lines.append(chain.add("order", at, text))
    return tuple(lines)


def _time_of(entry: say.Entry) -> int:
    return entry.after if isinstance(entry, say.Began) else entry.time


def begin(began: say.Began, strategy: Strategy, history: Bars) -> tuple[Runner, Chain, tuple[Line, ...]]:
    """A new run and its first lines; raises BadBars where a shape cannot be placed on the history."""
    limits = NO_LIMITS if isinstance(began.limits, msgspec.UnsetType) else began.limits
    kind = Runner if isinstance(began.account, msgspec.UnsetType) else LiveRunner
    runner, chain = kind(strategy, began.digest, history, began.terms, limits), Chain()
    notes = (say.Noted(began.after, note) for note in runner.ticker.notes)
    return runner, chain, link(chain, (began, *notes))


def is_of_now(began: say.Began) -> bool:
    """Whether its lines come of their inputs by the rules of now; those on paper have one set of them."""
    return isinstance(began.account, msgspec.UnsetType) or began.live == RULES


def began_of(lines: Sequence[Line]) -> say.Began:
    """What the first of a run's lines says; raises NotTheSame where it is missing."""
    try:
        first = say.read(lines[0].text) if lines else None
    except msgspec.MsgspecError:
        first = None
    if not isinstance(first, say.Began):
        msg = "the log does not begin with the beginning of a run; restore it from a backup"
        raise NotTheSame(msg)
    return first


def resume(lines: Sequence[Line], strategy: Strategy, history: Bars) -> tuple[Runner, Chain]:
    """The run as it stood after its last line; raises BrokenChain, NotTheSame and BadBars."""
    verify(lines)
    began = began_of(lines)
    if not is_of_now(began):
        raise NotTheSame(OTHER_RULES)
    if pin(history) != began.history:
        msg = "the candles before the run are not those it began with; start the strategy anew"
        raise NotTheSame(msg)
    runner, chain, again = begin(began, strategy, history)
    again = (*again, *(line for said in replay(runner, lines, began.timeframe) for line in link(chain, said)))
    if not _alike(lines, again):
        msg = "the log does not come of its inputs again; compare the versions of drawbridge, and start it anew"
        raise NotTheSame(msg)
    return runner, chain


def replay(runner: Runner, lines: Sequence[Line], timeframe: str) -> Iterable[list[say.Entry]]:
    """Give a runner the inputs of the lines, and gather what it says."""
    said = map(say.read, (line.text for line in lines))
    inputs = (entry for entry in said if isinstance(entry, say.Input))
    for is_bar, run in groupby(inputs, key=lambda entry: isinstance(entry, say.Heard)):
        if is_bar:
            for block in blocks_of(bars_of(run, timeframe), BLOCK):
                yield runner.take(block)
        else:
            yield from (_again(runner, told) for told in run)


def _again(runner: Runner, told: say.Input) -> list[say.Entry]:
    match told:
        case say.Told(word=word):
            return runner.tell(word)
        case say.Known(account=account):
            return runner.know(account)
        case say.Ticked(time=time, at=at, price=price, amount=amount, late=late):
            return runner.tick(time, Tick(at, price, amount), late)
        case say.Missed():
            return runner.miss(told)
        case say.Reported(report=report) if isinstance(runner, LiveRunner):
            return runner.report(report)
        case say.Stood(standing=standing) if isinstance(runner, LiveRunner):
            return runner.stand(standing)
        case _:
            msg = "the log holds a broker's word in a run on paper; start the strategy anew"
            raise NotTheSame(msg)


def bars_of(heard: Iterable[say.Entry], timeframe: str) -> Bars:
    """Bars from the lines of them."""
    rows = [one for one in heard if isinstance(one, say.Heard)]
    columns = [np.array([getattr(row, name) for row in rows]) for name in ("open", "high", "low", "close", "volume")]
    return Bars(timeframe, np.array([row.time for row in rows], np.int64), *columns)


def _alike(one: Sequence[Line], other: Sequence[Line]) -> bool:
    """Whether both logs are the same, however their lines were mixed."""
    return sorted(one, key=_place) == sorted(other, key=_place)


def _place(line: Line) -> tuple[str, int]:
    return line.log, line.number
