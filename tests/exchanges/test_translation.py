"""Translation is pure: names go there and back, sizes and cash are right to the last step, and a pipe loses nothing."""

from __future__ import annotations

import asyncio
from decimal import ROUND_DOWN, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from execution.brokers.exchange import wire
from execution.brokers.exchange.asking import spans
from execution.brokers.exchange.brackets import whole_of, words_of
from execution.brokers.exchange.names import from_exchange, to_exchange, version_id
from execution.brokers.exchange.tracking import Tracked
from execution.brokers.exchange.translation import Facts, Wanted, traded, wanted
from execution.messages import Following, PlaceOrder, Rejected, Request, Standing, Traded
from execution.orders import Order

IDS = st.text("0123456789abcdef", min_size=32, max_size=32)
EXCHANGES = st.sampled_from(["binance", "gate", "coinbase", "hyperliquid", "kraken"])
STEP = Decimal("0.001")
SPOT = Facts("binance", "ETH/USDT", "ETH", "USDT", STEP, None, STEP, Decimal(1000), Decimal(5))
PERPETUAL = Facts("bybit", "ETH/USDT:USDT", "ETH", "USDT", Decimal(1), Decimal("0.01"), Decimal(1))
SIZES = st.decimals(Decimal("0.01"), Decimal(100), places=8)
PRICES = st.decimals(Decimal(1), Decimal(10_000), places=2)


class Precise:
    """Steps of 0.001, or of one contract, and ticks of 0.01."""

    def __init__(self, step: Decimal = STEP) -> None:
        self.step = step

    def price(self, price: Decimal) -> str:
        return f"{price.quantize(Decimal('0.01')):f}"

    def amount(self, amount: Decimal) -> str:
        return f"{amount.quantize(self.step, ROUND_DOWN):f}"


def order(**more: Any) -> Order:
    given: dict[str, Any] = {"side": "buy", "type": "market", "size": Decimal(1), **more}
    return Order(id="ab" * 16, symbol="ETH/USDT", **given)


@given(EXCHANGES, IDS)
def test_a_name_stands_for_one_id_there_and_back(exchange: str, version: str) -> None:
    assert from_exchange(exchange, to_exchange(exchange, version)) == version
    assert len(to_exchange(exchange, version)) <= 36


@given(EXCHANGES, st.text(max_size=40))
def test_what_others_call_an_order_is_no_id_of_ours_or_would_be_written_so(exchange: str, name: str) -> None:
    version = from_exchange(exchange, name)
    assert version is None or len(version) == 32


@given(IDS, st.integers(0, 50), st.integers(0, 50))
def test_each_amendment_has_an_id_of_its_own(name: str, one: int, other: int) -> None:
    assert (version_id(name, one) == version_id(name, other)) == (one == other)
    assert version_id(name, 0) == name


@given(SIZES, PRICES, st.sampled_from(["buy", "sell"]))
def test_what_is_sent_is_within_the_markets_bounds_and_less_than_a_step_below_what_was_asked(
    size: Decimal, price: Decimal, side: Any
) -> None:
    asked = wanted(order(side=side, type="limit", size=size, price=price), size, SPOT, Precise())
    if isinstance(asked, str):
        assert Decimal(Precise().amount(size)) * price < 5
        return
    assert 0 <= size - Decimal(asked.amount) < STEP
    assert Decimal(asked.amount) * Decimal(asked.price or 0) >= 5
    assert float(asked.amount) == float(Decimal(repr(float(asked.amount))))


@given(st.lists(st.integers(1, 500), min_size=1, max_size=6), st.integers(0, 9), PRICES, st.booleans())
def test_the_ledgers_share_of_trades_is_what_the_account_paid_and_holds(
    parts: list[int], dust: int, price: Decimal, in_base: bool
) -> None:
    gross = [part * STEP for part in parts]
    asked = order(size=sum(gross, Decimal(0)) + dust * STEP / 10)
    filled, cash, paid = Decimal(0), 0.0, 0.0
    for at, size in enumerate(gross):
        fee = {"currency": "ETH", "cost": float(size) / 1000} if in_base else {"currency": "USDT", "cost": 0.5}
        row = {"id": at, "amount": float(size), "price": float(price), "fee": fee}
        told = traded(row, asked, (filled, asked.size), SPOT)
        filled += told.size
        cash += float(told.size) * told.price + told.fee
        paid += float(size) * float(price) + (0.0 if in_base else 0.5)
    held = sum(gross, Decimal(0)) * (Decimal("0.999") if in_base else 1)
    assert float(filled) == pytest.approx(float(held))
    assert cash == pytest.approx(paid)


