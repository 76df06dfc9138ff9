"""Orders on the loopback Binance, by the real ccxt: their lives, lost answers, and what a person does beside us."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from execution.brokers.exchange.account import Refused
from execution.brokers.exchange.market import NOTHING_HELD
from execution.brokers.exchange.tracking import GIVEN_UP, REST
from execution.messages import (
    Accepted,
    Cancelled,
    Following,
    Missing,
    PlaceOrder,
    Rejected,
    Report,
    Request,
    Traded,
    Unanswered,
)
from tests.exchanges.broking import BOUGHT, NEW, Broking, broking, order
from tests.exchanges.matching import Engine
from tests.exchanges.script import Script
from tests.exchanges.trading import SECRET, OrderFault, ReportFault, Trading

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from execution.orders import Order

SCRIPT = Script(seed=7, minutes=60)
LIMIT = order("c", type="limit", price="1900")
STOP = order("d", side="sell", type="stop", stop_price="1900", reduce_only=True)


def played(scene: Callable[[Trading, Broking], Awaitable[None]], **engine: Any) -> Trading:
    """A scene on an exchange whose price is 2000."""

    async def play() -> Trading:
        async with Trading(SCRIPT, engine=Engine(**engine)) as exchange, broking(exchange) as broker:
            await scene(exchange, broker)
        return exchange

    return asyncio.run(play())


async def sent(broker: Broking, one: Order, count: int = 1) -> list[Report]:
    broker.place(one)
    await broker.until(lambda: len(broker.heard(one)) >= count)
    return broker.heard(one)


def words(reports: list[Report]) -> list[str]:
    return [type(report).__name__ for report in reports]


def trades(broker: Broking) -> list[str]:
    return [one.trade for one in broker.heard(LIMIT) if isinstance(one, Traded)]


async def fill(exchange: Trading, price: str, amount: str = "9") -> None:
    exchange.engine.trade(Decimal(price), Decimal(amount), exchange.engine.time + 1)
    await exchange._tell()


FEE = {"fee_in_base": False}


@pytest.mark.parametrize(
    ("one", "engine", "expected"),
    [
        (order("a"), FEE, ["Traded"]),
        (order("a", side="sell", reduce_only=True), FEE, ["Traded"]),
        (order("a"), {}, ["Traded", "Cancelled"]),  # the fee is taken from what is bought
        (order("a"), {**FEE, "most": Decimal("0.2")}, ["Traded", "Traded", "Traded"]),
        (LIMIT, FEE, ["Accepted"]),
        (order("a", type="limit", price="2100"), FEE, ["Traded"]),
        (order("a", type="limit", price="1900", time_in_force="ioc"), FEE, ["Cancelled"]),
        (order("a", type="limit", price="2100", time_in_force="fok"), {**FEE, "most": Decimal("0.2")}, ["Cancelled"]),
        (order("a", type="limit", price="1900", time_in_force="post_only"), FEE, ["Accepted"]),
        (order("a", type="limit", price="2100", time_in_force="post_only"), FEE, ["Rejected"]),
        (STOP, FEE, ["Accepted"]),
        (order("a", type="stop", stop_price="2100"), FEE, ["Accepted"]),
        (order("a", type="stop_limit", stop_price="2100", price="2110"), FEE, ["Accepted"]),
        (order("a", type="stop_limit", stop_price="2100", price="2110", time_in_force="ioc"), FEE, ["Accepted"]),
        (order("a", type="limit", price="2100", time_in_force="fok"), FEE, ["Traded"]),
        (order("a", type="limit", price="1900", time_in_force="fok"), FEE, ["Cancelled"]),
        (order("a", side="sell", type="stop", stop_price="2100", reduce_only=True), FEE, ["Rejected"]),
        (order("a", size="90"), FEE, ["Rejected"]),  # more than the account has
    ],
)
def test_what_becomes_of_an_order_at_once(one: Order, engine: dict[str, Any], expected: list[str]) -> None:
    async def scene(_: Trading, broker: Broking) -> None:
        assert words(await sent(broker, one, len(expected))) == expected
        await asyncio.sleep(0.05)
        assert words(broker.heard(one)) == expected

    assert played(scene, **engine).seen == {one.id: 1}


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (order("a", size="0.00009"), "the size is smaller than the step of ETH/USDT, 0.0001"),
        (order("a", type="limit", size="0.002", price="1900"), "the value 3.8 is below the least of ETH/USDT, 5 USDT"),
        (order("a", size="9001"), "the size 9001 is above the most of ETH/USDT, 9000"),
        (order("a", time_in_force="fok"), "binance fills a market order as far as it goes: fok is for limits"),
    ],
)
def test_what_the_market_does_not_take_is_refused_before_it_is_sent(one: Order, said: str) -> None:
    async def scene(_: Trading, broker: Broking) -> None:
        assert await sent(broker, one) == [Rejected(one.id, said)]

    assert played(scene).seen == {}


def test_size_and_price_are_cut_to_the_markets_steps_and_the_rest_is_written_off() -> None:
    async def scene(exchange: Trading, broker: Broking) -> None:
        entry = order("a", type="limit", size="0.50009", price="1900.004")
        await sent(broker, entry)
        await fill(exchange, "1900")
        await broker.until(lambda: len(broker.heard(entry)) == 3)
        assert broker.heard(entry)[1:] == [
            Traded(entry.id, "1", Decimal("0.5"), 1900.0, 0.95),
            Cancelled(entry.id, REST),
        ]
        leave = order("b", side="sell", size="0.50009", reduce_only=True)
        (sold,) = await sent(broker, leave)
        assert isinstance(sold, Traded)
        assert sold.size == Decimal("0.50009")
        assert sold.price * float(sold.size) == pytest.approx(0.5 * 1900)

    played(scene, **FEE)


def test_a_resting_order_fills_part_by_part_and_is_taken_back() -> None:
    async def scene(exchange: Trading, broker: Broking) -> None:
        await sent(broker, LIMIT)
        await fill(exchange, "1899", "0.2")
        await broker.until(lambda: len(broker.heard(LIMIT)) == 2)
        broker.withdraw(LIMIT)
        await broker.until(lambda: len(broker.heard(LIMIT)) == 3)
        assert words(broker.heard(LIMIT)) == ["Accepted", "Traded", "Cancelled"]
        broker.withdraw(LIMIT)
        await asyncio.sleep(0.1)
        assert len(broker.heard(LIMIT)) == 3

    exchange = played(scene, **FEE)
    assert [(one.status, one.filled) for one in exchange.engine.orders] == [("CANCELED", Decimal("0.2"))]


def test_an_amendment_is_an_order_of_its_own_for_what_is_left() -> None:
    async def scene(exchange: Trading, broker: Broking) -> None:
        await sent(broker, LIMIT)
        await fill(exchange, "1899", "0.2")
        await broker.until(lambda: len(broker.heard(LIMIT)) == 2)
        broker.replace(replace(LIMIT, price=Decimal(1850)))
        await broker.until(lambda: len(broker.heard(LIMIT)) == 3)
        await fill(exchange, "1850", "9")
        await broker.until(lambda: len(broker.heard(LIMIT)) == 4)
        assert words(broker.heard(LIMIT)) == ["Accepted", "Traded", "Accepted", "Traded"]

    exchange = played(scene, **FEE)
    assert [(one.status, one.size, one.price) for one in exchange.engine.orders] == [
        ("CANCELED", Decimal("0.5"), Decimal(1900)),
        ("FILLED", Decimal("0.3"), Decimal(1850)),
    ]
    assert set(exchange.seen.values()) == {1}


def test_a_stop_that_is_met_fills_at_the_market() -> None:
    async def scene(exchange: Trading, broker: Broking) -> None:
        await sent(broker, STOP)
        await fill(exchange, "1890")
        await broker.until(lambda: len(broker.heard(STOP)) == 2)
        assert broker.heard(STOP)[1] == Traded(STOP.id, "1", Decimal("0.5"), 1890.0, 0.945)

    played(scene, **FEE)


@pytest.mark.parametrize(
    ("force", "price", "expected"),
    [
        ("gtc", "2105", ["Accepted", "Traded"]),
        ("ioc", "2105", ["Accepted", "Traded", "Cancelled"]),
        ("ioc", "2120", ["Accepted", "Cancelled"]),  # the market has gone past its limit
        ("gtc", "2120", ["Accepted"]),
    ],
)
def test_a_stop_limit_that_breaks_out_takes_or_rests_as_it_was_sent(
    force: str, price: str, expected: list[str]
) -> None:
    one = order("a", type="stop_limit", stop_price="2100", price="2110", time_in_force=force)

    async def scene(exchange: Trading, broker: Broking) -> None:
        await sent(broker, one)
        await fill(exchange, price, "0.2")
        await broker.until(lambda: len(broker.heard(one)) >= len(expected))
        await asyncio.sleep(0.05)
        assert words(broker.heard(one)) == expected

    (placed,) = played(scene, **FEE).engine.orders
    assert (placed.type, placed.force) == ("STOP_LOSS_LIMIT", force.upper())


@pytest.mark.parametrize("fault", ["lost", "late"])
@pytest.mark.parametrize("one", [order("a"), LIMIT, STOP], ids=["market", "limit", "stop"])
def test_an_order_whose_answer_was_lost_is_asked_for_and_never_sent_again(fault: OrderFault, one: Order) -> None:
    async def scene(exchange: Trading, broker: Broking) -> None:
        exchange.order_faults = [fault]
        await broker.until(lambda: broker.standings)
        await sent(broker, one)
        await broker.until(lambda: Unanswered(one.id) in broker.heard(one))
        broker.query(one)
        rests = one.type != "market"
        await broker.until(lambda: any(isinstance(report, Accepted if rests else Traded) for report in broker.reports))

    assert played(scene, **FEE).seen == {one.id: 1}


@pytest.mark.parametrize("fault", ["dropped", "500"])
def test_an_order_that_never_arrived_is_told_missing_once_it_cannot_arrive_any_more(fault: OrderFault) -> None:
    async def scene(exchange: Trading, broker: Broking) -> None:
        exchange.order_faults = [fault]
        assert await sent(broker, LIMIT) == [Unanswered(LIMIT.id)]
        since = broker.market.clock.now()
        broker.query(LIMIT)
        await broker.until(lambda: len(broker.heard(LIMIT)) == 2)
        assert broker.heard(LIMIT)[1] == Missing(LIMIT.id)
        assert broker.market.clock.now() - since > 0.3

    exchange = played(scene)
    assert exchange.engine.orders == []


@pytest.mark.parametrize("faults", [["late"], ["dropped", "dropped"]])
def test_a_cancellation_whose_answer_was_lost_is_asked_for(faults: list[OrderFault | None]) -> None:
    """The HTTP client repeats a DELETE whose connection broke, once and by itself."""

    async def scene(exchange: Trading, broker: Broking) -> None:
        await sent(broker, LIMIT)
        exchange.report_faults = ["gone"]
        exchange.order_faults = list(faults)
        broker.withdraw(LIMIT)
        await broker.until(lambda: Unanswered(LIMIT.id) in broker.reports)
        broker.query(LIMIT)
        kind = Cancelled if faults == ["late"] else Accepted
        await broker.until(lambda: isinstance(broker.heard(LIMIT)[-1], kind))

    played(scene)


@pytest.mark.parametrize("faults", [["late"], ["dropped", "dropped"], ["500", "500"]])
def test_an_amendment_is_sent_once_its_order_is_surely_gone(faults: list[OrderFault | None]) -> None:
    """However its cancellation was lost: whether it was done is asked, and it may be repeated."""

    async def scene(exchange: Trading, broker: Broking) -> None:
        await sent(broker, LIMIT)
        exchange.order_faults = list(faults)
        broker.replace(replace(LIMIT, price=Decimal(1850)))
        await broker.until(lambda: broker.heard(LIMIT)[-1] == Accepted(LIMIT.id, 1))
        assert words(broker.heard(LIMIT)) == ["Accepted", "Accepted"]
        assert [one.status for one in exchange.engine.orders] == ["CANCELED", "NEW"]

    assert set(played(scene).seen.values()) == {1}


@pytest.mark.parametrize("faults", [["dropped"] * 99, [None, "lost"], [None, "dropped"]])
def test_an_amendment_whose_answer_was_lost_leaves_one_order_or_none(faults: list[OrderFault | None]) -> None:
    """Whichever of its two requests was lost: what is found is told, and nothing is sent twice."""

    async def scene(exchange: Trading, broker: Broking) -> None:
        await sent(broker, LIMIT)
        exchange.order_faults = list(faults)
        broker.replace(replace(LIMIT, price=Decimal(1850)))
        await broker.until(lambda: Unanswered(LIMIT.id) in broker.reports)
        exchange.order_faults = []
        broker.query(LIMIT)
        await broker.until(lambda: not isinstance(broker.heard(LIMIT)[-1], Unanswered))
        rests = [one for one in exchange.engine.orders if one.status == "NEW"]
        assert isinstance(broker.heard(LIMIT)[-1], Accepted) == bool(rests)
        assert len(rests) <= 1

    assert set(played(scene).seen.values()) == {1}


@pytest.mark.parametrize("fault", ["twice", "swap", "gone"])
def test_reports_that_come_twice_in_another_order_or_not_at_all_are_told_once(fault: ReportFault) -> None:
    async def scene(exchange: Trading, broker: Broking) -> None:
        await broker.until(lambda: broker.standings)
        await sent(broker, LIMIT)
        exchange.report_faults = [fault] * 4
        for at in range(5):
            await fill(exchange, "1899", "0.1")
            if at == 3:
                exchange.report_faults = []
        await broker.until(lambda: len(trades(broker)) == 5)
        await asyncio.sleep(0.7)  # a comparison more
        assert sorted(trades(broker)) == ["1", "2", "3", "4", "5"]

    played(scene, **FEE)


def test_an_exit_is_never_sent_for_more_than_is_held() -> None:
    """Whatever another exit sold meanwhile; one that was asked back is waited for."""

    async def scene(exchange: Trading, broker: Broking) -> None:
        await sent(broker, replace(STOP, size=BOUGHT.size))
        exchange.report_faults = ["gone"] * 9
        exchange.engine.trade(Decimal(1890), Decimal(9), exchange.engine.time + 1)
        leave = order("e", side="sell", size="5", reduce_only=True)
        broker.withdraw(STOP)
        broker.place(leave)
        await broker.until(lambda: broker.heard(leave))
        assert words(broker.heard(STOP)) == ["Accepted", "Traded"]
        assert broker.heard(leave) == [Rejected(leave.id, NOTHING_HELD)]
        assert exchange.engine.base == 5

    assert played(scene, **FEE).seen == {STOP.id: 1}


def test_what_an_exit_leaves_below_a_step_is_written_off_also_where_another_sold_of_it() -> None:
    async def scene(exchange: Trading, broker: Broking) -> None:
        await sent(broker, replace(STOP, size=Decimal("2.50005")))
        await fill(exchange, "1890")
        await broker.until(lambda: len(broker.heard(STOP)) == 2)
        sold, rest = await sent(broker, order("e", side="sell", size="5", reduce_only=True), 2)
        assert isinstance(sold, Traded)
        assert isinstance(rest, Cancelled)
        assert sold.size == Decimal("2.49995")

    assert played(scene, **FEE).engine.fills[1].size == Decimal("2.4999")


@pytest.mark.parametrize(("left", "price"), [("0.00005", "2000"), ("0.001", "2000")])
def test_a_rest_that_the_exchange_takes_no_order_for_is_given_up(left: str, price: str) -> None:
    """It is below the step, or worth less than the market's least."""

    async def scene(exchange: Trading, broker: Broking) -> None:
        exchange.engine.price = Decimal(price)
        stop = replace(STOP, size=BOUGHT.size - Decimal(left))
        broker.market.track(Request(PlaceOrder(stop), stop, filled=stop.size), 0.0).ended = True
        one = order("e", side="sell", size="3", reduce_only=True)
        assert await sent(broker, one, 2) == [
            Traded(one.id, f"{one.id}{GIVEN_UP}", Decimal(left), 0.0),
            Cancelled(one.id, REST),
        ]
        whole = order("f", side="sell", size=left, reduce_only=True)
        assert await sent(broker, whole) == [Rejected(whole.id, NOTHING_HELD)]

    assert played(scene, **FEE).engine.fills == []


