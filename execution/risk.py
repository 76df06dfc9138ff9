"""Risk: what every entry passes before it becomes an order.

Size = equity x percent / 100 / |entry - stop|, at most max_exposure x equity / entry, rounded down to 1e-8: if the
stop fills at its price, the strategy loses ``percent`` of its equity, fees and slippage apart. An entry that makes no
sense is refused in one sentence and never traded. What it is then held to by the account is ``account``'s matter.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import Struct

from execution.account import Limits, check
from execution.messages import EntryRefused
from execution.orders import Order
from execution.rounding import ARITHMETIC, exact, floor_size
from spec.strategy import Risk

if TYPE_CHECKING:
    from execution.account import Account, Entering
    from execution.messages import RequestEntry

NOT_YET = "a stop or target has no price yet (an ATR is not warmed up, or a line is too steep)"
USED_UP = "the equity is used up"
NO_PRICE = "the entry price is not above 0"
WRONG_STOP = "the stop stands on the wrong side of the entry price, or on it"
PAST_TARGET = "the price is already at or beyond a target"
TOO_SMALL = "the size that the risk allows is smaller than 0.00000001"


class Bounds(Struct, frozen=True):
    """What an entry is held to: the strategy's own risk, and what the account allows."""

    risk: Risk = Risk()
    limits: Limits = Limits()


def decide(request: RequestEntry, risk: Risk, equity: float) -> Order | EntryRefused:
    """The entry's order with its size, or why there is none; ``equity`` in quote currency."""
    reason = _refusal(request, equity)
    if reason is not None or request.stop is None:
        return EntryRefused(request.id, reason or NOT_YET)
    size = size_of(exact(request.price), request.stop, risk, exact(equity))
    if size == 0:
        return EntryRefused(request.id, TOO_SMALL)
    how = request.quote
    return Order(
        id=request.id,
        symbol=request.symbol,
        side=request.side,
        type=how.type,
        size=size,
        price=how.price,
        stop_price=how.stop_price,
        time_in_force=how.time_in_force,
        valid_until=how.valid_until,
        venue=request.venue,
    )


def admit(order: Order, entering: Entering, limits: Limits, account: Account) -> Order | EntryRefused:
    """The order, or the account's limit that refuses it."""
    refusal = check(limits, account, entering)
    return order if refusal is None else EntryRefused(order.id, refusal.reason, refusal.rule)


def size_of(entry: Decimal, stop: Decimal, risk: Risk, equity: Decimal) -> Decimal:
    """The size in base currency for an entry price, a stop price and the equity at stake."""
    loss = ARITHMETIC.divide(ARITHMETIC.multiply(equity, exact(risk.percent)), Decimal(100))
    by_risk = ARITHMETIC.divide(loss, ARITHMETIC.abs(ARITHMETIC.subtract(entry, stop)))
    by_exposure = ARITHMETIC.divide(ARITHMETIC.multiply(equity, exact(risk.max_exposure)), entry)
    return floor_size(min(by_risk, by_exposure))


def _refusal(request: RequestEntry, equity: float) -> str | None:
    targets = [target for target in request.targets if target is not None]
    if request.void is not None:
        return request.void
    if request.stop is None or len(targets) < len(request.targets):
        return NOT_YET
    if equity <= 0:
        return USED_UP
    if request.price <= 0:
        return NO_PRICE
    entry, sign = exact(request.price), 1 if request.side == "buy" else -1
    if (entry - request.stop) * sign <= 0:
        return WRONG_STOP
    return PAST_TARGET if any((target - entry) * sign <= 0 for target in targets) else None
