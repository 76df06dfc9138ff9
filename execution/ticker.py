"""The ticker: the tape as it comes, printed for each run of closed bars by the same evaluation as a backtest's.

Shapes are placed on the history; its bars are evaluated, so that every memory is warm, and never traded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, assert_never

import numpy as np

from execution.approximation import approximations, is_intrabar
from execution.exits import every_rule_of
from execution.tape import NO_CUE, Cue, Tape
from execution.tick_index import is_ticked
from execution.volumes import NO_VOLUMES
from spec import timeframe as tf
from spec.block import value_at
from spec.equipped import code_of, custom_nodes
from spec.evaluation import NOT_WALKED, Evaluation, blocks_of
from spec.graph import with_inputs
from spec.indicators.true_range import AtrState, atr
from spec.placement import Ground, Straight, place
from spec.rollup import SILENT, Descent, Rollup, descend, roll
from spec.signals import SrProximity, TrendlineCross, is_state
from spec.strategy import AtAtr, AtLine, AtPercent, AtPrice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from execution.messages import Marks
    from execution.tape import Role as Cued
    from execution.tick_index import Placed
    from spec.bars import Bars
    from spec.evaluation import Said, Walked
    from spec.strategy import ExitRule, Strategy

    Floats = NDArray[np.float64]

BLOCK = 1_024  # bars; the buffers of a run are as long as the longest block it was given
Role: TypeAlias = Literal["entry", "exit", "watch"]


@dataclass(slots=True)
class Ear:
    """How a node is heard on the strategy's bars: as it fires, or when its own coarser bar has closed."""

    node: str
    state: bool
    intrabar: bool
    rollup: Rollup
    descent: Descent = SILENT

    def cue(self, said: Said, bars: Bars, start: int) -> Cue:
        """Which of these bars, the first of which is bar ``start``, it fires on."""
        if said.timeframe == bars.timeframe:
            return Cue(said.hits.index - start, said.hits if self.intrabar else None)
        self.rollup, closed = roll(self.rollup, bars)
        words = tf.close_times(closed.time, closed.timeframe), np.isin(closed.time, said.time)
        self.descent, heard = descend(self.descent, words, bars, state=self.state)
        return Cue(np.flatnonzero(heard))


@dataclass(slots=True)
class LineMark:
    """The value of a line on each bar."""

    straight: Straight

    def column(self, bars: Bars, start: int) -> Floats:
        """Beyond its ends the last value holds."""
        line = self.straight
        x = bars.time.astype(np.float64) if line.by_time else np.arange(start, start + len(bars), dtype=np.float64)
        with np.errstate(over="ignore", invalid="ignore"):  # a steep line leaves the floats; then it has no price
            return value_at(line, np.clip(x, line.first, line.last))

    def now(self, index: int, time: int) -> float:
        """The value on the bar of this index and open."""
        line = self.straight
        with np.errstate(over="ignore", invalid="ignore"):
            x = np.clip(np.array([time if line.by_time else index], np.float64), line.first, line.last)
            return float(value_at(line, x)[0])

    def ahead(self, bars: Bars, start: int) -> Floats:
        """The value on the bar after each, if that follows without a gap."""
        line = self.straight
        next_bars = np.arange(start + 1, start + 1 + len(bars), dtype=np.float64)
        x = tf.close_times(bars.time, bars.timeframe).astype(np.float64) if line.by_time else next_bars
        with np.errstate(over="ignore", invalid="ignore"):
            return value_at(line, np.clip(x, line.first, line.last))


@dataclass(slots=True)
class AtrMark:
    """A multiple of the ATR of the bar before."""

    multiple: float
    length: int
    state: AtrState
    last: float = np.nan
    values: Floats = field(default_factory=lambda: np.empty(0))

    def column(self, bars: Bars, _: int) -> Floats:
        """NaN before the warm-up."""
        self.state, values = atr(self.state, self.length, bars)
        before = np.concatenate([[self.last], values[:-1]])
        self.last, self.values = float(values[-1]), values
        return self.multiple * before

    def now(self, _: int, __: int) -> float:
        """The mark on the bar that has not closed yet."""
        return self.multiple * self.last

    def ahead(self, _: Bars, __: int) -> Floats:
        """The mark on the bar after each of those of the last column."""
        return self.multiple * self.values


Mark: TypeAlias = LineMark | AtrMark | None


def _mark(rule: ExitRule, ground: Ground) -> Mark:
    match rule:
        case AtPrice() | AtPercent():
            return None
        case AtLine(line):
            return LineMark(place(line, ground).one)
        case AtAtr(multiple, length):
            return AtrMark(multiple, length, AtrState())
        case _:
            assert_never(rule)


def roles_of(strategy: Strategy) -> dict[str, Role]:
    """What the nodes at the top are for; every node of a watch is watched."""
    if strategy.entry is None:
        return dict.fromkeys(strategy.nodes, "watch")
    exits: dict[str, Role] = {strategy.exit: "exit"} if strategy.exit else {}
    return {**exits, strategy.entry.node: "entry"}


