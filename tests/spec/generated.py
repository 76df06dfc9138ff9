"""Generated candles, shapes and nodes on coarse price grids, so that touches, ties and gaps are the rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from hypothesis import strategies as st

from spec import timeframe as tf
from spec.bars import Bars, make_bars
from spec.geometry import Anchor, Channel, Level, Line, Moment, Zone
from spec.operands import (
    BollingerOf,
    Constant,
    Operand,
    PriceOf,
    SmaOf,
    Source,
    StochasticOf,
    ValueOf,
    VolumeProfileOf,
    VwapOf,
)
from spec.signals import (
    AllOf,
    AnyOf,
    Compare,
    Comparison,
    Cooldown,
    Direction,
    Frequency,
    Node,
    NoneOf,
    Once,
    ProximityEvent,
    Sequence,
    SrProximity,
    TimeWindow,
    Tolerance,
    TrendlineCross,
    Trigger,
)
from tests.spec.series import START

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

    from spec.geometry import Scale

LINEAR = tuple(float(price) for price in range(8, 17))
QUARTERS = tuple(10 + quarter / 4 for quarter in range(9))
LOG = tuple(12.5 * 2**power for power in range(7))
DIRECTIONS: SearchStrategy[Direction] = st.sampled_from(get_args(Direction))
TRIGGERS: SearchStrategy[Trigger] = st.sampled_from(get_args(Trigger))
EVENTS: SearchStrategy[ProximityEvent] = st.sampled_from(get_args(ProximityEvent))
FREQUENCIES: SearchStrategy[Frequency] = st.sampled_from(
    ["once_per_bar", "once_per_bar", "only_once", "once_per_minute"]
)
SOURCES: SearchStrategy[Source] = st.sampled_from(get_args(Source))
OPERATORS: SearchStrategy[Comparison] = st.sampled_from(get_args(Comparison))


@st.composite
def candles(draw: DrawFn, grid: tuple[float, ...] = LINEAR, timeframe: str = "1h", most: int = 30) -> Bars:
    """Bars whose prices are all of the grid; now and then an interval is missing."""
    top = len(grid) - 1
    step = st.integers(0, top)
    wick = st.sampled_from([0, 0, 0, 1, 1, 2, 4])
    gap = st.sampled_from([1, 1, 1, 1, 1, 1, 2, 5])
    volume = st.sampled_from([0.0, 1.0, 1.0, 2.0, 5.0])
    rows = draw(st.lists(st.tuples(gap, step, step, wick, wick, volume), min_size=1, max_size=most))
    time, table = START, []
    for skipped, opened, closed, up, down, traded in rows:
        high, low = min(top, max(opened, closed) + up), max(0, min(opened, closed) - down)
        table.append((float(time), grid[opened], grid[high], grid[low], grid[closed], traded))
        time += skipped * tf.seconds(timeframe)
    return make_bars(timeframe, table)


@st.composite
def moments(draw: DrawFn, bars: Bars) -> Moment:
    """A moment within a bar of the series, with or without an offset."""
    bar = draw(st.integers(0, len(bars) - 1))
    within = draw(st.sampled_from([0, 0, 1, tf.seconds(bars.timeframe) - 1]))
    return Moment(int(bars.time[bar]) + within, draw(st.sampled_from([0, 0, 0, -2, -1, 1, 2, 7])))


@st.composite
def lines(draw: DrawFn, bars: Bars, grid: tuple[float, ...] = LINEAR) -> Line:
    """A line whose later anchor stands near the series, on either axis; log where the grid is that of logarithms."""
    scale: Scale = "log" if grid is LOG else "linear"
    price = st.sampled_from(grid)
    backward, forward = draw(st.booleans()), draw(st.booleans())
    end, count = draw(moments(bars)), draw(st.integers(1, 12))
    if draw(st.booleans()):
        start = Anchor(end.time - count * tf.seconds(bars.timeframe), draw(price))
        stop = Anchor(end.time, draw(price), end.offset)
        return Line("bars", scale, start, stop, count, backward, forward)
    width = count * tf.seconds(bars.timeframe) + draw(st.sampled_from([0, 0, 600]))
    first, last = Anchor(end.time - width, draw(price)), Anchor(end.time, draw(price))
    return Line("time", scale, first, last, None, backward, forward)


@st.composite
def levels(draw: DrawFn, bars: Bars, grid: tuple[float, ...] = LINEAR) -> Level:
    bound = st.none() | moments(bars)
    return Level(draw(st.sampled_from(grid)), draw(bound), draw(bound))


@st.composite
def zones(draw: DrawFn, bars: Bars, grid: tuple[float, ...] = LINEAR) -> Zone:
    low, high = sorted((draw(st.sampled_from(grid)), draw(st.sampled_from(grid))))
    bound = st.none() | moments(bars)
    return Zone(low, high, draw(bound), draw(bound))


@st.composite
def channels(draw: DrawFn, bars: Bars, grid: tuple[float, ...] = LINEAR) -> Channel:
    """Two lines over the same bars, crossing each other or not."""
    one = draw(lines(bars, grid))
    start, stop = draw(st.sampled_from(grid)), draw(st.sampled_from(grid))
    a, b = Anchor(one.a.time, start), Anchor(one.b.time, stop, one.b.offset)
    return Channel(one, Line(one.axis, one.scale, a, b, one.bars, one.extend_backward, one.extend_forward))


def tolerances() -> SearchStrategy[Tolerance]:
    amount = st.sampled_from([0.0, 0.5, 1.0, 2.0, 12.5])
    return st.builds(Tolerance, st.sampled_from(["absolute", "percent", "ticks"]), amount)


@st.composite
def crosses(draw: DrawFn, bars: Bars, grid: tuple[float, ...] = LINEAR) -> TrendlineCross:
    geometry = draw(st.one_of(lines(bars, grid), levels(bars, grid)))
    trigger = draw(TRIGGERS)
    return TrendlineCross(bars.timeframe, geometry, draw(DIRECTIONS), trigger, draw(FREQUENCIES), *draw(lives(bars)))


@st.composite
def proximities(draw: DrawFn, bars: Bars, grid: tuple[float, ...] = LINEAR) -> SrProximity:
    geometry = draw(st.one_of(lines(bars, grid), levels(bars, grid), zones(bars, grid), channels(bars, grid)))
    event, trigger = draw(EVENTS), draw(TRIGGERS)
    tolerance = draw(tolerances()) if event == "near" else None
    return SrProximity(bars.timeframe, geometry, event, trigger, tolerance, draw(FREQUENCIES), *draw(lives(bars)))


@st.composite
def lives(draw: DrawFn, bars: Bars) -> tuple[int | None, int | None]:
    """valid_from and valid_until; mostly None."""
    time = st.none() | st.none() | st.sampled_from(bars.time.tolist())
    return draw(time), draw(time)


def windowed() -> SearchStrategy[Operand]:
    """Indicators of short windows, which are full within a few bars."""
    length, back = st.integers(1, 5), st.sampled_from([0, 0, 1, 3])
    bands = st.sampled_from(["upper", "middle", "lower"])
    profiles = st.sampled_from(["point_of_control", "value_area_high", "value_area_low"])
    return st.one_of(
        st.builds(SmaOf, length, SOURCES, back),
        st.builds(BollingerOf, bands, length, st.sampled_from([0.0, 1.0, 2.0]), SOURCES, back),
        st.builds(StochasticOf, st.sampled_from(["k", "d"]), length, st.integers(1, 3), length, back),
        st.builds(VolumeProfileOf, profiles, length, st.sampled_from([1, 4, 8]), st.sampled_from([0.5, 1.0]), back),
        st.builds(VwapOf, st.sampled_from(["day", "week"]), back),
    )


@st.composite
def comparisons(draw: DrawFn, bars: Bars, grid: tuple[float, ...] = LINEAR) -> Compare:
    price = st.builds(PriceOf, st.sampled_from(["open", "high", "low", "close"]), st.sampled_from([0, 1, 3]))
    number = st.builds(Constant, st.sampled_from(grid))
    value = st.builds(ValueOf, lines(bars, grid) | levels(bars, grid))
    operand = price | number | value | windowed()
    factor, plus = st.sampled_from([1.0, 1.0, 0.5, 2.0]), st.sampled_from([0.0, 0.0, 1.0, -2.0])
    return Compare(bars.timeframe, draw(operand), draw(OPERATORS), draw(operand), draw(factor), draw(plus))


@st.composite
def windows(draw: DrawFn, bars: Bars) -> TimeWindow:
    start, end = draw(lives(bars))
    days = draw(st.none() | st.lists(st.integers(0, 6), max_size=4).map(tuple))
    minute = st.sampled_from([0, 60, 600, 1200, 1440])
    return TimeWindow(bars.timeframe, start, end, days, draw(minute), draw(minute))


def combinators(names: list[str]) -> SearchStrategy[Node]:
    """A node that reads some of the names; ``sequence`` never reads a finer one, which the caller sees to."""
    name = st.sampled_from(names)
    some = st.lists(name, min_size=1, max_size=3).map(tuple)
    span = st.integers(1, 4)
    many = [st.builds(kind, some) for kind in (AllOf, AnyOf, NoneOf)]
    return st.one_of(
        *many, st.builds(Sequence, name, name, span), st.builds(Once, name), st.builds(Cooldown, name, span)
    )