@given(st.lists(st.integers(1, 500), min_size=1, max_size=6), st.integers(0, 9), PRICES)
def test_an_exit_leaves_nothing_and_brings_what_it_brought(parts: list[int], dust: int, price: Decimal) -> None:
    gross = [part * STEP for part in parts]
    asked = order(side="sell", size=sum(gross, Decimal(0)) + dust * STEP / 10, reduce_only=True)
    filled, cash = Decimal(0), 0.0
    for at, size in enumerate(gross):
        told = traded({"id": at, "amount": float(size), "price": float(price)}, asked, (filled, asked.size), SPOT)
        filled += told.size
        cash += float(told.size) * told.price
    assert filled == asked.size
    assert cash == pytest.approx(float(sum(gross, Decimal(0))) * float(price))


@pytest.mark.parametrize(
    ("side", "currency", "size", "others"),
    [
        ("buy", "BNB", "1", {"BNB": Decimal("0.01")}),
        ("buy", "ETH", "0.99", None),  # taken from what was bought
        ("sell", "ETH", "1", {"ETH": Decimal("0.01")}),  # taken beside what was sold
        ("sell", "USDT", "1", None),
    ],
)
def test_a_fee_in_another_currency_is_told_as_it_is(side: Any, currency: str, size: str, others: Any) -> None:
    row = {"id": 1, "amount": 1.0, "price": 5.0, "fee": {"currency": currency, "cost": 0.01}}
    told = traded(row, order(side=side), (Decimal(0), Decimal(1)), SPOT)
    assert (told.size, told.other_fees) == (Decimal(size), UNSET if others is None else others)


@pytest.mark.parametrize(
    ("one", "facts", "expected"),
    [
        (order(), SPOT, ("market", "buy", "1.000", None, {})),
        (
            order(type="limit", price=Decimal(5), time_in_force="ioc"),
            SPOT,
            ("limit", "buy", "1.000", "5.00", {"timeInForce": "IOC"}),
        ),
        (
            order(type="limit", price=Decimal(5), time_in_force="post_only"),
            SPOT,
            ("limit", "buy", "1.000", "5.00", {"postOnly": True}),
        ),
        (
            order(side="sell", type="bracket", price=Decimal(9), stop_price=Decimal(6)),
            SPOT,
            ("bracket", "sell", "1.000", "9.00", {"stopPrice": "6.00"}),
        ),
        (order(type="stop", stop_price=Decimal(9)), SPOT, ("market", "buy", "1.000", None, {"triggerPrice": "9.00"})),
        (
            order(side="sell", type="stop", stop_price=Decimal(9), reduce_only=True),
            PERPETUAL,
            ("market", "sell", "100", None, {"stopLossPrice": "9.00", "reduceOnly": True}),
        ),
        (
            order(type="stop_limit", stop_price=Decimal(9), price=Decimal(10)),
            PERPETUAL,
            ("limit", "buy", "100", "10.00", {"triggerPrice": "9.00", "triggerDirection": "ascending"}),
        ),
    ],
)
def test_an_order_in_ccxts_words(one: Order, facts: Facts, expected: tuple[Any, ...]) -> None:
    step = STEP if facts is SPOT else Decimal(1)
    assert wanted(one, one.size, facts, Precise(step)) == expected


@pytest.mark.parametrize(
    ("one", "features", "words"),
    [
        (order(type="stop", stop_price=Decimal(9)), {"triggerPrice": False}, "has no stop orders"),
        (
            order(type="limit", price=Decimal(9), time_in_force="fok"),
            {"timeInForce": {"FOK": False}},
            "does not take fok",
        ),
        (order(), {"marketBuyRequiresPrice": True}, "buys ETH/USDT at the market by cost"),
    ],
)
def test_what_the_exchange_cannot_do_is_refused(one: Order, features: dict[str, Any], words: str) -> None:
    facts = Facts("binance", "ETH/USDT", "ETH", "USDT", STEP, features=features)
    refusal = wanted(one, one.size, facts, Precise())
    assert isinstance(refusal, str)
    assert words in refusal


