"""What a comparison compares: a price, a number, a line, or an indicator.

The values, warm-ups and sources of each indicator stand in docs/semantics.md. ``back`` takes the value of so many
bars ago. Nothing is true where an operand has no value yet.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from spec.geometry import Level, Line

Back = Annotated[int, Meta(ge=0, le=100_000, description="bars ago")]
Length = Annotated[int, Meta(ge=1, le=1000, description="bars")]
Source = Literal["open", "high", "low", "close", "hl2", "hlc3", "ohlc4", "volume"]


class BadOperand(ValueError):
    """An operand that cannot mean anything: one sentence says why."""


class PriceOf(Struct, frozen=True, tag="price", tag_field="of", forbid_unknown_fields=True):
    """A column of the bar ``back`` bars ago."""

    field: Literal["open", "high", "low", "close", "volume"] = "close"
    back: Annotated[int, Meta(ge=0, le=100_000)] = 0


class Constant(Struct, frozen=True, tag="constant", tag_field="of", forbid_unknown_fields=True):
    """A fixed number."""

    value: float

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            msg = f"a constant must be a finite number, not {self.value!r}"
            raise BadOperand(msg)


class ValueOf(Struct, frozen=True, tag="line", tag_field="of", forbid_unknown_fields=True):
    """The value of a line or level on the bar; nothing is true beyond its extent."""

    line: Line | Level


class AtrOf(Struct, frozen=True, tag="atr", tag_field="of", forbid_unknown_fields=True):
    """Wilder's average true range; nothing is true before its warm-up."""

    length: Annotated[int, Meta(ge=1, le=1000)] = 14


class SmaOf(Struct, frozen=True, tag="sma", tag_field="of", forbid_unknown_fields=True):
    """The mean of the last ``length`` bars: Pine's ta.sma."""

    length: Length = 20
    source: Source = "close"
    back: Back = 0


class EmaOf(Struct, frozen=True, tag="ema", tag_field="of", forbid_unknown_fields=True):
    """The exponential average with the share 2 / (length + 1): Pine's ta.ema."""

    length: Length = 20
    source: Source = "close"
    back: Back = 0


class RsiOf(Struct, frozen=True, tag="rsi", tag_field="of", forbid_unknown_fields=True):
    """Wilder's relative strength index, 0 to 100: Pine's ta.rsi, but 50 where nothing has moved."""

    length: Length = 14
    source: Source = "close"
    back: Back = 0


class BollingerOf(Struct, frozen=True, tag="bollinger", tag_field="of", forbid_unknown_fields=True):
    """A Bollinger band: the mean, plus or minus ``deviations`` population standard deviations (Pine's ta.bb)."""

    part: Literal["upper", "middle", "lower"] = "middle"
    length: Length = 20
    deviations: Annotated[float, Meta(ge=0, le=100)] = 2.0
    source: Source = "close"
    back: Back = 0


class MacdOf(Struct, frozen=True, tag="macd", tag_field="of", forbid_unknown_fields=True):
    """The fast exponential average less the slow one, that line's own average, or their difference (Pine's ta.macd)."""

    part: Literal["line", "signal", "histogram"] = "line"
    fast: Length = 12
    slow: Length = 26
    signal: Length = 9
    source: Source = "close"
    back: Back = 0

    def __post_init__(self) -> None:
        if self.fast >= self.slow:
            msg = f"the fast length of a MACD must be smaller than the slow one, not {self.fast} beside {self.slow}"
            raise BadOperand(msg)


class VwapOf(Struct, frozen=True, tag="vwap", tag_field="of", forbid_unknown_fields=True):
    """The mean of hlc3 weighted by volume since the UTC day, week (Monday) or month began: Pine's ta.vwap."""

    anchor: Literal["day", "week", "month"] = "day"
    back: Back = 0


class StochasticOf(Struct, frozen=True, tag="stochastic", tag_field="of", forbid_unknown_fields=True):
    """Where the close stands in the range of ``length`` bars, 0 to 100; 50 where that range is a single price.

    ``k`` is its mean over ``smooth`` bars, ``d`` the mean of k over ``signal`` bars: Pine's ta.stoch and ta.sma.
    """

    part: Literal["k", "d"] = "k"
    length: Length = 14
    smooth: Length = 1
    signal: Length = 3
    back: Back = 0


class ObvOf(Struct, frozen=True, tag="obv", tag_field="of", forbid_unknown_fields=True):
    """On-balance volume (Pine's ta.obv), or its mean over ``length`` bars.

    It counts from the first candle given, so only differences of it mean anything: it is compared with itself only.
    """

    length: Length = 1
    back: Back = 0


class VolumeProfileOf(Struct, frozen=True, tag="volume_profile", tag_field="of", forbid_unknown_fields=True):
    """Where the volume of the last ``length`` bars was traded: point of control, value area high and low.

    The range of those bars is cut into ``rows`` of equal height, and each bar's volume lies in the row of its hlc3.
    The value area grows from the fullest row to ``value_area`` of the volume.
    """

    part: Literal["point_of_control", "value_area_high", "value_area_low"] = "point_of_control"
    length: Length = 200
    rows: Annotated[int, Meta(ge=1, le=200)] = 24
    value_area: Annotated[float, Meta(gt=0, le=1)] = 0.7
    back: Back = 0


Windowed = SmaOf | BollingerOf | StochasticOf | VolumeProfileOf
Indicator = AtrOf | EmaOf | RsiOf | MacdOf | VwapOf | ObvOf | Windowed
Operand = PriceOf | Constant | ValueOf | Indicator


def back_of(indicator: Indicator) -> int:
    """How many bars ago the value is taken."""
    return 0 if isinstance(indicator, AtrOf) else indicator.back


def current(indicator: Indicator) -> Indicator:
    """The same indicator on the bar itself: what is computed once, however far comparisons look back."""
    return indicator if isinstance(indicator, AtrOf) or indicator.back == 0 else replace(indicator, back=0)
