"""What docs/semantics.md says of the indicators: slow Python, exact fractions or fifty digits, one window at a time."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from spec.operands import (
    AtrOf,
    BollingerOf,
    EmaOf,
    Indicator,
    MacdOf,
    ObvOf,
    RsiOf,
    SmaOf,
    StochasticOf,
    VolumeProfileOf,
    VwapOf,
)
from tests.spec import oracle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from spec.operands import Source
    from spec.signals import Regime
    from tests.spec.oracle import Candle

Numbers = list[Fraction | None]


def source(candle: Candle, name: Source) -> Fraction:
    fields = {"hl2": ("high", "low"), "hlc3": ("high", "low", "close"), "ohlc4": ("open", "high", "low", "close")}
    parts = [Fraction(getattr(candle, field)) for field in fields.get(name, (name,))]
    return sum(parts, Fraction(0)) / len(parts)


def rounded(number: Fraction) -> Fraction:
    """Fifty digits: a recurrence in exact fractions would double its length with every bar."""
    return Fraction(Decimal(number.numerator) / Decimal(number.denominator))


def after_warm_up(values: Numbers, length: int) -> Numbers:
    warm = max(500, 10 * length)
    return [None if i < warm else value for i, value in enumerate(values)]


def mean(numbers: list[Fraction]) -> Fraction:
    return sum(numbers, Fraction(0)) / len(numbers)


def over(values: Numbers, length: int, value: Callable[[list[Fraction]], Fraction]) -> Numbers:
    """A value of each full window."""
    result: Numbers = []
    for i in range(len(values)):
        window = [one for one in values[max(0, i + 1 - length) : i + 1] if one is not None]
        result.append(value(window) if len(window) == length else None)
    return result


def exponential(values: Iterable[Fraction], length: int) -> list[Fraction]:
    result: list[Fraction] = []
    share = Fraction(2, length + 1)
    for value in values:
        result.append(rounded(value * share + result[-1] * (1 - share)) if result else value)
    return result


def wilder(values: list[Fraction], length: int) -> list[Fraction]:
    """Means of what there is, then Wilder's (n - 1, n) average."""
    result: list[Fraction] = []
    for i, value in enumerate(values):
        if i < length:
            result.append(rounded(mean(values[: i + 1])))
        else:
            result.append(rounded((result[-1] * (length - 1) + value) / length))
    return result


def rsi(values: list[Fraction], length: int) -> Numbers:
    moves = [b - a for a, b in itertools.pairwise(values)]
    ups = wilder([max(move, Fraction(0)) for move in moves], length)
    downs = wilder([max(-move, Fraction(0)) for move in moves], length)
    strengths = [100 * up / (up + down) if up + down else Fraction(50) for up, down in zip(ups, downs, strict=True)]
    return after_warm_up([Fraction(50), *strengths], length)


def macd(values: list[Fraction], node: MacdOf) -> Numbers:
    fast, slow = exponential(values, node.fast), exponential(values, node.slow)
    line = [a - b for a, b in zip(fast, slow, strict=True)]
    signal = exponential(line, node.signal)
    parts = {"line": line, "signal": signal, "histogram": [a - b for a, b in zip(line, signal, strict=True)]}
    return after_warm_up([*parts[node.part]], node.slow + node.signal)


def band(node: BollingerOf) -> Callable[[list[Fraction]], Fraction]:
    def value(window: list[Fraction]) -> Fraction:
        middle = mean(window)
        variance = mean([(one - middle) ** 2 for one in window])
        deviation = Fraction((Decimal(variance.numerator) / Decimal(variance.denominator)).sqrt())
        return middle + Fraction(node.deviations) * deviation * {"upper": 1, "middle": 0, "lower": -1}[node.part]

    return value


