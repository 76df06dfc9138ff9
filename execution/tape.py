"""The tape: what a backtest reads, bar by bar, prepared at once.

The strategy's bars, the marks of its exit rules, and the bars on which its entry and exit nodes fire. A node of a
coarser timeframe fires on the bar on which its own bar becomes known. ``next_row`` tells which bar can matter next.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from execution.approximation import approximations, is_intrabar
from execution.brokers.paper import Path, Point, assumed_path, locate
from execution.exits import columns_of, every_rule_of, marks_at
from execution.volumes import NO_VOLUMES, Volumes
from spec import timeframe as tf
from spec.bars import BadBars, Bars, resample
from spec.equipped import code_of
from spec.evaluation import evaluate
from spec.graph import with_inputs
from spec.hits import EVENTS, Hits
from spec.rollup import SILENT, descend
from spec.signals import is_state
from spec.strategy import AtLine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from execution.messages import Marks
    from spec.evaluation import Said
    from spec.signals import Node
    from spec.strategy import Strategy

    Floats = NDArray[np.float64]
    Rows = NDArray[np.int64]

Role: TypeAlias = Literal["entry", "exit"]
FIRST_LOOK = 64  # bars; looking ahead begins short, as most orders are touched soon
LONGEST_LOOK = 65_536


@dataclass(frozen=True, slots=True, eq=False)
class Cue:
    """The bars on which a node fires; ``hits`` are given, one a bar, where it fires within the bar."""

    rows: Rows
    hits: Hits | None = None

    def at(self, row: int) -> int | None:
        """Which of the cue's bars this one is, if any."""
        place = int(self.rows.searchsorted(row))
        return place if place < len(self.rows) and self.rows[place] == row else None

    def next_row(self, row: int) -> int | None:
        """The first of its bars at or after this one."""
        place = int(self.rows.searchsorted(row))
        return int(self.rows[place]) if place < len(self.rows) else None


NO_CUE = Cue(np.empty(0, np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class Tape:
    """Bars of the strategy's timeframe with everything known of each."""

    bars: Bars
    tick: float | None
    columns: tuple[Floats | None, ...]
    lines: tuple[bool, ...]
    entry: Cue
    exit: Cue = NO_CUE
    notes: tuple[str, ...] = field(default=())
    ahead: tuple[Floats | None, ...] = ()
    volumes: Volumes = NO_VOLUMES

    def __len__(self) -> int:
        return len(self.bars)

    def time(self, row: int) -> int:
        """When the bar opened, UNIX seconds UTC."""
        return int(self.bars.time[row])

    def path(self, row: int) -> Path:
        """The bar's assumed path."""
        bars = self.bars
        return assumed_path(
            (bars.open.item(row), bars.high.item(row), bars.low.item(row), bars.close.item(row)), self.tick
        )

    def marks(self, row: int) -> Marks:
        """The marks of the exit rules during the bar."""
        return marks_at(self.columns, row)

    def marks_ahead(self, row: int) -> Marks:
        """The marks of the bar after this one, which follow from what has closed; where they were computed."""
        return marks_at(self.ahead, row)

    def moving(self, rule: int) -> Floats | None:
        """The column of a rule whose order moves from bar to bar; None for any other rule."""
        return self.columns[rule] if self.lines[rule] else None

    def touch(self, row: int, falls: Floats | float, rises: Floats | float) -> int | None:
        """The first bar at or after this one whose low falls to one level or whose high rises to the other.

        A level is a number or a column of the whole tape. A tick of margin is given, so that rounding to the
        tick finds no bar too few; a bar too many does no harm.
        """
        margin, look = self.tick or 0.0, FIRST_LOOK
        while row < len(self.bars):
            rows = slice(row, row + look)
            met = (self.bars.low[rows] <= _cut(falls, rows) + margin) | (
                self.bars.high[rows] >= _cut(rises, rows) - margin
            )
            if met[first := int(met.argmax())]:
                return row + first
            row, look = row + look, min(4 * look, LONGEST_LOOK)
        return None


def _cut(level: Floats | float, rows: slice) -> Floats | float:
    return level if isinstance(level, float) else level[rows]


def hit_point(cue: Cue, row: int, path: Path) -> tuple[bool, Point | None]:
    """Whether the node fires on the bar, and where on its path; None: it is known at the close only."""
    at = cue.at(row)
    if at is None:
        return False, None
    if cue.hits is None:
        return True, None
    hits = cue.hits
    return True, locate(path, EVENTS[hits.event[at]], float(hits.price[at]), float(hits.value[at]))


def hits(tape: Tape, row: int, path: Path) -> tuple[list[tuple[Point, Role]], dict[Role, Cue]]:
    """The nodes that fire within the bar, in the order of its path, and those that fire at its close."""
    fired: list[tuple[Point, Role]] = []
    closing: dict[Role, Cue] = {}
    cues: tuple[tuple[Role, Cue], ...] = (("exit", tape.exit), ("entry", tape.entry))
    for role, cue in cues:
        fires, point = hit_point(cue, row, path)
        if fires and point is not None:
            fired.append((point, role))
        elif fires:
            closing[role] = cue
    return sorted(fired, key=lambda hit: hit[0][:2]), closing


def prepare(strategy: Strategy, candles: Bars) -> Tape:
    """The tape of a strategy over candles of its timeframe or finer; raises BadBars as evaluation does."""
    bars = resample(candles, strategy.timeframe)
    if len(bars) == 0:
        msg = f"the candles do not fill one bar of {strategy.timeframe}; give a longer file"
        raise BadBars(msg)
    names = tuple(name for name in (strategy.entry and strategy.entry.node, strategy.exit) if name)
    nodes = {name: strategy.nodes[name] for name in sorted(with_inputs(strategy.nodes, names))}
    said, notes = evaluate(nodes, strategy.market, candles, code_of(strategy))
    cues = {name: _cue(name, said[name], nodes, (bars, candles)) for name in names}
    rules = every_rule_of(strategy)
    columns, more = columns_of(rules, strategy, bars)
    return Tape(
        bars=bars,
        tick=strategy.market.tick_size if strategy.market else None,
        columns=columns,
        lines=tuple(isinstance(rule, AtLine) for rule in rules),
        entry=cues[strategy.entry.node] if strategy.entry else NO_CUE,
        exit=cues[strategy.exit] if strategy.exit else NO_CUE,
        notes=tuple(dict.fromkeys((*notes, *more, *approximations(nodes)))),
        volumes=Volumes(bars.time, bars.volume),
    )


def _cue(name: str, said: Said, nodes: Mapping[str, Node], series: tuple[Bars, Bars]) -> Cue:
    """The cue of a node from what it said; ``series`` are the strategy's bars and the candles."""
    bars, candles = series
    if said.timeframe == bars.timeframe:
        return Cue(said.hits.index, said.hits if is_intrabar(nodes[name]) else None)
    coarse = resample(candles, said.timeframe)
    truth = np.isin(coarse.time, said.time)
    ends = tf.close_times(coarse.time, coarse.timeframe)
    _, heard = descend(SILENT, (ends, truth), bars, state=is_state(name, nodes))
    return Cue(np.flatnonzero(heard))
