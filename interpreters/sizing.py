"""What a long or short position tool says about money: the risk somebody set on it, and the tick its amounts imply."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from interpreters.properties import amount, in_money

if TYPE_CHECKING:
    from interpreters.properties import Properties

TICK_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
SMALLEST_TICK, LARGEST_TICK = 1e-15, 1e9
DEFAULT_RISK, DEFAULT_ACCOUNT = 25.0, 1000.0  # the position tool's own, which nobody chose


def own_risk(properties: Properties) -> float | None:
    """Percent of the account that the tool itself risks, if somebody set it: differing from 25 % of 1,000."""
    risk, account = amount(properties, "risk"), amount(properties, "accountSize")
    if risk is None or risk <= 0:
        return None
    if in_money(properties):
        percent = risk / account * 100 if account is not None and account > 0 else 0.0
    else:
        percent = 0.0 if risk == DEFAULT_RISK and account in {None, DEFAULT_ACCOUNT} else risk
    return percent if 0 < percent <= 100 else None


def implied_tick(properties: Properties) -> float | None:
    """The tick that the stored amounts imply, where the tool had computed them (quantity above 0, point value 1).

    riskSize / (qty x lotSize x stopLevel), else (amountTarget - amountStop) / (qty x lotSize x both levels).
    """
    stop, target = amount(properties, "stopLevel"), amount(properties, "profitLevel")
    quantity, lot = amount(properties, "qty"), amount(properties, "lotSize") or 1.0
    if quantity is None or not stop or not target:
        return None
    size = amount(properties, "riskSize")
    if size is not None and size > 0:
        return _usual(size, quantity * lot * stop)
    high, low = amount(properties, "amountTarget"), amount(properties, "amountStop")
    if high is None or low is None:
        return None
    return _usual(high - low, quantity * lot * (stop + target))


def _usual(money: float, quantity: float) -> float | None:
    """The tick of the usual ladder (1, 2, 2.5, 5 times a power of ten) within 0.2 %; None if there is none."""
    tick = money / quantity if quantity > 0 else 0.0
    if not SMALLEST_TICK < tick < LARGEST_TICK:
        return None
    power = math.floor(math.log10(tick))
    candidates = (float(f"{step:g}e{power}") for step in TICK_STEPS)
    return next((one for one in candidates if abs(tick - one) <= 0.002 * one), None)
