"""What a run takes to rest at the exchange is what rests there, whatever was lost on the way."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from execution.messages import PlaceOrder, ReplaceOrder
from tests.exchanges.matching import Engine
from tests.exchanges.perpetual import Margin, Perpetual
from tests.exchanges.script import Script
from tests.exchanges.steering import Steered, steering
from tests.exchanges.trading import Trading

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.exchanges.faulty import Faulty, OrderFault

DONE: tuple[OrderFault, ...] = ("lost", "late")
NOT_DONE: tuple[OrderFault, ...] = ("dropped", "500")
FAULTS: list[list[OrderFault | None]] = [
    *([*[None] * before, *[fault] * times] for before in range(4) for fault in DONE for times in (1, 2)),
    *([None, fault, fault] for fault in NOT_DONE),
]  # of the requests after the entry's; a stop that never arrives is no fault that it could be kept through
PARTS = Decimal("0.06")  # of which an entry needs three


def binance(**engine: object) -> Trading:
    return Trading(Script(seed=7, minutes=60), engine=Engine(fee_in_base=False, **engine))  # type: ignore[arg-type]


def bybit(**engine: object) -> Perpetual:
    return Perpetual(Script(seed=7, minutes=60), engine=Margin(**engine))  # type: ignore[arg-type]


def played(exchange: Faulty, scene: Callable[[Steered], Awaitable[None]]) -> None:
    async def play() -> None:
        async with exchange, steering(exchange) as run:
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
    make: Callable[..., Faulty], faults: list[OrderFault | None]
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
