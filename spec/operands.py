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


Indicator = AtrOf | SmaOf | EmaOf | RsiOf
Operand = PriceOf | Constant | ValueOf | Indicator


def back_of(indicator: Indicator) -> int:
    """How many bars ago the value is taken."""
    return 0 if isinstance(indicator, AtrOf) else indicator.back


def current(indicator: Indicator) -> Indicator:
    """The same indicator on the bar itself: what is computed once, however far comparisons look back."""
    return indicator if isinstance(indicator, AtrOf) or indicator.back == 0 else replace(indicator, back=0)
