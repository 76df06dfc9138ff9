"""The nodes of a strategy: two questions about geometry, and what is built around them.

Every node is true or false on each bar. Crosses, touch, enter, leave, sequence, once and cooldown are *pulses*
(true on that bar only), and so is a comparison that crosses; near, inside, compare, regime and time windows are
*states*; a custom node says which it is. Combinators name other nodes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Literal, assert_never

from msgspec import Meta, Struct

from spec.custom import Custom
from spec.geometry import Channel, Level, Line, UnixTime, Zone
from spec.operands import Length, ObvOf, Operand
from spec.timeframe import Timeframe

if TYPE_CHECKING:
    from collections.abc import Mapping

Direction = Literal["up", "down", "either"]
Trigger = Literal["bar_close", "intrabar"]
ProximityEvent = Literal["inside", "enter", "leave", "touch", "near"]
Frequency = Literal["only_once", "once_per_bar", "once_per_bar_close", "once_per_minute"]
NodeName = Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,79}(?!\n)$")]
BarSpan = Annotated[int, Meta(ge=1, le=1_000_000)]
Comparison = Literal["greater", "less", "crosses_above", "crosses_below"]
Names = Annotated[tuple[NodeName, ...], Meta(min_length=1)]
MinuteOfDay = Annotated[int, Meta(ge=0, le=1440)]
Weekday = Annotated[int, Meta(ge=0, le=6, description="0 is Monday")]


class BadNode(ValueError):
    """A node that cannot mean anything: one sentence says why."""


class Tolerance(Struct, frozen=True, forbid_unknown_fields=True):
    """How far *near* reaches beyond the band.

    ``absolute`` in price units, ``percent`` of the edge (0.5 is half a percent), ``ticks`` of the market, or
    ``atr``: a multiple of Wilder's average true range of ``length`` bars.
    """

    unit: Literal["absolute", "percent", "ticks", "atr"] = "atr"
    amount: Annotated[float, Meta(ge=0)] = 0.1
    length: Annotated[int, Meta(ge=1, le=1000)] = 14


class TrendlineCross(Struct, frozen=True, tag="trendline_cross", tag_field="kind", forbid_unknown_fields=True):
    """Price crossing a line; a horizontal level is a flat line.

    ``bar_close`` is Pine's ta.crossover and ta.crossunder on the close; ``intrabar`` follows TradingView's
    assumed path within the bar.
    """

    timeframe: Timeframe
    geometry: Line | Level
    direction: Direction = "either"
    trigger: Trigger = "bar_close"
    frequency: Frequency = "once_per_bar"
    valid_from: UnixTime | None = None
    valid_until: UnixTime | None = None

    def __post_init__(self) -> None:
        _check_frequency(self.trigger, self.frequency)


class SrProximity(Struct, frozen=True, tag="sr_proximity", tag_field="kind", forbid_unknown_fields=True):
    """Whether price is near, inside, entering or leaving a level or zone.

    The close is asked, or the bar's range when ``intrabar``; ``touch`` always asks the range. ``tolerance``
    belongs to ``near`` alone and is 0.1 ATR(14) unless said otherwise.
    """

    timeframe: Timeframe
    geometry: Level | Zone | Line | Channel
    event: ProximityEvent
    trigger: Trigger = "bar_close"
    tolerance: Tolerance | None = None
    frequency: Frequency = "once_per_bar"
    valid_from: UnixTime | None = None
    valid_until: UnixTime | None = None

    def __post_init__(self) -> None:
        _check_frequency(self.trigger, self.frequency)
        if (self.tolerance is not None) != (self.event == "near"):
            msg = "a tolerance belongs to the event near, and near needs one"
            raise BadNode(msg)


class AllOf(Struct, frozen=True, tag="all_of", tag_field="kind", forbid_unknown_fields=True):
    """True on a bar on which every named node is true."""

    nodes: Names


class AnyOf(Struct, frozen=True, tag="any_of", tag_field="kind", forbid_unknown_fields=True):
    """True on a bar on which at least one named node is true."""

    nodes: Names


class NoneOf(Struct, frozen=True, tag="none_of", tag_field="kind", forbid_unknown_fields=True):
    """True on a bar on which no named node is true."""

    nodes: Names


class Sequence(Struct, frozen=True, tag="sequence", tag_field="kind", forbid_unknown_fields=True):
    """Pulses when ``then`` is true 1 to ``within`` bars (of ``then``) after the latest pulse of ``first``.

    Firing consumes that pulse; a newer one replaces it.
    """

    first: NodeName
    then: NodeName
    within: BarSpan


class Once(Struct, frozen=True, tag="once", tag_field="kind", forbid_unknown_fields=True):
    """The first firing of a node and no other."""

    node: NodeName


class Cooldown(Struct, frozen=True, tag="cooldown", tag_field="kind", forbid_unknown_fields=True):
    """A node's firings, silent for ``bars`` bars after each one that passed."""

    node: NodeName
    bars: BarSpan


