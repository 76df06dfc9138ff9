"""Pages of an exchange's record: windows without a row are passed over, and what is not there is said."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from execution.clock import Clock
from execution.feeds.exchange import rest as module
from execution.feeds.exchange.access import Access
from execution.feeds.exchange.rest import Rest
from execution.feeds.exchange.terms import Terms
from execution.ports import FeedFailed

if TYPE_CHECKING:
    from execution.feeds.exchange.rows import Row

MINUTE = 60
WINDOW = 300  # intervals that this exchange answers for at once, however many are asked for


class Record:
    """A ccxt client that answers by windows of time, as Coinbase does; rows at ``minutes``."""

    def __init__(self, *minutes: int, has: bool = True) -> None:
        self.minutes = minutes
        self.has = {"fetchOHLCV": has}
        self.markets: dict[str, object] = {"ETH/USDT": {}}
        self.timeframes = {"1m": "60", "2x": "odd", "1d": "86400"}
        self.asked: list[int] = []
        self.closed = False

    async def load_markets(self) -> None:
        pass

    async def fetch_ohlcv(self, _: str, __: str, since: int, ___: int) -> list[list[float]]:
        first = since // 60_000
        self.asked.append(first)
        held = [at for at in self.minutes if first <= at < first + WINDOW]
        return [[at * 60_000.0, 1.0, 1.0, 1.0, 1.0, 1.0] for at in held]

    async def close(self) -> None:
        self.closed = True


def rest_of(record: Any, monkeypatch: pytest.MonkeyPatch, now: int = 10_000) -> Rest:
    monkeypatch.setattr(module, "connect", lambda *_: record)
    return Rest("coinbase", Access(), lambda: float(now * MINUTE))


def opens(rows: list[Row]) -> list[int]:
    return [row[0] // MINUTE for row in rows]


def test_windows_without_a_row_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    record = Record(5, 6, 1_500, 1_501)
    rest = rest_of(record, monkeypatch)
    assert opens(asyncio.run(rest.page("ETH/USDT", "1m", 5 * MINUTE, 6 * MINUTE))) == [5, 6, 1_500, 1_501]
    assert opens(asyncio.run(rest.between("ETH/USDT", "1m", 0, 1_501 * MINUTE))) == [5, 6, 1_500]


def test_the_present_ends_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    record = Record(5, 6)
    assert opens(asyncio.run(rest_of(record, monkeypatch, 100).page("ETH/USDT", "1m", 300, 360))) == [5, 6]
    assert record.asked == [5]


def test_what_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    rest = rest_of(Record(1), monkeypatch)
    assert asyncio.run(rest.base("ETH/USDT", "7m")) == "1m"
    assert asyncio.run(rest.base("ETH/USDT", "1w")) == "1d"
    with pytest.raises(FeedFailed, match="has no candles of 30s, nor finer ones"):
        asyncio.run(rest.base("ETH/USDT", "30s"))
    bare = Record(has=False)
    with pytest.raises(FeedFailed, match="coinbase keeps no record of candles"):
        asyncio.run(rest_of(bare, monkeypatch).client())
    assert bare.closed


def test_a_refusal_of_the_candles_is_final(monkeypatch: pytest.MonkeyPatch) -> None:
    from ccxt.base.errors import BadRequest  # noqa: PLC0415 (slow to import)

    async def refused(*_: object) -> None:
        msg = "1m is not offered"
        raise BadRequest(msg)

    record = Record()
    record.fetch_ohlcv = refused  # type: ignore[method-assign,assignment]
    rest = rest_of(record, monkeypatch)
    with pytest.raises(FeedFailed, match="coinbase does not serve candles of ETH/USDT on 1m: BadRequest: 1m is not"):
        asyncio.run(rest.patient(lambda: rest.page("ETH/USDT", "1m", 0, 0), Terms(), Clock()))
