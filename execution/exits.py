"""Exit rules: what each needs to know of a bar, and the price that follows for its order.

A mark is the value of a line on the bar, or a distance in price units for an ATR rule; fixed prices and percentages
need none. Marks of a bar are known at its open.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, assert_never

import numpy as np
from msgspec import UNSET, UnsetType

from spec.block import value_at
from spec.indicators.true_range import AtrState, atr
from spec.placement import Ground, place
from spec.strategy import AtAtr, AtLine, AtPercent, AtPrice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from execution.messages import Marks
    from spec.bars import Bars
    from spec.strategy import ExitRule, Strategy

    Floats = NDArray[np.float64]


def rules_of(strategy: Strategy) -> tuple[ExitRule, ...]:
    """The stop and then the targets; empty for a watch."""
    return (strategy.stop, *(target.at for target in strategy.targets)) if strategy.stop else ()


def more_rules_of(strategy: Strategy) -> dict[str, ExitRule]:
    """The rules behind stop and targets, by what they are for: trail, invalidation, entry."""
    trail, order = strategy.managed.trail, strategy.entry.order if strategy.entry else UNSET
    rules: dict[str, ExitRule | None] = {
        "trail": trail.by if trail else None,
        "invalidation": strategy.managed.invalidation,
        "entry": None if isinstance(order, UnsetType) else order.at,
    }
    return {name: rule for name, rule in rules.items() if rule is not None}


def every_rule_of(strategy: Strategy) -> tuple[ExitRule, ...]:
    """All rules that have marks, the stop first, then the targets, then the others."""
    return (*rules_of(strategy), *more_rules_of(strategy).values())


def mark_columns(strategy: Strategy, bars: Bars) -> tuple[tuple[Floats | None, ...], tuple[str, ...]]:
    """One column of marks for the stop and each target over bars of the strategy's timeframe, and notes.

    An ATR mark is that of the bar before, NaN before the warm-up. Raises BadBars where a line cannot be placed.
    """
    return columns_of(rules_of(strategy), strategy, bars)


def columns_of(
    rules: tuple[ExitRule, ...], strategy: Strategy, bars: Bars
) -> tuple[tuple[Floats | None, ...], tuple[str, ...]]:
    """One column of marks a rule, None where it needs none, and notes."""
    ground = Ground(bars, strategy.market is not None and strategy.market.reports_every_interval)
    columns = tuple(_column(rule, ground) for rule in rules)
    return columns, tuple(dict.fromkeys(ground.notes))


def _column(rule: ExitRule, ground: Ground) -> Floats | None:
    match rule:
        case AtPrice() | AtPercent():
            return None
        case AtLine(line):
            straight = place(line, ground).one
            bars = ground.bars
            x = bars.time.astype(np.float64) if straight.by_time else np.arange(len(bars), dtype=np.float64)
            with np.errstate(over="ignore", invalid="ignore"):  # a steep line leaves the floats; then it has no price
                return value_at(straight, np.clip(x, straight.first, straight.last))
        case AtAtr(multiple, length):
            _, values = atr(AtrState(), length, ground.bars)
            return multiple * np.concatenate([[np.nan], values[:-1]])
        case _:
            assert_never(rule)


def marks_at(columns: tuple[Floats | None, ...], row: int) -> Marks:
    """The marks that hold during one bar."""
    return tuple(None if column is None else float(column[row]) for column in columns)


def price_of(rule: ExitRule, mark: float | None, entry: float, sign: int) -> float | None:
    """The price of a rule for an entry price; ``sign`` is 1 where it lies above the entry (a long's target), else -1.

    None where the rule has no price yet: an ATR that is not warmed up.
    """
    match rule:
        case AtPrice(price):
            return price
        case AtPercent(percent):
            return entry + sign * abs(entry) * percent / 100
        case AtLine():
            return known(mark)
        case AtAtr():
            distance = known(mark)
            return None if distance is None else entry + sign * distance
        case _:
            assert_never(rule)


def known(mark: float | None) -> float | None:
    return None if mark is None or not math.isfinite(mark) else mark


def moved(rules: tuple[ExitRule, ...], before: Marks, now: Marks) -> Marks:
    """The marks of an open position on a new bar: lines move on, distances stay as they were at the entry."""
    triples = zip(rules, before, now, strict=True)
    return tuple(new if isinstance(rule, AtLine) and known(new) is not None else old for rule, old, new in triples)
