"""Orders on the loopback Bybit's linear perpetual: long and short, exits that only reduce, answers that are lost."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from execution.brokers.exchange.account import Refused
from execution.messages import Accepted, Following, Missing, PlaceOrder, QueryOrder, Request, Traded, Unanswered
from tests.exchanges import broking as made
from tests.exchanges.broking import Broking, broking
from tests.exchanges.perpetual import Margin, Perpetual
from tests.exchanges.script import Script
from tests.exchanges.test_orders import sent, words

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from execution.orders import Order
    from tests.exchanges.faulty import OrderFault, ReportFault

SYMBOL = "ETH/USDT:USDT"
DAY = 86_400_000  # milliseconds


def order(name: str, **more: Any) -> Order:
    return replace(made.order(name, **more), symbol=SYMBOL)


# A run that is short by 5.
SHORT = order("0", side="sell", size="5")
FOLLOWING = Following((Request(PlaceOrder(SHORT), SHORT, filled=Decimal(5)),), frozenset({SHORT.id}))
LIMIT = order("c", side="sell", type="limit", price="2100")
STOP = order("d", side="buy", type="stop", stop_price="2100", size="5", reduce_only=True)


def played(scene: Callable[[Perpetual, Broking], Awaitable[None]], **engine: Any) -> Perpetual:
    async def play() -> Perpetual:
        margin = Margin(**{"base": Decimal(-5), **engine})
        async with (
            Perpetual(Script(seed=7, minutes=60), engine=margin) as exchange,
            broking(exchange, FOLLOWING, symbol=SYMBOL) as broker,
        ):
            await scene(exchange, broker)
        return exchange

    return asyncio.run(play())


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (order("a", side="sell"), ["Accepted", "Traded"]),
        (order("a"), ["Accepted", "Traded"]),
        (order("a", reduce_only=True), ["Accepted", "Traded"]),
        (order("a", side="sell", reduce_only=True), ["Rejected"]),  # it would open more
        (LIMIT, ["Accepted"]),
        (order("a", type="limit", price="1900", time_in_force="ioc"), ["Accepted", "Cancelled"]),
        (order("a", type="limit", price="1900", time_in_force="post_only"), ["Accepted"]),
        (order("a", type="limit", price="2100", time_in_force="post_only"), ["Accepted", "Cancelled"]),
        (order("a", type="limit", price="1900", time_in_force="fok"), ["Accepted", "Cancelled"]),
        (order("a", type="limit", price="2100", time_in_force="fok"), ["Accepted", "Traded"]),
        (order("a", type="limit", price="1900", reduce_only=True), ["Accepted"]),
        (STOP, ["Accepted"]),
        (order("a", side="sell", type="stop", stop_price="1900"), ["Accepted"]),
        (order("a", type="stop_limit", stop_price="2100", price="2110"), ["Accepted"]),
        (order("a", side="buy", type="stop", stop_price="1900", reduce_only=True), ["Rejected"]),
    ],
)
def test_what_becomes_of_an_order_at_once(one: Order, expected: list[str]) -> None:
    async def scene(_: Perpetual, broker: Broking) -> None:
        assert sorted(words(await sent(broker, one, len(expected)))) == expected
        await asyncio.sleep(0.05)
        assert len(broker.heard(one)) == len(expected)

    assert played(scene).seen == {one.id: 1}


def test_stop_and_target_of_a_short_rest_side_by_side_and_the_stop_fills_at_the_market() -> None:
    async def scene(exchange: Perpetual, broker: Broking) -> None:
        target = order("a", type="limit", price="1900", size="5", reduce_only=True)
        await sent(broker, STOP)
        await sent(broker, target)
        await exchange.trades("2110")
        await broker.until(lambda: len(broker.heard(STOP)) == 2)
        assert broker.heard(STOP)[1] == Traded(
            STOP.id, "e0cbe81d-0f18-5866-9415-000000000001", Decimal(5), 2110.0, 10.55
        )
        broker.withdraw(target)
        await broker.until(lambda: words(broker.heard(target)) == ["Accepted", "Cancelled"])
        await broker.until(lambda: broker.standings and broker.standings[-1].holds == 0)

    assert played(scene).engine.base == 0


def test_an_amendment_is_an_order_of_its_own_for_what_is_left() -> None:
    async def scene(exchange: Perpetual, broker: Broking) -> None:
        await sent(broker, LIMIT)
        await exchange.trades("2101", "0.2")
        await broker.until(lambda: len(broker.heard(LIMIT)) == 2)
        broker.replace(replace(LIMIT, price=Decimal(2150)))
        await broker.until(lambda: len(broker.heard(LIMIT)) == 3)
        await exchange.trades("2150")
        await broker.until(lambda: len(broker.heard(LIMIT)) == 4)

    exchange = played(scene)
    assert [(one.status, one.size) for one in exchange.engine.orders] == [
        ("CANCELED", Decimal("0.5")),
        ("FILLED", Decimal("0.3")),
    ]
    assert set(exchange.seen.values()) == {1}


def test_what_is_changed_and_asked_back_at_once_is_taken_back_as_it_is() -> None:
    async def scene(exchange: Perpetual, broker: Broking) -> None:
        await sent(broker, STOP)
        broker.replace(replace(STOP, stop_price=Decimal(2150)))
        broker.withdraw(STOP)
        await broker.until(lambda: len(broker.heard(STOP)) == 2)
        assert words(broker.heard(STOP)) == ["Accepted", "Cancelled"]
        assert [one.status for one in exchange.engine.orders] == ["CANCELED"]

    played(scene)


@pytest.mark.parametrize("fault", ["lost", "late", "dropped", "500"])
@pytest.mark.parametrize("one", [order("a"), LIMIT, STOP], ids=["market", "limit", "stop"])
def test_an_order_whose_answer_was_lost_is_asked_for_and_never_sent_again(fault: OrderFault, one: Order) -> None:
    async def scene(exchange: Perpetual, broker: Broking) -> None:
        exchange.order_faults = [fault]
        await broker.until(lambda: broker.standings)
        await sent(broker, one)
        await broker.until(lambda: Unanswered(one.id) in broker.heard(one))
        broker.query(one)
        arrived = fault in {"lost", "late"}
        kind = Missing if not arrived else Traded if one.type == "market" else Accepted
        await broker.until(lambda: any(isinstance(report, kind) for report in broker.reports))

    assert max(played(scene).seen.values(), default=1) == 1


@pytest.mark.parametrize("fault", ["twice", "swap", "gone"])
def test_reports_that_come_twice_in_another_order_or_not_at_all_are_told_once(fault: ReportFault) -> None:
    async def scene(exchange: Perpetual, broker: Broking) -> None:
        await broker.until(lambda: broker.standings)
        await sent(broker, LIMIT)
        exchange.report_faults = [fault] * 4
        for at in range(5):
            await exchange.trades("2101", "0.1")
            if at == 3:
                exchange.report_faults = []
        await broker.until(lambda: words(broker.heard(LIMIT)).count("Traded") == 5)
        await asyncio.sleep(0.7)  # a comparison more
        assert words(broker.heard(LIMIT)).count("Traded") == 5

    played(scene)


def test_what_filled_while_nobody_listened_is_found_and_what_a_person_did_is_a_stranger() -> None:
    large = replace(LIMIT, size=Decimal(2))

    async def play() -> None:
        async with Perpetual(Script(seed=7, minutes=60)) as exchange:
            async with broking(exchange, Following(), symbol=SYMBOL) as broker:
                await sent(broker, large)
                await exchange.trades("2101", "0.01")
                await broker.until(lambda: broker.standings and broker.standings[-1].mark)
                mark = broker.standings[-1].mark
            for _ in range(149):  # more than a page
                await exchange.trades("2101", "0.01")
            following = Following((Request(PlaceOrder(large), large),), frozenset(), mark)
            async with broking(exchange, following, symbol=SYMBOL) as broker:
                await broker.until(lambda: broker.standings)
                assert words(broker.heard(large)).count("Traded") == 150
                assert broker.standings[0].holds == Decimal("-1.50")
                await exchange.by_hand("BUY", "0.1")
                await broker.until(lambda: broker.standings[-1].strangers)
                assert "a trade that was not sent from here" in broker.standings[-1].strangers[0]

    asyncio.run(play())


def test_a_trade_that_the_run_has_counted_is_its_own_without_asking_whatever_the_exchange_has_forgotten() -> None:
    """A process that begins anew reads trades back to the last mark; the exchange keeps orders for a while only."""
    sold = [replace(order("0", side="sell", size="0.02"), id=f"{at:032x}") for at in range(1, 9)]

    async def play() -> None:
        async with Perpetual(Script(seed=7, minutes=60)) as exchange:
            async with broking(exchange, Following(), symbol=SYMBOL) as broker:
                for one in sold:
                    broker.place(one)
                await broker.until(lambda: all("Traded" in words(broker.heard(one)) for one in sold))
            counted = tuple(replace(broker._known(broker.requests[one.id]), message=PlaceOrder(one)) for one in sold)
            exchange.engine.orders.clear()
            exchange.requests.clear()
            following = Following(counted, frozenset(one.id for one in sold), exchange.engine.fills[0].time - 1)
            async with broking(exchange, following, symbol=SYMBOL) as broker:
                await broker.until(lambda: broker.standings)
                assert broker.standings[0].strangers == ()
                assert broker.reports == []
            assert "/v5/order/history" not in exchange.requests

    asyncio.run(play())


def test_an_order_that_has_rested_for_weeks_is_known_though_its_first_trades_are_old() -> None:
    """The exchange tells trades of the last seven days, unless it is asked for a time."""
    large = replace(LIMIT, size=Decimal(2))

    async def play() -> None:
        async with Perpetual(Script(seed=7, minutes=60)) as exchange:
            async with broking(exchange, Following(), symbol=SYMBOL) as broker:
                await sent(broker, large)
                await exchange.trades("2101", "0.5")
                await broker.until(lambda: len(broker.heard(large)) == 2)
            (one,), (placed,) = exchange.engine.fills, exchange.engine.orders
            one.time, placed.time = one.time - 20 * DAY, placed.time - 21 * DAY
            known = replace(broker._known(broker.requests[large.id]), message=PlaceOrder(large))
            async with broking(exchange, Following((known,), frozenset(), one.time), symbol=SYMBOL) as broker:
                broker.requests[large.id] = known
                broker.market.put(replace(known, message=QueryOrder(large.id)))
                await broker.until(lambda: broker.heard(large) == [Accepted(large.id, 0)])
                await broker.until(lambda: broker.standings)
                await exchange.trades("2101", "0.5")
                await broker.until(lambda: words(broker.heard(large)) == ["Accepted", "Traded"])

    asyncio.run(play())


def test_a_wrong_key_is_refused_in_a_sentence_without_it() -> None:
    async def play() -> str:
        async with Perpetual(Script(seed=7, minutes=60)) as exchange:
            with pytest.raises((Refused, ExceptionGroup)) as error:
                async with broking(exchange, key="cAnArYwRoNgKeY", symbol=SYMBOL):
                    await asyncio.sleep(2)
            return f"{error.value!r} {getattr(error.value, 'exceptions', '')!r}"

    said = asyncio.run(play())
    assert "AuthenticationError" in said
    assert "cAnArY" not in said


def test_the_least_size_of_a_contract_is_told_in_what_it_is_made_of() -> None:
    async def scene(_: Perpetual, broker: Broking) -> None:
        await broker.until(lambda: broker.standings)
        told = broker.standings[0]
        assert (told.step, told.least, told.worth) == (Decimal("0.01"), Decimal("0.01"), Decimal(0))

    played(scene)
