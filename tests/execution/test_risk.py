"""Risk: how large an entry is, and which ones are refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from execution.messages import EntryRefused, RequestEntry
from execution.orders import Order
from execution.risk import NO_PRICE, NOT_YET, PAST_TARGET, TOO_SMALL, USED_UP, WRONG_STOP, decide, size_of
from spec.strategy import Risk

LONG = RequestEntry("id", "ETH/USDT", "buy", 100.0, Decimal(98), (Decimal(105),), "binance")
SHORT = RequestEntry("id", "ETH/USDT", "sell", 100.0, Decimal(102), (Decimal(95),), "binance")
RISK = Risk(percent=1.0, max_exposure=100.0)


def test_an_entry_becomes_a_fully_specified_market_order() -> None:
    order = Order(
        "id", "ETH/USDT", "buy", "market", Decimal("50.00000000"), time_in_force="ioc", venue="binance"
    )  # 1 % of 10,000 is lost over a distance of 2
    assert decide(LONG, RISK, 10_000.0) == order
    assert decide(SHORT, RISK, 10_000.0) == replace(order, side="sell")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"stop": Decimal("100.01")}, WRONG_STOP),
        ({"stop": Decimal(100)}, WRONG_STOP),
        ({"targets": (Decimal(105), Decimal(100))}, PAST_TARGET),
        ({"targets": (None,)}, NOT_YET),
        ({"stop": None}, NOT_YET),
        ({"price": 0.0}, NO_PRICE),
        ({"price": 1e13, "stop": Decimal(1), "targets": ()}, TOO_SMALL),
    ],
)
def test_an_entry_that_makes_no_sense_is_refused(change: dict[str, object], reason: str) -> None:
    assert decide(replace(LONG, **change), RISK, 10_000.0) == EntryRefused("id", reason)


def test_nothing_is_bought_with_nothing() -> None:
    assert decide(LONG, RISK, 0.0) == EntryRefused("id", USED_UP)


@given(
    st.decimals("0.0001", "100000", places=4),
    st.decimals("0.0001", "100000", places=4),
    st.floats(0.01, 100.0),
    st.floats(0.01, 100.0),
    st.floats(1.0, 1e7),
)
def test_no_size_risks_or_exposes_more_than_it_may(
    entry: Decimal, stop: Decimal, percent: float, exposure: float, equity: float
) -> None:
    assume(entry != stop)
    size = size_of(entry, stop, Risk(percent, exposure), Decimal(repr(equity)))
    assert float(size * abs(entry - stop)) <= equity * percent / 100 * (1 + 1e-12)
    assert float(size * entry) <= equity * exposure * (1 + 1e-12)
    assert size == size.quantize(Decimal("1e-8"))


def test_sizes_are_rounded_down() -> None:
    assert size_of(Decimal(100), Decimal(97), RISK, Decimal(10_000)) == Decimal("33.33333333")
