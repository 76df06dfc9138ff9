"""What a run takes to rest at the exchange is what rests there, whatever was lost on the way."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from execution.messages import PlaceOrder, ReplaceOrder, Unanswered
from spec.managing import Managing, Trail
from spec.strategy import AtPercent
from tests.exchanges.matching import Engine
from tests.exchanges.perpetual import Margin, Perpetual
from tests.exchanges.resting import resting
from tests.exchanges.script import Script
from tests.exchanges.steering import Steered, steering
from tests.exchanges.trading import Trading

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.exchanges.faulty import Faulty, OrderFault
    from tests.execution.scenes import Row

Faults: TypeAlias = "list[OrderFault | None]"
DONE: tuple[OrderFault | None, ...] = ("lost", "late")
NOT_DONE: tuple[OrderFault | None, ...] = ("dropped", "500")
FAULTS: list[Faults] = [
    *([*[None] * before, *[fault] * times] for before in range(4) for fault in DONE for times in (1, 2)),
    *([None, fault, fault] for fault in NOT_DONE),
]  # of the requests after the entry's; a stop that never arrives is no fault that it could be kept through
PARTS = Decimal("0.06")  # of which an entry needs three


def binance(**engine: object) -> Trading:
    return Trading(Script(seed=7, minutes=60), engine=Engine(fee_in_base=False, **engine))  # type: ignore[arg-type]


def bybit(lag: float = 0.05, **engine: object) -> Perpetual:
    return Perpetual(Script(seed=7, minutes=60), engine=Margin(**engine), lag=lag)  # type: ignore[arg-type]


def played(exchange: Faulty, scene: Callable[[Steered], Awaitable[None]], **more: Any) -> None:
    async def play() -> None:
        async with exchange, steering(exchange, **more) as run:
            await scene(run)

    asyncio.run(play())


@pytest.mark.parametrize("make", [binance, bybit])
def test_an_entry_that_fills_in_parts_gets_a_stop_for_all_of_it(make: Callable[..., Faulty]) -> None:
    async def scene(run: Steered) -> None:
        await run.entered()
        assert run.protected

    played(make(most=PARTS), scene)


def test_parts_that_are_told_at_once_get_one_stop_of_the_right_size() -> None:
    exchange = binance(most=PARTS)

    async def scene(run: Steered) -> None:
        await run.entered()
        assert [type(one.message) for one in run.broker.asked] == [PlaceOrder, PlaceOrder, ReplaceOrder, ReplaceOrder]
        assert [(one.type, one.size) for one in exchange.engine.orders] == [
            ("MARKET", Decimal("0.1666")),
            ("STOP_LOSS", Decimal("0.1666")),
        ]

    played(exchange, scene)


@pytest.mark.parametrize("make", [binance, bybit])
@pytest.mark.parametrize("faults", FAULTS, ids=str)
def test_whatever_is_lost_while_the_stop_grows_with_the_entry_all_that_is_held_is_protected(
    make: Callable[..., Faulty], faults: Faults
) -> None:
    exchange = make(most=PARTS)

    async def scene(run: Steered) -> None:
        exchange.order_faults = [None, *faults]
        await run.entered()
        await run.until(lambda: run.protected and not run.differences)
        assert run.runner.difference is None

    played(exchange, scene)
    assert set(exchange.seen.values()) == {1}


@pytest.mark.parametrize("make", [binance, bybit])
def test_an_order_that_the_exchange_has_lost_is_asked_for_and_what_it_protected_is_left(
    make: Callable[..., Faulty],
) -> None:
    exchange = make()

    async def scene(run: Steered) -> None:
        await run.entered()
        exchange.engine.orders.pop()
        await run.until(lambda: run.held == 0)
        assert run.differences == []

    played(exchange, scene)


def test_an_order_that_rests_as_it_was_before_its_change_is_changed_again() -> None:
    """The change was acknowledged, and the exchange has undone it."""
    exchange = bybit(most=PARTS)

    async def scene(run: Steered) -> None:
        await run.entered()
        del exchange.engine.orders[-1]
        exchange.engine.orders[-1].status = "NEW"
        assert not run.protected
        await run.agrees()
        assert run.protected

    played(exchange, scene)


FALLING: tuple[Row, ...] = tuple((2000.0 - 2 * k, 2001.0 - 2 * k, 1990.0 - 9 * k, 1995.0 - 3 * k) for k in range(10))
TRAIL = {"managing": Managing(trail=Trail(AtPercent(3.0))), "rows": FALLING}
# Seconds of a cancellation, the first beyond any; and what is lost of each move's two requests.
LOST: list[Faults] = [
    *([None, fault] for fault in DONE),
    *([fault, *more] for fault in (*DONE, *NOT_DONE) for more in ([], [fault])),
]
MOVES: list[tuple[float, Faults]] = [
    *((lag, []) for lag in (0.005, 0.05, 0.15, 1.0)),
    *((0.05, faults) for faults in LOST),
]


@pytest.mark.parametrize(("lag", "faults"), MOVES, ids=str)
def test_a_stop_that_moves_never_becomes_an_exit_at_the_market(lag: float, faults: Faults) -> None:
    """A cancellation takes effect after its acknowledgement; its answer, or itself, may be lost as well."""
    exchange = bybit(lag=lag)

    async def scene(run: Steered) -> None:
        await run.entered()
        for _ in range(3):
            (before,) = resting(exchange.engine).values()
            exchange.order_faults = list(faults)
            await run.bar()
            await run.until(lambda: run.protected and not run.differences)
            (after,) = resting(exchange.engine).values()
            assert after.stop < before.stop
        assert len(exchange.engine.fills) == 1

    played(exchange, scene, **TRAIL)
    assert set(exchange.seen.values()) == {1}


def test_a_change_that_was_never_sent_is_sent_once_its_order_is_gone() -> None:
    """The exchange is silent for longer than a change is waited for, and has cancelled what was to be changed."""
    exchange = bybit()

    async def scene(run: Steered) -> None:
        await run.entered()
        exchange.order_faults = ["lost"]
        exchange.refusals = ["500"] * 60
        await run.bar()
        await run.until(lambda: Unanswered(run.broker.asked[-1].order.id) in run.heard)
        exchange.refusals = []
        await run.until(lambda: run.protected and not run.differences)
        assert len(exchange.engine.fills) == 1

    played(exchange, scene, **TRAIL)
    assert set(exchange.seen.values()) == {1}