@pytest.mark.parametrize("faults", [["late"], ["dropped", "dropped"]])
def test_an_exit_waits_until_the_one_before_it_is_surely_gone(faults: list[OrderFault | None]) -> None:
    """Whether its cancellation was done and not answered, or never arrived."""

    async def scene(exchange: Trading, broker: Broking) -> None:
        await sent(broker, replace(STOP, size=BOUGHT.size))
        exchange.order_faults = list(faults)
        leave = order("e", side="sell", size="5", reduce_only=True)
        broker.withdraw(STOP)
        broker.place(leave)
        await broker.until(lambda: broker.heard(leave))
        assert isinstance(broker.heard(leave)[0], Traded)
        assert "Cancelled" in words(broker.heard(STOP))
        assert [one.status for one in exchange.engine.orders] == ["CANCELED", "FILLED"]

    played(scene, **FEE)


def test_what_an_amendment_left_in_the_book_is_taken_back_with_the_order() -> None:
    async def scene(exchange: Trading, broker: Broking) -> None:
        await sent(broker, LIMIT)
        exchange.order_faults = ["dropped"] * 99
        broker.replace(replace(LIMIT, price=Decimal(1850)))
        await broker.until(lambda: Unanswered(LIMIT.id) in broker.reports)
        exchange.order_faults = []
        broker.withdraw(LIMIT)
        await broker.until(lambda: words(broker.heard(LIMIT))[-1] == "Cancelled")
        assert [one.status for one in exchange.engine.orders] == ["CANCELED"]

    played(scene)


