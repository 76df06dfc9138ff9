"""The trade of a picture: where it was entered or would be, with its stop and targets.

The latest fill counts, else the latest firing of the entry, else the line that the entry waits at.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, assert_never

from msgspec import Struct

from execution.exits import mark_columns, marks_at, price_of, rules_of
from server.charts.elements import Position
from server.charts.happenings import filled_at
from spec.custom import Custom
from spec.signals import (
    AllOf,
    AnyOf,
    Compare,
    Cooldown,
    NoneOf,
    Once,
    Regime,
    Sequence,
    SrProximity,
    TimeWindow,
    TrendlineCross,
)
from spec.strategy import AtAtr, AtPercent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.charts.elements import Fill
    from server.charts.happenings import Firing
    from server.charts.overlay import Overlay
    from server.charts.tracing import Spot
    from spec.bars import Bars
    from spec.signals import Node
    from spec.strategy import Side, Strategy

WIDTH = 0.14  # of the bars shown, where nothing says when the trade ended


class Opening(Struct, frozen=True):
    """Where a trade begins and, where it is over, ends: bar indexes of the series; and the price of the entry."""

    index: int
    price: float
    end: int | None = None
    planned: bool = False


def position_of(strategy: Strategy, opening: Opening, bars: Bars, shown: int) -> Position | None:
    """The trade as boxes; None where it has no stop yet, or one on the wrong side."""
    if strategy.entry is None:
        return None
    sign = 1 if strategy.entry.side == "long" else -1
    stop, *targets = exit_prices(strategy, opening, bars, sign)
    if stop is None or (opening.price - stop) * sign <= 0:
        return None
    shares = (target.share for target in strategy.targets)
    held = [(price, share) for price, share in zip(targets, shares, strict=True) if price is not None]
    won = sorted((pair for pair in held if (pair[0] - opening.price) * sign > 0), key=lambda pair: pair[0] * sign)
    end = opening.index + max(8.0, shown * WIDTH) if opening.end is None else max(opening.end, opening.index + 1)
    return Position(strategy.entry.side, opening.index, end, opening.price, stop, tuple(won))


def not_drawn(strategy: Strategy, position: Position | None) -> list[str]:
    """Which exits the picture cannot show as prices, and why."""
    distances = [rule for rule in rules_of(strategy) if isinstance(rule, AtPercent | AtAtr)]
    if position is None:
        return ["exits at a distance from the entry are not drawn without one"] if distances else []
    missing = len(strategy.targets) - len(position.targets)
    return [f"{missing} of {len(strategy.targets)} targets have no price beyond the entry yet"] if missing else []


def exit_prices(strategy: Strategy, opening: Opening, bars: Bars, sign: int) -> list[float | None]:
    """Where the stop and the targets of a trade stand on its bar; None where one has no price yet."""
    columns, _ = mark_columns(strategy, bars)
    marks = marks_at(columns, min(opening.index, len(bars) - 1))
    signs = [-sign, *[sign] * len(strategy.targets)]
    rules = zip(rules_of(strategy), marks, signs, strict=True)
    return [price_of(rule, mark, opening.price, way) for rule, mark, way in rules]


def opening_of(
    strategy: Strategy, overlay: Overlay, firings: list[Firing], spots: Mapping[str, tuple[Spot, ...]], bars: Bars
) -> Opening | None:
    """Where the latest trade begins, or the next one would; None for a watch."""
    if strategy.entry is None:
        return None
    name = strategy.entry.node
    if opening := _filled(overlay.fills, strategy.entry.side, bars):
        return opening
    fired = [firing for firing in firings if firing.node == name]
    if fired:
        return Opening(fired[-1].index, fired[-1].price)
    spot = next((spots[leaf][0] for leaf in _waits_at(name, strategy.nodes) if spots.get(leaf)), None)
    last = len(bars) - 1
    prices = spot.prices_at(last) if spot else (float(bars.close[-1]),)
    price = prices[-1] if strategy.entry.side == "long" else prices[0]
    return Opening(last, price, planned=True) if math.isfinite(price) else None


def _filled(fills: tuple[Fill, ...], side: Side, bars: Bars) -> Opening | None:
    opens = "buy" if side == "long" else "sell"
    opening: Opening | None = None
    for fill in sorted(fills, key=lambda fill: fill.time):
        index = filled_at(fill, bars)
        if index is None:
            continue
        if fill.deal == opens:
            opening = Opening(index, fill.price)
        elif opening is not None:
            opening = Opening(opening.index, opening.price, index)
    return opening


def _waits_at(name: str, nodes: Mapping[str, Node]) -> list[str]:
    """The geometric nodes that an entry may fire at, the likeliest first: a sequence fires at its second part."""
    node = nodes[name]
    match node:
        case TrendlineCross() | SrProximity():
            return [name]
        case Compare() | Regime() | TimeWindow() | NoneOf() | Custom():
            return []
        case AllOf(names) | AnyOf(names):
            return [leaf for read in names for leaf in _waits_at(read, nodes)]
        case Sequence(first, then):
            return [*_waits_at(then, nodes), *_waits_at(first, nodes)]
        case Once(read) | Cooldown(read):
            return _waits_at(read, nodes)
        case _:
            assert_never(node)
