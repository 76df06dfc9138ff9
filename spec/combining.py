"""Combinators: nodes made true by other nodes, bar by bar.

Each kernel takes what it remembered and the truth of its inputs over a block of bars (one boolean a bar), and
gives what to remember and its own truth. Bars are counted in the combinator's own timeframe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

import numpy as np
from msgspec import Struct

from spec.signals import AllOf, AnyOf, Combinator, Cooldown, NoneOf, Once, Sequence, TimeWindow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from spec.bars import Bars

    Bools = NDArray[np.bool_]

DAY_MINUTES = 1440


class Pending(Struct, frozen=True):
    """Bar index of the latest pulse of ``first`` that nothing consumed; None without one."""

    pulse: int | None = None


class Fired(Struct, frozen=True):
    """Bar index of the last firing that passed; None before the first."""

    last: int | None = None


def combine(before: Any, node: Combinator, heard: Mapping[str, Bools], start: int) -> tuple[Any, Bools]:
    """The truth of a combinator from the truth of its inputs; bars count from ``start``."""
    match node:
        case AllOf(names):
            return None, _joined(np.logical_and, [heard[name] for name in names])
        case AnyOf(names):
            return None, _joined(np.logical_or, [heard[name] for name in names])
        case NoneOf(names):
            return None, ~_joined(np.logical_or, [heard[name] for name in names])
        case Sequence(first, then, within):
            return sequence(before or Pending(), (heard[first], heard[then]), start, within)
        case Once(name):
            return once(before or Fired(), heard[name], start)
        case Cooldown(name, bars):
            return cooldown(before or Fired(), heard[name], start, bars)
        case _:
            assert_never(node)


def _joined(ufunc: np.ufunc, columns: list[Bools]) -> Bools:
    """One after the other into one column, which spares the table of all that ``reduce`` would make."""
    truth = columns[0].copy()
    for column in columns[1:]:
        ufunc(truth, column, out=truth)
    return truth


def sequence(before: Pending, inputs: tuple[Bools, Bools], start: int, within: int) -> tuple[Pending, Bools]:
    """``then`` true 1 to ``within`` bars after the latest pulse of ``first``; firing consumes that pulse."""
    first, then = inputs
    fires = np.zeros(len(then), np.bool_)
    pulse = before.pulse
    for row in np.flatnonzero(first | then).tolist():
        at = start + row
        if first[row]:
            pulse = at
        elif pulse is not None and at - pulse <= within:
            fires[row] = True
            pulse = None
    return Pending(pulse), fires


def once(before: Fired, truth: Bools, start: int) -> tuple[Fired, Bools]:
    """The first true bar of all."""
    fires = np.zeros(len(truth), np.bool_)
    if before.last is not None or not truth.any():
        return before, fires
    row = int(truth.argmax())
    fires[row] = True
    return Fired(start + row), fires


def cooldown(before: Fired, truth: Bools, start: int, bars: int) -> tuple[Fired, Bools]:
    """True bars, less those within ``bars`` bars after one that passed."""
    fires = np.zeros(len(truth), np.bool_)
    last = before.last
    for row in np.flatnonzero(truth).tolist():
        if last is None or start + row - last > bars:
            fires[row] = True
            last = start + row
    return Fired(last), fires


def time_window(window: TimeWindow, bars: Bars) -> Bools:
    """Bars whose open lies in the window; minutes and weekdays are UTC."""
    time = bars.time
    truth = np.ones(len(time), np.bool_)
    if window.start is not None:
        truth &= time >= window.start
    if window.end is not None:
        truth &= time < window.end
    minute = time // 60 % DAY_MINUTES
    if window.from_minute <= window.to_minute:
        truth &= (minute >= window.from_minute) & (minute < window.to_minute)
    else:
        truth &= (minute >= window.from_minute) | (minute < window.to_minute)
    if window.weekdays is not None:
        truth &= np.isin((time // 86_400 + 3) % 7, window.weekdays)  # the epoch was a Thursday
    return truth