def test_an_amendment_that_is_refused_ends_the_order() -> None:
    async def scene(_: Trading, broker: Broking) -> None:
        await sent(broker, LIMIT)
        broker.replace(replace(LIMIT, size=Decimal("0.002")))
        await broker.until(lambda: len(broker.heard(LIMIT)) == 2)
        assert broker.heard(LIMIT)[1] == Cancelled(
            LIMIT.id, "its change was refused: the value 3.8 is below the least of ETH/USDT, 5 USDT"
        )

    played(scene)


def test_an_amendment_that_crosses_the_end_of_its_order_sends_nothing() -> None:
    """The run knows of no order by then: what rested would be forgotten."""

    async def scene(exchange: Trading, broker: Broking) -> None:
        await sent(broker, LIMIT)
        broker.replace(replace(LIMIT, size=Decimal("0.002")))
        await broker.until(lambda: words(broker.heard(LIMIT)) == ["Accepted", "Cancelled"])
        broker.replace(replace(LIMIT, price=Decimal(1850)))
        await asyncio.sleep(0.3)
        assert [one.status for one in exchange.engine.orders] == ["CANCELED"]
        assert words(broker.heard(LIMIT)) == ["Accepted", "Cancelled"]

    played(scene)


@pytest.mark.parametrize("asked", ["replace", "withdraw", "query"])
def test_an_order_that_filled_as_it_was_sent_is_at_its_end_also_where_the_run_had_made_it_larger(asked: str) -> None:
    """The change crossed the fill: to the run some of it is open, and nobody else would tell it that nothing is."""

    async def scene(exchange: Trading, broker: Broking) -> None:
        await sent(broker, LIMIT)
        await fill(exchange, "1900")
        await broker.until(lambda: len(broker.heard(LIMIT)) == 2)
        larger = replace(LIMIT, size=Decimal("0.50005"))
        broker.requests[LIMIT.id] = replace(broker.requests[LIMIT.id], order=larger, turn=1)
        getattr(broker, asked)(larger)
        await broker.until(lambda: len(broker.heard(LIMIT)) == 3)
        assert broker.heard(LIMIT)[2] == Cancelled(LIMIT.id, REST)

    assert len(played(scene, **FEE).engine.orders) == 1


