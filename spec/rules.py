"""Exit rules: where a price stands, be it a stop's, a target's or another order's."""

from __future__ import annotations

import math
from typing import Annotated

from msgspec import Meta, Struct

from spec.geometry import Line, Price


class BadStrategy(ValueError):
    """A strategy that cannot be evaluated or traded as it stands: one sentence says why."""


class AtPrice(Struct, frozen=True, tag="price", tag_field="rule", forbid_unknown_fields=True):
    """A fixed price."""

    price: Price

    def __post_init__(self) -> None:
        if not math.isfinite(self.price):
            msg = f"a price must be a finite number, not {self.price!r}"
            raise BadStrategy(msg)


class AtLine(Struct, frozen=True, tag="line", tag_field="rule", forbid_unknown_fields=True):
    """The value of a line on each bar of the strategy's timeframe; beyond its end the last value holds."""

    line: Line


class AtAtr(Struct, frozen=True, tag="atr", tag_field="rule", forbid_unknown_fields=True):
    """A distance from the entry price: ``multiple`` x ATR(``length``) of the bar that closed before the entry."""

    multiple: Annotated[float, Meta(gt=0, le=1000)]
    length: Annotated[int, Meta(ge=1, le=1000)] = 14


class AtPercent(Struct, frozen=True, tag="percent", tag_field="rule", forbid_unknown_fields=True):
    """A distance from the entry price in percent of it."""

    percent: Annotated[float, Meta(gt=0, lt=100)]


ExitRule = AtPrice | AtLine | AtAtr | AtPercent