class Ticker:
    """A strategy's or watch's nodes and marks over bars of its timeframe, one run of bars after another.

    Shapes stand where ``history`` says, of which the first ``warm`` bars (None: all) have been. Raises BadBars where it
    cannot tell where a shape stands.
    """

    def __init__(self, strategy: Strategy, history: Bars, warm: int | None = None) -> None:
        self.roles = roles_of(strategy)
        self.nodes = {name: strategy.nodes[name] for name in sorted(with_inputs(strategy.nodes, tuple(self.roles)))}
        market = strategy.market
        ground = Ground(history, market is not None and market.reports_every_interval)
        self._evaluation = Evaluation(self.nodes, market, history, code_of(strategy))
        self.coded = bool(custom_nodes(self.nodes))  # so that a bar may take long
        self.tick = market.tick_size if market else None
        self._timeframe = strategy.timeframe
        self._rules = every_rule_of(strategy)
        self._marks = tuple(_mark(rule, ground) for rule in self._rules)
        self.cues = tuple((role, name) for role, name in _cues_of(strategy) if name)
        self._entry = self._ear(strategy.entry.node) if strategy.entry else None
        self._exit = self._ear(strategy.exit) if strategy.exit else None
        self.states = frozenset(name for name in self.nodes if is_state(name, self.nodes))
        self.seen = 0
        self.volumes = NO_VOLUMES
        self._by_volume = strategy.entry is not None and strategy.entry.by_volume
        self._said_last: dict[str, int] = {}
        self.notes = tuple(dict.fromkeys((*self._evaluation.notes, *ground.notes, *approximations(self.nodes))))
        for block in blocks_of(history[:warm], BLOCK):
            self.take(block)
        self._evaluation.shrink()

    def _ear(self, name: str) -> Ear:
        frame = self._evaluation.timeframes[name]
        return Ear(name, is_state(name, self.nodes), is_intrabar(self.nodes[name]), Rollup(frame))

    def ticked(self) -> dict[str, Placed]:
        """The nodes of the strategy's own timeframe that a tick can decide, and where they stand."""
        frames, bands = self._evaluation.timeframes, self._evaluation.bands
        return {
            name: (node, bands[name])
            for name, node in self.nodes.items()
            if isinstance(node, TrendlineCross | SrProximity) and frames[name] == self._timeframe and is_ticked(node)
        }

    def remembered(self, name: str) -> tuple[int | None, Any]:
        """When a geometric node last fired, and what its kernel remembers."""
        return self._evaluation.remembered(name)

    def is_news(self, name: str) -> bool:
        """Whether a node that fires within the bar that has not closed yet says something new."""
        return name not in self.states or self._said_last.get(name) != self.seen - 1

    def marks_now(self, time: int) -> Marks:
        """The marks during the bar that opened at ``time`` and has not closed yet."""
        return tuple(None if mark is None else mark.now(self.seen, time) for mark in self._marks)

    def take(self, bars: Bars, walked: Mapping[str, Walked] = NOT_WALKED) -> tuple[Tape, dict[str, Said]]:
        """The tape of the next bars, and what each node said on them; a state says only that it began to hold.

        ``walked``: what its own ticks made of the nodes that are ``ticked`` on the one bar given.
        """
        start, self.seen = self.seen, self.seen + len(bars)
        self.volumes = self.volumes.then(bars) if self._by_volume else self.volumes
        said = self._evaluation.advance(bars, walked)
        tape = Tape(
            bars=bars,
            tick=self.tick,
            columns=tuple(None if mark is None else mark.column(bars, start) for mark in self._marks),
            lines=tuple(isinstance(rule, AtLine) for rule in self._rules),
            entry=_cue(self._entry, said, bars, start),
            exit=_cue(self._exit, said, bars, start),
            ahead=tuple(None if mark is None else mark.ahead(bars, start) for mark in self._marks),
            volumes=self.volumes,
        )
        return tape, {name: self._news(name, one) for name, one in said.items()}

    def _news(self, name: str, said: Said) -> Said:
        """What is new of what a node said: of a state, the bars on which it did not hold the bar before."""
        index = said.hits.index
        if name not in self.states or len(index) == 0:
            return said
        new = np.diff(index, prepend=self._said_last.get(name, -2)) > 1
        self._said_last[name] = int(index[-1])
        return type(said)(said.timeframe, said.hits[new], said.time[new])


def _cues_of(strategy: Strategy) -> tuple[tuple[Cued, str | None], ...]:
    return ("exit", strategy.exit), ("entry", strategy.entry.node if strategy.entry else None)


def _cue(ear: Ear | None, said: Mapping[str, Said], bars: Bars, start: int) -> Cue:
    return ear.cue(said[ear.node], bars, start) if ear else NO_CUE


def row_of(bars: Bars, said: Said) -> NDArray[np.int64]:
    """On which of the bars each hit became known: the first that ends when the node's own bar does, or later."""
    ends = tf.close_times(said.time, said.timeframe)
    return np.searchsorted(tf.close_times(bars.time, bars.timeframe), ends, side="left")
