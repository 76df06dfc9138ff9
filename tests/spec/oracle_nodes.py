"""What the design says of nodes that read nodes, of timeframes and of windows: slow Python beside ``oracle``."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from spec.custom import Custom
from spec.operands import AtrOf, Constant, Operand, PriceOf, ValueOf
from spec.signals import (
    AllOf,
    AnyOf,
    Combinator,
    Compare,
    Cooldown,
    Node,
    NoneOf,
    Once,
    Regime,
    Sequence,
    SrProximity,
    TimeWindow,
    TrendlineCross,
    inputs_of,
)
from tests.spec import oracle
from tests.spec.oracle import Candle, Value
from tests.spec.oracle_indicators import indicator, regimes

Truths = dict[str, tuple[str, list[bool]]]
LENGTH = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
MONDAY = datetime(1970, 1, 5, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def span(time: int, frame: str) -> tuple[int, int]:
    """Opening and end of the bar of the UTC grid that holds a time."""
    count, unit, moment = int(frame[:-1]), frame[-1], datetime.fromtimestamp(time, UTC)
    if unit == "M":
        months = (moment.year - 1970) * 12 + moment.month - 1
        first = months - months % count
        opening, end = (datetime(1970 + m // 12, m % 12 + 1, 1, tzinfo=UTC) for m in (first, first + count))
    else:
        origin = MONDAY if unit == "w" else EPOCH
        length = count * (timedelta(weeks=1) if unit == "w" else LENGTH[unit])
        opening = origin + (moment - origin) // length * length
        end = opening + length
    return int(opening.timestamp()), int(end.timestamp())


def resampled(candles: list[Candle], finer: str, frame: str) -> list[Candle]:
    """The closed bars of a coarser timeframe: those whose end the last finer bar reaches."""
    if finer == frame:
        return candles
    groups: dict[tuple[int, int], list[Candle]] = {}
    for candle in candles:
        groups.setdefault(span(candle.time, frame), []).append(candle)
    over = span(candles[-1].time, finer)[1] if candles else 0
    return [
        Candle(
            opening,
            group[0].open,
            max(c.high for c in group),
            min(c.low for c in group),
            group[-1].close,
            sum(c.volume for c in group),
        )
        for (opening, end), group in groups.items()
        if end <= over
    ]


def frame_of(name: str, nodes: dict[str, Node]) -> str:
    node = nodes[name]
    match node:
        case TrendlineCross() | SrProximity() | TimeWindow() | Compare() | Regime():
            return node.timeframe
        case Sequence(then=then):
            return frame_of(then, nodes)
        case _:
            return min((frame_of(read, nodes) for read in inputs_of(node)), key=lambda frame: span(0, frame)[1])


def holds(name: str, nodes: dict[str, Node]) -> bool:
    """Whether a node is a state."""
    match nodes[name]:
        case Compare(op=op):
            return op in {"greater", "less"}
        case TimeWindow() | Regime() | NoneOf():
            return True
        case SrProximity(event=event):
            return event in {"near", "inside"}
        case AllOf(names) | AnyOf(names):
            return all(holds(read, nodes) for read in names)
        case _:
            return False


def truths(nodes: dict[str, Node], tick: float | None, candles: list[Candle], frame: str) -> Truths:
    """Timeframe and truth on each of its bars, for every node."""
    known: Truths = {}

    def truth(name: str) -> list[bool]:
        if name not in known:
            own = frame_of(name, nodes)
            bars = resampled(candles, frame, own)
            heard = [hear(read, bars, own) for read in inputs_of(nodes[name])]
            known[name] = own, node_truth(nodes[name], bars, heard, tick)
        return known[name][1]

    def hear(read: str, bars: list[Candle], own: str) -> list[bool]:
        said, theirs = truth(read), frame_of(read, nodes)
        if theirs == own:
            return said
        ends = [span(candle.time, theirs)[1] for candle in resampled(candles, frame, theirs)]
        result, last = [], -math.inf
        for candle in bars:
            end = span(candle.time, own)[1]
            closed = [word for word, when in zip(said, ends, strict=True) if when <= end]
            fresh = [word for word, when in zip(said, ends, strict=True) if last < when <= end]
            result.append(bool(closed and closed[-1]) if holds(read, nodes) else any(fresh))
            last = end
        return result

    for name in nodes:
        truth(name)
    return known


def node_truth(node: Node, bars: list[Candle], heard: list[list[bool]], tick: float | None) -> list[bool]:
    match node:
        case TrendlineCross():
            hits = allowed([hit.bar for hit in oracle.crossings(bars, node, tick)], node, bars)
            return [i in hits for i in range(len(bars))]
        case SrProximity():
            hits = allowed(oracle.proximities(bars, node, tick), node, bars)
            return [i in hits for i in range(len(bars))]
        case TimeWindow():
            return [in_window(candle.time, node) for candle in bars]
        case Compare():
            return compared(node, bars)
        case Regime():
            return [state == node.state for state in regimes(bars, node)]
        case Custom():
            raise NotImplementedError
        case _:
            return combined(node, [list(words) for words in zip(*heard, strict=True)])


def combined(node: Combinator, heard: list[list[bool]]) -> list[bool]:
    """``heard`` holds the words of all inputs, bar by bar."""
    match node:
        case AllOf():
            return [all(words) for words in heard]
        case AnyOf():
            return [any(words) for words in heard]
        case NoneOf():
            return [not any(words) for words in heard]
        case Sequence(within=within):
            return sequenced([first for first, _ in heard], [then for _, then in heard], within)
        case Once():
            return [words[0] and not any(earlier[0] for earlier in heard[:i]) for i, words in enumerate(heard)]
        case Cooldown(bars=silence):
            return cooled([words[0] for words in heard], silence)


def allowed(hits: list[int], node: TrendlineCross | SrProximity, bars: list[Candle]) -> list[int]:
    """Firings within the node's life, as often as its frequency lets them."""
    start = -math.inf if node.valid_from is None else node.valid_from
    end = math.inf if node.valid_until is None else node.valid_until
    alive = [i for i in hits if start <= bars[i].time < end]
    if node.frequency == "only_once":
        return alive[:1]
    if node.frequency != "once_per_minute":
        return alive
    kept: list[int] = []
    for i in alive:
        if not kept or bars[i].time - bars[kept[-1]].time >= 60:
            kept.append(i)
    return kept


