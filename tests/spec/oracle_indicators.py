"""What docs/semantics.md says of the indicators: slow Python, exact fractions or fifty digits, one window at a time."""

from __future__ import annotations

import itertools
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from spec.operands import AtrOf, EmaOf, Indicator, RsiOf, SmaOf
from tests.spec import oracle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from spec.operands import Source
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


def indicator(part: Indicator, bars: list[Candle]) -> Numbers:
    """The indicator's value on each bar, None where it has none; ``back`` is not looked at."""
    match part:
        case AtrOf(length):
            return [None if value is None else Fraction(value) for value in oracle.atr(bars, length)]
        case SmaOf(length, name):
            return over([source(bar, name) for bar in bars], length, mean)
        case EmaOf(length, name):
            return after_warm_up([*exponential([source(bar, name) for bar in bars], length)], length)
        case RsiOf(length, name):
            return rsi([source(bar, name) for bar in bars], length)
