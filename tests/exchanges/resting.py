"""What rests at a loopback exchange, beside what a run takes to rest there."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from execution.brokers.exchange.names import leg_id, version_id
from tests.exchanges.matching import OPEN

if TYPE_CHECKING:
    from execution.live_desk import LiveDesk
    from tests.exchanges.matching import Engine

HALF_A_TICK = Decimal("0.005")


class Rest(NamedTuple):
    """What is open of an order, and its trigger; 0 where it has none."""

    size: Decimal
    stop: Decimal


def resting(engine: Engine) -> dict[str, Rest]:
    """By the client's ids."""
    return {one.client: Rest(one.left, one.stop) for one in engine.orders if one.status in OPEN}


def believed(desk: LiveDesk) -> dict[str, Rest]:
    """The same, by the run."""
    found: dict[str, Rest] = {}
    for request in desk.sent:
        order, version = request.order, version_id(request.order.id, request.turn)
        if order.id not in desk.working:
            continue
        rest = Rest(order.size - request.filled, order.stop_price or Decimal(0))
        if order.type == "bracket":
            found |= {leg_id(version, "stop"): rest, leg_id(version, "target"): rest._replace(stop=Decimal(0))}
        else:
            found[version] = rest
    return found


def differences(desk: LiveDesk, engine: Engine, step: Decimal) -> list[str]:
    """Where the two are not the same, within less than a step and half a tick."""
    here, there = believed(desk), resting(engine)
    return [
        f"{name}: {here.get(name)} by the run, {there.get(name)} at the exchange"
        for name in sorted(here.keys() | there.keys())
        if not _same(here.get(name), there.get(name), step)
    ]


def _same(one: Rest | None, two: Rest | None, step: Decimal) -> bool:
    return bool(one and two and abs(one.size - two.size) < step and abs(one.stop - two.stop) <= HALF_A_TICK)
