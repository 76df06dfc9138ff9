"""The frozen strategy: what is watched, when to trade, where to get out, how much to risk.

Everything in ``Strategy`` changes behaviour and lies inside the digest; everything else of an artifact lies inside
its seal.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, assert_never

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from spec import managing as handling
from spec import timeframe as tf
from spec.custom import Custom
from spec.geometry import Channel, Level, Line, Shape, UnixTime, Zone
from spec.graph import BadGraph, timeframes
from spec.managing import NOT_MANAGED, EntryOrder, Managing, Slices
from spec.market import Market
from spec.operands import ValueOf
from spec.rules import AtAtr, AtLine, AtPercent, AtPrice, BadStrategy, ExitRule
from spec.signals import Compare, Node, NodeName, SrProximity, TrendlineCross
from spec.timeframe import Timeframe

__all__ = [
    "DECODER",
    "SCHEMA",
    "SEMANTICS",
    "Artifact",
    "AtAtr",
    "AtLine",
    "AtPercent",
    "AtPrice",
    "BadStrategy",
    "Entry",
    "ExitRule",
    "Origin",
    "Provenance",
    "Risk",
    "Sha256",
    "Side",
    "Strategy",
    "StrategyId",
    "Target",
    "check",
    "lines_of",
    "shapes_of",
]
SCHEMA: Final = 1
SEMANTICS: Final = 1
Side = Literal["long", "short"]
StrategyId = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,79}(?!\n)$")]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}(?!\n)$")]


class Entry(Struct, frozen=True, forbid_unknown_fields=True):
    """Which node opens a position, on which side, and with what order.

    Without an order it is sent at the market, whole or in ``slices``.
    """

    side: Side
    node: NodeName
    order: EntryOrder | UnsetType = UNSET
    slices: Slices | UnsetType = UNSET

    def __post_init__(self) -> None:
        if self.order is not UNSET and self.slices is not UNSET:
            msg = "an entry in slices is sent at the market: leave out its order, or its slices"
            raise BadStrategy(msg)

    @property
    def by_volume(self) -> bool:
        """Whether its slices follow the volume of bars before it."""
        return not isinstance(self.slices, UnsetType) and self.slices.by == "vwap"


class Target(Struct, frozen=True, forbid_unknown_fields=True):
    """Take profit: ``share`` (0 to 1] of the position as it was opened."""

    at: ExitRule
    share: Annotated[float, Meta(gt=0, le=1)] = 1.0


class Risk(Struct, frozen=True, forbid_unknown_fields=True):
    """Size: lose ``percent`` of the equity if the stop is hit, with a notional of at most ``max_exposure`` x equity."""

    percent: Annotated[float, Meta(gt=0, le=100)] = 1.0
    max_exposure: Annotated[float, Meta(gt=0, le=100)] = 1.0


class Strategy(Struct, frozen=True, forbid_unknown_fields=True):
    """A strategy, or a watch: nodes that are evaluated and shown, without orders.

    ``timeframe`` is that of entries and exits. A watch whose ``market`` is None is shown, not evaluated.
    Raises BadStrategy (through msgspec: ValidationError) where the parts do not fit together.
    """

    kind: Literal["strategy", "watch"]
    market: Market | None
    timeframe: Timeframe
    nodes: dict[NodeName, Node]
    entry: Entry | None = None
    stop: ExitRule | None = None
    targets: tuple[Target, ...] = ()
    exit: NodeName | None = None
    risk: Risk = Risk()
    semantics: Literal[1] = 1
    managing: Managing | UnsetType = UNSET

    def __post_init__(self) -> None:
        handling.settled(self, self.managing)
        check(self)

    @property
    def managed(self) -> Managing:
        """How a position is looked after; a strategy that says nothing of it does nothing."""
        return NOT_MANAGED if isinstance(self.managing, UnsetType) else self.managing


class Origin(Struct, frozen=True, forbid_unknown_fields=True):
    """One drawing and what became of it; ``points`` are TradingView's own (time, offset, price)."""

    drawing: str
    tool: str
    text: str
    nodes: tuple[str, ...]
    points: tuple[tuple[int | None, int, float | None], ...]


class Provenance(Struct, frozen=True, forbid_unknown_fields=True):
    """Where an artifact comes from.

    ``last_anchor`` is the last bar that an anchor stands on, ``exported_at`` the last moment the trader could see
    (``exported_by`` says whether the export's bars or a person gave it): the borders of the hindsight parts, UNIX
    seconds UTC. ``edited`` says that a person changed the draft beyond answering its questions.
    """

    export_digest: Sha256
    interpreter: str
    symbol: str | None
    drawings: tuple[Origin, ...]
    answers: dict[str, str]
    last_anchor: UnixTime | None = None
    exported_at: UnixTime | None = None
    exported_by: Literal["bars", "stated", "received"] | None = None
    proposer: str | None = None
    edited: bool = False


