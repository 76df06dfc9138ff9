"""Access: ccxt's clients, pointed where the settings say, and its errors in our words."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from execution.feeds.exchange.access import Access, Unreachable, Unserved, ask, connect
from execution.feeds.exchange.rows import alike, to_bars, to_row, to_rows
from execution.feeds.exchange.terms import Terms
from execution.ports import FeedFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = "http://127.0.0.1:8123"


def leaves(below: object) -> Iterator[str]:
    match below:
        case dict():
            for one in below.values():
                yield from leaves(one)
        case str():
            yield below
        case _:
            return


@pytest.mark.parametrize("exchange", ["binance", "bybit", "okx", "kraken", "coinbase"])
def test_every_address_is_moved_and_keeps_its_path(exchange: str) -> None:
    moved, public = connect(exchange, Access(urls=HERE)), connect(exchange, Access())
    pairs = list(zip(leaves(moved.urls["api"]), leaves(public.urls["api"]), strict=True))
    assert pairs != []
    for ours, theirs in pairs:
        scheme, rest = theirs.split("://")
        assert (
            ours
            == ("ws" if scheme.startswith("ws") else "http") + "://127.0.0.1:8123" + rest[len(rest.split("/")[0]) :]
        )


def test_an_exchange_is_asked_at_its_rate_with_our_options_over_its_own() -> None:
    client = connect("binance", Access(options={"fetchMarkets": {"types": ["spot"]}}, rate_limit=7, timeout=1.5))
    assert (client.rateLimit, client.timeout, client.enableRateLimit) == (7, 1_500, True)
    assert client.options["fetchMarkets"]["types"] == ["spot"]
    assert client.options["tradesLimit"] == 5_000
    assert "adjustForTimeDifference" in client.options


def test_a_sandbox_is_used_where_there_is_one() -> None:
    assert "testnet" in str(connect("binance", Access(sandbox=True)).urls["api"]["public"])
    with pytest.raises(FeedFailed, match="kraken has no sandbox in ccxt"):
        connect("kraken", Access(sandbox=True))


@pytest.mark.parametrize("exchange", ["bitteam", "zaif"])
def test_an_exchange_without_sockets_is_reached_over_rest(exchange: str) -> None:
    assert connect(exchange, Access()).has.get("watchOHLCV") is None


def test_ccxts_errors_are_told_by_what_can_be_done_about_them() -> None:
    from ccxt.base import errors  # noqa: PLC0415 (slow to import)

    async def failed(error: Exception) -> Any:
        raise error

    for error, ours in [
        (errors.RateLimitExceeded("x"), Unreachable),
        (errors.OnMaintenance("x"), Unreachable),
        (errors.ExchangeError("x"), Unreachable),
        (KeyError("a message that its parser does not know"), Unreachable),
        (errors.NotSupported("x"), Unserved),
        (errors.BadRequest("x"), Unserved),
        (errors.BadSymbol("x"), FeedFailed),
        (errors.PermissionDenied("x"), FeedFailed),
    ]:
        with pytest.raises(ours, match=type(error).__name__):
            asyncio.run(ask(failed(error)))


def test_rows_that_make_no_candle_are_left_out_and_the_rest_is_sorted() -> None:
    good, later = [60_000, 1.0, 2.0, 0.5, 1.5, None], [120_000, 1.0, 2.0, 0.5, 1.5, 3.0]
    bad: list[list[float | None]] = [
        [180_000, 1.0, None, 0.5, 1.5, 1.0],
        [180_000, 1.0, float("nan"), 0.5, 1.5, 1.0],
        [180_000, 1.0, 1.2, 0.5, 1.5, 1.0],
        [None, 1.0, 2.0, 0.5, 1.5, 1.0],
        [90_000, 1.0, 2.0, 0.5, 1.5, 1.0],  # not on the grid
    ]
    assert to_row(good) == (60, 1.0, 2.0, 0.5, 1.5, 0.0)
    assert to_rows([later, *bad, good], "1m") == [(60, 1.0, 2.0, 0.5, 1.5, 0.0), (120, 1.0, 2.0, 0.5, 1.5, 3.0)]
    assert to_rows(bad[:4], "1m") == []
    assert len(to_bars([], "1m")) == 0


def test_rounding_makes_no_other_candle() -> None:
    row = (60, 1.0, 2.0, 0.5, 1.5, 0.1 + 0.2)
    assert alike(row, (60, 1.0, 2.0, 0.5, 1.5, 0.3))
    assert not alike(row, (60, 1.0, 2.0, 0.5, 1.6, 0.3))
    assert not alike(row, None)
    assert alike(None, None)


def test_patience() -> None:
    assert (Terms().silence_on("1m"), Terms().silence_on("1h"), Terms(silence=3.0).silence_on("1h")) == (120, 7_200, 3)
    assert [Terms().pause(tries) for tries in (1, 2, 3, 50)] == [0.5, 1.0, 2.0, 60.0]
