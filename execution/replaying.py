"""Replaying: a log once more from its inputs, beside the one that was written, hash by hash.

Inputs are the first line, the bars heard, the commands told, and that a run was broken off (a fault ends a run from
outside, so nothing else tells of it). All other lines have to come of them again.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from execution import entries as say
from execution import order_kernel, strategy_kernel
from execution.journal import LOGS, verify
from execution.resuming import NotTheSame, began_of, begin, is_of_now, link, pin, replay
from spec.bars import BadBars, resample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from execution.journal import Line
    from spec.bars import Bars
    from spec.strategy import Strategy

    Progress = Callable[[int, int], None]


class OtherCandles(ValueError):
    """Candles that are not those before the run: one sentence says which are needed."""


def history_of(began: say.Began, candles: Bars) -> Bars:
    """The candles before a run, out of candles of its timeframe or finer; raises OtherCandles."""
    pinned = began.history
    try:
        bars = resample(candles, began.timeframe)
    except BadBars as error:
        msg = f"these candles cannot be made into {began.timeframe} bars: {error}"
        raise OtherCandles(msg) from None
    first = int(np.searchsorted(bars.time, pinned.first))
    history = bars[first : first + pinned.bars]
    if pin(history) != pinned:
        msg = (
            f"these are not the candles that the run began with: {pinned.bars} bars of {began.timeframe} whose pin is "
            f"{pinned.sha256[:12]}; give those of {began.market} before it"
        )
        raise OtherCandles(msg)
    return history


def again(lines: Sequence[Line], strategy: Strategy, history: Bars, on_progress: Progress) -> tuple[Line, ...]:
    """The log that comes of the inputs in ``lines``, the strategy's first.

    ``on_progress`` is told (lines made, lines in all). Raises BrokenChain, NotTheSame where the inputs cannot have
    happened, and BadBars.
    """
    verify(lines)
    try:
        made = list(_made(lines, strategy, history, on_progress))
    except msgspec.MsgspecError as error:
        msg = f"a line of the log is of another make ({error}); replay it with the version of drawbridge that wrote it"
        raise NotTheSame(msg) from None
    except (strategy_kernel.UnlistedTransition, order_kernel.UnlistedTransition) as error:
        msg = f"the log's inputs cannot have happened: {error}"
        raise NotTheSame(msg) from None
    return tuple(line for log in LOGS for line in made if line.log == log)


def _made(lines: Sequence[Line], strategy: Strategy, history: Bars, on_progress: Progress) -> Iterator[Line]:
    began = began_of(lines)
    if not is_of_now(began):
        msg = "it traded live by the rules of another version of drawbridge; replay it with the version that wrote it"
        raise NotTheSame(msg)
    runner, chain, first = begin(began, strategy, history)
    yield from first
    count = len(first)
    for said in replay(runner, lines, began.timeframe):
        linked = link(chain, said)
        yield from linked
        count += len(linked)
        on_progress(min(count, len(lines)), len(lines))
    broken_off = _broken_off(lines)
    if broken_off is not None and runner.ended is None:
        yield from link(chain, [broken_off])


def _broken_off(lines: Sequence[Line]) -> say.Ended | None:
    """The end of a run that failed, which nothing in it tells of."""
    last = next((line for line in reversed(lines) if line.log == "strategy"), None)
    entry = say.read(last.text) if last else None
    return entry if isinstance(entry, say.Ended) and entry.fault is not None else None


def ends(lines: Sequence[Line]) -> dict[str, Line]:
    """The last line of each log: its hash stands for all before it."""
    return {line.log: line for line in lines}


def differs(one: Sequence[Line], other: Sequence[Line]) -> Line | None:
    """The first line of a log, the strategy's first, whose hash is another one in the other; None: they are alike."""
    for log in LOGS:
        these, those = ([line for line in lines if line.log == log] for lines in (one, other))
        for this, that in zip(these, those, strict=False):
            if this.hash != that.hash:
                return this
        longer = max(these, those, key=len)
        if len(these) != len(those):
            return next(islice(longer, min(len(these), len(those)), None))
    return None