def test_amendments_that_wait_are_skipped_for_the_newest() -> None:
    async def scene(exchange: Trading, broker: Broking) -> None:
        await sent(broker, LIMIT)
        for price in (1890, 1880, 1870):
            broker.replace(replace(LIMIT, price=Decimal(price)))
        broker.query(LIMIT)
        await broker.until(lambda: len(exchange.engine.orders) == 2)
        await asyncio.sleep(0.3)
        assert [one.price for one in exchange.engine.orders if one.status == "NEW"] == [1870]
        assert words(broker.heard(LIMIT))[-1] == "Accepted"

    assert set(played(scene).seen.values()) == {1}


def test_an_order_that_is_known_is_not_sent_again() -> None:
    async def scene(_: Trading, broker: Broking) -> None:
        await sent(broker, LIMIT)
        broker.place(LIMIT)
        await broker.until(lambda: len(broker.heard(LIMIT)) == 2)
        assert words(broker.heard(LIMIT)) == ["Accepted", "Accepted"]

    assert played(scene).seen == {LIMIT.id: 1}


def test_what_filled_while_nobody_listened_is_found_by_whoever_follows_next() -> None:
    async def play() -> None:
        async with Trading(SCRIPT, engine=Engine(fee_in_base=False)) as exchange:
            async with broking(exchange) as broker:
                await sent(broker, LIMIT)
                await sent(broker, STOP)
                await broker.until(lambda: broker.standings)
                mark = broker.standings[-1].mark
            await fill(exchange, "1899", "0.2")
            await exchange.by_hand("BUY", "0.3")
            known = (*NEW.orders, *(Request(PlaceOrder(one), one) for one in (LIMIT, STOP)))
            async with broking(exchange, Following(known, NEW.ended, mark)) as broker:
                broker.query(LIMIT)
                await broker.until(lambda: broker.standings)
                assert {type(one).__name__ for one in broker.heard(LIMIT)} == {"Accepted", "Traded"}
                assert [one for one in broker.heard(STOP) if isinstance(one, Traded)] != []
                assert len(broker.standings[0].strangers) == 1

    asyncio.run(play())