class Artifact(Struct, frozen=True, forbid_unknown_fields=True):
    """A frozen strategy with its two hashes: ``digest`` over the behaviour, ``seal`` over every other byte."""

    drawbridge: Literal[1]
    digest: Sha256
    seal: Sha256
    id: StrategyId
    name: str
    strategy: Strategy
    provenance: Provenance


# msgspec lays out a type when it is first decoded, and two threads that do so at the same time crash the process: so it
# is done here, once, for everything that an artifact holds.
DECODER = msgspec.json.Decoder(Artifact)


def check(strategy: Strategy) -> None:
    """Raise BadStrategy where the parts do not fit together."""
    _check_nodes(strategy)
    for name in filter(None, (strategy.entry and strategy.entry.node, strategy.exit)):
        if name not in strategy.nodes:
            msg = f"there is no node {name}; the nodes are {', '.join(sorted(strategy.nodes))}"
            raise BadStrategy(msg)
    if strategy.kind == "watch":
        if strategy.entry or strategy.stop or strategy.targets or strategy.exit or strategy.managing is not UNSET:
            msg = "a watch has no entry, stop, target or exit; make it kind: strategy, or remove them"
            raise BadStrategy(msg)
        return
    if strategy.market is None or strategy.entry is None:
        msg = "a strategy needs a market and an entry"
        raise BadStrategy(msg)
    if sum(target.share for target in strategy.targets) > 1 + 1e-9:
        msg = "the targets take more than the whole position; their shares must add up to at most 1"
        raise BadStrategy(msg)
    _check_exits(strategy.entry.side, strategy.stop, strategy.targets)
    handling.check(strategy.managing, strategy.entry.order, len(strategy.targets))
    if strategy.entry.by_volume and tf.spans_days(strategy.timeframe):
        msg = f"bars of {strategy.timeframe} tell nothing of the volume at a time of day; slice the entry by twap"
        raise BadStrategy(msg)


def _check_nodes(strategy: Strategy) -> None:
    if not strategy.nodes:
        msg = "there is nothing to evaluate; a strategy needs at least one node"
        raise BadStrategy(msg)
    try:
        frames = timeframes(strategy.nodes)
    except BadGraph as error:
        raise BadStrategy(str(error)) from None
    for name, frame in frames.items():
        if not tf.divides(strategy.timeframe, frame):
            msg = f"node {name} lives on {frame}, which bars of {strategy.timeframe} do not fill; use a finer timeframe"
            raise BadStrategy(msg)
    for name, node in strategy.nodes.items():
        for line in lines_of(node):
            if line.scale is None:
                msg = f"the line of node {name} has no scale; say linear or log"
                raise BadStrategy(msg)


def _check_exits(side: Side, stop: ExitRule | None, targets: tuple[Target, ...]) -> None:
    rules = [stop, *(target.at for target in targets)]
    if any(isinstance(rule, AtLine) and rule.line.scale is None for rule in rules):
        msg = "the line of a stop or target has no scale; say linear or log"
        raise BadStrategy(msg)
    if stop is None:
        msg = "a strategy needs a stop: its size comes from the distance to it"
        raise BadStrategy(msg)
    sign = 1 if side == "long" else -1
    for target in targets:
        if isinstance(stop, AtPrice) and isinstance(target.at, AtPrice) and (target.at.price - stop.price) * sign <= 0:
            msg = (
                f"the target {target.at.price!r} stands on the losing side of the stop {stop.price!r} "
                f"for a {side}; swap them or change the side"
            )
            raise BadStrategy(msg)


def shapes_of(node: Node) -> tuple[Shape, ...]:
    """The shapes that a node stands on."""
    match node:
        case TrendlineCross(geometry=shape):
            return (shape,)
        case SrProximity(geometry=shape):
            return (shape,)
        case Compare(left=left, right=right):
            return tuple(side.line for side in (left, right) if isinstance(side, ValueOf))
        case Custom(inputs=inputs):
            return tuple(side.line for side in inputs.values() if isinstance(side, ValueOf))
        case _:
            return ()


def lines_of(node: Node) -> tuple[Line, ...]:
    """The straight lines among a node's shapes, a channel's two apart."""
    lines: list[Line] = []
    for shape in shapes_of(node):
        match shape:
            case Line():
                lines.append(shape)
            case Channel(first, second):
                lines += [first, second]
            case Level() | Zone():
                pass
            case _:
                assert_never(shape)
    return tuple(lines)
