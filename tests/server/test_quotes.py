"""``drawbridge quotes``: what an exchange tells of a market now, through ccxt, on a loopback Bybit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from execution.ports import BookTop, Funding, OpenInterest
from server.cli.quotes import LINES
from tests.exchanges.beside import beside
from tests.exchanges.busy import Busy
from tests.exchanges.bybit import Bybit
from tests.exchanges.script import START, Script

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.server.commands import Commands


class BusyBybit(Busy, Bybit):
    """A Bybit on which something happens."""


@pytest.fixture(autouse=True)
def exchange(folder: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with beside(BusyBybit(Script(seed=51, minutes=60))) as exchange:
        access = {"bybit": {"urls": exchange.url, "options": Bybit.options, "timeout": 2.0, "rate_limit": 1}}
        monkeypatch.setenv("DRAWBRIDGE_EXCHANGES", json.dumps(access))
        yield


def test_a_perpetual_has_all_three(drawbridge: Commands) -> None:
    found = drawbridge.done("quotes", "bybit", "ETH/USDT:USDT", "--json").json
    top = found.pop("book_top")
    assert (top["bid_size"], top["ask_size"], round(top["ask"] - top["bid"], 9)) == (1.5, 2.5, 0.02)
    assert found["untold"] == {}
    assert (found["exchange"], found["market"]) == ("bybit", "ETH/USDT:USDT")
    assert (found["funding"]["rate"], found["funding"]["due"]) == (0.000125, (START + 28_800) * 1000)
    assert found["open_interest"]["amount"] == 64_757.624


def test_a_spot_market_has_a_book_alone_and_the_rest_is_said(drawbridge: Commands) -> None:
    top, funding, interest = drawbridge.done("quotes", "bybit", "ETH/USDT").out.splitlines()
    assert top.startswith("top of the book: ")
    assert " x 1.5 bid, " in top
    assert funding.startswith("funding rate: not told: ")
    assert interest.startswith("open interest: not told: ")


@pytest.mark.parametrize(
    ("exchange_", "market", "words"),
    [
        ("bybit", "BTC/USDT", "bybit has no market BTC/USDT; write it as ccxt does, like ETH/USDT"),
        ("nowhere", "ETH/USDT", "ccxt knows no exchange 'nowhere'"),
        ("bybit", "ETHUSDT", "bybit ETHUSDT names no market; write it as ccxt does"),
        ("By Bit", "ETH/USDT", "By Bit ETH/USDT names no market"),
    ],
)
def test_what_cannot_be_asked_is_bad_input(drawbridge: Commands, exchange_: str, market: str, words: str) -> None:
    assert words in drawbridge("quotes", exchange_, market).refusal


def test_an_exchange_that_is_away_is_said(drawbridge: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAWBRIDGE_EXCHANGES", '{"bybit": {"urls": "http://127.0.0.1:9", "timeout": 1.0}}')
    assert "bybit does not answer, asked 2 times" in drawbridge("quotes", "bybit", "ETH/USDT").refusal


def test_figures_are_written_as_far_as_they_are_told() -> None:
    assert LINES["book_top"](BookTop(None, 1.5, None, 1.75, 2.0)) == "1.5 bid, 1.75 x 2 ask"
    assert LINES["funding"](Funding(0, -0.0001, None)) == "-0.0100% (at 1970-01-01 00:00 UTC)"
    assert LINES["open_interest"](OpenInterest(None, 5.0, 10.5)) == "5 in base units, 10.5 in quote currency"
