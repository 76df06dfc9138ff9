"""Evaluation: a strategy's nodes over bars, one block after another.

``Evaluation`` knows where each shape stands and what each kernel remembers. ``advance`` takes the next bars, a year
of them or one, and gives what each node said: a backtest and a live run are the same calls.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from spec import combining
from spec import timeframe as tf
from spec.bars import Bars, resample
from spec.block import BLOCK, Block, Scratch
from spec.comparing import Tail, compare
from spec.consulting import Consulted, consult, uncoded
from spec.crossing import close_crossings, path_crossings
from spec.custom import Custom
from spec.firing import firings
from spec.graph import order, timeframes
from spec.hits import CODE, NOTHING, Hits, join
from spec.indicators.regime import regime
from spec.indicators.series import indicate
from spec.operands import AtrOf, Constant, Indicator, Operand, PriceOf, ValueOf, current
from spec.placement import NOWHERE, Band, Ground, Straight, place
from spec.proximity import nearness
from spec.rollup import SILENT, Descent, Rollup, descend, roll
from spec.signals import (
    Compare,
    Node,
    Regime,
    SrProximity,
    TimeWindow,
    TrendlineCross,
    inputs_of,
    is_state,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from spec.custom import Code
    from spec.market import Market

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What a node said on a run of bars of its own timeframe.

    ``hits.index`` counts that timeframe's bars from the first ever taken; ``time`` is the bar's open for each hit.
    """

    timeframe: str
    hits: Hits
    time: NDArray[np.int64]


class Walked(NamedTuple):
    """What the ticks of one bar made of a node: what it remembers after it, and what it hit."""

    memory: Any
    hits: Hits


NOT_WALKED: Mapping[str, Walked] = MappingProxyType({})


@dataclass(slots=True)
class Track:
    """One timeframe of an evaluation: what runs along with its bars."""

    rollup: Rollup
    seen: int = 0
    indicators: dict[Indicator, Any] = field(default_factory=dict)
    scratch: Scratch = field(default_factory=lambda: Scratch(0))

    def take(self, bars: Bars) -> Block:
        """The block of this timeframe's bars that the given bars close."""
        if bars.timeframe != self.rollup.timeframe:
            self.rollup, bars = roll(self.rollup, bars)
        if len(bars) > self.scratch.length:
            self.scratch = Scratch(len(bars))
        ready: dict[Indicator, Floats] = {}
        for one, memory in self.indicators.items():
            self.indicators[one], ready[one] = indicate(memory, one, bars) if len(bars) else (memory, np.empty(0))
        self.seen += len(bars)
        return Block(bars, self.seen - len(bars), self.scratch, ready.__getitem__)