def in_window(time: int, window: TimeWindow) -> bool:
    moment = datetime.fromtimestamp(time, UTC)
    minute = moment.hour * 60 + moment.minute
    after, before = minute >= window.from_minute, minute < window.to_minute
    return (
        (window.start is None or time >= window.start)
        and (window.end is None or time < window.end)
        and (window.weekdays is None or moment.weekday() in window.weekdays)
        and ((after and before) if window.from_minute <= window.to_minute else (after or before))
    )


def compared(node: Compare, bars: list[Candle]) -> list[bool]:
    lefts, rights = operand(node.left, bars), operand(node.right, bars)
    sides: list[int | None] = []
    for left, right in zip(lefts, rights, strict=True):
        if left is None or right is None:
            sides.append(None)
            continue
        limit = right * Fraction(node.factor) + Fraction(node.plus)
        sides.append(oracle.side(left, Value(limit, log=False)))
    wanted = 1 if node.op in {"greater", "crosses_above"} else -1
    if node.op in {"greater", "less"}:
        return [side == wanted for side in sides]
    return [
        side == wanted and i > 0 and sides[i - 1] is not None and sides[i - 1] != wanted for i, side in enumerate(sides)
    ]


def operand(part: Operand, bars: list[Candle]) -> list[Fraction | None]:
    match part:
        case PriceOf(field, back):
            return [Fraction(getattr(bars[i - back], field)) if i >= back else None for i in range(len(bars))]
        case Constant(value):
            return [Fraction(value)] * len(bars)
        case AtrOf(length):
            return [None if value is None else Fraction(value) for value in oracle.atr(bars, length)]
        case ValueOf(line=shape):
            values, _ = oracle.edges(bars, shape)
            here = [values(i) for i in range(len(bars))]
            return [None if value is None else oracle.price_of(value) for value in here]
        case _:
            known = indicator(part, bars)
            return [None] * min(part.back, len(bars)) + known[: max(0, len(bars) - part.back)]


def sequenced(first: list[bool], then: list[bool], within: int) -> list[bool]:
    result: list[bool] = []
    consumed = -1
    for j, now in enumerate(then):
        latest = max((i for i in range(j + 1) if first[i]), default=-1)
        fires = now and latest > consumed and 1 <= j - latest <= within
        consumed = latest if fires else consumed
        result.append(fires)
    return result


def cooled(truth: list[bool], silence: int) -> list[bool]:
    result: list[bool] = []
    for i, now in enumerate(truth):
        result.append(now and not any(result[max(0, i - silence) : i]))
    return result