def test_a_bracket_is_refused_where_no_order_cancels_another() -> None:
    one = order(side="sell", type="bracket", price=Decimal(9), stop_price=Decimal(6))
    refusal = wanted(one, one.size, PERPETUAL, Precise(Decimal(1)))
    assert refusal == "bybit has no orders for ETH/USDT:USDT of which one cancels the other"


@pytest.mark.parametrize("side", ["buy", "sell"])
def test_of_a_bracket_the_limit_is_on_the_side_of_the_profit(side: Any) -> None:
    words = words_of(Wanted("bracket", side, "1", "9", {"stopPrice": "6"}), "ab" * 16, "ETHUSDT")
    above, below = (words["aboveType"], words["belowType"])
    assert {"sell": "LIMIT_MAKER", "buy": "STOP_LOSS"}[side] == above != below


@pytest.mark.parametrize(
    ("states", "whole"),
    [
        (("open", "expired"), "open"),
        (("closed", "expired"), "closed"),
        (("canceled", "expired"), "canceled"),
        (("rejected", "rejected"), "rejected"),
        ((None, None), "open"),
    ],
)
def test_two_orders_as_one(states: tuple[str, str], whole: str) -> None:
    assert whole_of([{"status": state} for state in states])["status"] == whole


@given(st.permutations([0, 1, 1, 2, 2, 0]))
def test_trades_in_any_order_and_number_are_told_once(numbers: list[int]) -> None:
    one = order(size=Decimal(3))
    tracked = Tracked(Request(PlaceOrder(one), one), SPOT, 0.0)
    rows = [{"id": number, "amount": 1.0, "price": 5.0} for number in numbers]
    told = [report for row in rows for report in tracked.hear_trade(row, one.id)]
    assert sorted(report.trade for report in told if isinstance(report, Traded)) == ["0", "1", "2"]
    assert tracked.left == 0
    assert not tracked.lacks_trades({"filled": 3.0}, one.id)


def test_the_pipe_gives_back_what_was_put_in_and_nothing_else() -> None:
    one = order(type="limit", price=Decimal("1900.10"))
    request = Request(PlaceOrder(one), one, 2, Decimal("0.1"), ("a",))
    messages: list[wire.ToProcess] = [
        wire.Connect("main", "binance", bytes(range(256))),
        wire.Follow("run", "main", "ETH/USDT", Following((request,), frozenset({"x"}), 5)),
        wire.Ask("run", (request,)),
        wire.Leave("run"),
    ]

    async def read(raw: bytes, count: int) -> list[Any]:
        reader = asyncio.StreamReader()
        reader.feed_data(raw)
        reader.feed_eof()
        return [await wire.receive(reader, wire.TO_PROCESS) for _ in range(count)]

    assert asyncio.run(read(b"".join(map(wire.frame, messages)), 4)) == messages
    for bad in (b"\xff\xff\xff\xff", wire.frame(wire.Stood("run", Standing(Decimal(1), STEP, 0)))):
        with pytest.raises(wire.BadFrame):
            asyncio.run(read(bad, 1))
    with pytest.raises(asyncio.IncompleteReadError):
        asyncio.run(read(wire.frame(messages[0])[:-1], 1))


@given(st.integers(0, 1_000), st.integers(0, 1_000), st.integers(1, 300))
def test_spans_cover_the_time_without_a_gap_and_none_is_too_long(since: int, now: int, length: int) -> None:
    found = spans(since, now, length)
    assert found[0][0] == since
    assert found[-1][1] == now
    assert all(end - start <= length for start, end in found)
    assert [start for start, _ in found[1:]] == [end for _, end in found[:-1]]


def test_what_is_below_the_markets_least_or_was_rejected_is_told_so() -> None:
    facts = Facts("binance", "ETH/USDT", "ETH", "USDT", STEP, None, Decimal("0.01"))
    asked = wanted(order(size=Decimal("0.005")), Decimal("0.005"), facts, Precise())
    assert asked == "the size 0.005 is below the least of ETH/USDT, 0.01"
    one = order()
    assert Tracked(Request(PlaceOrder(one), one), SPOT, 0.0).hear({"status": "rejected"}) == (
        Rejected(one.id, "the exchange rejected it"),
    )