def test_an_order_that_was_given_up_and_rests_all_the_same_is_taken_back() -> None:
    async def scene(exchange: Trading, broker: Broking) -> None:
        await sent(broker, LIMIT)
        broker.market.orders[LIMIT.id].ended = True  # it was told missing, and arrived after that
        await broker.until(lambda: exchange.engine.orders[0].status == "CANCELED")
        await asyncio.sleep(0.6)
        assert words(broker.heard(LIMIT)) == ["Accepted"]
        assert broker.standings[-1].strangers == ()

    played(scene)


def test_an_order_and_a_trade_of_a_person_are_strangers_once_and_what_was_there_before_is_not() -> None:
    async def play() -> None:
        async with Trading(SCRIPT) as exchange:
            await exchange.by_hand("BUY", "0.2")
            async with broking(exchange) as broker:
                await broker.until(lambda: broker.standings)
                assert broker.standings[0].strangers == ()
                await exchange.by_hand("BUY", "0.1")
                await broker.until(lambda: broker.standings[-1].strangers)
                assert broker.standings[-1].strangers == (
                    "a trade that was not sent from here: buy 0.1 at 2000.0 (number 2)",
                )
                await broker.until(lambda: not broker.standings[-1].strangers)
                await exchange.by_hand("SELL", "0.1", "2100")
                await broker.until(lambda: broker.standings[-1].strangers)
                assert broker.standings[-1].strangers == (
                    "an order that was not sent from here rests: sell 0.1 at 2100.0 (number 3)",
                )

    asyncio.run(play())


def test_a_wrong_key_is_refused_in_a_sentence_without_it() -> None:
    async def play() -> str:
        async with Trading(SCRIPT) as exchange:
            with pytest.raises((Refused, ExceptionGroup)) as error:
                async with broking(exchange, key="cAnArYwRoNgKeY") as broker:
                    await asyncio.sleep(2)
                    assert broker.reports == []
            return f"{error.value!r} {getattr(error.value, 'exceptions', '')!r}"

    said = asyncio.run(play())
    assert "AuthenticationError" in said
    assert "cAnArYwRoNgKeY" not in said
    assert SECRET not in said


def test_the_least_that_the_market_takes_an_order_of_is_told_with_the_account() -> None:
    async def scene(_: Trading, broker: Broking) -> None:
        await broker.until(lambda: broker.standings)
        told = broker.standings[0]
        assert (told.step, told.least, told.worth) == (Decimal("0.0001"), Decimal("0.0001"), Decimal(5))

    played(scene)
