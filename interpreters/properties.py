"""The few of a tool's properties that decide its shape, taken without trust; a draft carries only these."""

from __future__ import annotations

import math
from typing import Any

from interpreters.reading.values import number

FLAGS = (
    "extendLeft", "extendRight", "extendLines", "extendLinesLeft", "reverse", "fibLevelsBasedOnLogScale", "showMidline",
)  # fmt: skip
NUMBERS = (
    "stopLevel", "profitLevel", "risk", "accountSize", "qty", "lotSize", "riskSize", "amountTarget", "amountStop",
)  # fmt: skip
LEVELS = 32  # fib levels are numbered level0 or level1 upwards; TradingView has 24
IN_MONEY = {"riskDisplayMode": "money"}

Properties = dict[str, Any]


def flag(properties: Properties, name: str, *, default: bool = False) -> bool:
    """A property that is true or false; the default where it is neither."""
    value = properties.get(name)
    return value if isinstance(value, bool) else default


def amount(properties: Properties, name: str) -> float | None:
    """A property that is a finite number."""
    return number(properties.get(name))


def in_money(properties: Properties) -> bool:
    """Whether a position tool's risk is an amount rather than a percentage."""
    return properties.get("riskDisplayMode") == IN_MONEY["riskDisplayMode"]


def visible_levels(properties: Properties) -> list[float]:
    """Coefficients of the levels that are visible, rising, each once; saved as arrays, read back as objects."""
    found: set[float] = set()
    for at in range(LEVELS):
        match properties.get(f"level{at}"):
            case [coefficient, _, True, *_] | {"coeff": coefficient, "visible": True}:
                share = number(coefficient)
                found |= set() if share is None else {share + 0.0}  # no -0.0
            case _:
                pass
    return sorted(found)


def deciding(properties: Properties) -> Properties:
    """The properties that any reader of a tool asks for, in one form; reading them gives the same sketch."""
    flags = {name: properties[name] for name in FLAGS if isinstance(properties.get(name), bool)}
    numbers = {name: value for name in NUMBERS if (value := amount(properties, name)) is not None}
    shares = visible_levels(properties)
    levels = {f"level{at}": {"coeff": share, "visible": True} for at, share in enumerate(shares)}
    return {**flags, **numbers, **levels, **(IN_MONEY if in_money(properties) else {})}


def finite(*prices: float) -> bool:
    """Whether every derived price is a number at all."""
    return all(math.isfinite(price) for price in prices)
