"""While the exchange's own words do not fit together the broker says nothing that it does not know, and asks on."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from execution.brokers.exchange.account import Refused, Silent
from execution.brokers.exchange.comparing import Comparing
from execution.messages import Accepted, Cancelled, PlaceOrder, Request, Traded, Unanswered
from tests.exchanges.broking import Broking, broking
from tests.exchanges.matching import Engine
from tests.exchanges.test_orders import FEE, LIMIT, SCRIPT, fill, played, sent, words
from tests.exchanges.trading import Trading

if TYPE_CHECKING:
    import pytest

    from execution.brokers.exchange.translation import Facts
    from execution.messages import Standing


def test_fills_whose_trades_are_not_told_yet_are_waited_for() -> None:
    """The order says that it has filled and the list of trades does not know of it: nothing is told before both do."""

    async def scene(exchange: Trading, broker: Broking) -> None:
        await sent(broker, LIMIT)
        exchange.report_faults = ["gone"] * 9
        await fill(exchange, "1900")
        hidden, exchange.engine.fills = exchange.engine.fills, []
        broker.query(LIMIT)
        await asyncio.sleep(0.4)
        assert words(broker.heard(LIMIT)) == ["Accepted"]
        exchange.engine.fills = hidden
        await broker.until(lambda: len(broker.heard(LIMIT)) == 2)
        assert isinstance(broker.heard(LIMIT)[1], Traded)

    played(scene, **FEE)


def test_an_order_that_never_arrived_is_not_replaced() -> None:
    async def scene(exchange: Trading, broker: Broking) -> None:
        exchange.order_faults = ["500"]
        broker.place(LIMIT)
        await broker.until(lambda: broker.heard(LIMIT))
        broker.replace(replace(LIMIT, price=Decimal(1850)))
        await broker.until(lambda: len(broker.heard(LIMIT)) == 2)
        assert broker.heard(LIMIT) == [Unanswered(LIMIT.id)] * 2
        assert exchange.engine.orders == []

    played(scene)


def test_an_order_that_still_rests_after_its_cancellation_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two would rest, so it is told unanswered; asked for, it stands as it was."""

    async def scene(exchange: Trading, broker: Broking) -> None:
        async def refuse(*_: Any) -> None:
            raise Refused("too late")

        await sent(broker, LIMIT)
        with monkeypatch.context() as patched:
            patched.setattr(broker.market.account, "cancel", refuse)
            broker.replace(replace(LIMIT, price=Decimal(1850)))
            await broker.until(lambda: len(broker.heard(LIMIT)) == 2)
        assert broker.heard(LIMIT)[1] == Unanswered(LIMIT.id)
        assert [one.price for one in exchange.engine.orders] == [1900]
        broker.query(LIMIT)
        await broker.until(lambda: len(broker.heard(LIMIT)) == 3)
        assert broker.heard(LIMIT)[2] == Accepted(LIMIT.id, 0)

    played(scene)


def test_an_amendment_of_what_filled_while_it_was_taken_back_sends_nothing() -> None:
    async def scene(exchange: Trading, broker: Broking) -> None:
        await sent(broker, LIMIT)
        exchange.report_faults = ["gone"] * 9
        await fill(exchange, "1899")
        broker.replace(replace(LIMIT, price=Decimal(1850)))
        await broker.until(lambda: len(broker.heard(LIMIT)) == 2)
        await asyncio.sleep(0.1)
        assert words(broker.heard(LIMIT)) == ["Accepted", "Traded"]
        assert len(exchange.engine.orders) == 1

    played(scene, **FEE)


def test_a_comparison_that_gets_no_answer_is_tried_again() -> None:
    async def scene(exchange: Trading, broker: Broking) -> None:
        await broker.until(lambda: broker.standings)
        before = len(broker.standings)
        exchange.refusals = ["500"] * 6
        await broker.until(lambda: len(broker.standings) > before + 1)
        assert exchange.refusals == []

    played(scene)


def test_an_account_that_does_not_hold_still_is_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(exchange: Trading, broker: Broking) -> None:
        told: list[Standing] = []
        holds = broker.market.account.holds

        async def moving(facts: Facts) -> Decimal:
            """A position opens and closes while the account is asked: before and after, the same is held."""
            exchange.report_faults = ["gone"] * 9
            await exchange.by_hand("BUY", "0.1")
            await exchange.by_hand("SELL", "0.1")
            return await holds(facts)

        with monkeypatch.context() as patched:
            patched.setattr(broker.market.account, "holds", moving)
            assert await Comparing(broker.market, 0, told.append).compare() is None
        assert told == []
        assert await Comparing(broker.market, 0, told.append).compare() is not None

    played(scene, **FEE)


def test_a_stream_that_is_refused_leaves_the_account_to_its_comparisons(monkeypatch: pytest.MonkeyPatch) -> None:
    async def play() -> None:
        async with Trading(SCRIPT, engine=Engine(fee_in_base=False)) as exchange, broking(exchange) as broker:

            async def refuse(*_: Any) -> list[Any]:
                raise Refused("no streams today")

            monkeypatch.setattr(broker.market.account, "watch", refuse)
            await sent(broker, LIMIT)
            await fill(exchange, "1899")
            await broker.until(lambda: len(broker.heard(LIMIT)) == 2)
            assert isinstance(broker.heard(LIMIT)[1], Traded)

    asyncio.run(play())


def test_news_that_cannot_be_told_yet_bring_a_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(exchange: Trading, broker: Broking) -> None:
        await broker.until(lambda: broker.standings)
        hear, failed = broker.market.hear, list[str]()

        async def once(tracked: Any, row: Any, version: str, **more: Any) -> None:
            if not failed:
                failed.append(version)
                raise Silent("not yet")
            await hear(tracked, row, version, **more)

        await sent(broker, LIMIT)
        monkeypatch.setattr(broker.market, "hear", once)
        await fill(exchange, "1899")
        await broker.until(lambda: failed and len(broker.heard(LIMIT)) == 2)

    played(scene, **FEE)


def test_a_version_that_filled_before_its_amendment_arrived_ends_the_order_once() -> None:
    """What its amendment was to be never arrived; it is told once, however often it is looked at."""

    async def scene(exchange: Trading, broker: Broking) -> None:
        await sent(broker, LIMIT)
        tracked = broker.market.orders[LIMIT.id]
        tracked.renew(Request(PlaceOrder(LIMIT), LIMIT, turn=1))
        tracked.sent_turn = 1
        exchange.report_faults = ["gone"] * 9
        exchange.engine.cancel(exchange.engine.orders[0])
        await exchange._tell()
        for _ in range(2):
            await broker.market.resolve(tracked, Cancelled(LIMIT.id, "absent"))
        told = [one for one in broker.heard(LIMIT) if one != Unanswered(LIMIT.id)]  # a comparison may miss it
        assert words(told) == ["Accepted", "Cancelled"]

    played(scene)
