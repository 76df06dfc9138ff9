"""Brackets on the loopback Binance: one order list a portion, of which one order fills and never both."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from execution.brokers.exchange.names import leg_id
from execution.messages import Following, PlaceOrder, Request, Traded, Unanswered
from tests.exchanges.broking import BOUGHT, Broking, broking, order
from tests.exchanges.matching import Engine
from tests.exchanges.script import Script
from tests.exchanges.test_orders import FEE, fill, played, sent, words
from tests.exchanges.trading import OrderFault, Trading

if TYPE_CHECKING:
    from execution.orders import Order


def bracket(name: str, **more: Any) -> Order:
    given = {"price": "2100", "stop_price": "1900", "size": "2", **more}
    return order(name, side="sell", type="bracket", reduce_only=True, **given)


ONE, TWO = bracket("e"), bracket("f", price="2200", size="3")


def states(exchange: Trading) -> list[tuple[str, str, Decimal]]:
    return [(one.type, one.status, one.filled) for one in exchange.engine.orders]


def test_two_brackets_protect_all_that_is_held_and_lock_it_once() -> None:
    async def scene(exchange: Trading, broker: Broking) -> None:
        exchange.engine.base = Decimal(5)
        assert words(await sent(broker, ONE)) == ["Accepted"]
        assert words(await sent(broker, TWO)) == ["Accepted"]
        assert exchange.engine.locked("SELL") == 5
        await broker.until(lambda: broker.standings)
        assert broker.standings[-1].strangers == ()
        assert [one.client for one in exchange.engine.orders[:2]] == [leg_id(ONE.id, "target"), leg_id(ONE.id, "stop")]

    assert played(scene, **FEE).seen == {ONE.id: 1, TWO.id: 1}


@pytest.mark.parametrize(("price", "which"), [("2100", "LIMIT_MAKER"), ("1890", "STOP_LOSS")])
@pytest.mark.parametrize("reports", [[], ["gone"] * 9])
def test_when_one_of_a_bracket_fills_the_other_is_gone(price: str, which: str, reports: list[Any]) -> None:
    async def scene(exchange: Trading, broker: Broking) -> None:
        await sent(broker, ONE)
        exchange.report_faults = reports
        await fill(exchange, price)
        await broker.until(lambda: len(broker.heard(ONE)) == 2)
        assert broker.heard(ONE)[1] == Traded(ONE.id, "1", Decimal(2), float(price), float(price) * 2 / 1000)
        await asyncio.sleep(0.6)
        assert len(broker.heard(ONE)) == 2
        assert exchange.engine.fills[0].order.type == which

    assert sorted(state for _, state, _ in states(played(scene, **FEE))) == ["EXPIRED", "FILLED"]


def test_what_a_target_left_is_taken_back_and_sold_at_the_market() -> None:
    """A part of the target has cancelled the stop: the rest would be unprotected."""

    async def scene(exchange: Trading, broker: Broking) -> None:
        await sent(broker, ONE)
        await fill(exchange, "2100", "0.5")
        await broker.until(lambda: len(broker.heard(ONE)) == 2)
        broker.replace(ONE)
        await broker.until(lambda: len(broker.heard(ONE)) == 3)
        assert sum(one.size for one in broker.heard(ONE) if isinstance(one, Traded)) == 2

    assert states(played(scene, **FEE)) == [
        ("LIMIT_MAKER", "CANCELED", Decimal("0.5")),
        ("STOP_LOSS", "EXPIRED", Decimal(0)),
        ("MARKET", "FILLED", Decimal("1.5")),
    ]


def test_a_stop_that_moves_takes_both_back_before_both_are_sent_anew() -> None:
    async def scene(exchange: Trading, broker: Broking) -> None:
        await sent(broker, ONE)
        broker.replace(replace(ONE, stop_price=Decimal(1950)))
        await broker.until(lambda: len(broker.heard(ONE)) == 2)
        await fill(exchange, "1940")
        await broker.until(lambda: len(broker.heard(ONE)) == 3)
        assert words(broker.heard(ONE)) == ["Accepted", "Accepted", "Traded"]

    exchange = played(scene, **FEE)
    assert [one.status for one in exchange.engine.orders] == ["CANCELED", "CANCELED", "EXPIRED", "FILLED"]
    assert set(exchange.seen.values()) == {1}


@pytest.mark.parametrize("one", [bracket("e", price="1990"), bracket("e", stop_price="2010")])
def test_a_bracket_that_the_market_has_overtaken_is_rejected(one: Order) -> None:
    async def scene(exchange: Trading, broker: Broking) -> None:
        assert words(await sent(broker, one)) == ["Rejected"]
        assert exchange.engine.orders == []

    played(scene)


@pytest.mark.parametrize("fault", ["lost", "late", "dropped", "500"])
def test_a_bracket_whose_answer_was_lost_is_asked_for_and_never_sent_again(fault: OrderFault) -> None:
    async def scene(exchange: Trading, broker: Broking) -> None:
        exchange.order_faults = [fault]
        await sent(broker, ONE)
        await broker.until(lambda: Unanswered(ONE.id) in broker.heard(ONE))
        broker.query(ONE)
        await broker.until(lambda: words(broker.heard(ONE))[-1] != "Unanswered")
        assert (words(broker.heard(ONE))[-1] == "Missing") == (not exchange.engine.orders)

    assert max(played(scene, **FEE).seen.values(), default=1) == 1


@pytest.mark.parametrize("faults", [[], ["late"], ["dropped", "dropped"]])
def test_a_bracket_is_taken_back_whole(faults: list[OrderFault | None]) -> None:
    async def scene(exchange: Trading, broker: Broking) -> None:
        await sent(broker, ONE)
        exchange.order_faults = list(faults)
        leave = order("b", side="sell", size="2", reduce_only=True)
        broker.withdraw(ONE)
        broker.place(leave)
        await broker.until(lambda: broker.heard(leave))
        assert "Cancelled" in words(broker.heard(ONE))
        assert words(broker.heard(leave)) == ["Traded"]

    assert [state for _, state, _ in states(played(scene, **FEE))] == ["CANCELED", "CANCELED", "FILLED"]


def test_what_a_target_left_is_taken_back_with_the_bracket() -> None:
    async def scene(exchange: Trading, broker: Broking) -> None:
        await sent(broker, ONE)
        await fill(exchange, "2100", "0.5")
        await broker.until(lambda: len(broker.heard(ONE)) == 2)
        broker.withdraw(ONE)
        await broker.until(lambda: len(broker.heard(ONE)) == 3)
        assert words(broker.heard(ONE)) == ["Accepted", "Traded", "Cancelled"]

    played(scene, **FEE)


@pytest.mark.parametrize("asked", ["replace", "withdraw"])
def test_a_bracket_that_has_filled_before_it_was_asked_back_tells_its_trade_and_sends_nothing(asked: str) -> None:
    async def scene(exchange: Trading, broker: Broking) -> None:
        await sent(broker, ONE)
        exchange.report_faults = ["gone"] * 9
        await fill(exchange, "2100")
        (broker.replace if asked == "replace" else broker.withdraw)(ONE)
        await broker.until(lambda: len(broker.heard(ONE)) == 2)
        assert words(broker.heard(ONE)) == ["Accepted", "Traded"]

    assert sorted(state for _, state, _ in states(played(scene, **FEE))) == ["EXPIRED", "FILLED"]


def test_whoever_follows_next_knows_both_orders_of_a_bracket() -> None:
    async def play() -> None:
        async with Trading(Script(seed=7, minutes=60), engine=Engine(fee_in_base=False)) as exchange:
            async with broking(exchange) as broker:
                await sent(broker, ONE)
            await fill(exchange, "2100", "0.5")
            bought = Request(PlaceOrder(BOUGHT), BOUGHT, filled=Decimal(5))
            following = Following((bought, Request(PlaceOrder(ONE), ONE)), frozenset({BOUGHT.id}), 1)
            async with broking(exchange, following) as broker:
                await broker.until(lambda: broker.standings)
                assert broker.standings[0].strangers == ()
                assert [report for report in broker.heard(ONE) if isinstance(report, Traded)] == [
                    Traded(ONE.id, "1", Decimal("0.5"), 2100.0, 1.05)
                ]

    asyncio.run(play())


def test_a_bracket_that_is_worth_too_little_is_refused_before_it_is_sent() -> None:
    async def scene(exchange: Trading, broker: Broking) -> None:
        small = bracket("e", size="0.002")
        (refused,) = await sent(broker, small)
        assert "is below the least" in refused.reason  # type: ignore[union-attr]
        assert exchange.seen == {}

    played(scene)