def session(time: int, anchor: str) -> tuple[int, int]:
    moment = datetime.fromtimestamp(time, UTC)
    number = {"day": moment.toordinal(), "week": (moment.toordinal() - 1) // 7, "month": moment.month}[anchor]
    return moment.year * (anchor == "month"), number


def opens(time: int, anchor: str) -> bool:
    """Whether a session begins at this time: the moment before belongs to another one."""
    return session(time - 1, anchor) != session(time, anchor)


def vwap(bars: list[Candle], anchor: str) -> Numbers:
    result: Numbers = []
    for i, bar in enumerate(bars):
        now = session(bar.time, anchor)
        traded = [one for one in bars[: i + 1] if session(one.time, anchor) == now]
        whole = opens(bars[0].time, anchor) or session(bars[0].time, anchor) != now
        volume = sum((Fraction(one.volume) for one in traded), Fraction(0))
        worth = sum((source(one, "hlc3") * Fraction(one.volume) for one in traded), Fraction(0))
        result.append(worth / volume if whole and volume else None)
    return result


def stochastic(bars: list[Candle], node: StochasticOf) -> Numbers:
    raw: Numbers = []
    for i in range(len(bars)):
        window = bars[max(0, i + 1 - node.length) : i + 1]
        low, high = Fraction(min(bar.low for bar in window)), Fraction(max(bar.high for bar in window))
        place = 100 * (Fraction(bars[i].close) - low) / (high - low) if high > low else Fraction(50)
        raw.append(place if len(window) == node.length else None)
    k = over(raw, node.smooth, mean)
    return k if node.part == "k" else over(k, node.signal, mean)


def obv(bars: list[Candle]) -> Numbers:
    total, result = Fraction(0), [Fraction(0)]
    for before, bar in pairwise(bars):
        total += Fraction(bar.volume) * ((bar.close > before.close) - (bar.close < before.close))
        result.append(total)
    return [*result]


def profile(window: list[Candle], node: VolumeProfileOf) -> Fraction | None:
    low, high = Fraction(min(bar.low for bar in window)), Fraction(max(bar.high for bar in window))
    rows = [Fraction(0)] * node.rows
    for bar in window:
        price = Fraction((bar.high + bar.low + bar.close) / 3)
        row = (price - low) * node.rows // (high - low) if high > low else 0
        rows[max(0, min(int(row), node.rows - 1))] += Fraction(bar.volume)
    first = last = rows.index(max(rows))
    total = sum(rows) or Fraction(1)
    while float(sum(rows[first : last + 1]) / total) < node.value_area and last - first + 1 < node.rows:
        above = rows[last + 1] if last + 1 < node.rows else -1
        below = rows[first - 1] if first else -1
        if above >= below:
            last += 1
        else:
            first -= 1
    middle = Fraction(2 * rows.index(max(rows)) + 1, 2)
    edge = {"point_of_control": middle, "value_area_high": Fraction(last + 1), "value_area_low": Fraction(first)}
    return low + (high - low) * edge[node.part] / node.rows if any(rows) else None


def adx(bars: list[Candle], length: int) -> list[Fraction]:
    """From the second bar on."""
    rises = [Fraction(b.high) - Fraction(a.high) for a, b in pairwise(bars)]
    falls = [Fraction(a.low) - Fraction(b.low) for a, b in pairwise(bars)]
    up = wilder([a if a > b and a > 0 else Fraction(0) for a, b in zip(rises, falls, strict=True)], length)
    down = wilder([b if b > a and b > 0 else Fraction(0) for a, b in zip(rises, falls, strict=True)], length)
    one_sided = [100 * abs(a - b) / (a + b) if a + b else Fraction(0) for a, b in zip(up, down, strict=True)]
    return wilder(one_sided, length)


def regimes(bars: list[Candle], node: Regime) -> list[str | None]:
    ranges, strength = indicator(AtrOf(node.length), bars), [Fraction(0), *adx(bars, node.length)]
    result: list[str | None] = []
    for i, now in enumerate(ranges):
        before = [one for one in ranges[max(0, i - node.lookback) : i] if one is not None]
        if now is None or len(before) < node.lookback:
            result.append(None)
            continue
        lower = sum(one < now * (1 - oracle.ON_THE_LINE) for one in before)
        calm = "trend" if strength[i] >= Fraction(node.trend_adx) else "range"
        result.append("volatile" if lower / node.lookback >= node.volatile_share else calm)
    return result


def indicator(part: Indicator, bars: list[Candle]) -> Numbers:
    """The indicator's value on each bar, None where it has none; ``back`` is not looked at."""
    match part:
        case SmaOf() | EmaOf() | RsiOf() | BollingerOf() | MacdOf():
            return of_source(part, [source(bar, part.source) for bar in bars])
        case AtrOf(length):
            return [None if value is None else Fraction(value) for value in oracle.atr(bars, length)]
        case VwapOf(anchor):
            return vwap(bars, anchor)
        case StochasticOf():
            return stochastic(bars, part)
        case ObvOf(length):
            return over(obv(bars), length, mean)
        case VolumeProfileOf(length=length):
            full = range(length, len(bars) + 1)
            return [None] * min(length - 1, len(bars)) + [profile(bars[end - length : end], part) for end in full]


def of_source(part: SmaOf | EmaOf | RsiOf | BollingerOf | MacdOf, values: list[Fraction]) -> Numbers:
    match part:
        case SmaOf(length):
            return over([*values], length, mean)
        case EmaOf(length):
            return after_warm_up([*exponential(values, length)], length)
        case RsiOf(length):
            return rsi(values, length)
        case BollingerOf(length=length):
            return over([*values], length, band(part))
        case MacdOf():
            return macd(values, part)
