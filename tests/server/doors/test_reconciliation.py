"""Reconciliation: alerts beside our own firings, for one strategy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from server.access.tokens import create_token
from server.reconciliation import Heard, pair
from server.store.events import EventRow

if TYPE_CHECKING:
    from tests.server.house import House

pytestmark = pytest.mark.anyio
BAR = 1_517_040_000  # 2018-01-27T08:00:00Z, the open of a bar of 5 minutes
CLOSE = (BAR + 300) * 1000


def fired(time: int, node: str = "break", seq: int = 1) -> EventRow:
    return EventRow(seq, 0, "signal.fired", "str_1", None, {"time": time, "node": node, "event": "up"})


def heard(time: int, received_at: int, *, dated: bool = True, node: str | None = None, key: str = "alr_1") -> Heard:
    return Heard(key, received_at, time, dated, node)


@pytest.mark.parametrize(
    ("ours", "theirs", "standings"),
    [
        ([fired(BAR)], [heard(BAR, CLOSE + 2_000)], ["matched"]),
        ([fired(BAR)], [heard(BAR, CLOSE + 60_000)], ["matched"]),
        ([fired(BAR)], [heard(BAR, CLOSE + 60_001)], ["late"]),
        ([fired(BAR)], [heard(BAR + 300, CLOSE + 2_000)], ["extra", "missed"]),
        ([fired(BAR)], [heard(BAR + 300, CLOSE + 2_000, dated=False)], ["matched"]),
        ([fired(BAR)], [heard(BAR + 600, CLOSE, dated=False)], ["extra", "missed"]),
        ([fired(BAR)], [heard(BAR, CLOSE, node="hold")], ["missed", "extra"]),
        ([fired(BAR)], [heard(BAR, CLOSE, node="break")], ["matched"]),
        ([], [heard(BAR, CLOSE)], ["extra"]),
        ([fired(BAR), fired(BAR, seq=2)], [heard(BAR, CLOSE)], ["missed", "matched"]),
        ([fired(BAR)], [heard(BAR, CLOSE), heard(BAR, CLOSE + 1, key="alr_2")], ["matched", "extra"]),
    ],
)
def test_a_firing_and_an_alert_of_its_bar_are_one(
    ours: list[EventRow], theirs: list[Heard], standings: list[str]
) -> None:
    assert [one.standing for one in pair(ours, theirs, "5m")] == standings


def test_a_late_alert_says_by_how_much() -> None:
    assert pair([fired(BAR)], [heard(BAR, CLOSE + 90_000)], "5m")[0].late_by == 90


async def send(house: House, body: str) -> str:
    async with house.store.write() as work:
        _, secret = await create_token(work, "ann", "hook")
    status, receipt = await house.call("POST", f"/hooks/tradingview/{secret}", content=body.encode())
    assert (status, receipt["status"]) == (200, "accepted")
    return str(receipt["id"])


async def reconciled(house: House, identity: str) -> Any:
    status, body = await house.call("GET", f"/api/strategies/{identity}/reconciliation", await house.token("view"))
    assert status == 200
    return body


async def test_without_any_alert_nothing_is_missed(house: House) -> None:
    one = await house.proposed()
    async with house.store.write() as work:
        work.record("signal.fired", one["id"], {"time": BAR, "node": "trend_line.tRnd01", "event": "up"})
    body = await reconciled(house, one["id"])
    assert (body["alerts"], body["firings"], body["pairs"]) == (0, 1, [])
    assert body["note"].startswith("no alert named this strategy or its market yet")


async def test_an_alert_is_about_the_strategy_that_it_names_or_whose_market_it_means(house: House) -> None:
    one = await house.proposed()
    async with house.store.write() as work:
        work.record("signal.fired", one["id"], {"time": BAR, "node": "trend_line.tRnd01", "event": "up"})
    bar = "2018-01-27T08:00:00Z"
    market = await send(house, f'{{"ticker": "ETHBTC", "exchange": "BINANCE", "bar_time": "{bar}"}}')
    named = await send(house, f'{{"strategy": "{one["digest"][:12]}", "bar_time": "2018-01-27T08:05:00Z"}}')
    await send(house, f'{{"ticker": "BTCUSDT", "exchange": "BINANCE", "bar_time": "{bar}"}}')
    await send(house, f'{{"strategy": "another", "ticker": "BINANCE:ETHBTC", "bar_time": "{bar}"}}')
    body = await reconciled(house, one["id"])
    assert (body["alerts"], body["firings"]) == (2, 1)
    assert [(pair["standing"], pair["time"], pair["alert"]) for pair in body["pairs"]] == [
        ("extra", BAR + 300, named),
        ("late", BAR, market),
    ]


async def test_a_strategy_that_is_not_there_is_said_so(house: House) -> None:
    status, problem = await house.call("GET", "/api/strategies/str_none/reconciliation", await house.token("view"))
    assert (status, problem["title"]) == (404, "Not found")
