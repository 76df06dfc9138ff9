"""The process that trades, inside this one: what it is asked over its pipe, and what it says when it cannot."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from execution.brokers.exchange import account as module
from execution.brokers.exchange import wire
from execution.brokers.exchange.account import Account, Refused, Silent
from execution.brokers.exchange.market import UNSENT
from execution.brokers.exchange.serving import Serving
from execution.brokers.exchange.translation import Facts
from execution.clock import Clock
from execution.feeds.exchange.access import Access
from execution.messages import (
    Cancelled,
    Following,
    PlaceOrder,
    Rejected,
    ReplaceOrder,
    Request,
    Traded,
    WithdrawOrder,
)
from tests.exchanges.broking import NEW, TERMS, access, order
from tests.exchanges.script import Script
from tests.exchanges.trading import KEY, SECRET, Trading

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from execution.messages import Report

FOLLOW = wire.Follow("run", "main", "ETH/USDT", Following())


class Pipe:
    """The server's end."""

    def __init__(self) -> None:
        self.reader = asyncio.StreamReader()
        self.said: list[wire.FromProcess] = []

    def ask(self, *messages: wire.ToProcess) -> None:
        for message in messages:
            self.reader.feed_data(wire.frame(message))

    async def until(self, true: Callable[[], object]) -> None:
        async with asyncio.timeout(15):
            while not true():  # noqa: ASYNC110 (what is said is gathered)
                await asyncio.sleep(0.01)

    def reports(self) -> list[Report]:
        return [report for one in self.said if isinstance(one, wire.Said) for report in one.reports]


def opened(connect: wire.Connect) -> dict[str, str]:
    if connect.sealed == b"sealed":
        return {"apiKey": KEY, "secret": SECRET}
    if connect.sealed == b"shut":
        msg = "the credential main does not open"
        raise ValueError(msg)
    return {"apiKey": "cAnArYwRoNg", "secret": "cAnArYwRoNgSecret"}


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[Trading, Pipe]]:
    async with Trading(Script(seed=7, minutes=60)) as exchange:
        pipe = Pipe()
        task = asyncio.create_task(Serving(opened, Clock(), pipe.said.append).serve(pipe.reader))
        try:
            yield exchange, pipe
        finally:
            pipe.reader.feed_eof()
            await asyncio.wait_for(task, 10)


def connect(exchange: Trading, sealed: bytes = b"sealed", name: str = "binance") -> wire.Connect:
    return wire.Connect("main", name, sealed, access(exchange), TERMS)


def test_requests_that_come_before_the_market_is_known_are_kept_in_order() -> None:
    async def scene() -> None:
        async with serving() as (exchange, pipe):
            one, two = order("a"), order("b")
            asks = [wire.Ask("run", (Request(PlaceOrder(each), each),)) for each in (one, two)]
            pipe.ask(connect(exchange), FOLLOW, *asks)
            await pipe.until(lambda: len([each for each in pipe.reports() if isinstance(each, Traded)]) == 2)
            assert list(exchange.seen) == [one.id, two.id]
            await pipe.until(lambda: any(isinstance(each, wire.Stood) for each in pipe.said))
            pipe.ask(wire.Leave("run"), asks[0])
            await asyncio.sleep(0.3)
            assert exchange.seen.total() == 2

    asyncio.run(scene())


def test_an_entry_that_waited_too_long_for_the_exchange_is_refused_and_an_exit_is_sent() -> None:
    async def scene() -> None:
        async with serving() as (exchange, pipe):
            exchange.refusals = ["500"] * 2
            terms = replace(TERMS, fresh=0.2)
            old, leave = order("a"), order("b", side="sell", reduce_only=True)
            asks = [wire.Ask("run", (Request(PlaceOrder(each), each),)) for each in (old, leave)]
            follow = replace(FOLLOW, following=NEW)
            pipe.ask(replace(connect(exchange), terms=terms), follow, *asks)
            await pipe.until(lambda: any(isinstance(each, Traded) for each in pipe.reports()))
            young = order("c")
            pipe.ask(wire.Ask("run", (Request(PlaceOrder(young), young),)))
            await pipe.until(lambda: list(exchange.seen) == [leave.id, young.id])
            (refused,) = [each for each in pipe.reports() if each.id == old.id]
            assert isinstance(refused, Rejected)
            assert refused.reason.endswith("the market may be elsewhere by now")

    asyncio.run(scene())