class Evaluation:
    """Named nodes over a series of bars.

    ``series`` is what is known of the bars when it starts (all of them in a backtest, the history in a live run), on
    which shapes are placed. ``advance`` starts with its first bar again, for bars are counted from there; it takes
    bars of the timeframe ``base``. ``code`` runs custom nodes. Raises BadBars where it cannot tell where a shape
    stands, BadGraph where the nodes do not form a graph, CustomFailed where a custom node does what it may not.
    ``notes``: what was placed by the clock, in sentences, each once.
    """

    def __init__(self, nodes: Mapping[str, Node], market: Market | None, series: Bars, code: Code = uncoded) -> None:
        self._nodes = dict(nodes)
        self._order = order(nodes)
        self.timeframes = timeframes(nodes)
        frames = sorted(set(self.timeframes.values()), key=tf.seconds)
        # bars of 2h do not make bars of 3h: where the finest does not fill the others, the series itself has to
        self.base = frames[0] if all(tf.divides(frames[0], frame) for frame in frames) else series.timeframe
        self._tick = market.tick_size if market else None
        by_clock = market is not None and market.reports_every_interval
        grounds = {frame: Ground(resample(series, frame), by_clock) for frame in frames}
        self._tracks = {frame: Track(Rollup(frame)) for frame in frames}
        self._bands: dict[str, Band] = {}
        self._lines: dict[str, tuple[Straight, Straight]] = {}
        self._code, self._consulted = code, dict[str, Consulted]()
        for name, node in nodes.items():
            self._prepare(name, node, grounds[self.timeframes[name]])
        self.notes = tuple(dict.fromkeys(note for ground in grounds.values() for note in ground.notes))
        self._memory: dict[str, Any] = {}
        self._descents: dict[tuple[str, str], Descent] = {}
        self._walked = NOT_WALKED

    @property
    def bands(self) -> Mapping[str, Band]:
        """Where each geometric node stands."""
        return self._bands

    def remembered(self, name: str) -> tuple[int | None, Any]:
        """When a geometric node last fired, and what its kernel remembers."""
        last, memory = self._memory.get(name) or (None, None)
        return last, memory

    def _prepare(self, name: str, node: Node, ground: Ground) -> None:
        """Place what the node stands on, and start the indicators that it needs."""
        track = self._tracks[self.timeframes[name]]
        match node:
            case TrendlineCross() | SrProximity():
                self._bands[name] = place(node.geometry, ground)
                if isinstance(node, SrProximity) and node.tolerance is not None and node.tolerance.unit == "atr":
                    track.indicators[AtrOf(node.tolerance.length)] = None
            case Compare(left=left, right=right):
                self._lines[name] = (_prepared(left, track, ground), _prepared(right, track, ground))
            case Custom(inputs=inputs):
                places = tuple(_prepared(operand, track, ground) for operand in inputs.values())
                self._consulted[name] = Consulted(node, places, self._code(name, node))
            case _:
                pass

    def shrink(self) -> None:
        """Let the buffers go: the next bars come one by one."""
        for track in self._tracks.values():
            track.scratch = Scratch(0)

    def advance(self, bars: Bars, walked: Mapping[str, Walked] = NOT_WALKED) -> dict[str, Said]:
        """What each node said on the next bars, which are of the base timeframe and follow the last ones.

        ``walked``: of a single bar, the nodes of its timeframe that its own ticks have decided.
        """
        self._walked = walked
        with np.errstate(over="ignore", invalid="ignore"):  # a steep line leaves the floats; infinity compares right
            return self._advance(bars)

    def _advance(self, bars: Bars) -> dict[str, Said]:
        blocks = {frame: track.take(bars) for frame, track in self._tracks.items()}
        said: dict[str, Said] = {}
        for name in self._order:
            block = blocks[self.timeframes[name]]
            reads = dict.fromkeys(inputs_of(self._nodes[name]))
            hits = self._hits(name, block, {read: self._hear(name, read, said, blocks) for read in reads})
            said[name] = Said(block.bars.timeframe, hits, block.bars.time[hits.index - block.start])
        return said

    def _hear(self, name: str, read: str, said: Mapping[str, Said], blocks: Mapping[str, Block]) -> Bools:
        """The truth of an input on each bar of the reader's timeframe."""
        mine, theirs = blocks[self.timeframes[name]], blocks[self.timeframes[read]]
        truth = truth_of(said[read].hits, theirs)
        if mine is theirs:
            return truth
        ends = tf.close_times(theirs.bars.time, theirs.bars.timeframe)
        before = self._descents.get((name, read), SILENT)
        state = is_state(read, self._nodes)
        self._descents[name, read], heard = descend(before, (ends, truth), mine.bars, state=state)
        return heard

    def _hits(self, name: str, block: Block, heard: Mapping[str, Bools]) -> Hits:
        node, before = self._nodes[name], self._memory.get(name)
        if len(block) == 0:
            return NOTHING
        match node:
            case TrendlineCross() | SrProximity():
                self._memory[name], hits = self._ask(name, node, before, block)
                return hits
            case TimeWindow():
                return true_hits(combining.time_window(node, block.bars), block)
            case Compare():
                self._memory[name], truth = compare(before or Tail(), node, self._lines[name], block)
                return true_hits(truth, block)
            case Regime():
                self._memory[name], truth = regime(before, node, block.bars)
                return true_hits(truth, block)
            case Custom():
                self._memory[name], truth, values = consult(before, self._consulted[name], block)
                return true_hits(truth, block, values)
            case _:
                self._memory[name], truth = combining.combine(before, node, heard, block.start)
                return true_hits(truth, block)

    def _ask(self, name: str, node: TrendlineCross | SrProximity, before: Any, block: Block) -> tuple[Any, Hits]:
        """A geometric node's hits that count; ``before`` is (when it last fired, the kernel's memory)."""
        last, memory = before or (None, None)
        band = self._bands[name]
        if name in self._walked:
            memory, hits = self._walked[name]
        elif isinstance(node, SrProximity):
            memory, hits = nearness(memory, band, block, node, self._tick)
        elif node.trigger == "intrabar":
            memory, hits = path_crossings(memory, band.one, block, node.direction, self._tick or 0.0)
        else:
            memory, hits = close_crossings(memory, band.one, block, node.direction)
        last, hits = firings(last, hits, block.bars.time[hits.index - block.start], node)
        return (last, memory), hits


def _prepared(operand: Operand, track: Track, ground: Ground) -> Straight:
    match operand:
        case ValueOf(line):
            return place(line, ground).one
        case PriceOf() | Constant():
            return NOWHERE
        case _:
            track.indicators[current(operand)] = None
            return NOWHERE


def truth_of(hits: Hits, block: Block) -> Bools:
    """One boolean for each bar of the block."""
    truth = np.zeros(len(block), np.bool_)
    truth[hits.index - block.start] = True
    return truth


def true_hits(truth: Bools, block: Block, values: Floats | None = None) -> Hits:
    """Hits of a node that is just true: the price is the close, and there is no value but those given."""
    rows = np.flatnonzero(truth)
    events = np.full(len(rows), CODE["true"], np.int8)
    value = np.full(len(rows), np.nan) if values is None else values[rows]
    return Hits(rows + block.start, events, block.bars.close[rows], value)


def blocks_of(bars: Bars, size: int = BLOCK) -> Iterable[Bars]:
    """The bars in runs of at most ``size``."""
    return (bars[at : at + size] for at in range(0, len(bars), size))


def evaluate(
    nodes: Mapping[str, Node], market: Market | None, candles: Bars, code: Code = uncoded
) -> tuple[dict[str, Said], tuple[str, ...]]:
    """What every node said over all candles (of the finest node's timeframe or finer), and the notes."""
    running = Evaluation(nodes, market, candles, code)
    parts: dict[str, list[Said]] = {name: [] for name in nodes}
    for block in blocks_of(resample(candles, running.base)):
        for name, said in running.advance(block).items():
            parts[name].append(said)
    return {name: _joined(said, running.timeframes[name]) for name, said in parts.items()}, running.notes


def _joined(parts: list[Said], timeframe: str) -> Said:
    time = np.concatenate([said.time for said in parts]) if parts else np.empty(0, np.int64)
    return Said(timeframe, join([said.hits for said in parts]), time)