class TimeWindow(Struct, frozen=True, tag="time_window", tag_field="kind", forbid_unknown_fields=True):
    """True on bars that open at or after ``start`` and before ``end``, on ``weekdays``, within the UTC session.

    The session runs from ``from_minute`` to before ``to_minute`` of the day and may pass midnight.
    """

    timeframe: Timeframe
    start: UnixTime | None = None
    end: UnixTime | None = None
    weekdays: tuple[Weekday, ...] | None = None
    from_minute: MinuteOfDay = 0
    to_minute: MinuteOfDay = 1440


class Compare(Struct, frozen=True, tag="compare", tag_field="kind", forbid_unknown_fields=True):
    """True on bars where ``left`` is greater (less) than ``right`` times ``factor``, ``plus`` a number.

    ``crosses_above`` and ``crosses_below`` are pulses: greater (less), and on the bar before it was not; Pine's
    ta.crossover and ta.crossunder. Both bars need both values.
    Moving up by 5 in 3 bars is close greater than close 3 bars back plus 5, by 5 % is that times 1.05.
    """

    timeframe: Timeframe
    left: Operand
    op: Comparison
    right: Operand
    factor: float = 1.0
    plus: float = 0.0

    def __post_init__(self) -> None:
        for number in (self.factor, self.plus):
            if not math.isfinite(number):
                msg = f"what a comparison multiplies by or adds must be a finite number, not {number!r}"
                raise BadNode(msg)
        volumes = [isinstance(side, ObvOf) for side in (self.left, self.right)]
        if any(volumes) and not (all(volumes) and self.factor == 1):
            msg = (
                "on-balance volume counts from the first candle, so it can be compared only with itself, earlier or "
                "averaged, and without a factor"
            )
            raise BadNode(msg)


class Regime(Struct, frozen=True, tag="regime", tag_field="kind", forbid_unknown_fields=True):
    """Whether the market trends, ranges or is volatile: exactly one of them on each bar after the warm-up.

    ``volatile`` where the ATR lies above at least ``volatile_share`` of the ``lookback`` ATRs before it, else
    ``trend`` where Wilder's ADX is at least ``trend_adx``, else ``range``; all of ``length`` bars.
    """

    timeframe: Timeframe
    state: Literal["trend", "range", "volatile"]
    length: Length = 14
    lookback: Length = 200
    volatile_share: Annotated[float, Meta(gt=0, le=1)] = 0.9
    trend_adx: Annotated[float, Meta(ge=0, le=100)] = 25.0


Leaf = TrendlineCross | SrProximity | TimeWindow | Compare | Regime | Custom
Combinator = AllOf | AnyOf | NoneOf | Sequence | Once | Cooldown
Node = Leaf | Combinator


def kind_of(node: Node) -> str:
    """The node's name on the wire, such as ``trendline_cross``."""
    return str(node.__struct_config__.tag)


def inputs_of(node: Node) -> tuple[str, ...]:
    """Names of the nodes that this one reads."""
    match node:
        case TrendlineCross() | SrProximity() | TimeWindow() | Compare() | Regime() | Custom():
            return ()
        case AllOf(nodes) | AnyOf(nodes) | NoneOf(nodes):
            return nodes
        case Sequence(first, then):
            return (first, then)
        case Once(name) | Cooldown(name):
            return (name,)
        case _:
            assert_never(node)


def is_state(name: str, nodes: Mapping[str, Node]) -> bool:
    """Whether a node holds between its bars, seen from a finer timeframe; a pulse does not.

    All and any of states are a state; with a pulse among them they are a pulse. None of anything is a state.
    """
    node = nodes[name]
    match node:
        case SrProximity(event=event):
            return event in {"inside", "near"}
        case Compare(op=op):
            return op in {"greater", "less"}
        case Custom(output=output):
            return output == "state"
        case TimeWindow() | Regime() | NoneOf():
            return True
        case AllOf(names) | AnyOf(names):
            return all(is_state(read, nodes) for read in names)
        case TrendlineCross() | Sequence() | Once() | Cooldown():
            return False
        case _:
            assert_never(node)


def _check_frequency(trigger: Trigger, frequency: Frequency) -> None:
    if trigger == "intrabar" and frequency == "once_per_bar_close":
        msg = "once_per_bar_close is the trigger bar_close; an intrabar node fires once_per_bar, per minute or once"
        raise BadNode(msg)