@pytest.mark.parametrize("more", [{}, {"side": "sell", "type": "stop", "stop_price": "1900", "reduce_only": True}])
def test_what_was_asked_back_before_it_was_sent_is_not_sent(more: dict[str, Any]) -> None:
    async def scene() -> None:
        async with serving() as (exchange, pipe):
            exchange.refusals = ["500"]
            one, two = order("a", **more), order("b")
            larger = replace(one, size=Decimal(1))
            asked = [
                Request(PlaceOrder(one), one),
                Request(ReplaceOrder(larger), larger, 1),
                Request(WithdrawOrder(one.id), larger, 1),
                Request(PlaceOrder(two), two),
            ]
            pipe.ask(connect(exchange), replace(FOLLOW, following=NEW), wire.Ask("run", tuple(asked)))
            await pipe.until(lambda: list(exchange.seen) == [two.id])
            assert [each for each in pipe.reports() if each.id == one.id] == [Cancelled(one.id, UNSENT)]

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("sealed", "name", "symbol", "words"),
    [
        (b"", "binance", "ETH/USDT", "AuthenticationError"),
        (b"shut", "binance", "ETH/USDT", "the credential main does not open"),
        (b"sealed", "nowhere", "ETH/USDT", "ccxt knows no exchange"),
        (b"sealed", "binance", "ABC/USDT", "binance has no market ABC/USDT"),
    ],
)
def test_what_cannot_be_followed_is_said_in_a_sentence_without_a_secret(
    sealed: bytes, name: str, symbol: str, words: str
) -> None:
    async def scene() -> list[wire.FromProcess]:
        async with serving() as (exchange, pipe):
            pipe.ask(connect(exchange, sealed, name), wire.Follow("run", "main", symbol, Following()))
            await pipe.until(lambda: pipe.said)
            return pipe.said

    (failed,) = asyncio.run(scene())
    assert isinstance(failed, wire.Failed)
    assert words in failed.reason
    assert "cAnArY" not in failed.reason


def test_an_account_that_nobody_told_of_is_said() -> None:
    async def scene() -> list[wire.FromProcess]:
        async with serving() as (_, pipe):
            pipe.ask(FOLLOW)
            await pipe.until(lambda: pipe.said)
            return pipe.said

    assert asyncio.run(scene()) == [wire.Failed("run", "there is no credential main")]


class Client:
    """A ccxt client that answers from lists; it knows no order by our id."""

    def __init__(self, **answers: Any) -> None:
        self.options: dict[str, Any] = {}
        self.has = {"fetchOpenOrders": True, "fetchClosedOrders": True, "fetchOrders": None}
        self.answers = answers
        self.asked: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Any:
        async def answer(*given: Any) -> Any:
            self.asked.append((name, *given))
            found = self.answers[name]
            if isinstance(found, Exception):
                raise found
            return found.pop(0) if name == "fetch_my_trades" else found

        return answer


def account(monkeypatch: pytest.MonkeyPatch, exchange: str = "kraken", **answers: Any) -> tuple[Account, Client]:
    client = Client(**answers)
    monkeypatch.setattr(module, "connect", lambda *_: client)
    return Account(exchange, Access(), {"apiKey": "k3y", "secret": "s3cret"}), client


def test_where_an_order_cannot_be_asked_for_by_its_id_the_lists_are_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "ab" * 16
    row = {"clientOrderId": name, "id": "1"}
    one, client = account(monkeypatch, fetchOpenOrders=[{"clientOrderId": "x"}], fetchClosedOrders=[row])
    assert asyncio.run(one.find("ETH/USDT", name)) == row
    assert [asked[0] for asked in client.asked] == ["fetchOpenOrders", "fetchClosedOrders"]
    assert asyncio.run(account(monkeypatch, fetchOpenOrders=[], fetchClosedOrders=[])[0].find("ETH/USDT", name)) is None


def test_of_a_contract_the_position_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"contracts": 3.0, "side": "short"}, {"contracts": 1.0, "side": "long"}, {"contracts": None}]
    one, _ = account(monkeypatch, fetch_positions=rows)
    facts = Facts("kraken", "ETH/USD:USD", "ETH", "USD", Decimal(1), Decimal("0.1"))
    assert asyncio.run(one.holds(facts)) == Decimal("-0.2")


def test_trades_are_read_page_by_page_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 2)
    rows = [{"id": str(at), "timestamp": at * 10} for at in range(4)]
    one, client = account(monkeypatch, fetch_my_trades=[rows[:2], rows[1:3], rows[2:4], rows[3:]])
    assert [row["id"] for row in asyncio.run(one.trades("ETH/USDT", 5))] == ["0", "1", "2", "3"]
    assert [asked[2] for asked in client.asked] == [5, 10, 20, 30]


class InvalidOrder(Exception): ...


class RequestTimeout(Exception): ...


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (InvalidOrder("no s3cret"), Refused),
        (InvalidOrder("Duplicate order sent."), Silent),
        (RequestTimeout("late"), Silent),
        (KeyError("k3y"), Silent),
    ],
)
def test_a_refusal_is_told_from_silence_and_neither_holds_a_secret(
    monkeypatch: pytest.MonkeyPatch, error: Exception, kind: type[Exception]
) -> None:
    one, _ = account(monkeypatch, fetch_open_orders=error)
    with pytest.raises(kind) as raised:
        asyncio.run(one.open_orders("ETH/USDT"))
    assert raised.value.__context__ is None
    assert "s3cret" not in str(raised.value)
    assert "k3y" not in str(raised.value)
